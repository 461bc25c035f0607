"""What each provider is really asked to send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot import channels
from bot.channels.base import Attachment, Button, InboxAccount, Outgoing, SendFailed
from tests.bot.channels.fake_provider import FakeProvider

WHATSAPP_OK = {"messages": [{"id": "wamid.TEST"}]}
INSTAGRAM_OK = {"recipient_id": "1", "message_id": "mid.1"}
TWILIO_OK = {"sid": "SM1", "status": "queued"}
TELEGRAM_OK = {
    "ok": True,
    "result": {
        "message_id": 7,
        "date": 1795161600,
        "chat": {"id": 700100200, "type": "private"},
        "text": "x",
    },
}
TWO = (Button("t1:1", "Thu 18:00"), Button("t1:2", "Fri 07:00"))
FIVE = tuple(Button(f"t1:{number}", f"Choice {number}") for number in range(1, 6))
CALENDAR = Attachment("document", mime_type="text/calendar", filename="trial.ics")

Accounts = Mapping[str, InboxAccount]


def send(accounts: Accounts, name: str, message: Outgoing) -> str:
    return channels.CHANNELS[name].send(accounts[name], message).external_id


def keyboard(call: Any) -> Any:
    return json.loads(call.form["reply_markup"])["inline_keyboard"]


class TestWhatsApp:
    def test_addresses_a_phone_with_plus_and_repeats_our_reference(
        self, provider: FakeProvider, account_on: Accounts
    ) -> None:
        provider.will_answer(200, WHATSAPP_OK)

        send(account_on, "whatsapp", Outgoing("447700900123", "Hi", reference="d-1", reply_to="wamid.X"))

        call = provider.calls[0]
        assert call.path.endswith("/v25.0/409873115522660/messages")
        assert call.headers["authorization"] == "Bearer test-token"
        assert call.json["to"] == "+447700900123"
        assert call.json["text"]["body"] == "Hi"
        assert call.json["context"] == {"message_id": "wamid.X"}
        assert call.json["biz_opaque_callback_data"] == "d-1"

    def test_addresses_a_person_without_phone_as_recipient(
        self, provider: FakeProvider, account_on: Accounts
    ) -> None:
        provider.will_answer(200, WHATSAPP_OK)

        send(account_on, "whatsapp", Outgoing("GB.7731405528890147263", "Hi"))

        assert provider.calls[0].json["recipient"] == "GB.7731405528890147263"
        assert "to" not in provider.calls[0].json

    def test_shows_up_to_three_choices_as_reply_buttons(
        self, provider: FakeProvider, account_on: Accounts
    ) -> None:
        provider.will_answer(200, WHATSAPP_OK)

        send(account_on, "whatsapp", Outgoing("447700900123", "When?", TWO))

        interactive = provider.calls[0].json["interactive"]
        assert interactive["type"] == "button"
        assert interactive["action"]["buttons"][0] == {
            "type": "reply",
            "reply": {"id": "t1:1", "title": "Thu 18:00"},
        }

    def test_shows_more_choices_as_a_list(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(200, WHATSAPP_OK)

        send(account_on, "whatsapp", Outgoing("447700900123", "Which?", FIVE, menu="Clases"))

        interactive = provider.calls[0].json["interactive"]
        assert interactive["type"] == "list"
        assert interactive["action"]["button"] == "Clases"
        assert [row["id"] for row in interactive["action"]["sections"][0]["rows"]] == [one.id for one in FIVE]

    @pytest.mark.feature("8.1", "8.23")
    def test_uploads_a_calendar_and_sends_it_as_a_document(
        self, provider: FakeProvider, account_on: Accounts
    ) -> None:
        ok = {"content-type": "application/json"}
        provider.by_path = {"/media": (200, ok, {"id": "media-9"}), "/messages": (200, ok, WHATSAPP_OK)}
        message = Outgoing(
            "447700900123", "Your trial", attachment=CALENDAR, attachment_bytes=b"BEGIN:VCALENDAR"
        )

        send(account_on, "whatsapp", message)

        upload, document = provider.calls
        assert b"BEGIN:VCALENDAR" in upload.body
        assert b'filename="trial.ics"' in upload.body
        assert document.json["document"] == {
            "id": "media-9",
            "caption": "Your trial",
            "filename": "trial.ics",
        }

    def test_fills_a_message_template(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(200, WHATSAPP_OK)
        template = {"name": "trial_reminder", "language": "en_GB", "variables": ["Ana", "18:00"]}

        send(account_on, "whatsapp", Outgoing("447700900123", "", (Button("r:1", "Yes"),), template=template))

        told = provider.calls[0].json["template"]
        assert told["name"] == "trial_reminder"
        assert [one["text"] for one in told["components"][0]["parameters"]] == ["Ana", "18:00"]
        assert told["components"][1]["parameters"] == [{"type": "payload", "payload": "r:1"}]

    def test_typing_marks_the_message_as_read(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(200, {"success": True})

        channels.CHANNELS["whatsapp"].seen(account_on["whatsapp"], "447700900123", "wamid.IN", answering=True)

        assert provider.calls[0].json["status"] == "read"
        assert provider.calls[0].json["typing_indicator"] == {"type": "text"}


class TestInstagram:
    def test_offers_quick_replies(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(200, INSTAGRAM_OK)

        send(account_on, "instagram", Outgoing("1029384756601234", "When?", TWO))

        call = provider.calls[0]
        assert call.path.endswith("/v25.0/17841459900112233/messages")
        assert call.json["message"]["quick_replies"][1] == {
            "content_type": "text", "title": "Fri 07:00", "payload": "t1:2",
        }  # fmt: skip

    def test_tags_only_what_a_person_wrote(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(200, INSTAGRAM_OK)

        send(account_on, "instagram", Outgoing("1", "Hi, Carl here", human=True))
        send(account_on, "instagram", Outgoing("1", "Hi"))

        assert provider.calls[0].json["tag"] == "HUMAN_AGENT"
        assert "tag" not in provider.calls[1].json

    def test_gives_a_link_where_a_file_cannot_be_sent(
        self, provider: FakeProvider, account_on: Accounts
    ) -> None:
        provider.will_answer(200, INSTAGRAM_OK)
        calendar = Attachment("document", url="https://gym.example/t.ics")

        send(account_on, "instagram", Outgoing("1", "Your trial", attachment=calendar))

        assert provider.calls[0].json["message"] == {"text": "Your trial\nhttps://gym.example/t.ics"}

    def test_a_refused_indicator_does_no_harm(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(400, {"error": {"code": 100, "message": "no such action"}})

        channels.CHANNELS["instagram"].seen(account_on["instagram"], "1", "mid.1", answering=True)


class TestWhatsAppThroughTwilio:
    ok: Mapping[str, str] = {"content-type": "application/json"}

    def test_makes_a_content_once_for_one_shape_of_buttons(
        self, provider: FakeProvider, account_on: Accounts
    ) -> None:
        channel = type(channels.CHANNELS["whatsapp-twilio"])()
        provider.by_path = {
            "/Content": (201, self.ok, {"sid": "HX1"}),
            "/Messages.json": (201, self.ok, TWILIO_OK),
        }

        channel.send(account_on["whatsapp-twilio"], Outgoing("whatsapp:+447700900123", "When?", TWO))
        other = tuple(Button(f"later:{one.id}", one.title) for one in TWO)
        channel.send(account_on["whatsapp-twilio"], Outgoing("whatsapp:+447700900123", "And now?", other))

        contents = [call for call in provider.calls if call.path.endswith("/Content")]
        messages = [call for call in provider.calls if call.path.endswith("/Messages.json")]
        assert len(contents) == 1
        quick_reply = contents[0].json["types"]["twilio/quick-reply"]
        assert [one["title"] for one in quick_reply["actions"]] == ["Thu 18:00", "Fri 07:00"]
        assert messages[0].form["ContentSid"] == "HX1"
        assert json.loads(messages[1].form["ContentVariables"]) == {
            "1": "And now?", "2": "later:t1:1", "3": "later:t1:2",
        }  # fmt: skip

    def test_makes_a_deleted_content_again(self, provider: FakeProvider, account_on: Accounts) -> None:
        channel = type(channels.CHANNELS["whatsapp-twilio"])()
        gone = {"code": 21655, "message": "The ContentSid is Invalid", "status": 400}
        content = (201, self.ok, {"sid": "HX1"})
        provider.answers = [content, (400, self.ok, gone), content, (201, self.ok, TWILIO_OK)]

        sent = channel.send(account_on["whatsapp-twilio"], Outgoing("whatsapp:+447700900123", "When?", TWO))

        assert sent.external_id == "SM1"
        assert len(provider.calls) == 4

    def test_numbers_the_choices_where_no_content_can_be_made(
        self, provider: FakeProvider, account_on: Accounts
    ) -> None:
        channel = type(channels.CHANNELS["whatsapp-twilio"])()
        refusal = (400, self.ok, {"code": 20001, "message": "no", "status": 400})
        provider.by_path = {"/Content": refusal, "/Messages.json": (201, self.ok, TWILIO_OK)}

        channel.send(account_on["whatsapp-twilio"], Outgoing("whatsapp:+447700900123", "When?", TWO))

        assert provider.calls[-1].form["Body"] == "When?\n\n1. Thu 18:00\n2. Fri 07:00"

    def test_shows_more_choices_as_a_list(self, provider: FakeProvider, account_on: Accounts) -> None:
        channel = type(channels.CHANNELS["whatsapp-twilio"])()
        provider.by_path = {
            "/Content": (201, self.ok, {"sid": "HX2"}),
            "/Messages.json": (201, self.ok, TWILIO_OK),
        }

        channel.send(account_on["whatsapp-twilio"], Outgoing("whatsapp:+447700900123", "Which?", FIVE))

        items = provider.calls[0].json["types"]["twilio/list-picker"]["items"]
        assert [item["item"] for item in items] == [one.title for one in FIVE]

    def test_typing_names_the_message_it_answers(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(200, {"success": True})

        channels.CHANNELS["whatsapp-twilio"].seen(
            account_on["whatsapp-twilio"], "whatsapp:+447700900123", "SM9", answering=True
        )

        assert provider.calls[0].path.endswith("/v2/Indicators/Typing.json")
        assert provider.calls[0].form == {"channel": "whatsapp", "messageId": "SM9"}

    def test_prefixes_a_bare_number(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(201, TWILIO_OK)

        send(account_on, "whatsapp-twilio", Outgoing("+447700900123", "Hi"))

        assert provider.calls[0].form["To"] == "whatsapp:+447700900123"
        assert provider.calls[0].form["From"] == "whatsapp:+442079460199"


class TestSms:
    def test_numbers_the_choices(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(201, TWILIO_OK)

        send(account_on, "sms", Outgoing("+12025550142", "When?", TWO))

        call = provider.calls[0]
        assert call.path.endswith("/2010-04-01/Accounts/AC00000000000000000000000000000042/Messages.json")
        assert call.form["Body"] == "When?\n\n1. Thu 18:00\n2. Fri 07:00"
        assert call.form["From"] == "+12025550199"

    def test_tells_twilio_where_to_report(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(201, TWILIO_OK)
        base = channels.settings().twilio_base_url
        channels.configure(
            channels.ChannelSettings(twilio_base_url=base, public_base_url="https://gym.example")
        )

        send(account_on, "sms", Outgoing("+12025550142", "Hi"))

        assert provider.calls[0].form["StatusCallback"] == "https://gym.example/webhooks/twilio/twilio-sms"


class TestTelegram:
    def test_puts_choices_under_the_message(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(200, TELEGRAM_OK)

        sent = send(account_on, "telegram", Outgoing("700100200", "When?", TWO, reply_to="700100200:3"))

        call = provider.calls[0]
        assert sent == "700100200:7"
        assert call.path.endswith("/telegram/bot7712345678:test-token/sendMessage")
        assert keyboard(call) == [
            [{"text": "Thu 18:00", "callback_data": "t1:1"}, {"text": "Fri 07:00", "callback_data": "t1:2"}]
        ]
        assert json.loads(call.form["reply_parameters"])["allow_sending_without_reply"] is True

    def test_edits_its_own_message(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(200, TELEGRAM_OK)

        sent = send(account_on, "telegram", Outgoing("700100200", "Booked", edit_of="700100200:7"))

        assert sent == "700100200:7"
        assert provider.calls[0].path.endswith("/editMessageText")
        assert provider.calls[0].form["message_id"] == "7"

    def test_an_edit_that_changes_nothing_is_a_success(
        self, provider: FakeProvider, account_on: Accounts
    ) -> None:
        provider.will_answer(
            400, {"ok": False, "error_code": 400, "description": "Bad Request: message is not modified"}
        )

        assert (
            send(account_on, "telegram", Outgoing("700100200", "Same", edit_of="700100200:7"))
            == "700100200:7"
        )

    @pytest.mark.feature("8.1", "8.23")
    def test_sends_a_calendar_as_a_file(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(200, TELEGRAM_OK)
        message = Outgoing(
            "700100200", "Your trial", attachment=CALENDAR, attachment_bytes=b"BEGIN:VCALENDAR"
        )

        send(account_on, "telegram", message)

        assert provider.calls[0].path.endswith("/sendDocument")
        assert b'filename="trial.ics"' in provider.calls[0].body

    def test_typing_after_a_tap_answers_the_query(self, provider: FakeProvider, account_on: Accounts) -> None:
        provider.will_answer(200, {"ok": True, "result": True})

        channels.CHANNELS["telegram"].seen(
            account_on["telegram"], "700100200", "cbq:3006907460012345678", answering=True
        )

        paths = [call.path.rpartition("/")[2] for call in provider.calls]
        assert paths == ["answerCallbackQuery", "sendChatAction"]

    def test_a_button_id_that_does_not_fit_is_our_mistake(
        self, provider: FakeProvider, account_on: Accounts
    ) -> None:
        with pytest.raises(SendFailed) as failed:
            send(account_on, "telegram", Outgoing("700100200", "?", (Button("x" * 65, "Go"),)))

        assert failed.value.next == "fail_no_retry"
        assert provider.calls == []
