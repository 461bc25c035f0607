"""One address's messages, start to end: receive, understand, answer, keep. The only orchestration.

The caller holds the address's lock and commits: the whole effect of a message (thread,
tracker, records, what is to be sent) is one transaction.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot import (
    ad_leads,
    arrivals,
    cards,
    composer,
    files,
    languages,
    news,
    nlu,
    notices,
    open_questions,
    payloads,
    refusals,
    reviewing,
    router,
    same_person,
    staff,
)
from bot.channels import CHANNELS
from bot.channels.base import Channel, Incoming, SendFailed
from bot.events import FlowClosed, HandedOff, Say, Silence, SlotSet, StaffTold
from bot.flows.prospects import booking_talk, guests
from bot.intents import consent
from bot.tracker import Tracker, bot_event, user_event
from bot.turn import Turn
from crm import (
    bookings,
    contacts,
    conversations,
    correspondents,
    deliveries,
    leads,
    quiet_hours,
    reminders,
)
from crm import (
    facts as gym_facts,
)
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.models import ContactInbox, Conversation, InboundPayload, Inbox, Lead, Reminder
from crm.vault import seal
from nlu_models.parse import OUT_OF_SCOPE, Parse

NUDGE_AFTER = dt.timedelta(minutes=45)
"""Idle in the middle of a booking for so long: one nudge."""
OWN_NAME = 0.7
"""From this confidence a name is the writer's own; below it is somebody they speak of."""
SURE_GOAL = 0.6
"""Below it, whatever was answered to the question for the goal was taken for one."""
NO_GOAL = re.compile(
    r"^\W*(can|could|do|does|is|are|will|would|which|who|should|may|have|how|what|where|when|why)\b|\?|"
    r"\b(do?n'?t|not|no|trainers?|coach|book|cancel|move|come|coming|reminders?|make it|wait|hang on|sorry|forgot|actually)\b",
    re.IGNORECASE,
)
"""A question or a refusal is no goal, though the goal was asked for."""
SURNAME = re.compile(r"\b(sur|last|second|family) ?name\b", re.IGNORECASE)
SURELY_OUTSIDE = 0.5
"""From here on a message is not about the gym, and the number in it (a lender's, a delivery's) is not the writer's."""
ANSWERS_GOAL = frozenset({"inform", "correct", "out_of_scope"})
MAX_TEXT = 4000
"""More than any of the channels lets people type in one message; the rest is kept but not understood."""


@dataclass(slots=True)
class _Said:
    """One turn's worth of what a person did: a burst of text, or a tap."""

    text: str
    incoming: Incoming
    tapped: str | None = None
    ids: list[str] = field(default_factory=list)


