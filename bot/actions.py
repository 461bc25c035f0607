"""The steps that the engine runs, served as a Rasa action server to a gym that has an assistant of its own.

The assistant decides which action comes next and says what it answers; the step itself
(bookings, hand-overs, what staff hear) is the one the gym's chats run. Statuses and
bodies are those of rasa-sdk's own server, whose executor runs the actions.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from rasa_sdk import FormValidationAction
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.interfaces import (
    ActionExecutionRejection,
    ActionMissingDomainException,
    ActionNotFoundException,
)
from rasa_sdk.interfaces import Tracker as RasaTracker
from sqlalchemy.exc import SQLAlchemyError

from bot import (
    cards,
    composer,
    engine,
    news,
    open_questions,
    registry,
    responses,
    router,
    taps,
)
from bot.assistant import domain as our_domain
from bot.assistant import seats, turns
from bot.assistant.seats import Unserved
from bot.channels import _fields
from bot.events import Events, HandedOff, Say, SlotSet, StaffTold
from bot.flows.prospects import places
from bot.turn import Turn
from crm import bookings, conversations, inbound
from crm.db import TenantSession
from crm.locks import Busy

log = logging.getLogger(__name__)

LISTEN = "action_listen"
"""Rasa's action of waiting for the person."""
KEPT_DOMAINS = 200
"""Gyms whose assistant's domain is remembered, so that it need not be sent with every call."""
LOCK_ATTEMPTS, LOCK_PAUSE = 50, 0.1
"""How often, and with how many seconds between, another turn of the same person is waited for."""
UNSAID = frozenset({"user", "bot", "action", "pause"})
"""Events of ours that the assistant records itself (what was said, what ran), or that would end its talk for good."""

Step = Callable[[Turn], Events]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant gets; anything but 200 means that nothing was done, and the caller undoes what was begun."""

    status: int
    body: Any


def read(body: bytes) -> Any:
    """The call in a request's body; None for an empty one. Raises `MalformedPayload`."""
    return _fields.load(body) if body else None


class ActionServer:
    """Runs actions for the assistants of all gyms; what it remembers of one is never shown to another."""

    def __init__(self) -> None:
        self._domains: OrderedDict[uuid.UUID, tuple[str | None, dict[str, Any]]] = OrderedDict()
        self._lock = threading.Lock()

    def run(self, session: TenantSession, call: Any) -> Answer:
        """Run one action in the session's gym. Blocks; the caller commits a 200 and rolls everything else back."""
        try:
            result = asyncio.run(self._execute(session, call))
        except ActionExecutionRejection as error:
            return Answer(400, {"error": error.message, "action_name": error.action_name})
        except ActionNotFoundException as error:
            return Answer(404, {"error": error.message, "action_name": error.action_name})
        except ActionMissingDomainException as error:
            return Answer(449, {"error": error.message, "action_name": error.action_name})
        except (SQLAlchemyError, psycopg.Error, Busy):
            raise  # may succeed when the whole transaction is tried again
        except Exception as error:
            log.error("an action for a gym's assistant failed", exc_info=error)
            return Answer(500, {"error": str(error), "request_body": call})
        return Answer(200, result.model_dump() if result else None)

    async def _execute(self, session: TenantSession, call: Any) -> Any:
        # rasa-sdk changes the tracker it is given and caches the domain on the executor: a copy, and a new one a call.
        executor, own = ActionExecutor(), copy.deepcopy(call)
        name = own.get("next_action")
        action = actions().get(name) if isinstance(name, str) else None
        if action is not None:
            executor.actions[name] = functools.partial(action, session)
        if own.get("domain"):
            own["domain"] = {"forms": own["domain"].get("forms") or {}}
        with self._lock:
            executor.domain_digest, executor.domain = self._domains.get(session.gym_id, (None, None))
        try:
            return await executor.run(own)
        finally:
            if executor.domain is not None:
                self._remember(session.gym_id, executor.domain_digest, executor.domain)

    def _remember(self, gym_id: uuid.UUID, digest: str | None, domain: dict[str, Any]) -> None:
        with self._lock:
            self._domains[gym_id] = (digest, domain)
            self._domains.move_to_end(gym_id)
            while len(self._domains) > KEPT_DOMAINS:
                self._domains.popitem(last=False)


# The actions

Action = Callable[[TenantSession, CollectingDispatcher, RasaTracker, Mapping[str, Any]], Any]


