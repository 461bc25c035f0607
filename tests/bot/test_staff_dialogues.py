"""Whole mornings at the desk: the staff's side of conversations, one after the other."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import select

from crm import bookings, waitlist
from crm.models import Booking, Reminder
from tests.bot.staff_room import StaffRoom

EIGHT = [
    "Nora Keane",
    "Paul Breen",
    "Rita Hayes",
    "Stan Moran",
    "Tess Ryan",
    "Ugo Bianchi",
    "Vera Petrova",
    "Will Tobin",
]


def test_staff_book_a_trial_for_a_lead_and_move_it(room: StaffRoom) -> None:
    room.now = dt.datetime(2027, 3, 1, 11, tzinfo=dt.UTC)
    room.lead("Eoin Brady", words="hi, is there a discount for students?")
    assert "17:00" in room.say("lena", "book Eoin Brady trial thu 17:00").text
    room.wait(minutes=1)
    shown = room.say("lena", "move Eoin Brady to fri 16:00")
    assert "Eoin" in shown.text
    assert "16:00" in shown.text
    room.say("lena", "yes")
    (booking,) = bookings.upcoming(room.session, room.contact("Eoin Brady").id, now=room.now)
    assert booking.starts_at == dt.datetime(2027, 3, 5, 16, tzinfo=dt.UTC)
    assert "Eoin" in room.trainer_saw("tom")
    assert "17:00" in room.customers_got()[0]
    assert "16:00" in room.customers_got()[1]


def test_a_class_is_filled_and_a_place_given_up(room: StaffRoom) -> None:
    room.now = dt.datetime(2027, 3, 8, 13, tzinfo=dt.UTC)
    for number, name in enumerate(EIGHT, 1):
        room.say("lena", f"/lead add {name} +35385010900{number} sms")
    for name in EIGHT:
        assert f"Booked: {name}" in room.say("lena", f"book {name} foundations tue 12:00").text
    room.lead("Hannah Weiss")
    offering = room.facts.offering_by_key("foundations")
    assert offering is not None
    noon = dt.datetime(2027, 3, 9, 12, tzinfo=dt.UTC)
    waitlist.join(room.session, room.facts, room.contact("Hannah Weiss").id, offering, noon, now=room.now)
    shown = room.say("lena", "cancel Nora Keane foundations tue 12:00")
    assert "waiting list (1)" in shown.text
    room.say("lena", "yes")
    offer = room.session.exec(select(Reminder).where(Reminder.kind == "waitlist_offer")).one()
    class_id = uuid.UUID(offer.data["scheduled_class_id"])
    made = waitlist.offer_next(room.session, room.facts, class_id, now=room.now)
    assert made is not None
    assert made.booking.contact_id == room.contact("Hannah Weiss").id


def test_asks_for_a_person_and_only_the_reply_is_relayed(room: StaffRoom) -> None:
    room.lead(
        "Fiona Garvey", words="Can I speak to a person please? We'd like memberships for about 30 people"
    )
    assert room.say("conor", "could do 20 percent for that many, but let me ask Niamh").is_silent
    shown = room.say(
        "lena",
        "/reply Fiona Garvey Hi Fiona, Lena here. You'll have an offer for the whole office by five today.",
    )
    assert "Fiona" in shown.text
    assert room.customers_got() == [
        "Hi Fiona, Lena here. You'll have an offer for the whole office by five today."
    ]


def test_a_no_show_and_a_new_trial_the_next_day(room: StaffRoom) -> None:
    room.now = dt.datetime(2027, 2, 17, 16, tzinfo=dt.UTC)
    room.lead("Kieran Doherty", channel="telegram")
    room.say("lena", "book Kieran Doherty trial tomorrow 8am")
    room.now = dt.datetime(2027, 2, 18, 8, 20, tzinfo=dt.UTC)
    assert "Kieran" in room.say("aoife", "no-show Kieran", own=True).text
    assert "Booked: Kieran" in room.say("aoife", "book Kieran trial tomorrow 8:00", own=True).text
    rows = room.session.exec(select(Booking)).all()
    assert {(row.status, row.starts_at.day) for row in rows} == {("no_show", 18), ("booked", 19)}
    assert "Kieran" in room.group_saw()
