"""Messages that are not quite words: forms, orders, cards, captions, welcome buttons, what phones write by themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlmodel import select

from crm.db import TenantSession
from crm.models import Delivery, Lead
from tests.bot.staff_room import GROUP
from tests.bot.wire import SECONDS, Wire
from tests.factories import an_inbox

pytestmark = pytest.mark.feature("1.5")
AMY = {"id": 700100200, "is_bot": False, "first_name": "Amy"}
SMS = {"AccountSid": "AC1", "From": "+353851112222", "To": "+12025550100", "NumMedia": "0"}


@pytest.fixture
def wire(session: TenantSession, now: dt.datetime) -> Any:
    """An inbox on a channel, in a gym with a staff group."""
    an_inbox(session, channel="telegram", external_id="staff-bot", staff_chat=GROUP)
    return lambda channel: Wire(session, now, channel)


def staff_read(wire: Wire) -> str:
    rows = wire.session.exec(select(Delivery).where(Delivery.purpose == "staff")).all()
    return "\n".join(row.content.get("text", "") for row in rows)


def leads(wire: Wire) -> list[Lead]:
    return list(wire.session.exec(select(Lead)).all())


def text_message(wire: Wire, sid: str, body: str, **more: str) -> None:
    wire.bring({**SMS, "MessageSid": f"SM{sid:0>32}", "Body": body, **more})


def whatsapp_by_twilio(wire: Wire, sid: str, **form: str) -> None:
    ends = {"From": "whatsapp:+353851112222", "To": "whatsapp:+12025550100"}
    text_message(wire, sid, form.pop("Body", ""), **ends, **form)


class TestWhatIsFilledIn:
    def test_staff_read_a_forms_answers(self, wire: Any) -> None:
        whatsapp = wire("whatsapp")
        answers = '{"flow_token": "t-1", "goal": "lose weight", "best_day": "Saturday", "age": 34}'
        reply = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": answers}}
        whatsapp.whatsapp({"id": "wamid.1", "type": "interactive", "interactive": reply})
        assert "goal: lose weight, best day: Saturday, age: 34" in staff_read(whatsapp)
        assert "t-1" not in staff_read(whatsapp)
        (answer,) = whatsapp.answers()
        assert "noted" in answer
        assert whatsapp.heard()[0].content["data"]["goal"] == "lose weight"

    def test_what_the_form_says_of_somebodys_health_is_not_for_the_group(self, wire: Any) -> None:
        whatsapp = wire("whatsapp")
        reply = {"type": "nfm_reply", "nfm_reply": {"response_json": '{"injuries": "torn meniscus"}'}}
        whatsapp.whatsapp({"id": "wamid.1", "type": "interactive", "interactive": reply})
        assert "meniscus" not in staff_read(whatsapp)

    def test_staff_read_what_is_ordered(self, wire: Any) -> None:
        whatsapp = wire("whatsapp")
        product = {"product_retailer_id": "DAYPASS", "quantity": 2, "item_price": 12.5, "currency": "EUR"}
        order = {"catalog_id": "c", "text": "for Saturday", "product_items": [product]}
        whatsapp.whatsapp({"id": "wamid.1", "type": "order", "order": order})
        assert "for Saturday, 2 × DAYPASS (12.5 EUR)" in staff_read(whatsapp)
        assert "noted" in whatsapp.answers()[0]

    def test_a_flow_by_twilio_is_a_form_too(self, wire: Any) -> None:
        twilio = wire("whatsapp-twilio")
        whatsapp_by_twilio(twilio, "1", MessageType="interactive", FlowData='{"goal": "build muscle"}')
        assert "goal: build muscle" in staff_read(twilio)


class TestFilesWithWords:
    def test_a_caption_that_is_about_something_else_goes_to_the_team(self, wire: Any) -> None:
        whatsapp = wire("whatsapp")
        document = {"id": "d1", "mime_type": "application/pdf", "caption": "my doctor's letter"}
        whatsapp.whatsapp({"id": "wamid.1", "type": "document", "document": document})
        assert "passed that to the team" in whatsapp.answers()[0]

    def test_a_caption_that_asks_is_answered(self, wire: Any) -> None:
        whatsapp = wire("whatsapp")
        image = {"id": "i1", "mime_type": "image/jpeg", "caption": "how much is a monthly membership?"}
        whatsapp.whatsapp({"id": "wamid.1", "type": "image", "image": image})
        assert "Memberships:" in whatsapp.answers()[0]

    def test_the_name_on_a_card_is_not_the_writers(self, wire: Any) -> None:
        twilio = wire("whatsapp-twilio")
        card = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "text/vcard"}
        whatsapp_by_twilio(twilio, "1", Body="Bob Lee", ProfileName="Ana", **card)
        assert "passed that to the team" in twilio.answers()[0]
        assert "Bob" not in twilio.answers()[0]


class TestOpeningAChat:
    @pytest.mark.parametrize("payload", ["GET_STARTED", "get_started_payload"])
    def test_a_welcome_button_is_a_greeting(self, wire: Any, payload: str) -> None:
        instagram = wire("instagram")
        instagram.instagram(postback={"mid": "m1", "title": "Get Started", "payload": payload})
        assert "What would you like to know?" in instagram.answers()[0]

    def test_a_link_that_means_nothing_to_us_greets_and_is_kept_as_the_source(self, wire: Any) -> None:
        telegram = wire("telegram")
        command = [{"type": "bot_command", "offset": 0, "length": 6}]
        chat = {"id": AMY["id"], "type": "private"}
        words = {"text": "/start flyer_march", "entities": command}
        telegram.telegram(1, message={"message_id": 5, "date": SECONDS, "from": AMY, "chat": chat, **words})
        assert "What would you like to know?" in telegram.answers()[0]
        assert telegram.lead.referral == {"deep_link": "flyer_march"}

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("inline_query", {"id": "1", "from": AMY, "query": "x"}),
            ("pre_checkout_query", {"id": "1", "from": AMY, "currency": "EUR"}),
            ("business_connection", {"id": "b", "user": AMY, "user_chat_id": 1}),
        ],
    )
    def test_what_is_no_message_makes_nobody_a_lead(self, wire: Any, kind: str, body: dict[str, Any]) -> None:
        telegram = wire("telegram")
        telegram.telegram(1, **{kind: body})
        assert leads(telegram) == []

    def test_a_thread_that_changes_hands_makes_nobody_a_lead(self, wire: Any) -> None:
        instagram = wire("instagram")
        instagram.instagram(take_thread_control={"previous_owner_app_id": "1"})
        assert leads(instagram) == []


class TestWhatPhonesWrite:
    @pytest.mark.parametrize(
        ("body", "emoji"),
        [
            ("Liked “{}”", "👍"), ("Emphasized “{}”", "‼️"), ("Reacted 😂 to “{}”", "😂"),
            ("\u200a👍\u200b to “\u200a{}\u200a”", "👍"), ("Loved “{}”", "❤️"),
        ],
    )  # fmt: skip
    def test_a_reaction_by_text_message_stands_at_the_line_it_is_about(
        self, wire: Any, body: str, emoji: str
    ) -> None:
        sms = wire("sms")
        text_message(sms, "1", "where are you?")
        (answer,) = sms.answers()
        text_message(sms, "2", body.format(answer))
        assert sms.answers() == [answer]
        (ours,) = [line for line in sms.lines() if line.direction == "out"]
        assert ours.content["reactions"] == {"sms:+353851112222": emoji}
        text_message(sms, "3", f"Removed a like from “{answer}”")
        (ours,) = [line for line in sms.lines() if line.direction == "out"]
        assert "reactions" not in ours.content

    @pytest.mark.parametrize("body", ["I liked “Yoga Flow”, can I book it again?", "👍 to Saturday"])
    def test_peoples_own_words_stay_words(self, wire: Any, body: str) -> None:
        sms = wire("sms")
        text_message(sms, "1", body)
        assert [line.text for line in sms.heard()] == [body]
        assert len(sms.answers()) == 1

    @pytest.mark.parametrize(
        "body",
        [
            "I'm driving with Do Not Disturb While Driving turned on. I'll see your message when I get there.",
            "(I’m not receiving notifications. If this is urgent, reply “urgent” to send a notification through.)",
        ],
    )
    def test_an_automatic_answer_is_kept_and_not_answered(self, wire: Any, body: str) -> None:
        sms = wire("sms")
        text_message(sms, "1", body)
        assert [line.text for line in sms.heard()] == [body]
        assert sms.answers() == []

    def test_a_reaction_by_twilio_is_no_message(self, wire: Any) -> None:
        twilio = wire("whatsapp-twilio")
        whatsapp_by_twilio(twilio, "1", Body="👍", MessageType="reaction", OriginalRepliedMessageSid="SM9")
        assert (twilio.lines(), leads(twilio)) == ([], [])