def handle(
    session: TenantSession, inbox: Inbox, payloads: Sequence[InboundPayload], *, now: dt.datetime,
    profile_name: str | None = None, form: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Everything that pending payloads of one address cause.

    `profile_name` and `form` are what the caller asked the platform for, where its webhooks tell no names, or
    only the id of what was filled in.
    """
    channel = CHANNELS[inbox.channel]
    facts = gym_facts.load(session)
    incoming = [event for payload in payloads for event in channel.parse(payload.payload)]
    persons: list[Incoming] = []
    beside: list[Incoming] = []
    for event in incoming:
        if event.action == "ignore":
            continue
        if event.kind in ("status", "seen"):
            follow_status(session, inbox, event, now)
        elif event.extra.get("is_ad_form"):
            ad_leads.take(session, facts, form, now=now)
        elif notices.is_one(event):
            beside.append(event)
        elif is_from_staff(facts, inbox, event):
            staff.handle(session, facts, inbox, event, now)
        elif event.group_id is None and event.sender and (event.message_id or event.action == "handle"):
            # What is no message (an inline query, a thread that changes hands) makes nobody a lead.
            persons.append(event)
    persons = notices.settle(persons, beside)
    if persons:
        handle_person(session, facts, inbox, channel, persons, now, profile_name)
    for event in beside:
        notices.take(session, facts, inbox, event, now)


def is_from_staff(facts: GymFacts, inbox: Inbox, event: Incoming) -> bool:
    """Said in the staff group, or by a member of staff in their own chat with the gym's bot."""
    if inbox.staff_chat is not None and event.group_id == inbox.staff_chat:
        return True
    sender = event.sender.partition(":")[2]
    return inbox.staff_chat is not None and any(person.chat_address == sender for person in facts.staff)


def follow_status(session: TenantSession, inbox: Inbox, event: Incoming, now: dt.datetime) -> None:
    """A delivery's fate as the provider reports it."""
    if event.status is None:
        return
    reference = event.extra.get("reference") or event.extra.get("tracker")
    delivery = deliveries.follow_status(
        session, inbox_id=inbox.id, external_id=event.message_id, reference=str(reference) if reference else None,
        status=event.status, detail=event.error_detail, error_code=event.error_code, now=now,
    )  # fmt: skip
    if delivery is not None and event.status == "failed" and delivery.state == "failed":
        failed = SendFailed(delivery.reason or "", next=event.next or "fail_no_retry", code=event.error_code)
        refusals.act(session, delivery, failed, now=now)


def handle_person(
    session: TenantSession, facts: GymFacts, inbox: Inbox, channel: Channel, events: Sequence[Incoming],
    now: dt.datetime, profile_name: str | None = None,
) -> None:  # fmt: skip
    """One person's messages: who they are, what they said, turn by turn."""
    first = events[0]
    name = next((event.name for event in events if event.name), profile_name)
    who = correspondents.ensure(
        session, inbox, sender=first.sender, address=first.address or first.sender.partition(":")[2],
        profile_name=name, bsuid=first.extra.get("bsuid"), now=now,
    )  # fmt: skip
    known, conversation, lead = who.known, who.conversation, who.lead
    if known.is_new:
        known.contact.language = languages.own(facts)
    before = None if known.is_new else same_person.seen(known.contact)
    joined = arrivals.join(session, known.contact, events, now=now)
    if joined != list(events):
        events, lead = joined, leads.find_latest(session, known.contact.id)
    said = _turns(session, conversation, known.contact_inbox, events, now)
    if lead is None or (lead.closed_at is not None and lead.stage == leads.LOST and said):
        referral = next((dict(event.source) for event in events if event.source), {})
        words = next((turn.text for turn in said if turn.text), None)
        # They have been waiting since they wrote, not since we looked.
        wrote_at = min((min(event.sent_at or now, now) for event in events), default=now)
        lead = leads.capture(
            session, known.contact, source=inbox.channel, referral=referral, first_words=words, now=wrote_at
        )
    for one in said:
        _take_turn(session, facts, inbox, channel, known, conversation, lead, one, now)
    session.flush()
    if said or known.is_new:
        cards.lead_changed(session, facts, lead.id, now, loud=None)
    if before != same_person.seen(known.contact) or any(same_person.own_number(event) for event in events):
        same_person.look(session, facts, known.contact, events, now)


def _turns(
    session: TenantSession,
    conversation: Conversation,
    contact_inbox: ContactInbox,
    events: Sequence[Incoming],
    now: dt.datetime,
) -> list[_Said]:
    """Write the messages into the thread; texts in a row are one turn, a tap is one by itself."""
    turns: list[_Said] = []
    for event in events:
        sent_at = min(event.sent_at or now, now)
        text = event.text[:MAX_TEXT] if event.text else None
        message = conversations.receive(
            session, conversation, contact_inbox, text=text, external_id=event.message_id,
            content=files.content_of(event), sent_at=sent_at, author="contact",
        )  # fmt: skip
        files.expect(session, message, conversation, event)
        if event.action != "handle":
            continue
        if files.is_card(event):
            text = None  # the name on somebody's card is not the writer's
        # A button that is not ours (an ice breaker, an old campaign's) says what its label says, and is no yes.
        if event.kind == "choice" and event.payload is not None and payloads.read(event.payload) is not None:
            turns.append(_Said(text or "", event, tapped=event.payload, ids=[event.message_id]))
        elif (
            turns
            and turns[-1].tapped is None
            and text
            and turns[-1].incoming.kind == "text"
            and event.kind == "text"
        ):
            turns[-1].text = f"{turns[-1].text}\n{text}"
            turns[-1].ids.append(event.message_id)
        else:
            turns.append(_Said(text or "", event, ids=[event.message_id]))
    return turns


def _take_turn(
    session: TenantSession, facts: GymFacts, inbox: Inbox, channel: Channel, known: contacts.Known,
    conversation: Conversation, lead: Lead, said: _Said, now: dt.datetime,
) -> None:  # fmt: skip
    """One turn: understand, let the router answer, queue one reply, keep what was said and decided."""
    nlu.fetch_own_model(session, facts)
    tracker = Tracker(conversation.tracker)
    turn = Turn(
        session, facts, known.contact, known.contact_inbox, conversation, lead, tracker,
        Parse(text=said.text, intents=()), now, inbox.channel, channel.limits, tapped=said.tapped,
    )  # fmt: skip
    if said.tapped is None:
        before = known.contact.language
        turn.heard = languages.listen(facts, known.contact, said.text)
        turn.switched = known.contact.language != before
    if said.tapped is None and (
        option := nlu.chosen_option(
            tracker, said.text, numbered=channel.limits.buttons == 0, language=turn.language
        )
    ):
        turn.tapped = option.id
    if turn.tapped is not None:
        turn.parse = nlu.tapped(said.text)
    else:
        turn.parse = nlu.understand(
            facts, said.text, sent_at=now, asked=turn.asked, reference=booking_talk.reference(turn),
            language=turn.language if turn.heard is None else turn.heard,
        )  # fmt: skip
    places = [(entity, *turn.parse.where(entity)) for entity in turn.parse.entities]
    entities = [
        {"entity": entity.entity, "value": str(entity.value), "start": start, "end": end}
        for entity, start, end in places
    ]
    ranked = [(intent.name, round(intent.confidence, 4)) for intent in turn.parse.intents]
    tracker.keep(user_event(said.text, ranked, entities, said.ids[0]), at=now)
    if turn.tapped is None and said.text:
        lead.last_words = said.text[:300]
    is_switch = said.incoming.kind in consent.TOLD_BY_PLATFORM
    if conversations.is_with_staff(conversation, now=now) and not turn.wants("opt_out") and not is_switch:
        conversations.record_turn(session, conversation, tracker.fresh, tracker.state(), now=now)
        session.flush()
        cards.relay(session, facts, lead.id, said.text or said.incoming.kind, now)
        return
    if conversations.is_held(conversation):
        conversations.give_back(session, conversation, now=now, actor="system")
    misses = int(turn.slot("misses") or 0)
    note_facts(turn)
    reply = composer.Reply(turn)
    if is_switch:
        events = consent.told_by_platform(turn, said.incoming)
    elif composer.is_in_words(turn, said.incoming):
        events = router.route(turn)
    else:
        events = composer.unreadable(turn, said.incoming)
    handed_over: str | None = None
    told: list[tuple[str, Mapping[str, Any]]] = []
    for event in events:
        tracker.record(event, at=now)
        match event:
            case Say():
                reply.add(event)
            case HandedOff(reason):
                conversations.hand_over(session, conversation, reason, now=now)
                handed_over = reason
            case StaffTold(key, params):
                told.append((key, params))
            case FlowClosed() | Silence() | SlotSet():
                pass
    forget_transient(turn)
    text, buttons = reply.compose()
    if text:
        if lead.first_bot_reply_at is None:
            lead.first_bot_reply_at = now
        tracker.keep(bot_event(text, buttons), at=now)
        tracker.record(SlotSet("last_said", {"text": reply.body, "buttons": buttons}), at=now)
        tracker.record(SlotSet("introduced", True), at=now)
        said_here = conversations.say(
            session,
            conversation,
            known.contact_inbox,
            text=text,
            buttons=buttons,
            purpose="reply",
            author="bot",
            now=now,
        )
        if said_here is not None and turn.sources:
            said_here.content = {**said_here.content, "sources": turn.sources}
    reviewing.look(turn, misses, handed_over)
    update_lead(turn)
    _plan_nudge(turn)
    conversations.record_turn(session, conversation, tracker.fresh, tracker.state(), now=now)
    for key, params in told:
        news.told(session, facts, turn.contact, key, params, now)
    if handed_over == open_questions.REASON:
        open_questions.ask(turn)
    elif handed_over is not None:
        news.handed_over(session, facts, lead, handed_over, now)


def note_facts(turn: Turn) -> None:
    """Who the person is and what they want, whatever else the message is about; never asked again."""
    told: list[str] = []
    if turn.parse.intent.name == OUT_OF_SCOPE and turn.parse.intent.confidence >= SURELY_OUTSIDE:
        return
    name = turn.entity("person_name")
    # Who books for somebody else gives that person's name.
    is_own = name is not None and name.confidence >= OWN_NAME and not turn.slot("guest")
    if name is not None and is_own:
        given = str(name.value)
        if SURNAME.search(turn.text) and turn.contact.name and " " not in given:
            given = f"{turn.contact.name.split()[0]} {given}"
        if contacts.set_name(turn.contact, given) or turn.asked == "name":
            turn.tracker.record(SlotSet("name_given", True), at=turn.now)
    services = turn.parse.all("service")
    goal = turn.entity("goal")
    # "Strength Foundations" is a class; that its name holds a goal tells nothing of the person's.
    if (
        goal is not None
        and (
            goal.confidence >= SURE_GOAL
            or (turn.parse.intent.name in ANSWERS_GOAL and not NO_GOAL.search(turn.text))
        )
        and not any(one.start < goal.end and goal.start < one.end for one in services)
    ):
        turn.lead.goal = str(goal.value)
        told.append("goal")
    experience = turn.entity("experience")
    if experience is not None:
        turn.lead.experience = str(experience.value)
        told.append("experience")
    for kind in ("phone", "email"):
        found = turn.entity(kind)
        if found is not None and getattr(turn.contact, kind) is None and not guests.is_theirs(turn):
            setattr(turn.contact, kind, str(found.value))
            told.append(kind)
    health = turn.entity("health")
    if health is not None:
        turn.contact.health_note = seal(turn.said[:500])
        told.append("health")
    if told:
        turn.tracker.record(SlotSet("told", told), at=turn.now)


def forget_transient(turn: Turn) -> None:
    """Slots that hold for one turn only."""
    for name in ("name_given", "told"):
        if turn.slot(name) is not None:
            turn.tracker.record(SlotSet(name, None), at=turn.now)


def update_lead(turn: Turn) -> None:
    """Stage by what really happened, score with its reasons."""
    seen: list[str] = list(turn.slot("seen") or ())
    fresh = [intent.name for intent in turn.parse.intents if intent.name not in seen]
    if turn.tapped is None and fresh:
        turn.tracker.record(SlotSet("seen", (seen + fresh)[-20:]), at=turn.now)
    upcoming = bookings.upcoming(turn.session, turn.contact.id, now=turn.now)
    stages = turn.facts.stages
    leads.advance(turn.session, turn.lead, "contacted", stages, actor="bot", now=turn.now)
    if turn.lead.goal or turn.lead.experience:
        leads.advance(turn.session, turn.lead, "qualified", stages, actor="bot", now=turn.now)
    trial = turn.facts.trial
    if trial is not None and any(row.offering_id == trial.id for row in upcoming):
        leads.advance(turn.session, turn.lead, "trial_booked", stages, actor="bot", now=turn.now)
    leads.update_score(
        turn.lead, now=turn.now, comes_at=upcoming[0].starts_at if upcoming else None,
        asked=list(turn.slot("seen") or ()),
    )  # fmt: skip


def _plan_nudge(turn: Turn) -> None:
    """One nudge for somebody who fell silent in the middle of a booking; none once it is over.

    The slot tells whether one is planned, so that most turns need not ask.
    """
    is_planned = bool(turn.slot("nudge_planned"))
    is_wanted = turn.tracker.flow in ("book_trial", "book_session") and turn.asked and not turn.slot("nudged")
    mine = (Reminder.conversation_id == turn.conversation.id, Reminder.kind == "flow_nudge")
    due_at = quiet_hours.end_of_quiet(turn.facts, turn.now + NUDGE_AFTER)
    if is_wanted and not (is_planned and reminders.postpone(turn.session, *mine, due_at=due_at)):
        reminders.plan(
            turn.session, "flow_nudge", due_at, now=turn.now, contact_id=turn.contact.id,
            conversation_id=turn.conversation.id, lead_id=turn.lead.id,
        )  # fmt: skip
    elif is_planned and not is_wanted:
        reminders.cancel(turn.session, *mine, reason="they wrote")
    if is_planned is not bool(is_wanted):
        turn.tracker.record(SlotSet("nudge_planned", bool(is_wanted)), at=turn.now)