@functools.cache
def actions() -> dict[str, Action]:
    """Everything an assistant can call, by name; the names are those of `bot.assistant.domain`."""
    found: dict[str, Action] = {}
    for name, intent in registry.intents().items():
        action_name = our_domain.action_name(name)
        found[action_name] = functools.partial(_serve, action_name, functools.partial(_answer, intent), name)
    for name in (*registry.flows(), our_domain.GO_ON):
        found[name] = functools.partial(_serve, name, functools.partial(_go_on, name), None)
    found[our_domain.WHOLE_TURN] = functools.partial(_serve, our_domain.WHOLE_TURN, router.route, None)
    found[our_domain.VALIDATION] = _validate
    return found


def _answer(intent: registry.Intent, turn: Turn) -> Events:
    """One intent's handler; in the middle of a flow its question is asked again after a side question."""
    yield from intent.handle(turn)
    if intent.side and turn.tracker.flow is not None and turn.asked:
        yield from registry.flows()[turn.tracker.flow].ask_again(turn)


def _go_on(name: str, turn: Turn) -> Events:
    """The open flow with the message or tap; called by a flow's own name it begins that flow where none is open.

    Steps aside, as Rasa's forms do, where the message gives the flow nothing to go on with.
    """
    if turn.tapped is not None and (events := taps.handle(turn)) is not None:
        yield from events
        return
    flow, called = turn.tracker.flow, registry.flows().get(name)
    if flow is None and called is not None:
        yield from called.begin(turn)
        return
    if flow is None or (called is not None and name != flow):
        raise Unserved(f"the flow {flow} is open" if flow else "no flow is open")
    if not turn.wants("stop_flow") and not router.answers(
        turn, [intent.name for intent in turn.parse.intents]
    ):
        raise Unserved(f"the message gives the flow {flow} nothing to go on with")
    yield from router.in_flow(turn)


def _serve(
    name: str, step: Step, wanted: str | None, session: TenantSession, dispatcher: CollectingDispatcher,
    tracker: RasaTracker, _domain: Mapping[str, Any],
) -> list[dict[str, Any]]:  # fmt: skip
    """Run one step for the person the assistant talks with; its words go to the dispatcher, its events are returned."""
    told = _told(tracker)
    try:
        turn = _begin(session, told, wanted)
        if wanted is None and name != our_domain.WHOLE_TURN and _is_repetition(turn, told):
            step = registry.flows()[str(turn.tracker.flow)].ask_again if _may_ask(told) else _nothing
        return _act(turn, step, told, dispatcher)
    except Unserved as error:
        raise ActionExecutionRejection(name, f"{name}: {error}") from error


def _is_repetition(turn: Turn, told: Mapping[str, Any]) -> bool:
    """Whether the open flow's action comes up again after another one has answered the message, as loops do in Rasa."""
    return turn.tracker.flow is not None and told["latest_action_name"] not in (None, LISTEN)


def _may_ask(told: Mapping[str, Any]) -> bool:
    """Our own actions end with the open question already."""
    return told["latest_action_name"] not in actions()


def _nothing(_turn: Turn) -> Events:
    yield from ()


def _told(tracker: RasaTracker) -> dict[str, Any]:
    return {
        "sender_id": tracker.sender_id,
        "slots": tracker.slots,
        "latest_message": tracker.latest_message,
        "events": tracker.events,
        "active_loop": tracker.active_loop,
        "latest_action_name": tracker.latest_action_name,
    }


def _begin(session: TenantSession, told: Mapping[str, Any], wanted: str | None) -> Turn:
    seat = seats.seat_of(session, str(told["sender_id"]))
    for _ in range(LOCK_ATTEMPTS):
        if inbound.try_lock(session, seat.inbox.id, seat.address):
            return turns.turn_of(session, told, seat, now=session.now, wanted=wanted)
        time.sleep(LOCK_PAUSE)
    raise Busy(attempts=LOCK_ATTEMPTS)


