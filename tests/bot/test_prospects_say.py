"""What prospects say in passing, and have to be heard for: from outside, words in and words out."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.db import TenantSession
from tests.bot.prospect_phone import ProspectPhone

pytestmark = pytest.mark.feature("1.5")


@pytest.fixture
def phone(session: TenantSession, now: dt.datetime) -> ProspectPhone:
    """Ana's WhatsApp."""
    return ProspectPhone(session, now)


@pytest.mark.parametrize("asks", ["who's the trainer", "who would I be with?", "who'd be taking it"])
def test_who_gives_the_session_on_offer_is_its_trainer(phone: ProspectPhone, asks: str) -> None:
    offered = phone.say("trial on thursday at 3 with marcus please")
    assert "with Marcus" in offered.text
    heard = phone.say(asks)
    assert "Marcus (boxing" in heard.text
    assert "Tom" not in heard.text
    assert heard.titles == offered.titles


def test_who_teaches_a_class_is_known_from_the_talk(phone: ProspectPhone) -> None:
    phone.say("I'm 20 weeks pregnant, is yoga ok?")
    assert "Priya" in phone.say("who teaches it").text


@pytest.mark.parametrize(
    ("said", "asks", "minutes"),
    [("trial on thursday at 10:45", "how long is it", "45"), ("boxing on thursday", "how long does it last?", "60"),
     ("PT with tom wednesday at 10, half an hour", "how long would that take", "30")],
)  # fmt: skip
def test_how_long_is_it_means_what_is_being_booked(
    phone: ProspectPhone, said: str, asks: str, minutes: str
) -> None:
    phone.say(said)
    heard = phone.say(asks)
    assert f"It takes {minutes} minutes." in heard.text
    assert "Our classes" not in heard.text


def test_anything_earlier_offers_earlier_times_of_that_day(phone: ProspectPhone) -> None:
    phone.say("trial on thursday afternoon")
    titles = phone.say("anything earlier?").titles
    assert titles
    assert all(title < "12:00" for title in titles)


def test_anything_later_at_the_end_of_the_day_says_that_there_is_none(phone: ProspectPhone) -> None:
    latest = phone.say("trial on thursday evening").titles[-1]
    heard = phone.say("anything later?")
    assert f"{latest} is the latest I have that day" in heard.text or heard.titles[0] > latest


def test_a_yes_to_several_times_is_asked_which_without_repeating_all(phone: ProspectPhone) -> None:
    titles = phone.say("trial on thursday evening").titles
    heard = phone.say("yes that's good")
    assert heard.text.startswith("Great. Which one")
    assert heard.titles == titles


@pytest.mark.parametrize(
    "said", ["actually ok let's do that trial", "on second thought I'll take it", "ok go on, book it so"]
)
def test_what_was_dropped_is_taken_up_again_where_it_was_left(phone: ProspectPhone, said: str) -> None:
    phone.say("trial on thursday at 10:45")
    phone.say("actually forget it")
    phone.say("how much is it a month?")
    assert "Thursday 26 November at 10:45" in phone.say(said).text
    phone.say("yes")
    assert phone.bookings() == [("trial", "2026-11-26 10:45", "booked")]


def test_what_was_dropped_is_forgotten_after_a_day(phone: ProspectPhone) -> None:
    phone.say("trial on thursday at 10:45")
    phone.say("actually forget it")
    phone.wait(dt.timedelta(hours=30))
    assert "at 10:45" not in phone.say("actually ok let's do that trial").text


@pytest.mark.parametrize("said", ["ok I'll think about it", "let me sleep on it", "I'll get back to you"])
def test_who_wants_to_think_is_not_told_that_something_was_dropped(phone: ProspectPhone, said: str) -> None:
    phone.say("how much is it?")
    heard = phone.say(said).text
    assert "dropped" not in heard
    assert "?" not in heard


@pytest.mark.parametrize(
    "said",
    ["I'm really nervous, never been in a gym before and I don't want people staring at me", "I don't want everybody looking at me"],
)  # fmt: skip
def test_who_is_afraid_of_being_watched_is_not_asked_about_messages(phone: ProspectPhone, said: str) -> None:
    heard = phone.say(said)
    assert "messag" not in heard.text
    assert "welcome" in heard.text


@pytest.mark.parametrize("said", ["is it hardcore", "is it very hard?", "would it be too intense"])
def test_whether_it_is_too_hard_is_no_question_about_the_timetable(phone: ProspectPhone, said: str) -> None:
    heard = phone.say(said).text
    assert "started from zero" in heard
    assert "Our classes" not in heard


