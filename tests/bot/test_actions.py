"""The steps as a gym's own Rasa assistant runs them: its tracker in, events and words out."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlmodel import col, select

from bot.actions import ActionServer, Answer, actions
from bot.assistant import domain as assistant_domain
from bot.assistant import messages, seats
from crm import conversations, gyms, leads
from crm.db import TenantSession
from crm.gyms import InboxPart
from crm.models import Booking, Contact, ContactInbox, Delivery, Message, Staff
from tests.conftest import GymClock

ANA = "whatsapp:+353851234567"
KEYS = {"text", "buttons", "elements", "custom", "template", "response", "image", "attachment"}
BOT = Path(messages.__file__).parents[1]


class Assistant:
    """A gym's Rasa assistant: keeps the tracker that the action server's events change."""

    def __init__(self, session: TenantSession, server: ActionServer) -> None:
        self.session, self.server = session, server
        self.sender_id = ANA
        self.slots: dict[str, Any] = {}
        self.loop: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.message: dict[str, Any] = {}
        self.ids = itertools.count(1)
        self.buttons: list[dict[str, str]] = []

    def hears(
        self, text: str, intent: str | None = None, entities: list[dict[str, Any]] | None = None
    ) -> None:
        """The person writes; the assistant understood that much of it."""
        self.message = {
            "text": text,
            "intent": {"name": intent, "confidence": 0.98 if intent else 0.0},
            "entities": entities or [],
            "message_id": f"m{next(self.ids)}",
        }
        self.events.append({"event": "user", "text": text, "timestamp": 1.0})

    def taps(self, title: str) -> None:
        """The person taps a button of the last answer; Rasa reads its payload as an intent."""
        payload = next(one["payload"] for one in self.buttons if one["title"].startswith(title))
        name, told = re.fullmatch(r"/(\w+)(\{.*\})", payload).groups()  # type: ignore[union-attr]
        value = json.loads(told)["payload"]
        self.hears(payload, name, [{"entity": "payload", "value": value, "start": 6, "end": 6}])

    def call(self, action: str, **more: Any) -> dict[str, Any]:
        """What is sent to the action server."""
        tracker = {
            "sender_id": self.sender_id,
            "slots": self.slots,
            "latest_message": self.message,
            "events": self.events,
            "active_loop": self.loop,
            "paused": False,
            "followup_action": None,
            "latest_action_name": "action_listen",
        }
        return {
            "next_action": action,
            "sender_id": ANA,
            "tracker": {**tracker, **more},
            "domain": {"slots": {}},
        }

    def runs(self, action: str, **more: Any) -> Answer:
        """Run an action and take in its events; the answer."""
        answer = self.server.run(self.session, self.call(action, **more))
        if answer.status == 200:
            for event in answer.body["events"]:
                if event["event"] == "slot":
                    self.slots[event["name"]] = event["value"]
                elif event["event"] == "active_loop":
                    self.loop = {"name": event["name"]} if event["name"] else {}
            for said in answer.body["responses"]:
                self.buttons = said["buttons"]
        return answer

    def says(self, action: str, **more: Any) -> str:
        """Run an action; the words it gives to say."""
        answer = self.runs(action, **more)
        assert answer.status == 200, answer.body
        return "\n".join(said["text"] for said in answer.body["responses"])


@pytest.fixture
def make_inbox(session: TenantSession) -> Callable[[str], Any]:
    def make(channel: str) -> Any:
        return gyms.ensure_inbox(
            session,
            InboxPart(channel=channel, external_id=f"{session.gym_id}{channel}", credentials={"none": "yet"}),
        )

    return make


@pytest.fixture
def assistant(clock: GymClock, session: TenantSession, make_inbox: Callable[[str], Any]) -> Assistant:
    """The assistant of a gym that is on WhatsApp, on a Monday at nine."""
    make_inbox("whatsapp")
    session.flush()
    return Assistant(session, ActionServer())


def booking_of(session: TenantSession) -> Booking:
    return session.exec(select(Booking)).one()


def test_answers_a_question_with_the_gyms_own_facts(assistant: Assistant) -> None:
    assistant.hears("how much is it?", "faq_price")
    answer = assistant.runs("action_faq_price")
    (said,) = answer.body["responses"]
    assert "€" in said["text"]
    assert set(said) == KEYS


def test_introduces_itself_once(assistant: Assistant) -> None:
    assistant.hears("how much is it?", "faq_price")
    assert "automated assistant" in assistant.says("action_faq_price")
    assistant.hears("and where are you?", "faq_location")
    assert "automated assistant" not in assistant.says("action_faq_location")


def test_books_a_trial_from_the_first_words_to_the_tap(assistant: Assistant, session: TenantSession) -> None:
    assistant.hears("can I try tomorrow at 10? I'm Ana", "book_trial")
    assert "10:00" in assistant.says("action_book_trial")
    assert assistant.loop == {"name": "book_trial"}
    assistant.taps("Confirm")
    assert "booked" in assistant.says(assistant_domain.GO_ON).lower()
    booking = booking_of(session)
    assert (booking.status, booking.starts_at) == ("booked", dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC))
    assert assistant.loop == {}
    assert session.exec(select(Contact)).one().name == "Ana"


def test_a_flows_own_name_goes_on_with_it_as_a_loop_does(
    assistant: Assistant, session: TenantSession
) -> None:
    assistant.hears("can I try tomorrow at 10? I'm Ana", "book_trial")
    assistant.says("action_book_trial")
    assert assistant.says("book_trial", latest_action_name="action_book_trial") == ""
    assistant.hears("yes please", "affirm")
    assistant.says("book_trial")
    assert booking_of(session).status == "booked"


def test_a_flow_is_begun_by_its_own_name(assistant: Assistant) -> None:
    assistant.hears("tomorrow at 10 please, I'm Ana", "their_own_name_for_it")
    assert "10:00" in assistant.says("book_trial")
    assert assistant.loop == {"name": "book_trial"}
    assert assistant.runs("cancel_booking").status == 400


def test_asks_the_open_question_again_after_an_answer_of_the_assistants_own(assistant: Assistant) -> None:
    assistant.hears("can I try tomorrow at 10? I'm Ana", "book_trial")
    assistant.says("action_book_trial")
    assistant.hears("do you like dogs?", "dogs")
    assert "10:00" in assistant.says("book_trial", latest_action_name="utter_dogs")


def test_a_side_question_is_answered_and_the_flow_goes_on(assistant: Assistant) -> None:
    assistant.hears("can I try tomorrow at 10? I'm Ana", "book_trial")
    assistant.says("action_book_trial")
    assistant.hears("where are you?", "faq_location")
    words = assistant.says("action_faq_location")
    assert "10:00" in words
    assert assistant.loop == {"name": "book_trial"}


@pytest.mark.parametrize("tapped", ["{}", "/{}"])
def test_takes_a_payload_as_text_with_a_slash_or_without(
    assistant: Assistant, session: TenantSession, tapped: str
) -> None:
    assistant.hears("can I try tomorrow at 10? I'm Ana", "book_trial")
    assistant.says("action_book_trial")
    payload = json.loads(assistant.buttons[0]["payload"].removeprefix("/spotter_tap"))["payload"]
    assistant.hears(tapped.format(payload))
    assistant.says(assistant_domain.GO_ON)
    assert booking_of(session).status == "booked"


def test_a_clock_time_is_no_payload() -> None:
    assert messages.tap_of({"text": "1:30"}) is None


def test_understands_by_itself_what_the_assistant_did_not(assistant: Assistant) -> None:
    assistant.hears("how much is the monthly membership?")
    assert "€" in assistant.says(assistant_domain.WHOLE_TURN)


def test_a_time_of_the_assistants_own_extractor_counts(assistant: Assistant, session: TenantSession) -> None:
    told = {
        "entity": "time",
        "value": "2026-11-25T11:00:00.000+00:00",
        "additional_info": {"grain": "hour"},
        "start": 0,
        "end": 4,
    }
    assistant.hears("cras hora undecima", "book_trial", [told, {"entity": "person_name", "value": "Ana"}])
    assert "11:00" in assistant.says("action_book_trial")
    assert booking_of(session).starts_at == dt.datetime(2026, 11, 25, 11, tzinfo=dt.UTC)


@pytest.mark.parametrize("told", ["pt60", "Personal training 60'"])
def test_a_service_is_taken_by_key_or_by_name(assistant: Assistant, told: str) -> None:
    assistant.hears("I want that one", "book_session", [{"entity": "service", "value": told}])
    assistant.says("action_book_session")
    assert assistant.slots["offering"] == "pt60"


def test_steps_aside_where_the_message_gives_the_flow_nothing(assistant: Assistant) -> None:
    assistant.hears("can I try tomorrow at 10? I'm Ana", "book_trial")
    assistant.says("action_book_trial")
    assistant.hears("do you have a sauna?", "faq_facilities")
    answer = assistant.runs(assistant_domain.GO_ON)
    assert answer.status == 400
    assert answer.body["action_name"] == assistant_domain.GO_ON


def test_refuses_to_go_on_where_nothing_is_open(assistant: Assistant) -> None:
    assistant.hears("yes", "affirm")
    assert assistant.runs(assistant_domain.GO_ON).status == 400


@pytest.mark.parametrize(
    "sender_id", ["default", "+353851234567", "fax:12", "whatsapp:ana", "telegram:12345"]
)
def test_refuses_somebody_it_cannot_place(assistant: Assistant, sender_id: str) -> None:
    assistant.sender_id = sender_id
    assistant.hears("how much is it?", "faq_price")
    answer = assistant.runs("action_faq_price")
    assert answer.status == 400
    assert answer.body["action_name"] == "action_faq_price"
    assert "sender_id" in answer.body["error"] or "inbox" in answer.body["error"]


@pytest.mark.parametrize(
    ("channel", "sender_id", "sender", "address"),
    [
        ("whatsapp", "whatsapp:+353 85 765 4321", "wa:+353857654321", "353857654321"),
        ("sms", "sms:+353857654321", "sms:+353857654321", "+353857654321"),
        ("telegram", "telegram:5550001", "tg:5550001", "5550001"),
        ("instagram", "instagram:1784140000", "ig:1784140000", "1784140000"),
    ],
)
def test_somebody_new_becomes_a_contact_and_a_lead(
    assistant: Assistant, session: TenantSession, make_inbox: Callable[[str], Any], channel: str, sender_id: str,
    sender: str, address: str,
) -> None:  # fmt: skip
    make_inbox(channel)
    assistant.sender_id = sender_id
    assistant.hears("how much is it?", "faq_price")
    assistant.says("action_faq_price")
    found = session.exec(select(ContactInbox)).one()
    assert (found.sender, found.address) == (sender, address)
    lead = leads.find_latest(session, found.contact_id)
    assert lead is not None
    assert lead.source == channel


def test_a_gym_on_twilios_whatsapp_is_found_by_the_same_prefix(
    session: TenantSession, make_inbox: Callable[[str], Any]
) -> None:
    inbox = make_inbox("whatsapp-twilio")
    seat = seats.seat_of(session, ANA)
    assert (seat.inbox.id, seat.sender, seat.address) == (inbox.id, "wa:+353851234567", ANA)


def test_the_thread_holds_what_was_said_once_and_nothing_is_queued_to_the_person(
    assistant: Assistant, session: TenantSession
) -> None:
    assistant.hears("how much is it, and where are you?", "faq_price")
    assistant.says("action_faq_price")
    assistant.says("action_faq_location")
    rows = session.exec(select(Message).order_by(col(Message.at))).all()
    assert [row.direction for row in rows].count("in") == 1
    assert [row.direction for row in rows].count("out") == 2
    assert session.exec(select(Delivery).where(Delivery.purpose == "reply")).all() == []


def test_keeps_silent_while_a_person_has_the_thread(assistant: Assistant, session: TenantSession) -> None:
    assistant.hears("hello", "greet")
    assistant.says("action_greet")
    found = conversations.of_contact(session, session.exec(select(Contact)).one().id)
    assert found is not None
    thread, _ = found
    owner = session.exec(select(Staff)).first()
    assert owner is not None
    thread.status, thread.handed_off_at = "pending", session.now
    thread.owner_id = owner.id
    session.flush()
    assistant.hears("how much is it?", "faq_price")
    assert assistant.runs("action_faq_price").body == {"events": [], "responses": []}


def test_a_hand_over_reaches_the_thread_and_does_not_pause_the_assistant_for_good(
    assistant: Assistant, session: TenantSession
) -> None:
    assistant.hears("can I talk to somebody?", "request_human")
    answer = assistant.runs("action_request_human")
    kinds = {event["event"] for event in answer.body["events"]}
    assert kinds == {"slot"}
    assert assistant.slots["handoff"] == "asked"
    found = conversations.of_contact(session, session.exec(select(Contact)).one().id)
    assert found is not None
    thread, _ = found
    assert thread.status == "pending"


def test_slots_that_make_no_sense_are_as_if_not_set(assistant: Assistant) -> None:
    assistant.slots = {
        "held": "nothing",
        "wish": {"start": 3},
        "misses": "many",
        "options": [1],
        "offering": 7,
    }
    assistant.loop = {"name": "a_form_of_their_own"}
    assistant.hears("how much is it?", "faq_price")
    assert "€" in assistant.says("action_faq_price")


def test_the_callers_tracker_is_left_as_it_was(assistant: Assistant) -> None:
    assistant.hears("how much is it?", "faq_price")
    call = assistant.call("action_faq_price")
    before = json.dumps(call)
    assistant.server.run(assistant.session, call)
    assert json.dumps(call) == before


def test_one_gyms_domain_is_unknown_to_another(assistant: Assistant) -> None:
    assistant.hears("how much is it?", "faq_price")
    known = {**assistant.call("action_faq_price"), "domain": {"slots": {}}, "domain_digest": "abc"}
    assert assistant.server.run(assistant.session, known).status == 200
    again = {name: value for name, value in known.items() if name != "domain"}
    assert assistant.server.run(assistant.session, again).status == 200
    assert ActionServer().run(assistant.session, again).status == 449


# The form


def validated(assistant: Assistant, slot: str, value: str) -> Mapping[str, Any]:
    """What becomes of a form's slot; with what is said about it under `said`."""
    candidate = {"event": "slot", "name": slot, "value": value}
    call = assistant.call(assistant_domain.VALIDATION, events=[{"event": "user", "text": value}, candidate])
    answer = assistant.server.run(assistant.session, call)
    assert answer.status == 200, answer.body
    slots = {event["name"]: event["value"] for event in answer.body["events"]}
    return {**slots, "said": " ".join(said["text"] for said in answer.body["responses"])}


