"""Buttons that are not the bot's: ice breakers, the platform's own, those of a campaign of last year."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import select

from crm.db import TenantSession
from crm.models import Booking
from tests.bot.wire import Wire


@pytest.fixture
def dm(session: TenantSession, now: dt.datetime) -> Wire:
    return Wire(session, now, "instagram")


@pytest.mark.feature("1.3")
def test_an_ice_breaker_is_answered_by_what_it_says(dm: Wire) -> None:
    dm.instagram(postback={"mid": "m1", "title": "Where are you located?", "payload": "ib:location"})

    assert "Quayside Row" in dm.answers()[-1]


def test_a_foreign_button_is_never_a_yes(session: TenantSession, now: dt.datetime) -> None:
    wire = Wire(session, now, "whatsapp")
    contacts = [{"wa_id": "447700900123", "profile": {"name": "Ana Silva"}}]
    wire.whatsapp({"id": "wamid.1", "text": {"body": "can i try tomorrow at 11?"}}, contacts=contacts)
    assert "Shall I book it" in wire.answers()[-1]

    reply = {"type": "list_reply", "list_reply": {"id": "plan:gold", "title": "Gold"}}
    wire.whatsapp({"id": "wamid.2", "type": "interactive", "interactive": reply})

    assert [booking.status for booking in session.exec(select(Booking)).all()] == ["held"]


def test_a_foreign_button_without_words_is_not_dropped(session: TenantSession, now: dt.datetime) -> None:
    wire = Wire(session, now, "telegram")
    query = {"id": "7", "from": {"id": 9, "first_name": "Mia"}, "data": "other-bot", "chat_instance": "1"}
    wire.telegram(
        1,
        callback_query={
            **query,
            "message": {"message_id": 1, "date": 0, "chat": {"id": 9, "type": "private"}},
        },
    )

    assert len(wire.answers()) == 1
