"""Routing in the staff group: orders are answered, talk is not, and nothing slips to a customer."""

from __future__ import annotations

import pytest
from sqlmodel import select

from bot import registry
from crm.models import Lead, Staff
from tests.bot.staff_room import GROUP, USERS, StaffRoom

TALK = [
    "could do 20 percent for that many, but let me ask Niamh",
    "who's on tomorrow?",
    "who is covering yoga on thursday?",
    "yes",
    "no",
    "ok",
    "👍",
    "done",
    "lads the showers are cold again",
    "lads today was mad busy",
    "can you book Nora Keane in tomorrow? I'm off at two",
    "did Nora attend?",
    "leads?",
    "move the bench back after class please",
    "note to self: order more towels",
    "note that Nora is coming later with her sister and wants a look around",
    "book the van for saturday",
    "book club tonight in mine",
    "cancel my lunch, I'm staying in",
    "cancel Nora's towel order with the laundry",
    "lost my keys again, has anyone seen them",
    "lost Nora to the place across the road, typical",
    "won the quiz last night!",
    "start without me, I'm ten minutes away",
    "find me a towel someone",
    "find someone to cover sunday",
    "take a photo of the new rack when it comes",
    "take Nora through the stretches first when she gets here",
    "help me with the boxes",
    "remind Conor to lock up",
    "today",
    "tomorrow works for me",
    "stats on the new mats are great by the way",
    "assign seating for the party",
    "the inbox on the front desk computer is full",
    "stage lights for saturday are here",
    "another no show today, third this week",
    "Nora attended the open day with two friends, sound girl",
    "not Nora, the other one",
    "show must go on",
    "give me five minutes",
    "Eoin is lovely",
    "reply to the landlord by friday please",
    "I claim the last biscuit",
    "undo the top clip first, then the lower one",
    "what's the story with the 12:00 on tuesday",
]


