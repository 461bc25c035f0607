"""The gym's website as a source of leads: its form, sent from the visitor's browser, and the links that go on as a chat."""

from __future__ import annotations

import uuid
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import text
from sqlmodel import select

from api import cors
from api.deps import DatabaseDep, SettingsDep
from api.errors import RateLimited, documented
from bot import cards, deep_links
from crm import contacts, corrections, gyms, leads, references
from crm import facts as gym_facts
from crm.config import Settings
from crm.db import Database, TenantSession
from crm.errors import Forbidden, NotFound
from crm.models import Contact, Gym, Lead

router = APIRouter(prefix="/api/v1/leads/web", tags=["leads"])

HELLO = "Hi! I've just written on your website."
DOMAINS = (
    "gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "live.com", "proton.me", "aol.com",
    "hotmail.co.uk", "yahoo.co.uk", "me.com", "eircom.net",
)  # fmt: skip
"""Where most addresses are; one letter off is nearly always a slip."""
_NAMESPACE = uuid.UUID("5f2e3c0a-4d0e-4c53-9f6b-6e9a2f3a7c11")

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]


class WebLead(BaseModel):
    """What a visitor filled in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "Ana Silva", "phone": "085 123 4567", "message": "Can I try a class on Thursday?"}
            ]
        },
    )

    name: Line
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] | None = Field(
        None, description="With country code, or as written in the gym's country"
    )
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254)] | None = None
    message: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] | None = None
    page: Tag | None = Field(None, description="Where the form stands, e.g. the page's path")
    campaign: Tag | None = Field(None, description="utm_campaign, where the visitor came with one")
    website: str | None = Field(
        None, max_length=500, description="A trap for robots: hidden from people, so it must stay empty"
    )

    @field_validator("phone", "email", "message", "page", "campaign", mode="before")
    @classmethod
    def empty_is_none(cls, value: Any) -> Any:
        """An input left empty is no answer."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("email")
    @classmethod
    def address(cls, value: str | None) -> str | None:
        """It must have the form of an address."""
        if value is None:
            return None
        local, at, domain = value.rpartition("@")
        if not (local and at and "." in domain.strip(".")) or any(one.isspace() for one in value):
            raise ValueError("this is no e-mail address; write it like ana@example.com")
        return f"{local}@{domain.lower()}"

    @model_validator(mode="after")
    def reachable(self) -> WebLead:
        """One way to answer is needed."""
        if self.phone is None and self.email is None:
            raise ValueError("give a phone number or an e-mail address, so that the gym can answer")
        return self


class ChatLink(BaseModel):
    """A way to go on as a chat."""

    channel: str = Field(examples=["whatsapp"])
    app: str = Field(examples=["WhatsApp"])
    url: str = Field(examples=["https://wa.me/353891234567?text=Hi%21%20%28ref%20K7Q2M9%29"])


class WebLeadOut(BaseModel):
    """The lead was taken down; open one of the links to go on at once."""

    reference: str = Field(
        description="Stands in the links; who writes with it is this lead", examples=["K7Q2M9"]
    )
    links: list[ChatLink]
    did_you_mean: str | None = Field(
        None, description="A likelier e-mail address, where it looks like a slip", examples=["ana@gmail.com"]
    )


class OriginForbidden(Forbidden):
    """The page that sent the form is on no site of the gym's list."""

    code = "origin_forbidden"


def _gym_id(
    database: DatabaseDep, gym: Annotated[str, Query(max_length=63, description="The gym's short name")]
) -> uuid.UUID:
    with database.system_session() as session:
        found = session.execute(text("SELECT id FROM door_gyms() WHERE slug = :slug"), {"slug": gym}).scalar()
    if found is None:
        raise NotFound(f"there is no gym with the short name {gym!r}", gym=gym)
    return uuid.UUID(str(found))


GymDep = Annotated[uuid.UUID, Depends(_gym_id)]


