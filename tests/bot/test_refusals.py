"""A message that did not arrive: the provider's status in, records and words to staff out."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import select

from bot import engine
from bot.channels.base import Incoming
from crm import deliveries
from crm.db import TenantSession
from crm.models import Contact, ContactInbox, Delivery
from tests.bot.prospect_phone import ProspectPhone
from tests.factories import an_inbox

GROUP = "-100777"


@pytest.mark.feature("1.7", "M.17")
def test_a_failure_told_by_a_status_marks_the_address_and_tells_staff_once(
    session: TenantSession, now: dt.datetime
) -> None:
    an_inbox(session, channel="telegram", staff_chat=GROUP)
    phone = ProspectPhone(session, now)
    phone.say("hi")
    delivery = session.exec(select(Delivery).where(Delivery.address == phone.address)).one()
    deliveries.mark_accepted(delivery, "wamid.1", now=now)
    status = Incoming(
        kind="status", action="record", message_id="wamid.1", status="failed", error_code="131026",
        error_detail="no WhatsApp on this number", next="mark_unreachable",
    )  # fmt: skip
    for _ in range(2):
        engine.follow_status(session, phone.inbox, status, now)
        session.flush()
    where = session.exec(select(ContactInbox).where(ContactInbox.address == phone.address)).one()
    told = [
        row
        for row in session.exec(select(Delivery).where(Delivery.address == GROUP)).all()
        if "Not delivered" in row.content.get("text", "")
    ]
    assert where.unreachable_reason == "no WhatsApp on this number"
    assert [row.content["text"] for row in told] == [
        "Not delivered to Ana Silva: no WhatsApp on this number. Their phone number is known: you can call."
    ]
    assert session.exec(select(Contact.name).where(Contact.id == where.contact_id)).one() == "Ana Silva"