@pytest.mark.feature("4.2")
def test_talk_among_staff_gets_no_answer_and_reaches_nobody(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    room.lead("Eoin Brady")
    answered = {words: shown.texts for words in TALK if not (shown := room.say("conor", words)).is_silent}
    assert answered == {}
    assert room.customers_got() == []


def test_talk_changes_nothing_about_a_lead(room: StaffRoom) -> None:
    lead = room.lead("Nora Keane", stage="qualified")
    for words in TALK:
        room.say("conor", words)
    room.session.refresh(lead)
    assert (lead.stage, lead.assigned_to, lead.closed_at) == ("qualified", None, None)


@pytest.mark.parametrize(
    "words",
    ["show me todays leds", "show me today's leads", "leads today", "todays leads please", "Leads today!", "list todays leads",
     "/leads today", "/leads@HarbourBot today", "/Leads today", "pls show me the leads of today"],
)  # fmt: skip
def test_todays_leads_in_many_ways(room: StaffRoom, words: str) -> None:
    room.lead("Siobhan Rafferty")
    assert "Siobhan" in room.say("niamh", words).text


def test_an_unknown_slash_command_suggests_the_nearest(room: StaffRoom) -> None:
    assert "/leads" in room.say("niamh", "/leeds").text
    assert "/help" in room.say("niamh", "/xyzzyq").text


def test_a_typed_yes_counts_only_for_who_was_asked(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial thu 17:00")
    room.say("lena", "move Eoin Brady to fri 16:00")
    assert room.say("conor", "yes").is_silent
    assert "Moved" not in room.group_saw()
    assert "Moved" in room.tap("lena", "Yes, move").text


def test_a_yes_after_others_talked_is_asked_about(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial thu 17:00")
    room.say("lena", "cancel Eoin Brady trial")
    room.say("niamh", "are you in on sunday Lena?")
    shown = room.say("lena", "yes")
    assert "Cancelled" not in shown.text
    assert shown.titles == ["Yes, cancel", "No, leave it"]
    assert "Cancelled" in room.tap("lena", "Yes, cancel").text


def test_a_yes_in_reply_to_a_colleague_is_not_for_the_bot(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial thu 17:00")
    room.say("lena", "cancel Eoin Brady trial")
    assert room.say("lena", "yes", reply_to=f"{GROUP}:77").is_silent


def test_an_old_question_is_not_answered_by_a_late_yes(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial thu 17:00")
    room.say("lena", "cancel Eoin Brady trial")
    room.wait(minutes=30)
    assert room.say("lena", "yes").is_silent


def test_no_leaves_everything_as_it_is(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("lena", "book Eoin Brady trial thu 17:00")
    room.say("lena", "cancel Eoin Brady trial")
    assert "nothing was changed" in room.say("lena", "no").text
    assert "Thu 26 Nov 17:00" in room.say("lena", "/lead Eoin Brady").text


def test_in_private_what_is_not_understood_gets_a_hint(room: StaffRoom) -> None:
    assert "/help" in room.say("aoife", "blah blah wibble", own=True).text


def test_what_is_said_to_the_bot_by_name_is_answered(room: StaffRoom) -> None:
    room.lead("Siobhan Rafferty")
    assert "Siobhan" in room.say("niamh", "@HarbourBot leads today", to_bot=True).text
    assert "/help" in room.say("niamh", "@HarbourBot wibble wobble", to_bot=True).text


def test_who_a_name_may_mean_is_asked_with_buttons(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    room.lead("Nora Byrne", channel="sms")
    shown = room.say("lena", "/note Nora likes mornings")
    assert shown.titles == ["Nora Keane (#1, whatsapp)", "Nora Byrne (#2, sms)"]
    assert "Noted for Nora Byrne: likes mornings" in room.tap("lena", "Nora Byrne").text


@pytest.mark.parametrize("answer", ["2", "Nora Byrne"])
def test_which_person_can_be_typed_too(room: StaffRoom, answer: str) -> None:
    room.lead("Nora Keane")
    room.lead("Nora Byrne")
    room.say("lena", "book Nora trial thu 17:00")
    assert "Booked: Nora Byrne" in room.say("lena", answer).text


def test_a_surname_that_does_not_fit_is_never_guessed(room: StaffRoom) -> None:
    room.lead("Nora Keane")
    shown = room.say("lena", "book Nora Quinn foundations tue 12:00")
    assert "Booked" not in shown.text
    assert "Nora Keane" in shown.text
    assert "Booked: Nora Keane" in room.say("lena", "yes").text


def test_nobody_of_that_name_says_so_with_the_nearest(room: StaffRoom) -> None:
    room.lead("Siobhan Rafferty")
    assert "nobody called Zebedee" in room.say("lena", "/lead Zebedee").text
    shown = room.say("lena", "/lead Siobhann Raffertyson")
    assert "Siobhan Rafferty" in shown.text + "".join(shown.titles)


def test_a_number_or_a_name_that_nobody_has_is_said_back_shortly(room: StaffRoom) -> None:
    assert "There is no lead #999." in room.say("lena", "/lead 999").text
    assert "There is no lead #999." in room.say("lena", "/note #999 rang").text
    assert len(room.say("lena", "/lead " + "x" * 500).text) < 120


def test_people_are_named_by_number_too(room: StaffRoom) -> None:
    lead = room.lead("Nora Keane")
    assert "Nora Keane" in room.say("lena", f"/lead {lead.number}").text
    assert "Nora Keane" in room.say("lena", f"/note #{lead.number} rang twice").text


@pytest.mark.feature("14.2")
def test_an_unknown_person_is_told_once_how_to_be_set_up(room: StaffRoom) -> None:
    shown = room.stranger_says("999", "hi all, first day!")
    assert "/bind" in shown.text
    assert room.stranger_says("999", "where are the towels?").is_silent


def test_an_owner_binds_by_replying_to_the_persons_message(room: StaffRoom) -> None:
    tom = room.session.exec(select(Staff).where(Staff.key == "tom")).one()
    tom.chat_address = None
    room.stranger_says("999", "hi, Tom here with a new phone", name="Tom")
    greeting = room.sent_to(GROUP)[-1]
    assert "Only" not in room.say("niamh", "/bind tom", reply_to=greeting.content["reply_to"]).text
    room.session.refresh(tom)
    assert tom.chat_address == "999"


def test_only_an_owner_binds(room: StaffRoom) -> None:
    room.stranger_says("999", "hi all")
    assert "owners" in room.say("conor", "/bind tom").text
    assert "owners" in room.tap("conor", "Tom Walsh").text
    assert "Tom Walsh is set up" in room.tap("niamh", "Tom Walsh").text


@pytest.mark.feature("17.19")
@pytest.mark.parametrize("who", sorted(USERS))
def test_help_is_by_role_and_subject_a_line_a_command(room: StaffRoom, who: str) -> None:
    text = room.say(who, "/help").text
    assert len(text) < 4096
    lines = text.splitlines()[1:-1]
    assert max(map(len, lines)) <= 42, max(lines, key=len)
    assert ("/leads" in text) == (who in ("niamh", "conor", "lena"))
    assert "LEADS\n" in text
    assert ("LEARNING" in text) == (who in ("niamh", "conor", "lena"))
    assert ("/bind" in text) == (who == "niamh")
    assert ("start <name>" in text) == (who != "lena")


@pytest.mark.parametrize("name", sorted(registry.commands()))
def test_help_of_a_command_has_its_form_and_an_example(room: StaffRoom, name: str) -> None:
    text = room.say("niamh", f"/help {name}").text
    assert "Like this: " in text
    assert "For example: " in text


def test_help_of_what_is_not_there_or_not_for_one_says_so(room: StaffRoom) -> None:
    assert "Did you mean /help leads?" in room.say("lena", "/help leeds").text
    assert "There is no command xyzzyq." in room.say("lena", "/help xyzzyq").text
    assert "For owners." in room.say("lena", "/help bind").text
    assert "For owners" not in room.say("niamh", "/help bind").text


def test_a_message_without_text_is_left_alone_in_the_group(room: StaffRoom) -> None:
    assert room.say("niamh", "").is_silent


def test_words_of_staff_do_not_make_leads(room: StaffRoom) -> None:
    room.say("niamh", "hi, can I try the gym on friday?")
    assert room.session.exec(select(Lead)).all() == []
