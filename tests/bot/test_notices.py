"""What platforms tell besides words: edits, deletions, echoes, reactions, switches, moved chats."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlmodel import select

from crm import consents, conversations
from crm.db import TenantSession
from crm.models import Activity, Consent, Contact, ContactInbox, Delivery, InboundPayload, Lead, StaffCard
from tests.bot.staff_room import GROUP, StaffRoom
from tests.bot.wire import SECONDS, Wire
from tests.factories import a_contact_inbox, a_conversation, a_delivery, a_message


@pytest.fixture
def wire(session: TenantSession, now: dt.datetime) -> Wire:
    return Wire(session, now, "whatsapp")


@pytest.fixture
def dm(session: TenantSession, now: dt.datetime) -> Wire:
    return Wire(session, now, "instagram")


def text(body: str, message_id: str = "wamid.1", **more: Any) -> dict[str, Any]:
    return {"id": message_id, "text": {"body": body}, **more}


def revoke(of: str, message_id: str = "wamid.9") -> dict[str, Any]:
    return {"id": message_id, "type": "revoke", "revoke": {"original_message_id": of}}


def edit(of: str, body: str, message_id: str = "wamid.8") -> dict[str, Any]:
    changed = {"original_message_id": of, "message": {"type": "text", "text": {"body": body}}}
    return {"id": message_id, "type": "edit", "edit": changed}


@pytest.mark.feature("4.4")
class TestWordsThatChange:
    def test_an_edit_changes_the_line_and_is_not_answered(self, wire: Wire) -> None:
        wire.whatsapp(text("do you have yoga?"))
        answered = len(wire.answers())
        wire.whatsapp(edit("wamid.1", "do you have pilates?"))

        (line,) = wire.heard()
        assert (line.text, line.edited_at is not None) == ("do you have pilates?", True)
        assert len(wire.answers()) == answered
        assert wire.lead.last_words == "do you have pilates?"

    def test_an_edit_that_comes_before_the_answer_is_what_is_answered(self, wire: Wire) -> None:
        wire.whatsapp(text("where are you?"), edit("wamid.1", "when are you open on sunday?"))

        (answer,) = wire.answers()
        assert "09:00-16:00" in answer

    def test_an_older_edit_that_comes_late_changes_nothing(self, wire: Wire) -> None:
        wire.whatsapp(text("first"))
        wire.whatsapp({**edit("wamid.1", "third", "wamid.3"), "timestamp": str(SECONDS + 4)})
        wire.whatsapp({**edit("wamid.1", "second", "wamid.2"), "timestamp": str(SECONDS + 2)})

        assert wire.heard()[0].text == "third"

    def test_what_is_taken_back_is_gone_everywhere_and_its_fact_stays(self, wire: Wire) -> None:
        wire.whatsapp(text("my secret number is 12345"))
        wire.whatsapp(revoke("wamid.1"))

        (line,) = wire.heard()
        assert (line.text, line.content, line.deleted_at is not None) == (None, {}, True)
        assert (wire.lead.first_words, wire.lead.last_words) == (None, None)
        kept = wire.session.exec(select(InboundPayload).where(InboundPayload.external_id == "wamid.1")).one()
        assert kept.payload == {}

    def test_what_is_taken_back_at_once_is_not_answered(self, wire: Wire) -> None:
        wire.whatsapp(text("where are you?"), revoke("wamid.1"))

        assert wire.answers() == []

    def test_instagram_repeats_the_messages_own_id(self, dm: Wire) -> None:
        dm.instagram(message={"mid": "m1", "text": "how much is it?"})
        dm.instagram(message={"mid": "m1", "is_deleted": True})

        assert [line.text for line in dm.heard()] == [None]

    def test_a_reaction_is_shown_at_the_line_and_taken_back(self, wire: Wire) -> None:
        wire.whatsapp(text("hi"))
        wire.whatsapp(
            {"id": "wamid.2", "type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "💪"}}
        )
        assert wire.heard()[0].content["reactions"] == {"wa:+447700900123": "💪"}

        wire.whatsapp(
            {"id": "wamid.3", "type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": ""}}
        )
        assert "reactions" not in wire.heard()[0].content

    def test_a_reaction_to_words_of_ours_finds_them_and_opens_no_window(self, wire: Wire) -> None:
        where = a_contact_inbox(
            wire.session, inbox=wire.inbox, sender="wa:+447700900123", last_inbound_at=None
        )
        thread = a_conversation(wire.session, contact_inbox=where)
        line = a_message(wire.session, conversation=thread, direction="out", author="bot", text="See you!")
        a_delivery(wire.session, conversation=thread, external_id="wamid.ours", message_id=line.id)
        wire.whatsapp(
            {"id": "wamid.2", "type": "reaction", "reaction": {"message_id": "wamid.ours", "emoji": "❤️"}}
        )

        assert wire.lines()[0].content["reactions"] == {"wa:+447700900123": "❤️"}
        assert wire.where.last_inbound_at is None

    def test_a_live_location_is_one_line_that_moves(self, session: TenantSession, now: dt.datetime) -> None:
        wire = Wire(session, now, "telegram")
        message = {
            "message_id": 5,
            "date": SECONDS,
            "from": {"id": 9, "first_name": "Mia"},
            "chat": {"id": 9, "type": "private"},
        }
        wire.telegram(
            1, message={**message, "location": {"latitude": 53.3, "longitude": -6.2, "live_period": 60}}
        )
        wire.telegram(
            2,
            edited_message={
                **message,
                "edit_date": SECONDS + 5,
                "location": {"latitude": 53.4, "longitude": -6.3, "live_period": 60},
            },
        )

        (line,) = wire.heard()
        assert line.content["location"] == {"lat": 53.4, "lon": -6.3}


@pytest.mark.feature("4.3", "4.5")
class TestAnsweredElsewhere:
    def echo(self, **message: Any) -> dict[str, Any]:
        told = {"mid": "e1", "is_echo": True, "text": "Hi, Carl here!", **message}
        return {"sender": {"id": "gym"}, "recipient": {"id": "ana"}, "message": told}

    def test_a_persons_answer_in_the_app_is_in_the_thread_and_silences_the_bot(self, dm: Wire) -> None:
        dm.instagram(message={"mid": "m1", "text": "how much is it?"})
        answered = len(dm.answers())
        dm.instagram(**self.echo())
        dm.instagram(message={"mid": "m2", "text": "and when are you open?"})

        assert dm.lines()[2].text == "Hi, Carl here!"
        assert dm.lines()[2].author.startswith("staff:")
        assert len(dm.answers()) == answered
        assert dm.lead.first_human_reply_at is not None

    def test_the_bot_answers_again_when_nobody_has_written_for_long(self, dm: Wire) -> None:
        dm.instagram(message={"mid": "m1", "text": "how much is it?"})
        dm.instagram(**self.echo())
        dm.now += conversations.SILENT_FOR + dt.timedelta(minutes=1)
        for number in (2, 3):
            answered = len(dm.answers())
            dm.instagram(message={"mid": f"m{number}", "text": "when are you open?"})
            assert len(dm.answers()) == answered + 1

    def test_our_own_echo_is_no_answer_of_a_person(self, dm: Wire) -> None:
        dm.instagram(message={"mid": "m1", "text": "how much is it?"})
        a_delivery(dm.session, conversation=dm.thread, external_id="e1")
        dm.instagram(**self.echo())

        assert not conversations.is_with_staff(dm.thread, now=dm.now)

    def test_words_from_the_phone_app_silence_the_bot_on_whatsapp(self, wire: Wire) -> None:
        wire.whatsapp(text("hi"))
        echo = {
            "id": "wamid.e",
            "to": "447700900123",
            "timestamp": str(SECONDS + 3),
            "type": "text",
            "text": {"body": "Carl here"},
        }
        wire.whatsapp(message_echoes=[echo])

        assert conversations.is_with_staff(wire.thread, now=wire.now)


@pytest.mark.feature("6.19")
class TestSwitches:
    def test_a_switch_in_the_platform_is_kept_without_a_word(self, wire: Wire) -> None:
        wire.whatsapp(text("hi"))
        answered = len(wire.answers())
        wire.whatsapp(
            user_preferences=[
                {
                    "wa_id": "447700900123",
                    "category": "marketing_messages",
                    "value": "stop",
                    "timestamp": SECONDS,
                }
            ]
        )

        assert consents.agreed(wire.session, wire.where.contact_id) == {"offers": False}
        assert len(wire.answers()) == answered

    @pytest.mark.parametrize(
        ("body", "agreed"), [("STOP", {"everything": False}), ("START", {"everything": True}), ("HELP", {})]
    )
    def test_what_the_carrier_has_answered_is_not_answered_again(
        self, session: TenantSession, now: dt.datetime, body: str, agreed: dict[str, bool]
    ) -> None:
        sms = Wire(session, now, "sms")
        sms.bring({"MessageSid": "SM1", "From": "+353851234567", "To": "+1", "Body": body, "NumMedia": "0"})

        assert sms.answers() == []
        assert consents.agreed(session, sms.where.contact_id) == agreed
        assert [line.text for line in sms.heard()] == [body]
        assert session.exec(select(Lead)).all() == []

    def test_who_blocks_the_bot_cannot_be_reached_until_they_open_the_door(
        self, session: TenantSession, now: dt.datetime
    ) -> None:
        wire = Wire(session, now, "telegram")
        person, chat = {"id": 9, "first_name": "Mia"}, {"id": 9, "type": "private"}
        wire.telegram(
            1, message={"message_id": 5, "date": SECONDS, "from": person, "chat": chat, "text": "hi"}
        )
        change = {"chat": chat, "from": person, "date": SECONDS}
        wire.telegram(
            2,
            my_chat_member={
                **change,
                "old_chat_member": {"status": "member"},
                "new_chat_member": {"status": "kicked"},
            },
        )
        assert wire.where.unreachable_reason == "they blocked the bot"

        wire.telegram(
            3,
            my_chat_member={
                **change,
                "old_chat_member": {"status": "kicked"},
                "new_chat_member": {"status": "member"},
            },
        )
        assert wire.where.unreachable_at is None


class TestTheAccount:
    @pytest.mark.feature("1.9")
    def test_a_staff_group_that_becomes_a_supergroup_stays_the_staff_group(self, room: StaffRoom) -> None:
        room.lead("Ana Silva")
        wire = Wire.__new__(Wire)
        wire.session, wire.now, wire.inbox = room.session, room.now, room.telegram
        from bot.channels import CHANNELS

        wire.channel = CHANNELS["telegram"]
        room.say("niamh", "/leads")
        wire.telegram(
            8,
            message={
                "message_id": 1,
                "date": SECONDS,
                "chat": {"id": int(GROUP), "type": "group"},
                "migrate_to_chat_id": -1009,
            },
        )

        assert wire.inbox.staff_chat == "-1009"
        queued = room.session.exec(
            select(Delivery.address).where(Delivery.state == "queued", Delivery.purpose == "staff")
        ).all()
        assert set(queued) <= {"-1009"}
        assert room.session.exec(select(StaffCard).where(StaffCard.chat == GROUP)).all() == []

    @pytest.mark.feature("1.6")
    def test_a_changed_number_is_the_same_person(self, wire: Wire) -> None:
        wire.whatsapp(text("hi"))
        system = {
            "type": "user_changed_number",
            "wa_id": "447700900999",
            "user_id": "GB.99",
            "body": "changed",
        }
        wire.whatsapp({"id": "wamid.5", "type": "system", "system": system})
        wire.whatsapp(text("it is me", "wamid.6", **{"from": "447700900999"}))

        assert (
            len(wire.session.exec(select(ContactInbox).where(ContactInbox.inbox_id == wire.inbox.id)).all())
            == 1
        )
        assert wire.session.exec(select(Contact.phone)).one() == "+447700900999"

    @pytest.mark.feature("4.12")
    def test_staff_read_that_a_template_cannot_be_used(self, room: StaffRoom) -> None:
        wire = Wire(room.session, room.now, "whatsapp")
        value = {"event": "PAUSED", "message_template_name": "booking_reminder"}
        change = {"field": "message_template_status_update", "value": value}
        wire.bring({"object": "whatsapp_business_account", "entry": [{"id": "w", "changes": [change]}]})

        assert "booking_reminder on WhatsApp is paused" in room.group_saw()

    @pytest.mark.feature("1.7")
    def test_staff_read_what_the_platform_says_about_the_account(self, room: StaffRoom) -> None:
        wire = Wire(room.session, room.now, "whatsapp")
        change = {"field": "account_update", "value": {"event": "ACCOUNT_RESTRICTION"}}
        wire.bring({"object": "whatsapp_business_account", "entry": [{"id": "w", "changes": [change]}]})

        assert "ACCOUNT RESTRICTION" in room.group_saw()

    @pytest.mark.feature("1.3")
    def test_a_comment_is_told_to_staff_and_is_no_conversation(self, room: StaffRoom) -> None:
        wire = Wire(room.session, room.now, "instagram")
        value = {
            "from": {"id": "zoe", "username": "zoe_runs"},
            "id": "c1",
            "text": "price?",
            "media": {"id": "p"},
        }
        for _ in range(2):
            wire.bring(
                {
                    "object": "instagram",
                    "entry": [
                        {"id": "gym", "time": SECONDS, "changes": [{"field": "comments", "value": value}]}
                    ],
                }
            )

        assert room.group_saw().count("@zoe_runs") == 1
        assert room.session.exec(select(Lead)).all() == []
        assert "comment.received" in room.session.exec(select(Activity.kind)).all()

    def test_a_consent_names_the_words_it_rests_on(self, wire: Wire) -> None:
        wire.whatsapp(user_preferences=[{"wa_id": "447700900123", "value": "stop", "timestamp": SECONDS}])

        assert wire.session.exec(select(Consent.words)).one() == "stop (whatsapp)"
