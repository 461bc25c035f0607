"""What reaches a customer: /reply and quote-replies to their card or message, after ten seconds; nothing else."""

from __future__ import annotations

import datetime as dt

import pytest

from bot import cards
from crm import consents, conversations
from tests.bot.staff_room import GROUP, StaffRoom


@pytest.mark.feature("4.2")
@pytest.mark.feature("4.3")
@pytest.mark.parametrize(
    "words",
    ["/reply Fiona Garvey Hi Fiona, Lena here. You'll have an offer by five today.",
     "/reply Fiona Garvey: Hi Fiona, Lena here. You'll have an offer by five today.",
     "/reply Fiona: Hi Fiona, Lena here. You'll have an offer by five today.",
     "/reply 1 Hi Fiona, Lena here. You'll have an offer by five today.",
     "/reply Fiona Hi Fiona, Lena here. You'll have an offer by five today."],
)  # fmt: skip
def test_a_reply_goes_out_after_ten_seconds(room: StaffRoom, words: str) -> None:
    room.lead("Fiona Garvey")
    shown = room.say("lena", words)
    assert "To Fiona Garvey on whatsapp" in shown.text
    assert shown.titles == ["Undo"]
    (message,) = room.person_got("Fiona Garvey")
    assert message.content["text"] == "Hi Fiona, Lena here. You'll have an offer by five today."
    assert (message.purpose, message.due_at) == ("human", room.now + dt.timedelta(seconds=10))
    assert conversations.is_with_staff(room.thread("Fiona Garvey"), now=room.now)


def test_line_breaks_and_quotes_arrive_as_written(room: StaffRoom) -> None:
    room.lead("Fiona Garvey")
    room.say("lena", '/reply Fiona Garvey: Hi,\n\n- mon 10:00\n- tue "12:00"\nLena')
    assert room.person_got("Fiona Garvey")[0].content["text"] == 'Hi,\n\n- mon 10:00\n- tue "12:00"\nLena'


@pytest.mark.parametrize("how", ["word", "button"])
def test_a_reply_is_called_back_in_time(room: StaffRoom, how: str) -> None:
    lead = room.lead("Fiona Garvey", stage="new")
    room.say("lena", "/reply Fiona Garvey: oops")
    room.wait(seconds=5)
    assert "Called back" in (room.say("lena", "undo") if how == "word" else room.tap("lena", "Undo")).text
    assert room.person_got("Fiona Garvey") == []
    assert not conversations.is_with_staff(room.thread("Fiona Garvey"), now=room.now)
    room.session.refresh(lead)
    assert (lead.stage, lead.assigned_to, lead.first_human_reply_at) == ("new", None, None)


def test_a_reply_that_has_left_cannot_be_called_back(room: StaffRoom) -> None:
    room.lead("Fiona Garvey")
    room.say("lena", "/reply Fiona Garvey: hello")
    room.person_got("Fiona Garvey")[0].state = "sent"
    room.session.flush()
    assert "Too late" in room.say("lena", "undo").text


def test_plain_words_never_send(room: StaffRoom) -> None:
    room.lead("Fiona Garvey")
    assert "/reply Fiona Garvey" in room.say("lena", "reply Fiona Garvey: hello there").text
    assert room.customers_got() == []


def test_a_quote_reply_to_a_card_goes_to_its_person(room: StaffRoom) -> None:
    lead = room.lead("Fiona Garvey")
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    room.deliver()
    card = room.cards()[0]
    shown = room.say("lena", "Hi Fiona, what day suits you?", reply_to=card.external_id)
    assert "To Fiona Garvey on whatsapp" in shown.text
    assert room.person_got("Fiona Garvey")[0].content["text"] == "Hi Fiona, what day suits you?"


def test_a_quote_reply_to_a_relayed_message_goes_to_its_person(room: StaffRoom) -> None:
    lead = room.lead("Fiona Garvey")
    cards.relay(room.session, room.facts, lead.id, "brilliant, when?", room.now)
    room.deliver()
    relayed = room.sent_to(GROUP)[-1]
    assert relayed.content["text"] == "Fiona Garvey (whatsapp): brilliant, when?"
    room.say("lena", "Tomorrow at five.", reply_to=relayed.external_id)
    assert room.person_got("Fiona Garvey")[0].content["text"] == "Tomorrow at five."


@pytest.mark.parametrize("words", ["thanks", "👍", "lol", "great", "done", "won", "note: rang twice"])
def test_a_word_for_colleagues_under_a_card_is_not_sent(room: StaffRoom, words: str) -> None:
    lead = room.lead("Fiona Garvey")
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    room.deliver()
    room.say("lena", words, reply_to=room.cards()[0].external_id)
    assert room.customers_got() == []


def test_a_reply_to_other_messages_of_the_bot_is_not_sent(room: StaffRoom) -> None:
    room.lead("Fiona Garvey")
    room.say("conor", "/note Fiona Garvey wants a group offer")
    room.say("conor", "book Fiona Garvey trial thu 17:00")
    room.deliver()
    for message in room.sent_to(GROUP):
        if message.card_id is None:
            room.say("lena", "is that so, I would not have thought it", reply_to=message.external_id)
    assert all("thought it" not in text for text in room.customers_got())


def test_a_slash_command_under_a_card_is_about_its_person(room: StaffRoom) -> None:
    lead = room.lead("Fiona Garvey")
    cards.lead_changed(room.session, room.facts, lead.id, room.now)
    room.deliver()
    assert (
        "Noted for Fiona Garvey"
        in room.say("lena", "/note prefers mornings", reply_to=room.cards()[0].external_id).text
    )
    assert room.customers_got() == []


def test_the_reply_button_says_how(room: StaffRoom) -> None:
    lead = room.lead("Fiona Garvey")
    assert "Reply to this message" in room.tap_id("lena", f"1:cmd:reply:#{lead.number}").text
    room.deliver()
    room.say("lena", "Hello Fiona!", reply_to=room.sent_to(GROUP)[-1].external_id)
    assert room.person_got("Fiona Garvey")[0].content["text"] == "Hello Fiona!"


@pytest.mark.feature("6.19")
def test_staff_cannot_override_an_opt_out(room: StaffRoom) -> None:
    room.lead("Petra Klein")
    consents.give(
        room.session, room.contact("Petra Klein").id, "everything", granted=False, words="stop", channel="whatsapp", now=room.now
    )  # fmt: skip
    room.session.flush()
    assert (
        "no more messages"
        in room.say("lena", "/reply Petra Klein First month half price if you come back!").text
    )
    assert room.customers_got() == []


def test_a_closed_window_is_said_before(room: StaffRoom) -> None:
    room.lead("Fiona Garvey")
    room.wait(hours=30)
    assert "window is closed" in room.say("lena", "/reply Fiona Garvey: hello again").text


def test_somebody_without_a_channel_cannot_be_written_to(room: StaffRoom) -> None:
    room.say("lena", "/lead add Walk In instagram")
    assert "no way to write" in room.say("lena", "/reply Walk In: hello").text
    assert room.customers_got() == []


def test_a_reply_marks_the_first_human_answer(room: StaffRoom) -> None:
    lead = room.lead("Fiona Garvey")
    room.say("lena", "/reply Fiona Garvey: hello")
    room.session.refresh(lead)
    assert (lead.first_human_reply_at, lead.stage) == (room.now, "contacted")