def test_a_class_that_the_gym_cancels_is_told_here(phone: ProspectPhone) -> None:
    heard = phone.say("what if the class is cancelled?").text
    assert "I write to you here" in heard
    assert "Notice" not in heard


def test_what_a_named_membership_takes_in_is_its_own_note(phone: ProspectPhone) -> None:
    phone.say("whats the difference between standard and premium")
    assert "Premium is €79 a month: gym floor, all classes" in phone.say("so premium has classes?").text


def test_which_membership_to_take_is_answered_by_what_each_is_for(phone: ProspectPhone) -> None:
    phone.say("how much is it?")
    heard = phone.say("which one would you pick").text
    assert "Off-peak (€39) weekdays" in heard
    assert "Premium (€79)" in heard


def test_classes_in_the_evening_are_those_of_the_whole_week(phone: ProspectPhone) -> None:
    heard = phone.say("what classes do ye have in the evening").text
    assert "Boxing Tue and Thu 18:00" in heard
    assert "Morning HIIT" not in heard


def test_tonights_classes_are_only_tonights(phone: ProspectPhone) -> None:
    heard = phone.say("what classes are on this evening").text
    assert "HIIT at 18:30" in heard
    assert "Boxing" not in heard


@pytest.mark.parametrize(
    "said", ["can you do 40 a month", "would you take €45?", "could ye do it for 40 quid"]
)
def test_an_own_price_goes_to_the_team(phone: ProspectPhone, said: str) -> None:
    phone.say("how much is it a month?")
    assert "can't change prices" in phone.say(said).text
    assert phone.conversation.status == "pending"


def test_the_price_of_what_was_asked_for_is_told_and_not_all_memberships(phone: ProspectPhone) -> None:
    heard = phone.say("hiya, d'ye do PT sessions and how much like").text
    assert "€50" in heard
    assert "Standard" not in heard


def test_a_goal_finds_the_trainer_who_looks_after_it(phone: ProspectPhone) -> None:
    heard = phone.say("who would be best for losing weight").text
    assert "Aoife" in heard
    assert "Marcus" not in heard


@pytest.mark.parametrize(
    "said", ["is there someone who knows about bad backs", "anyone good with knee injuries?"]
)
def test_an_ailment_finds_the_trainer_for_rehabilitation(phone: ProspectPhone, said: str) -> None:
    assert "Tom" in phone.say(said).text


def test_an_old_ailment_is_kept_and_no_alarm_is_raised(phone: ProspectPhone) -> None:
    phone.say("I'm 71 and would like to do some gentle exercise")
    heard = phone.say("I have a replaced hip you see").text
    assert "kept that for your trainer only" in heard
    assert phone.conversation.status != "pending"


def test_a_child_to_be_minded_is_not_too_young_to_train(phone: ProspectPhone) -> None:
    heard = phone.say("Hi!! Do you guys offer childcare? I have a 3yo").text
    assert "We don't have childcare" in heard
    assert "You need to be at least" not in heard


def test_a_parents_signature_is_for_the_team_to_accept(phone: ProspectPhone) -> None:
    phone.say("im 15")
    heard = phone.say("can my mam sign for me tho").text
    assert "minimum age is 16" in heard
    assert "asked the team" in heard


def test_swinging_by_has_a_time_and_no_deadline(phone: ProspectPhone) -> None:
    assert "Tuesday 24 November at 16:00" in phone.say("sweet, can i swing by tomorrow at like 4ish").text


def test_a_day_after_an_invitation_to_a_class_is_that_class(phone: ProspectPhone) -> None:
    phone.say("when is yoga on")
    assert "Yoga Flow, Thursday 26 November at 19:00" in phone.say("eh thursday so").text


def test_same_time_next_week_after_a_cancellation_is_the_time_that_was(phone: ProspectPhone) -> None:
    phone.say("trial friday at 8am")
    phone.say("yes")
    phone.say("something came up, can't do friday")
    phone.say("yes")
    assert "Friday 4 December at 08:00" in phone.say("what about next week same time").text


@pytest.mark.parametrize("said", ["is the trial really free", "no catch?"])
def test_that_it_is_free_is_said_short(phone: ProspectPhone, said: str) -> None:
    phone.say("what's in the trial")
    heard = phone.say(said).text
    assert "trial is free" in heard
    assert len(heard) < 80


def test_a_holiday_after_another_is_a_question_about_hours(phone: ProspectPhone) -> None:
    phone.say("are you open on christmas eve")
    assert "closed on Saturday 26 December" in phone.say("and st stephens day?").text