def _act(
    turn: Turn, step: Step, told: Mapping[str, Any], dispatcher: CollectingDispatcher
) -> list[dict[str, Any]]:
    session, facts, tracker, now = turn.session, turn.facts, turn.tracker, turn.now
    turns.write_down(turn, told)
    if conversations.is_with_staff(turn.conversation, now=now) and not turn.wants("opt_out"):
        cards.relay(session, facts, turn.lead.id, turn.text, now)
        return []
    if conversations.is_held(turn.conversation):
        conversations.give_back(session, turn.conversation, now=now, actor="system")
    engine.note_facts(turn)
    reply = composer.Reply(turn)
    news_of_turn: list[StaffTold] = []
    handed_over: str | None = None
    for event in step(turn):
        tracker.record(event, at=now)
        match event:
            case Say():
                reply.add(event)
            case HandedOff(reason):
                conversations.hand_over(session, turn.conversation, reason, now=now)
                handed_over = reason
            case StaffTold():
                news_of_turn.append(event)
    engine.forget_transient(turn)
    text, buttons = reply.compose()
    if text:
        dispatcher.utter_message(text=text, buttons=[our_domain.button(one) for one in buttons])
        tracker.record(SlotSet("last_said", {"text": reply.body, "buttons": buttons}), at=now)
        tracker.record(SlotSet("introduced", True), at=now)
        turn.lead.first_bot_reply_at = turn.lead.first_bot_reply_at or now
        turns.write_down_reply(turn, text, buttons)
    engine.update_lead(turn)
    for one in news_of_turn:
        news.told(session, facts, turn.contact, one.key, one.params, now)
    if handed_over == open_questions.REASON:
        open_questions.ask(turn)
    elif handed_over is not None:
        news.handed_over(session, facts, turn.lead, handed_over, now)
    session.flush()
    cards.lead_changed(session, facts, turn.lead.id, now, loud=None)
    return [event for event in tracker.fresh if event["event"] not in UNSAID]


# The form


class ValidateBookTrialForm(FormValidationAction):  # type: ignore[misc]
    """Checks what the assistant's own form gathers for a trial, by the rules our talk goes by."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session

    def name(self) -> str:
        """The form's validation, by Rasa's convention."""
        return our_domain.VALIDATION

    def domain_slots(self, domain: Mapping[str, Any] | None) -> list[str]:
        """What the form asks for in the assistant's domain; ours where it does not say."""
        form = ((domain or {}).get("forms") or {}).get(self.form_name()) or {}
        return list(form.get("required_slots") or our_domain.FORM_SLOTS)

    def validate_name(
        self, value: Any, _dispatcher: CollectingDispatcher, tracker: RasaTracker, _domain: Any
    ) -> dict[str, Any]:
        """A name as people give it; nothing else passes for one."""
        return {"name": self._read(tracker, "person_name", value)}

    def validate_goal(
        self, value: Any, _dispatcher: CollectingDispatcher, tracker: RasaTracker, _domain: Any
    ) -> dict[str, Any]:
        """The gym's goal of that meaning, else the person's own words."""
        return {"goal": self._read(tracker, "goal", value) or (str(value).strip()[:200] or None)}

    def validate_experience(
        self, value: Any, _dispatcher: CollectingDispatcher, tracker: RasaTracker, _domain: Any
    ) -> dict[str, Any]:
        """none, some or regular."""
        return {"experience": self._read(tracker, "experience", value)}

    def validate_time(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: RasaTracker, _domain: Any
    ) -> dict[str, Any]:
        """One start at which a trial is possible, as the gym's wall time; else the reason why not is said."""
        turn = self._turn(tracker, "time", value)
        expected, trial = turn.times.expected, turn.facts.trial
        if expected is None or expected.end is not None or not expected.named_clock or trial is None:
            return {"time": None}
        starts_at = turn.facts.instant(expected.start)
        refusal = bookings.why_not(turn.session, turn.facts, trial, starts_at, now=turn.now)
        if refusal is not None:
            say = places.explain(turn, trial, refusal)
            dispatcher.utter_message(text=responses.render(turn.language, say.key, **say.params))
            return {"time": None}
        return {"time": expected.start.isoformat(timespec="minutes")}

    def _read(self, tracker: RasaTracker, kind: str, value: Any) -> str | None:
        found = self._turn(tracker, kind, value).entity(kind)
        return str(found.value) if found is not None else None

    def _turn(self, tracker: RasaTracker, kind: str, value: Any) -> Turn:
        """A turn in which the person has said just that, in answer to the form's question."""
        asked = "name" if kind == "person_name" else kind
        told = {
            "sender_id": tracker.sender_id,
            "slots": {"requested_slot": asked},
            "latest_message": {
                "text": str(value),
                "intent": {"name": "inform"},
                "entities": [{"entity": kind, "value": value}],
            },
        }
        try:
            return _begin(self._session, told, None)
        except Unserved as error:
            raise ActionExecutionRejection(self.name(), f"{self.name()}: {error}") from error


def _validate(
    session: TenantSession, dispatcher: CollectingDispatcher, tracker: RasaTracker, domain: Mapping[str, Any]
) -> Any:
    return ValidateBookTrialForm(session).run(dispatcher, tracker, domain)
