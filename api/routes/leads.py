"""Leads: the pipeline."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.deps import ActorDep, ListOf, SessionDep, SliceDep, WriteSessionDep
from api.errors import documented
from crm import contacts, corrections, directory, facts, leads
from crm.directory import LeadRow

router = APIRouter(prefix="/api/v1/leads", tags=["leads"], responses=documented())

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Experience = Literal["none", "some", "regular"]


class LeadOut(BaseModel):
    """A person on the way to a membership."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193449a-4a00-7000-8000-000000000042",
                    "number": 42,
                    "contact_id": "0193449a-4a00-7000-8000-000000000007",
                    "name": "Ana Silva",
                    "phone": "+353851234567",
                    "stage": "trial_booked",
                    "source": "whatsapp",
                    "referral": {},
                    "goal": "lose weight",
                    "experience": "none",
                    "preferred_time": "mornings",
                    "score": 72,
                    "score_reasons": ["trial booked", "goal: lose weight"],
                    "assigned_to": "lena",
                    "lost_reason": None,
                    "first_words": "hi! can i try tomorrow at 10?",
                    "last_words": "see you then",
                    "created_at": "2026-11-20T10:00:00Z",
                    "first_bot_reply_at": "2026-11-20T10:00:04Z",
                    "first_human_reply_at": None,
                    "stage_changed_at": "2026-11-20T10:01:10Z",
                    "closed_at": None,
                }
            ]
        }
    )

    id: uuid.UUID
    number: int = Field(description="Short number that staff call the lead by")
    contact_id: uuid.UUID
    name: str | None
    phone: str | None
    stage: str = Field(description="One of the gym's pipeline stages")
    source: str = Field(description="The channel that brought the person")
    referral: dict[str, object] = Field(
        description="Ad or link that brought the person, as the platform told it"
    )
    goal: str | None
    experience: str | None = Field(description="none, some or regular")
    preferred_time: str | None = Field(description="In the person's words")
    score: int = Field(description="How promising, 0 to 100")
    score_reasons: list[str]
    assigned_to: str | None = Field(description="Key of the member of staff")
    lost_reason: str | None
    first_words: str | None
    last_words: str | None
    created_at: dt.datetime
    first_bot_reply_at: dt.datetime | None
    first_human_reply_at: dt.datetime | None
    stage_changed_at: dt.datetime
    closed_at: dt.datetime | None

    @classmethod
    def of(cls, row: LeadRow) -> LeadOut:
        """A lead as the API tells it."""
        lead, contact = row.lead, row.contact
        own = lead.model_dump(include=set(cls.model_fields) - {"name", "phone", "assigned_to"})
        return cls(**own, name=contact.name, phone=contact.phone, assigned_to=row.assigned_to)


class NewLead(BaseModel):
    """Somebody the gym heard of outside its chats."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Ana Silva",
                    "phone": "+353851234567",
                    "source": "website",
                    "first_words": "wants yoga",
                }
            ]
        },
    )

    name: Name
    phone: str | None = Field(None, description="With country code, or as written in the gym's country")
    email: Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = (
        None
    )
    source: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] = "api"
    first_words: Words | None = None
    goal: Words | None = None
    experience: Experience | None = None
    preferred_time: Words | None = None


class LeadChange(BaseModel):
    """What shall be different; fields that are not given stay as they are, null empties them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"stage": "qualified", "goal": "build muscle", "assigned_to": "lena"}]
        },
    )

    # A factory instead of a default: these may be left out, but not emptied.
    stage: str = Field(default_factory=str, description="One of the gym's pipeline stages")
    lost_reason: Words | None = Field(None, description="Why, with the stage lost")
    name: Name = Field(default_factory=str)
    goal: Words | None = None
    experience: Experience | None = None
    preferred_time: Words | None = None
    assigned_to: str | None = Field(None, description="Key of a member of staff; null for nobody")


@router.get("", summary="List leads")
def list_leads(
    session: SessionDep,
    part: SliceDep,
    stage: Annotated[str | None, Query(description="Only in this stage")] = None,
    source: Annotated[str | None, Query(description="Only from this channel")] = None,
    assigned_to: Annotated[str | None, Query(description="A staff key, or `nobody`")] = None,
    contact_id: Annotated[uuid.UUID | None, Query(description="Only this person's")] = None,
    q: Annotated[
        str | None, Query(max_length=100, description="Name (typos allowed), phone or email")
    ] = None,
    created_from: Annotated[AwareDatetime | None, Query(description="Made at this instant or later")] = None,
    created_until: Annotated[AwareDatetime | None, Query(description="Made before this instant")] = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="Only open ones, or only closed ones")
    ] = None,
    sort: directory.LeadOrder = "newest",
) -> ListOf[LeadOut]:
    """Leads that fit every filter given."""
    page = directory.leads(
        session, stage=stage, source=source, assigned_to=assigned_to, contact_id=contact_id, words=q,
        created_from=created_from, created_until=created_until, is_open=is_open, order=sort, limit=part.limit,
        offset=part.offset,
    )  # fmt: skip
    return ListOf[LeadOut].of([LeadOut.of(row) for row in page.rows], page.total, part)


@router.post("", status_code=201, summary="Add a lead", responses=documented(409))
def create_lead(session: WriteSessionDep, actor: ActorDep, new: NewLead) -> LeadOut:
    """Somebody who phoned or walked in. A person with that phone who is known already keeps their open lead."""
    known = facts.load(session)
    phone = corrections.canonical_phone(new.phone, known.gym.phone_region) if new.phone else None
    contact = contacts.add(session, name=new.name, phone=phone, now=session.now)
    if new.email and not contact.email:
        contact.email = new.email
    lead = leads.capture(
        session,
        contact,
        source=new.source,
        referral={},
        first_words=new.first_words,
        now=session.now,
        actor=actor,
    )
    for field in ("goal", "experience", "preferred_time"):
        if (value := getattr(new, field)) is not None:
            setattr(lead, field, value)
    session.flush()
    return LeadOut.of(directory.lead(session, lead.id))


@router.get("/{lead_id}", summary="Get a lead", responses=documented(404))
def get_lead(session: SessionDep, lead_id: uuid.UUID) -> LeadOut:
    """One lead."""
    return LeadOut.of(directory.lead(session, lead_id))


@router.patch("/{lead_id}", summary="Change a lead", responses=documented(404, 409))
def change_lead(session: WriteSessionDep, actor: ActorDep, lead_id: uuid.UUID, change: LeadChange) -> LeadOut:
    """Move it in the pipeline or correct what is known; every change is in the timeline."""
    row = directory.lead(session, lead_id)
    given = change.model_dump(exclude_unset=True)
    corrections.correct(
        session, row.lead, row.contact, given, facts.load(session), actor=actor, now=session.now
    )
    session.flush()
    return LeadOut.of(directory.lead(session, lead_id))
