"""What owners, sales and trainers write in passing: answered from the records, or met with what may help."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import select

from crm.models import FollowUp, Lead
from tests.bot.staff_room import StaffRoom

pytestmark = pytest.mark.feature("6.1")


@pytest.fixture
def desk(room: StaffRoom) -> StaffRoom:
    """Ana tries with Tom on Friday at ten; Theo asked for the price; Mark Lynch is new."""
    room.lead("Ana Silva")
    room.lead("Theo Marsh", words="how much is it?")
    room.lead("Mark Lynch", channel="sms")
    assert "Booked" in room.say("lena", "book Ana Silva trial fri 10:00 with tom").text
    return room


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("what time do we close on friday?", "Fri 27 Nov: open 06:00-21:00."),
        ("are we open on christmas day?", "We are closed on Fri 25 Dec."),
        ("when is Priya in?", "Priya is in:\nTue 12:00-20:00"),
        ("what are Tom's hours", "Tom is in:\nMon 09:00-17:00\nWed 09:00-17:00\nFri 09:00-17:00"),
        ("when is tom in on friday", "Tom is in Fri 27 Nov 09:00-17:00."),
        ("when is tom in on thursday", "Tom is not in Thu 26 Nov."),
        ("how full is boxing on tuesday", "Tue 24 Nov 18:00 Boxing: 10 of 10 places left"),
        ("how did last week go?", "New leads last week: none.\nTrials last week: 0 booked"),
        ("what's our show rate", "No-shows in the last 30 days: 0, 0 came."),
        ("do we have anything on friday", "Friday 27 November\n10:00 Ana Silva"),
        ("is anyone waiting?", "Nobody is waiting for an answer."),
        ("who hasn't been answered yet", "Nobody is waiting for an answer."),
    ],
)
def test_the_records_answer_plain_questions(desk: StaffRoom, words: str, said: str, own: bool) -> None:
    assert desk.say("niamh", words, own=own).text.startswith(said)


def test_hours_show_when_a_trainer_is_away(desk: StaffRoom) -> None:
    desk.say("niamh", "tom is off friday")
    desk.say("niamh", "yes")
    assert "Away: Tom, Fri 27 Nov" in desk.say("niamh", "/hours tom friday").text
    assert "Away: Tom, Fri 27 Nov" in desk.say("niamh", "/hours tom").text
    assert "Away" not in desk.say("niamh", "/hours tom wednesday").text
    assert desk.say("niamh", "/hours").text.startswith("We are open:\nMon 06:00-22:00")
    assert "Tom Walsh: Mon, Wed, Fri" in desk.say("niamh", "who are our trainers?", own=True).text


def test_a_show_rate_is_of_those_of_whom_it_is_known(desk: StaffRoom) -> None:
    desk.now = dt.datetime(2026, 11, 27, 10, 50, tzinfo=dt.UTC)
    assert "came" in desk.say("conor", "Ana attended").text
    assert (
        desk.say("niamh", "what's our show rate", own=True).text == "100% came in the last 30 days: 1 of 1."
    )
    assert "(came)" in desk.say("niamh", "who came today", own=True).text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("put Theo Marsh in for yoga thursday 19:00", "Booked: Theo Marsh, Yoga Flow, Thu 26 Nov 19:00"),
        (
            "can you squeeze Theo in for a trial on wednesday at 3?",
            "Booked: Theo Marsh, Trial, Wed 25 Nov 15:00",
        ),
        ("call mark back tomorrow at 10", "I will remind you Tue 24 Nov 10:00: Mark Lynch"),
        ("add a new lead: Joan Burke 0851234567 whatsapp", "Added #4 Joan Burke (whatsapp)."),
        ("new lead Sarah Kim, walked in, wants boxing", "Added #4 Sarah Kim (telegram)."),
        ("theo is not interested anymore", "Why is Theo Marsh lost?"),
        ("who's my hottest lead", "Hot leads: none."),
        ("what's on my list", "Nothing to do."),
        ("what's next", "Nothing more today. Next: Fri 27 Nov 10:00 Ana Silva, Trial with Tom."),
        ("morning! anything I should know?", "Nothing more today. Next: Fri 27 Nov"),
        ("how do I book somebody", "Books somebody in."),
        ("how do I add somebody", "What you can do, Lena (sales):"),
        ("remind me to order towels friday 9am", "A to-do is about a person"),
    ],
)
def test_sales_in_their_own_chat(desk: StaffRoom, words: str, said: str) -> None:
    assert desk.say("lena", words, own=True).text.startswith(said)


def test_a_walk_ins_words_are_kept_beside_the_name(desk: StaffRoom) -> None:
    desk.say("lena", "new lead Sarah Kim, walked in, wants boxing", own=True)
    lead = desk.session.exec(select(Lead).where(Lead.contact_id == desk.contact("Sarah Kim").id)).one()
    assert lead.first_words == "walked in, wants boxing"


def test_a_colleague_is_reminded_where_one_is_named(desk: StaffRoom) -> None:
    said = desk.say("niamh", "remind lena to call ana tomorrow at 10").text
    assert said == "I will remind Lena Tue 24 Nov 10:00: Ana Silva, call"
    (row,) = desk.session.exec(select(FollowUp)).all()
    assert row.staff_id == desk.facts.staff_by_key("lena").id  # type: ignore[union-attr]


@pytest.mark.parametrize("words", ["text Ana about the parking", "ana paid", "what's ana's number", "tell Ana to bring shoes"])  # fmt: skip
def test_what_is_about_a_person_and_not_understood_is_met_with_what_may_help(
    desk: StaffRoom, words: str
) -> None:
    before = desk.customers_got()
    shown = desk.say("lena", words, own=True)
    assert "If it is about Ana Silva" in shown.text
    assert shown.titles == ["Keep it as a note", "Card", "Reply", "Move Ana Silva", "Cancel Ana Silva"]
    assert desk.customers_got() == before
    assert "Noted for Ana Silva: " in desk.tap("lena", "Keep it as a note", own=True).text
    assert desk.say("lena", words).is_silent


@pytest.mark.parametrize("words", ["Ana", "ana?", "Ana Silva", "#1", "ana's card"])
def test_a_name_alone_shows_the_card(desk: StaffRoom, words: str) -> None:
    assert desk.say("lena", words, own=True).text.startswith("#1 Ana Silva")
    assert desk.say("lena", words).is_silent


def test_a_typed_number_keeps_no_note(desk: StaffRoom) -> None:
    assert "Keep it as a note" in desk.say("lena", "ana paid", own=True).titles
    assert "Noted" not in desk.say("lena", "1", own=True).text


def test_snoozing_until_a_day_and_giving_back(desk: StaffRoom) -> None:
    assert (
        desk.say("lena", "snooze theo till friday", own=True).text
        == "I will remind you Fri 27 Nov 09:00: Theo Marsh"
    )
    desk.say("lena", "take theo", own=True)
    assert "I am answering Theo Marsh again" in desk.say("lena", "give theo back", own=True).text


def test_a_trainer_gets_the_marks_of_todays_session(desk: StaffRoom) -> None:
    desk.now = dt.datetime(2026, 11, 27, 9, 50, tzinfo=dt.UTC)
    assert desk.say("tom", "ana's here", own=True).titles == [
        "Keep it as a note", "Card", "Start Ana", "Done Ana", "No-show Ana",
    ]  # fmt: skip
    assert "Started: Ana Silva" in desk.tap("tom", "Start Ana", own=True).text


def test_a_customer_who_is_late_or_away_is_not_the_trainer(desk: StaffRoom) -> None:
    desk.now = dt.datetime(2026, 11, 27, 9, 50, tzinfo=dt.UTC)
    late = desk.say("tom", "ana is running late", own=True)
    assert late.text == "So Ana Silva is late. Mark it when you know:"
    assert "Block" not in " ".join(desk.say("tom", "ana can't make it friday", own=True).titles)
    assert desk.say("tom", "ana is running late").is_silent


@pytest.mark.parametrize(
    "words", ["lunch 1-2 tomorrow", "who's covering boxing", "back at 4", "lads", "🤷 dunno"]
)
def test_a_mere_likeness_to_a_name_is_no_person(desk: StaffRoom, words: str) -> None:
    assert "If it is about" not in desk.say("tom", words, own=True).text


@pytest.mark.parametrize(
    "words",
    ["when's lunch", "is the boiler on the list", "who's my favourite", "what's next", "how was the match", "how did it go",
     "put the towels in the wash on friday", "call the plumber tomorrow", "when is the delivery in", "are we open to ideas",
     "new lead singer for the band?", "how busy is the road today"],
)  # fmt: skip
def test_such_talk_in_the_group_is_left_alone(desk: StaffRoom, words: str) -> None:
    assert desk.say("conor", words).is_silent