@pytest.mark.parametrize("said", ["can i buy my dad a gift voucher", "do you do kids parties"])
def test_a_gyms_business_that_no_record_tells_of_goes_to_the_team(phone: ProspectPhone, said: str) -> None:
    assert "asked the team" in phone.say(said).text


def test_a_look_round_is_the_trial_and_no_reason_for_a_person(phone: ProspectPhone) -> None:
    phone.say("can I come for a trial?")
    heard = phone.say("would someone show me around")
    assert "45 minutes with you" in heard.text
    assert phone.conversation.status != "pending"


def test_being_late_some_day_is_a_question_and_no_news(phone: ProspectPhone) -> None:
    phone.say("trial on thursday at 10:45")
    phone.say("yes")
    heard = phone.say("oh god what if i'm late").text
    assert "move or cancel right here" in heard
    assert "let" not in heard.split("move")[0]


def test_nearest_times_of_one_day_name_the_day_once(phone: ProspectPhone) -> None:
    heard = phone.say("trial friday at 5am").text
    assert heard.count("Friday 27 November") == 2


@pytest.mark.parametrize(
    "said", ["ok but make it half 5", "yes but 5:30 please", "grand, can we say half five though"]
)
def test_a_yes_with_another_time_books_nothing_yet(phone: ProspectPhone, said: str) -> None:
    phone.say("trial thursday at 5")
    heard = phone.say(said)
    assert phone.bookings() == []
    assert "17:30" in heard.text


@pytest.mark.parametrize("said", ["yes 5pm thursday", "ok thursday at 5 it is", "yes, thursday evening"])
def test_a_yes_that_repeats_the_time_books_it(phone: ProspectPhone, said: str) -> None:
    phone.say("trial thursday at 5")
    phone.say(said)
    assert phone.bookings() == [("trial", "2026-11-26 17:00", "booked")]


def test_later_alone_asks_for_later_times_and_is_no_goodbye(phone: ProspectPhone) -> None:
    titles = phone.say("trial friday at 5am").titles
    heard = phone.say("later")
    assert heard.titles
    assert heard.titles[0] > titles[-1]


def test_hang_on_and_a_question_drops_nothing(phone: ProspectPhone) -> None:
    titles = phone.say("trial on thursday").titles
    heard = phone.say("hang on", "how much is the day pass", "just wondering")
    assert "€12" in heard.text
    assert heard.titles == titles


def test_a_new_time_for_what_is_booked_is_a_move_though_it_was_not_expected(phone: ProspectPhone) -> None:
    phone.say("trial on thursday at 10:45")
    phone.say("yes")
    heard = phone.say("can we make it friday at 11?")
    assert "Friday 27 November at 11:00" in heard.text
    assert "instead of Thursday" in heard.text


class TestOptOutBesideAnotherWish:
    """No more offers, and something else besides: both are done."""

    pytestmark = pytest.mark.feature("6.19")

    @pytest.mark.parametrize(
        "said",
        ["can you book me boxing thursday and dont send me marketing", "no more offers please. boxing on thursday?",
         "please stop the promo texts but keep the reminders, and put me into boxing on thursday"],
    )  # fmt: skip
    def test_no_more_offers_and_a_place(self, phone: ProspectPhone, said: str) -> None:
        heard = phone.say(said)
        assert "no more offers" in heard.text
        assert "Boxing, Thursday 26 November at 18:00" in heard.text
        phone.say("yes")
        assert phone.bookings() == [("boxing", "2026-11-26 18:00", "booked")]
        assert phone.consents() == [("offers", False)]

    def test_no_more_messages_and_the_booking_cancelled(self, phone: ProspectPhone) -> None:
        phone.say("trial on thursday at 10:45")
        phone.say("yes")
        heard = phone.say("stop texting me and cancel my trial")
        assert "won't get any more messages" in heard.text
        assert "Cancel your free trial session on Thursday" in heard.text
        phone.say("yes")
        assert phone.bookings() == [("trial", "2026-11-26 10:45", "cancelled")]
        assert ("everything", False) in phone.consents()

    def test_no_more_offers_in_the_middle_of_a_booking_goes_on_with_it(self, phone: ProspectPhone) -> None:
        offered = phone.say("trial on thursday at 10:45")
        heard = phone.say("and no more offers please")
        assert "no more offers" in heard.text
        assert heard.titles == offered.titles
        phone.say("yes")
        assert phone.bookings() == [("trial", "2026-11-26 10:45", "booked")]

    def test_a_reason_beside_a_stop_is_no_wish(self, phone: ProspectPhone) -> None:
        heard = phone.say("stop messaging me, I've joined another gym")
        assert heard.text.count(".") <= 4
        assert "Memberships" not in heard.text
