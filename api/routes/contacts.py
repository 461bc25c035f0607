"""Contacts: people across channels."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.addresses import forms
from api.deps import ListOf, SessionDep, SliceDep
from api.errors import documented
from crm import activities, directory
from crm.directory import Person

router = APIRouter(prefix="/api/v1/contacts", tags=["contacts"], responses=documented())


class AddressOut(BaseModel):
    """Where a person is known on one of the gym's inboxes."""

    channel: str = Field(examples=["whatsapp"])
    address: str = Field(examples=["353851234567"])
    last_inbound_at: dt.datetime | None = Field(description="When the person last wrote there")
    unreachable_reason: str | None


class ContactOut(BaseModel):
    """One person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193449a-4a00-7000-8000-000000000007",
                    "name": "Ana Silva",
                    "phone": "+353851234567",
                    "email": None,
                    "language": "en",
                    "created_at": "2026-11-20T10:00:00Z",
                    "addresses": [
                        {
                            "channel": "whatsapp",
                            "address": "353851234567",
                            "last_inbound_at": "2026-11-20T10:01:05Z",
                            "unreachable_reason": None,
                        }
                    ],
                }
            ]
        }
    )

    id: uuid.UUID
    name: str | None
    phone: str | None = Field(description="E.164")
    email: str | None
    language: str
    created_at: dt.datetime
    addresses: list[AddressOut] = Field(description="The one the person used last comes first")

    @classmethod
    def of(cls, person: Person) -> ContactOut:
        """A person as the API tells them; what they told about their health is not among it."""
        own = person.contact.model_dump(include=set(cls.model_fields) - {"addresses"})
        addresses = [
            AddressOut(
                channel=inbox.channel,
                address=known.address,
                last_inbound_at=known.last_inbound_at,
                unreachable_reason=known.unreachable_reason,
            )
            for known, inbox in person.addresses
        ]
        return cls(**own, addresses=addresses)


class ActivityOut(BaseModel):
    """One thing that happened."""

    at: dt.datetime
    kind: str = Field(examples=["lead.stage_changed"])
    actor: str = Field(
        description="bot, contact, system, `staff:<key>` or `api:<key name>`", examples=["staff:lena"]
    )
    data: dict[str, Any] = Field(examples=[{"before": "new", "after": "contacted"}])


@router.get("", summary="List or find contacts")
def list_contacts(
    session: SessionDep,
    part: SliceDep,
    q: Annotated[
        str | None, Query(max_length=100, description="Name (typos allowed), phone or email")
    ] = None,
    channel: Annotated[str | None, Query(max_length=40, description="Known on this channel")] = None,
    address: Annotated[
        str | None,
        Query(max_length=200, description="Known under this address: a phone number or the platform's id"),
    ] = None,
) -> ListOf[ContactOut]:
    """People, the newest first."""
    wanted = None if address is None else forms(channel, address)
    page = directory.people(
        session, words=q, channel=channel, addresses=wanted, limit=part.limit, offset=part.offset
    )
    return ListOf[ContactOut].of([ContactOut.of(person) for person in page.rows], page.total, part)


@router.get("/{contact_id}", summary="Get a contact", responses=documented(404))
def get_contact(session: SessionDep, contact_id: uuid.UUID) -> ContactOut:
    """One person."""
    return ContactOut.of(directory.person(session, contact_id))


@router.get("/{contact_id}/activities", summary="A contact's timeline", responses=documented(404))
def list_activities(
    session: SessionDep, contact_id: uuid.UUID, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> list[ActivityOut]:
    """What happened to a person and by whom, the newest first."""
    directory.person(session, contact_id)
    found = activities.list_of_contact(session, contact_id, limit=limit)
    return [ActivityOut(at=one.at, kind=one.kind, actor=one.actor, data=one.data) for one in found]
