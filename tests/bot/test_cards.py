"""Cards, hand-overs and news in the staff group."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import select

from bot import cards, consequences, news
from crm import bookings, conversations, gyms
from crm.models import Delivery, StaffCard
from tests.bot.staff_room import GROUP, StaffRoom


@pytest.mark.feature("1.4")
def test_a_lead_has_one_card_posted_once_and_edited_after(room: StaffRoom) -> None:
    lead = room.lead("Ana Silva")
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    (post,) = room.cards()
    assert "Ana Silva" in post.content["text"]
    assert "edit_of" not in post.content
    room.deliver()
    lead.goal = "lose weight"
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    card = room.session.exec(select(StaffCard)).one()
    assert [delivery.content.get("edit_of") for delivery in room.cards()] == [None, card.external_id]
    assert "lose weight" in room.cards()[-1].content["text"]


def test_the_same_card_is_not_sent_again(room: StaffRoom) -> None:
    lead = room.lead("Ana Silva")
    for _ in range(3):
        cards.lead_changed(room.session, room.facts, lead.id, room.now)
    assert len(room.cards()) == 1


def test_a_card_shows_how_things_stand_when_it_leaves(room: StaffRoom) -> None:
    lead = room.lead("Ana Silva")
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    lead.goal = "lose weight"
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    (post,) = room.cards()
    assert "lose weight" in post.content["text"]
    assert "edit_of" not in post.content
    room.deliver()
    for goal in ("get fitter", "build muscle", "reduce stress"):
        lead.goal = goal
        cards.lead_changed(room.session, room.facts, lead.id, room.now)
    assert len(room.cards()) == 2
    assert "reduce stress" in room.cards()[-1].content["text"]


def test_a_change_while_the_post_is_under_way_is_not_lost(room: StaffRoom) -> None:
    lead = room.lead("Ana Silva")
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    room.cards()[0].state = "sending"
    room.session.flush()
    lead.goal = "lose weight"
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    assert [delivery.state for delivery in room.cards()] == ["sending", "queued"]


def test_a_card_whose_post_failed_is_posted_anew(room: StaffRoom) -> None:
    lead = room.lead("Ana Silva")
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    room.cards()[0].state = "failed"
    room.session.flush()
    lead.goal = "lose weight"
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    assert "edit_of" not in room.cards()[-1].content


@pytest.mark.feature("3.13")
def test_the_buttons_of_a_card_work(room: StaffRoom) -> None:
    lead = room.lead("Ana Silva")
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    assert [button["title"] for button in room.cards()[0].content["buttons"]] == [
        "Claim", "Reply", "Book?", "Won", "Lost", "Snooze",
    ]  # fmt: skip
    assert "yours, Lena" in room.tap("lena", "Claim").text
    shown = room.tap("lena", "Book?")
    assert "free at" in shown.text
    assert "Booked: Ana Silva, Trial" in room.tap_id("lena", shown.buttons[0]["id"]).text
    assert "won" in room.tap("lena", "Won").text
    assert "With Lena" in room.cards()[-1].content["text"]


def test_buttons_fit_telegrams_64_bytes(room: StaffRoom) -> None:
    room.lead("Ana Silva")
    for words in (
        "/lead Ana",
        "book Ana trial on thursday",
        "book Ana boxing on thursday",
        "cancel Ana",
        "move Ana",
        "/leads",
        "/lost Ana",
    ):
        room.say("lena", words)
    for delivery in room.sent_to(GROUP):
        for button in delivery.content.get("buttons", []):
            assert len(button["id"].encode()) <= 64


@pytest.mark.feature("4.1")
def test_a_hand_over_has_all_that_is_needed(room: StaffRoom) -> None:
    lead = room.lead("Fiona Garvey", words="We'd like memberships for about 30 people", goal="get fitter")
    thread = room.thread("Fiona Garvey")
    conversations.hand_over(room.session, thread, "asked", now=room.now)
    news.handed_over(room.session, room.facts, lead, "asked", room.now)
    text = room.group_saw()
    for part in ("Person wanted: Fiona Garvey (#1) on whatsapp", "Why: asked for a person", "Goal: get fitter",
                 "Fiona: We'd like memberships for about 30 people", "Promised: an answer soon", "/reply Fiona Garvey"):  # fmt: skip
        assert part in text
    room.deliver()
    wanted = next(d for d in room.sent_to(GROUP) if d.content["text"].startswith("Person wanted"))
    room.say("lena", "Hi Fiona, Lena here.", reply_to=wanted.external_id)
    assert room.person_got("Fiona Garvey")[0].content["text"] == "Hi Fiona, Lena here."


def test_a_claim_of_a_hand_over_takes_the_thread(room: StaffRoom) -> None:
    lead = room.lead("Fiona Garvey")
    thread = room.thread("Fiona Garvey")
    conversations.hand_over(room.session, thread, "asked", now=room.now)
    news.handed_over(room.session, room.facts, lead, "asked", room.now)
    room.tap("lena", "Claim")
    assert conversations.is_with_staff(thread, now=room.now)
    assert "Lena is answering" in room.cards()[-1].content["text"]


@pytest.mark.parametrize(
    "words",
    ["my knee is injured, can I still come?", "I'm pregnant, is that ok", "call me on 085 123 4567", "mail ana@example.com please",
     "had back surgery last year. what are your hours?", "I have asthma"],
)  # fmt: skip
def test_the_group_reads_no_numbers_and_nothing_about_health(room: StaffRoom, words: str) -> None:
    lead = room.lead("Ana Silva", words=words)
    cards.lead_changed(room.session, room.facts, lead.id, room.now, loud="asked")
    cards.lead_changed(room.session, room.facts, lead.id, room.now, loud=cards.HOT)
    room.say("lena", "/lead Ana Silva")
    room.say("lena", "/history Ana Silva")
    seen = room.group_saw()
    for private in ("knee", "injured", "pregnant", "123 4567", "ana@example.com", "surgery", "asthma"):
        assert private not in seen


def test_a_hot_lead_is_told_once(room: StaffRoom) -> None:
    lead = room.lead("Ana Silva", score=70, score_reasons=["wants to join"])
    for _ in range(3):
        cards.lead_changed(room.session, room.facts, lead.id, room.now)
    assert room.group_saw().count("Hot lead: Ana Silva") == 1


def test_a_booking_is_one_line_in_the_group_and_told_to_the_trainer(room: StaffRoom) -> None:
    lead = room.lead("Ciara Nolan", goal="get fitter")
    trial = room.facts.trial
    assert trial is not None
    booking = bookings.book(
        room.session, room.facts, lead.contact_id, trial, dt.datetime(2026, 11, 25, 18, 30, tzinfo=dt.UTC), now=room.now,
        created_by="contact",
    )  # fmt: skip
    news.told(
        room.session,
        room.facts,
        room.contact("Ciara Nolan"),
        "booked",
        {"booking_id": str(booking.id)},
        room.now,
    )
    assert "Trial booked: Ciara Nolan, Wed 25 Nov 18:30 with Priya" in room.group_saw()
    assert "New: Ciara Nolan, Trial, Wed 25 Nov 18:30\nFirst visit\nget fitter" in room.trainer_saw("priya")
    room.session.refresh(lead)
    assert lead.stage == "trial_booked"


def test_a_late_cancellation_is_told_at_once(room: StaffRoom) -> None:
    lead = room.lead("Ciara Nolan")
    room.say("lena", "book Ciara Nolan trial today 11:00")
    booking = bookings.upcoming(room.session, lead.contact_id, now=room.now)[0]
    gone = bookings.cancel(room.session, room.facts, booking.id, now=room.now, by="contact")
    consequences.cancelled(room.session, room.facts, gone, room.now, actor="contact")
    trainer = room.facts.staff_by_id(booking.trainer_id)
    assert trainer is not None
    assert "Cancelled (late): Ciara Nolan" in room.trainer_saw(trainer.key)
    assert "Trial cancelled (late): Ciara Nolan" in room.group_saw()


def test_without_a_staff_group_nothing_is_queued(room: StaffRoom) -> None:
    lead = room.lead("Ana Silva")
    room.telegram.staff_chat = None
    gyms.facts_changed(room.session)
    cards.lead_changed(room.session, room.facts, lead.id, room.now, loud="asked")
    cards.tell_group(room.session, room.facts, "utter_staff_undo_nothing", {}, room.now)
    assert room.session.exec(select(Delivery)).all() == []