@pytest.mark.parametrize(
    ("slot", "value", "kept"),
    [
        ("name", "it's Ana Silva", "Ana Silva"),
        ("name", "12", None),
        ("time", "tomorrow at 10", "2026-11-24T10:00"),
        ("time", "tomorrow", None),
        ("goal", "drop a dress size", "lose weight"),
        ("experience", "I lift three times a week", "regular"),
        ("experience", "banana", None),
    ],
)
def test_the_form_goes_by_our_rules(assistant: Assistant, slot: str, value: str, kept: str | None) -> None:
    assert validated(assistant, slot, value)[slot] == kept


def test_the_form_says_why_a_time_is_not_possible(assistant: Assistant) -> None:
    found = validated(assistant, "time", "tomorrow at 3am")
    assert found["time"] is None
    assert found["said"]


def test_what_the_form_gathered_is_booked(assistant: Assistant, session: TenantSession) -> None:
    assistant.slots = {
        "name": "Ana Silva", "time": "2026-11-24T10:00", "goal": "lose weight", "experience": "none",
    }  # fmt: skip
    assistant.hears("never trained", "inform")
    assert "10:00" in assistant.says("action_book_trial")
    assert assistant.slots["time"] is None
    contact = session.exec(select(Contact)).one()
    lead = leads.find_latest(session, contact.id)
    assert lead is not None
    assert (contact.name, lead.goal, lead.experience) == ("Ana Silva", "lose weight", "none")


# The domain


def test_the_domain_declares_every_action_served() -> None:
    declared = yaml.safe_load(assistant_domain.as_yaml())
    assert declared["actions"] == list(actions())
    assert len(set(declared["actions"])) == len(declared["actions"])


def test_the_domain_declares_every_slot_that_a_handler_sets() -> None:
    named = {
        name
        for path in BOT.rglob("*.py")
        for name in re.findall(r'SlotSet\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    }
    declared = yaml.safe_load(assistant_domain.as_yaml())
    assert named <= set(declared["slots"])
    assert {kind["type"] for kind in declared["slots"].values()} <= {"text", "bool", "float", "list", "any"}


def test_the_domain_has_no_name_that_rasa_reads_otherwise() -> None:
    declared = yaml.safe_load(assistant_domain.as_yaml())
    assert [
        name for name in (*declared["intents"], *declared["actions"]) if not re.fullmatch(r"\w+", name)
    ] == []
    assert set(assistant_domain.FORM_QUESTIONS) <= set(declared["responses"])
    assert not any("{" in one["text"] for words in declared["responses"].values() for one in words)
