"""/leads, /lead, /find, /lead add, /stats, /inbox, /history, /web."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import select

from crm import bookings, conversations, vault
from crm.models import ContactInbox, Lead
from tests.bot.staff_room import StaffRoom

HEALTH = "I have a bad knee from football, +353 85 765 4321 is my number"


@pytest.mark.feature("2.7")
@pytest.mark.feature("2.18")
def test_lists_come_ten_at_a_time_with_totals(room: StaffRoom) -> None:
    for number in range(23):
        room.lead(f"Person {chr(65 + number)}lpha")
    first = room.say("niamh", "/leads")
    assert "Open leads: showing 1-10 of 23" in first.text
    assert "Next" in first.titles
    assert "Previous" not in first.titles
    second = room.tap("niamh", "Next")
    assert "showing 11-20 of 23" in second.text
    third = room.tap("niamh", "Next")
    assert "showing 21-23 of 23" in third.text
    assert "Next" not in third.titles
    assert "showing 11-20 of 23" in room.tap("niamh", "Previous").text


@pytest.mark.feature("2.8")
@pytest.mark.feature("2.17")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("/leads stage:qualified", {"Ana"}), ("/leads qualified", {"Ana"}), ("/leads source:sms", {"Ben"}),
        ("/leads sms", {"Ben"}), ("leads from sms", {"Ben"}), ("/leads hot", {"Cat"}), ("show me the hot leads", {"Cat"}),
        ("/leads", {"Ana", "Ben", "Cat"}), ("/leads all", {"Ana", "Ben", "Cat", "Dan"}), ("/leads lost", {"Dan"}),
        ("/leads source:sms today", {"Ben"}), ("/leads mine", {"Cat"}), ("hot leeds", {"Cat"}), ("/leads qualifed", {"Ana"}),
    ],
)  # fmt: skip
def test_lists_are_narrowed_by_words(room: StaffRoom, words: str, expected: set[str]) -> None:
    room.lead("Ana One", stage="qualified")
    room.lead("Ben Two", channel="sms")
    niamh = room.facts.staff_by_key("niamh")
    assert niamh is not None
    room.lead("Cat Three", score=80, assigned_to=niamh.id)
    room.lead("Dan Four", stage="lost", closed_at=room.now)
    text = room.say("niamh", words).text
    assert {name for name in ("Ana", "Ben", "Cat", "Dan") if name in text} == expected


def test_an_unknown_filter_says_what_there_is(room: StaffRoom) -> None:
    assert "stage:" in room.say("niamh", "/leads purple").text


def test_an_empty_list_says_so(room: StaffRoom) -> None:
    assert room.say("niamh", "/leads hot").text == "Hot leads: none."


@pytest.mark.feature("2.2")
@pytest.mark.feature("3.5")
@pytest.mark.feature("1.17")
def test_a_card_has_all_that_helps_and_nothing_private(room: StaffRoom) -> None:
    lead = room.lead("Siobhan Rafferty", words=HEALTH, goal="lose weight", experience="none", score=72,
                     score_reasons=["trial booked", "asked the price"])  # fmt: skip
    room.contact("Siobhan Rafferty").health_note = vault.seal("bad knee")
    room.say("niamh", "book Siobhan Rafferty trial fri 10:00")
    room.say("conor", "/note Siobhan rings back after six")
    text = room.say("lena", "/lead Siobhan Rafferty").text
    for part in ("Siobhan Rafferty", "whatsapp", "trial booked", "lose weight", "never trained", "Fri 27 Nov 10:00",
                 "Conor", "rings back after six", "note for the trainer"):  # fmt: skip
        assert part in text
    for private in ("knee", "+353", "765 4321", lead_phone(room, lead)):
        assert private not in text


def lead_phone(room: StaffRoom, lead: Lead) -> str:
    return room.contact("Siobhan Rafferty").phone or "no phone"


@pytest.mark.feature("2.9")
@pytest.mark.feature("2.16")
@pytest.mark.parametrize(
    "words", ["siobahn raferty", "SIOBHAN", "rafferty", "siobhan r", "Síobhan", "find siobahn raferty", "1"]
)
def test_people_are_found_with_typos_and_by_part(room: StaffRoom, words: str) -> None:
    room.lead("Siobhan Rafferty")
    room.lead("Kieran Doherty")
    said = words if words.startswith("find") else f"/find {words}"
    text = room.say("conor", said).text
    assert "Siobhan Rafferty" in text
    assert "Kieran" not in text


def test_people_are_found_by_number_without_showing_it(room: StaffRoom) -> None:
    room.lead("Siobhan Rafferty")
    phone = room.contact("Siobhan Rafferty").phone
    assert phone is not None
    text = room.say("conor", f"/find {phone[-6:]}").text
    assert "Siobhan Rafferty" in text
    assert phone not in text.replace(" ", "")


def test_nothing_found_says_so(room: StaffRoom) -> None:
    assert "Nothing found" in room.say("conor", "/find zzzz").text


@pytest.mark.feature("1.8")
@pytest.mark.parametrize(
    "words",
    ['/lead add Ana Silva +353 85 123 4567 whatsapp "wants yoga"', '/lead add +353851234567 Ana Silva "wants yoga" whatsapp',
     'lead add Ana Silva 085 123 4567 wa "wants yoga"', "/lead add whatsapp Ana Silva +353851234567 “wants yoga”"],
)  # fmt: skip
def test_a_lead_is_added_with_parts_in_any_order(room: StaffRoom, words: str) -> None:
    text = room.say("lena", words).text
    assert "Ana Silva" in text
    assert "123" not in text
    lead = room.session.exec(select(Lead)).one()
    contact = room.contact("Ana Silva")
    where = room.session.exec(select(ContactInbox)).one()
    assert (lead.source, lead.first_words, contact.phone) == ("whatsapp", "wants yoga", "+353851234567")
    assert (where.sender, where.address) == ("wa:+353851234567", "353851234567")
    assert room.customers_got() == []


def test_a_contact_card_becomes_a_lead_at_a_tap(room: StaffRoom) -> None:
    shown = room.share_contact("lena", "Ana Silva", "+353851234567")
    assert shown.titles == ["Add Ana Silva"]
    assert "Added #1 Ana Silva" in room.tap("lena", "Add Ana").text
    assert room.contact("Ana Silva").phone == "+353851234567"
    assert room.share_contact("aoife", "Ben Two", "+353851234568").is_silent


def test_a_lead_is_not_added_twice(room: StaffRoom) -> None:
    room.say("lena", "/lead add Ana Silva +353851234567 sms")
    assert "already" in room.say("lena", "/lead add Ana +353851234567 sms").text
    assert len(room.session.exec(select(Lead)).all()) == 1


def test_a_number_that_is_none_is_refused(room: StaffRoom) -> None:
    assert "not a phone number" in room.say("lena", "/lead add Ana Silva +000000000 sms").text
    assert "Like this" in room.say("lena", "/lead add").text


@pytest.mark.feature("3.14")
@pytest.mark.feature("7.19")
def test_stats_are_one_message(room: StaffRoom) -> None:
    room.lead("Ana One")
    room.lead("Ben Two", stage="qualified")
    text = room.say("niamh", "/stats").text
    assert "Leads: 2 (1 new, 1 qualified)" in text
    assert "New: 2 today" in text


@pytest.mark.feature("4.1")
def test_the_inbox_shows_who_waits_longest_first(room: StaffRoom) -> None:
    room.lead("Ana One", words="my knee hurts, can someone ring me")
    conversations.hand_over(room.session, room.thread("Ana One"), "asked", now=room.now)
    room.wait(minutes=5)
    room.lead("Ben Two", words="I was charged twice")
    conversations.hand_over(room.session, room.thread("Ben Two"), "billing", now=room.now)
    shown = room.say("niamh", "/inbox")
    assert "Waiting for an answer: 2" in shown.text
    assert shown.text.index("Ana One") < shown.text.index("Ben Two")
    assert "knee" not in shown.text
    room.say("lena", "/reply Ana One: ringing you now")
    text = room.say("niamh", "inbox").text
    assert "Waiting for an answer: 1" in text
    assert "Ana One (whatsapp), with Lena" in text


@pytest.mark.feature("4.4")
@pytest.mark.feature("2.4")
def test_history_shows_the_last_lines(room: StaffRoom) -> None:
    room.lead("Ana One", words="hello there")
    room.say("lena", "/reply Ana One: hi Ana, how can I help?")
    text = room.say("lena", "/history Ana One 5").text
    assert "Ana: hello there" in text
    assert "Lena: hi Ana, how can I help?" in text
    assert text.index("hello there") < text.index("how can I help")
    assert "the last message" in room.say("lena", "/history Ana 1").text


@pytest.mark.feature("16.15")
def test_the_report_link_goes_to_the_private_chat(room: StaffRoom) -> None:
    assert "http" not in room.say("niamh", "/web").text
    assert "/report/" in room.trainer_saw("niamh")
    assert "/report/" in room.say("conor", "/web", own=True).text


def test_today_lists_the_groups_day(room: StaffRoom) -> None:
    room.lead("Ana One")
    room.say("lena", "book Ana One trial today 15:00")
    text = room.say("niamh", "/today").text
    assert "15:00 Ana One, Trial with" in text
    assert "first visit" in text
    assert bookings.upcoming(room.session, room.contact("Ana One").id, now=room.now)[
        0
    ].starts_at == dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)
