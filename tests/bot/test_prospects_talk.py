"""Prospects' talk beyond the sample conversations: words in, words and records out."""

from __future__ import annotations

import datetime as dt

import pytest

from bot import consequences
from bot.tracker import replay
from crm import bookings, conversations
from crm.db import TenantSession
from tests.bot.prospect_phone import ProspectPhone
from tests.bot.staff_room import StaffRoom
from tests.families.steps import fill_boxing


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp, on a Monday morning."""
    return ProspectPhone(session, now)


def booked(phone: ProspectPhone) -> ProspectPhone:
    """With a trial on Thursday at ten."""
    phone.say("can I do a trial on thursday at 10? want to lose weight, never trained")
    phone.tap("Confirm")
    return phone


@pytest.mark.feature("8.1")
def test_price_and_trial_in_one_breath_are_both_answered(phone: ProspectPhone) -> None:
    answer = phone.say("how much is a month? and can i try tomorrow at 10, never trained")
    assert "€55" in answer.text
    assert "Tuesday 24 November at 10:00" in answer.text
    assert answer.titles == ["Confirm", "Other time"]


@pytest.mark.feature("5.11")
def test_the_first_message_says_once_that_it_is_automated(phone: ProspectPhone) -> None:
    first, second = phone.say("hi"), phone.say("where are you?")
    assert "automated assistant" in first.text
    assert "automated" not in second.text


@pytest.mark.feature("8.1")
def test_yes_to_three_times_asks_which_and_never_books_blindly(phone: ProspectPhone) -> None:
    phone.say("trial on thursday morning please")
    answer = phone.say("yes please")
    assert "Which one" in answer.text
    assert phone.bookings() == []


@pytest.mark.feature("8.1")
def test_the_second_one_is_the_second_one_offered(phone: ProspectPhone) -> None:
    offered = phone.say("trial on thursday morning please")
    assert offered.titles[1] in phone.say("the second one").text


@pytest.mark.feature("8.13")
def test_a_bare_number_at_the_confirmation_is_another_hour(phone: ProspectPhone) -> None:
    phone.say("trial thursday at 10")
    assert "Thursday 26 November at 12:00" in phone.say("12").text


@pytest.mark.feature("8.3")
def test_personal_training_asks_how_long(phone: ProspectPhone) -> None:
    asked = phone.say("PT with marcus on tuesday at 3")
    assert asked.titles == ["30 min, €30", "60 min, €50"]
    assert "60 minutes, €50" in phone.say("60").text
    phone.say("yes")
    assert phone.bookings() == [("pt60", "2026-11-24 15:00", "booked")]


@pytest.mark.feature("8.12")
def test_cancel_with_the_class_named_cancels_that_place(phone: ProspectPhone) -> None:
    phone.say("book me into hiit on wednesday")
    phone.tap("Confirm")
    phone.say("and yoga thursday")
    phone.tap("Confirm")
    phone.say("cancel hiit please")
    phone.say("yes")
    assert phone.bookings() == [
        ("hiit", "2026-11-25 18:30", "cancelled"),
        ("yoga", "2026-11-26 19:00", "booked"),
    ]


def test_cancel_that_right_after_booking_means_the_booking(phone: ProspectPhone) -> None:
    booked(phone).say("actually no cancel that")
    phone.say("yes")
    assert phone.bookings() == [("trial", "2026-11-26 10:00", "cancelled")]


@pytest.mark.feature("8.19")
def test_what_am_i_booked_for_lists_everything(phone: ProspectPhone) -> None:
    booked(phone).say("book me into yoga on saturday")
    phone.tap("Confirm")
    answer = phone.say("what am I booked for?")
    assert "Thursday 26 November at 10:00" in answer.text
    assert "Saturday 28 November at 10:00" in answer.text


def test_an_undo_brings_the_old_place_back(phone: ProspectPhone) -> None:
    booked(phone).say("can we make it friday at 11 instead?")
    phone.say("yes")
    assert ("trial", "2026-11-27 11:00", "booked") in phone.bookings()
    assert "Thursday 26 November at 10:00" in phone.say("oops wrong day, undo").text
    assert ("trial", "2026-11-26 10:00", "booked") in phone.bookings()


def test_nobody_below_the_minimum_age_is_offered_a_session(phone: ProspectPhone) -> None:
    answer = phone.say("hey im 14 can i do a trial")
    assert "16" in answer.text
    assert answer.titles == []


def test_an_emergency_gets_the_number_at_once(phone: ProspectPhone) -> None:
    assert "112" in phone.say("a man collapsed in the gym he's not breathing").text
    assert phone.conversation.handoff_reason == "emergency"


def test_a_person_is_got_the_first_time_without_argument(phone: ProspectPhone) -> None:
    phone.say("can I talk to a human please")
    assert (phone.conversation.status, phone.conversation.handoff_reason) == ("pending", "asked")


@pytest.mark.feature("5.1")
def test_noise_twice_gets_a_person_and_never_a_third_question(phone: ProspectPhone) -> None:
    phone.say("asdkjh asdkjh")
    phone.say("qweoiu zxcmn")
    assert phone.conversation.handoff_reason == conversations.NOT_UNDERSTOOD


@pytest.mark.feature("6.19")
@pytest.mark.parametrize(
    ("words", "purpose"),
    [
        ("STOP", "everything"),
        ("please don't text me again", "everything"),
        ("turn off these reminders", "reminders"),
        ("no more promo messages please", "offers"),
    ],
)
def test_an_opt_out_is_kept_with_its_purpose(phone: ProspectPhone, words: str, purpose: str) -> None:
    phone.say("how much is a day pass")
    phone.say(words)
    assert phone.consents() == [(purpose, False)]


@pytest.mark.feature("8.8")
def test_no_second_nudge_after_a_confirm(phone: ProspectPhone) -> None:
    booked(phone)
    reminded = phone.wait(dt.timedelta(days=2, hours=1, minutes=30))
    assert reminded.titles == ["Confirm", "Move", "Cancel"]
    phone.tap("Confirm")
    assert phone.wait(dt.timedelta(hours=23)).texts == []


def test_one_nudge_and_no_more_for_somebody_who_falls_silent(phone: ProspectPhone) -> None:
    phone.say("can I do a trial thursday at 10?")
    assert "Thursday 26 November at 10:00" in phone.wait(dt.timedelta(hours=2)).text
    assert phone.wait(dt.timedelta(days=1)).texts == []


def test_how_busy_it_is_is_not_made_up(phone: ProspectPhone) -> None:
    assert "not sure" in phone.say("is it busy in the evenings?").text


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE leads; --",
        "x" * 10_000,
        "😀😀😀",
        "مرحبا كيف الحال",
        '<script>alert("hi")</script>',
        "{name} {0} %s",
        "\n\n\n",
        "can I come 31/02 at 25:99",
    ],
)
def test_odd_text_is_answered_and_nothing_breaks(phone: ProspectPhone, text: str) -> None:
    assert phone.say(text).text
    assert "55" in phone.say("how much is standard?").text


def test_a_name_with_quotes_is_kept_as_it_is(session: TenantSession, now: dt.datetime) -> None:
    phone = ProspectPhone(session, now, name='Siobhán "Shiv" O\'Neill')
    assert "Siobhán" in phone.say("hi").text
    assert phone.contact.name == 'Siobhán "Shiv" O\'Neill'


def test_the_kept_state_is_the_replay_of_all_events(phone: ProspectPhone, session: TenantSession) -> None:
    booked(phone).say("can we make it friday at 11 instead?")
    phone.say("yes")
    phone.say("what should I bring?")
    events = conversations.list_events(session, phone.conversation.id)
    assert replay(events).state() == phone.conversation.tracker


def test_a_lead_tells_what_was_learnt(phone: ProspectPhone) -> None:
    lead = booked(phone).lead
    assert (lead.stage, lead.goal, lead.experience, lead.source) == (
        "trial_booked",
        "lose weight",
        "none",
        "whatsapp",
    )
    assert lead.first_bot_reply_at is not None
    assert lead.score >= 50


@pytest.mark.feature("8.23")
def test_the_confirmation_brings_a_link_for_the_calendar(phone: ProspectPhone) -> None:
    phone.say("trial on thursday at 10")
    assert "/calendar/" in phone.tap("Confirm").text


@pytest.mark.feature("8.23")
def test_where_length_costs_the_calendar_link_comes_when_it_is_asked_for(
    session: TenantSession, now: dt.datetime
) -> None:
    phone = ProspectPhone(session, now, channel="sms")
    phone.say("trial on thursday at 10")
    assert "/calendar/" not in phone.say("yes").text
    assert "/calendar/" in phone.say("can you send me a calendar invite?").text


@pytest.mark.feature("8.25")
@pytest.mark.parametrize("words", ["no thanks", "never mind", "can't make it, sorry"])
def test_a_declined_place_is_offered_to_the_next_in_the_queue(
    session: TenantSession, now: dt.datetime, words: str
) -> None:
    first, second = ProspectPhone(session, now), ProspectPhone(session, now, name="Ben Ryan")
    taken = fill_boxing(first)
    for phone in (first, second):
        phone.say("can I do boxing on thursday?")
        phone.say("yes, put me on the list")
    gone = bookings.cancel(session, first.facts, taken[0], now=now, by="contact")
    consequences.offer_freed_place(session, gone, now)
    assert "A place has come free" in first.wait(dt.timedelta(minutes=1)).text
    assert second.wait(dt.timedelta(minutes=2)).texts == []
    first.say(words)
    assert "A place has come free" in second.wait(dt.timedelta(minutes=3)).text
    second.say("yes")
    assert (first.bookings(), second.bookings()) == ([], [("boxing", "2026-11-26 18:00", "booked")])


def test_the_card_names_the_new_time_after_a_move(room: StaffRoom, now: dt.datetime) -> None:
    phone = booked(ProspectPhone(room.session, now))
    room.deliver()
    phone.say("can we make it friday at 11 instead?")
    phone.say("yes")
    card = room.cards()[-1].content["text"]
    assert "Fri 27 Nov 11:00" in card
    assert "Thu 26 Nov" not in card


def test_a_card_calls_experience_what_it_is(room: StaffRoom, now: dt.datetime) -> None:
    ProspectPhone(room.session, now).say("trial thursday at 10? never trained before")
    card = room.cards()[-1].content["text"]
    assert "Experience: never trained" in card
    assert "Goal" not in card