def _origin(request: Request, database: DatabaseDep, settings: SettingsDep, gym_id: GymDep) -> None:
    """Answer the browser for a page of the gym's own sites, refuse it for any other.

    A call without an origin comes from no browser; nothing is told that such a caller could not send anyway.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return
    if not _is_allowed(database, settings, gym_id, origin):
        raise OriginForbidden(
            f"pages of {origin} may not send this gym's form; add it to gym.web_origins in the gym file",
            origin=origin,
        )
    cors.allow(request, origin)


def _is_allowed(database: Database, settings: Settings, gym_id: uuid.UUID, origin: str) -> bool:
    own = urlsplit(settings.public_url)
    if origin == f"{own.scheme}://{own.netloc}":
        return True
    with database.tenant_session(gym_id) as session:
        return origin.lower() in session.exec(select(Gym.web_origins)).one()


@router.options("", include_in_schema=False)
def preflight(request: Request, database: DatabaseDep, settings: SettingsDep, gym_id: GymDep) -> Response:
    """A browser asks before it sends JSON from another site."""
    origin = request.headers.get("origin", "")
    if not _is_allowed(database, settings, gym_id, origin):
        return Response(status_code=403, headers={"Vary": "Origin"})
    cors.allow(request, origin)
    headers = {
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=headers)


@router.post(
    "",
    status_code=201,
    summary="Take a website's form",
    responses=documented(404),
    dependencies=[Depends(_origin)],
)
def create_web_lead(request: Request, database: DatabaseDep, gym_id: GymDep, form: WebLead) -> WebLeadOut:
    """A visitor's inquiry, sent by their browser: no key, from the sites of the gym's list only, at a person's pace.

    Answers with links that open a chat; the code in them makes the writer this lead.
    """
    wait = request.app.state.web_limit.take(_caller(request, gym_id))
    if wait:
        raise RateLimited(f"too many forms from here; try again in {wait} seconds", retry_after=wait)
    with database.tenant_session(gym_id) as session:
        inboxes = gyms.list_inboxes(session)
        if form.website:
            # A robot: it is told nothing that would teach it, and nothing is kept.
            return _answer(inboxes, form, "".join(reversed(references.ALPHABET[:6])))
        lead = _take_down(session, form)
        code = references.make(session, lead, now=session.now)
        cards.lead_changed(session, gym_facts.load(session), lead.id, session.now)
        return _answer(inboxes, form, code)


def _caller(request: Request, gym_id: uuid.UUID) -> uuid.UUID:
    host = request.client.host if request.client else ""
    return uuid.uuid5(_NAMESPACE, f"{gym_id}|{host}")


def _take_down(session: TenantSession, form: WebLead) -> Lead:
    """The lead, new or the open one of a person known by nothing but a form with this number."""
    region = gym_facts.load(session).gym.phone_region
    phone = corrections.canonical_phone(form.phone, region) if form.phone else None
    contact = contacts.find_unreached(session, phone) if phone else None
    if contact is None:
        contact = Contact(gym_id=session.gym_id, name=form.name, phone=phone, created_at=session.now)
        session.add(contact)
        session.flush()
    contact.email = contact.email or form.email
    told = {"page": form.page, "campaign": form.campaign}
    return leads.capture(
        session, contact, source=references.SOURCE, referral={key: value for key, value in told.items() if value},
        first_words=form.message, now=session.now,
    )  # fmt: skip


def _answer(inboxes: Any, form: WebLead, code: str) -> WebLeadOut:
    found = deep_links.links(inboxes, words=form.message or HELLO, code=code)
    return WebLeadOut(
        reference=code,
        links=[ChatLink(channel=one.channel, app=one.app, url=one.url) for one in found],
        did_you_mean=_likelier(form.email),
    )


def _likelier(email: str | None) -> str | None:
    """The address with a well-known domain, where the one given is a slip away from it."""
    if email is None:
        return None
    local, _, domain = email.rpartition("@")
    if domain in DOMAINS:
        return None
    near = process.extractOne(domain, DOMAINS, scorer=OSA.distance, score_cutoff=2)
    is_slip = near is not None and (near[1] == 1 or len(domain) > 8)
    return f"{local}@{near[0]}" if near is not None and is_slip else None
