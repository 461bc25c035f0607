"""Booking a trial, a class or a personal session: offering, time, name, yes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

from bot import responses, wording
from bot.channels.base import Button
from bot.events import Events, FlowClosed, FlowOpened, Say, SlotSet, StaffTold
from bot.flows.prospects import booking_talk as talk
from bot.flows.prospects import choices, guests, lengths, nearby, places, trainer_wish, wishes
from bot.payloads import read, write
from bot.registry import Flow
from bot.turn import Turn
from crm import activities, bookings, contacts
from crm.errors import Conflict
from crm.facts import OfferingFact
from crm.models import Booking

CLASS = re.compile(r"\bclass(es)?\b", re.IGNORECASE)
ELSEWHERE = re.compile(
    r"\b(pilates|zumba|spin(ning)?( class)?|crossfit|barre|karate|judo|aqua ?(aerobics|fit)?|bootcamp|tai chi|kickboxing|mma|aerobics|"
    r"body ?(pump|combat|balance)|salsa|ballet|trampolin\w*|reformer|les mills|hyrox)\b"
)
"""Classes that other gyms have; one that is ours is known by its name before."""
TRIAL = re.compile(r"\b(trial|intro\w*|taster|free|first (visit|session|time)|tour)\b", re.IGNORECASE)
THAT = re.compile(r"\b(for|into|in|do|book|take|on) (that|this)\b( (one|class))?", re.IGNORECASE)
NEW_STAGES = ("new", "contacted", "qualified")


def begin_trial(turn: Turn) -> Events:
    """A first visit; "can we try boxing?" is about that class."""
    trial = turn.facts.trial
    named = named_offering(turn)
    if named is None and ELSEWHERE.search(turn.text.lower()):
        yield Say("utter_classes_no_such")
    invited = str(turn.slot("invited") or "")
    if named is None and invited.startswith("book:") and not TRIAL.search(turn.text):
        # "Thursday so" to "shall I book you into Yoga?"
        named = turn.facts.offering_by_key(invited.removeprefix("book:"))
    if named is not None and named.is_class and not TRIAL.search(turn.text):
        yield from begin_with(turn, "book_session", named)
        return
    if trial is None:
        yield Say("utter_no_trial")
        return
    yield from begin_with(turn, "book_trial", trial)


def begin_session(turn: Turn) -> Events:
    """A class or a personal session, by whatever the person called it."""
    offering = named_offering(turn)
    if offering is None and ELSEWHERE.search(turn.text.lower()):
        yield Say("utter_classes_no_such")
        yield FlowOpened("book_session")
        yield from talk.take_in(turn)
        yield from ask_offering(turn, "class")
        return
    kind = unclear_kind(turn)
    if kind is not None:
        yield FlowOpened("book_session")
        yield from talk.take_in(turn)
        yield from ask_offering(turn, kind)
        return
    if offering is None and turn.slot("talk_offering"):
        offering = turn.facts.offering_by_key(str(turn.slot("talk_offering")))
        if offering is not None and lengths.has_lengths(turn, offering):
            yield FlowOpened("book_session")
            yield from talk.take_in(turn)
            yield from ask_offering(turn, offering.kind)
            return
    is_trial = offering is not None and offering.kind == "trial"
    # "Book me in with Priya on Saturday", said by somebody new, is a first visit.
    # So is "book me in for tomorrow at six" that names nothing.
    is_first_visit = offering is None and turn.lead.stage in NEW_STAGES and not CLASS.search(turn.text)
    if is_trial or is_first_visit:
        yield from begin_trial(turn)
        return
    yield from begin_with(turn, "book_session", offering)


def begin_with(turn: Turn, flow: str, offering: OfferingFact | None) -> Events:
    """Open the flow for that offering (None: it is asked), with whatever the message tells already."""
    if turn.tracker.flow != flow:
        yield FlowOpened(flow)
    talked = turn.slot("talk_time")
    yield SlotSet("offering", offering.key if offering else None)
    if talked and turn.times.expected is None and not turn.slot("wish"):
        yield SlotSet("wish", talked)
    yield from talk.take_in(turn)
    if offering is None:
        yield from ask_offering(turn)
        return
    yield from talk.find_place(turn, offering)


def named_offering(turn: Turn) -> OfferingFact | None:
    """What the message names: a class or service; "PT" alone is the longest personal session."""
    entity = turn.entity("service")
    offering = turn.facts.offering_by_key(str(entity.value)) if entity is not None else None
    return lengths.of_length(turn, offering) if offering is not None else None


def unclear_kind(turn: Turn) -> str | None:
    """The kind of session that was named without its length, where there are several lengths."""
    offering = named_offering(turn)
    if (
        offering is None
        or offering.is_class
        or offering.kind == "trial"
        or turn.entity("duration") is not None
    ):
        return None
    entity = turn.entity("service")
    same = [other for other in turn.facts.offerings if other.kind == offering.kind]
    is_exact = entity is not None and any(character.isdigit() for character in entity.text)
    return offering.kind if len(same) > 1 and not is_exact else None


def ask_offering(turn: Turn, kind: str | None = None) -> Events:
    """Which class or session (of that kind)."""
    kind = kind or turn.slot("kind") or ("class" if CLASS.search(turn.text) else None)
    yield SlotSet("kind", kind)
    is_new = turn.lead.stage in NEW_STAGES
    offerings = [
        one
        for one in turn.facts.offerings
        if one.kind == kind or (kind is None and (is_new or one.kind != "trial"))
    ]
    wish = wishes.from_slot(turn.slot("wish"))
    that_day = replace(wish, clock=False) if wish is not None and wish.day else None
    for wished in (wish, that_day):
        if wished is not None and (fitting := [one for one in offerings if wishes.suits(one, wished)]):
            offerings = fitting
            break
    buttons = tuple(
        Button(write("pick", offering.key), _short(turn, offering, kind)) for offering in offerings[:9]
    )
    yield from talk.open_question("offering", Say("utter_ask_offering", {}, buttons, asks=True))


def _short(turn: Turn, offering: OfferingFact, kind: str | None) -> str:
    """A button's words: the length where only that differs, else the name."""
    if kind is None or offering.is_class:
        return offering.name[:20]
    price = f", {wording.money(turn.facts, offering.price, turn.language)}" if offering.price else ""
    return f"{offering.minutes} min{price}"[:20]


def current_offering(turn: Turn) -> OfferingFact | None:
    """What this flow is about to book."""
    key = turn.slot("offering")
    return turn.facts.offering_by_key(str(key)) if key else None


def go_on(turn: Turn) -> Events:
    """The next step, whatever the person said: an answer, a correction, more than was asked."""
    named = named_offering(turn)
    offering = current_offering(turn)
    if named is None and THAT.search(turn.text) and turn.slot("talk_offering"):
        # "Book me in for that", after a question about a class on the way.
        named = turn.facts.offering_by_key(str(turn.slot("talk_offering")))
    if named is not None and named.kind != "trial" and (offering is None or offering.key != named.key):
        yield SlotSet("offering", named.key)
        yield from talk.forget_held(turn)
        yield from talk.take_in(turn)
        yield from talk.find_place(turn, named)
        return
    if offering is None and turn.asked == "offering":
        if (chosen := lengths.by_length(turn)) is not None:
            yield SlotSet("offering", chosen.key)
            yield from talk.take_in(turn)
            yield from talk.find_place(turn, chosen)
        elif turn.times.expected is not None or turn.entity("trainer") is not None:
            yield from talk.take_in(turn)
            yield from ask_offering(turn)
        else:
            yield from repeat_question(turn)
        return
    if offering is None:
        yield from ask_offering(turn)
        return
    longer = lengths.of_length(turn, offering)
    if longer != offering:
        yield SlotSet("offering", longer.key)
        yield from talk.find_place(turn, longer)
        return
    is_told = guests.are_told_of(turn) or guests.is_for_two(turn)
    if is_told or turn.asked == "guest" or turn.slot("guest"):
        yield from guests.take_in(turn)
        held = talk.held_booking(turn)
        if held is not None and turn.times.expected is None and is_told:
            yield from talk.ask_on(turn, offering, held)
            return
        if turn.asked == "time" and turn.times.expected is None:
            yield from repeat_question(turn)
            return
    picked = choices.pick(turn)
    if picked is not None:
        yield from talk.hold(turn, offering, picked)
        return
    if trainer_wish.is_waived(turn):
        yield SlotSet("trainer_wish", None)
        yield from talk.take_in(turn)
        yield from talk.find_place(turn, offering)
        return
    if nearby.is_asked(turn):
        yield from nearby.offer(turn, offering)
        return
    says_time = turn.times.expected is not None or turn.times.shift is not None or turn.times.same_time
    names_trainer = turn.entity("trainer") is not None and turn.asked in ("time", "confirm", "trainer")
    asked = turn.asked
    if asked == "waitlist" and not says_time:
        yield from _answer_waitlist(turn, offering)
    elif asked == "confirm" and turn.wants("affirm") and not says_time:
        yield from confirm(turn)
    elif says_time or turn.times.negated or names_trainer:
        yield from talk.take_in(turn)
        held = talk.held_booking(turn)
        says_yes = turn.wants("affirm") or choices.repeats_time(turn)
        if asked == "confirm" and says_yes and held is not None and choices.is_that_time(turn, held):
            yield from confirm(turn)
            return
        yield from talk.find_place(turn, offering)
    elif asked == "confirm" and turn.wants("deny"):
        yield from other_time(turn, offering)
    elif asked == "time" and turn.wants("deny"):
        question = turn.slot("question") or {}
        if question.get("key") in ("utter_ask_time_open", "utter_no_times"):
            yield from talk.forget_held(turn)
            yield FlowClosed("dropped")
            yield Say("utter_dropped")
        else:
            yield from talk.open_question("time", Say("utter_ask_time_open", asks=True))
    elif asked == "time" and turn.wants("affirm"):
        yield from _yes_to_times(turn, offering)
    elif asked in ("name", "confirm", "guest") and (booking := talk.held_booking(turn)) is not None:
        if asked == "confirm" and set(turn.slot("told") or ()) & {"goal", "experience"}:
            # "I want to lose weight", before the yes: heard, and the question stays.
            yield Say("utter_noted")
            yield from repeat_question(turn)
            return
        yield from talk.ask_on(turn, offering, booking)
    else:
        yield from talk.find_place(turn, offering)


def _yes_to_times(turn: Turn, offering: OfferingFact) -> Events:
    """ "Yes" to several times: the only one is taken, of several one has to be named."""
    payloads = [read(option["id"]) for option in turn.slot("options") or () if option.get("choice")]
    starts = [payload.instant(1) for payload in payloads if payload is not None]
    if len(starts) == 1 and starts[0] is not None:
        yield from talk.hold(turn, offering, starts[0])
    elif starts:
        yield from which_time(turn, [start for start in starts if start is not None], offering)
    else:
        yield from talk.ask_time(turn, offering)


def which_time(turn: Turn, starts: Sequence[dt.datetime], offering: OfferingFact) -> Events:
    """They like the times, and have yet to say which."""
    options = turn.slot("options")
    yield places.offer_times(turn, offering, starts, key="utter_which_time")
    yield SlotSet("options", options)


def other_time(turn: Turn, offering: OfferingFact) -> Events:
    """The place on offer does not suit: others near it."""
    held = talk.held_booking(turn)
    wished = held.starts_at if held is not None else turn.now
    yield from talk.forget_held(turn)
    found = bookings.near_times(
        turn.session, turn.facts, offering, wished, now=turn.now, trainer_id=turn.slot_id("trainer"),
        contact_id=turn.contact.id, replaces_id=talk.replaced(turn),
    )  # fmt: skip
    others = sorted(slot.starts_at for slot in found if slot.starts_at != wished)
    if not others:
        yield from talk.open_question("time", Say("utter_ask_time_open", asks=True))
        return
    yield from talk.open_question(
        "time", places.offer_times(turn, offering, others, key="utter_ask_time_other")
    )


def confirm(turn: Turn) -> Events:
    """The yes: the place becomes theirs."""
    held = talk.held_booking(turn)
    offering = current_offering(turn)
    if held is None or offering is None:
        if offering is not None:
            yield from talk.find_place(turn, offering)
        return
    if contacts.first_name(turn.contact) is None and turn.asked == "name":
        yield from talk.ask_on(turn, offering, held)
        return
    yield from confirm_place(turn, held)


def confirm_place(turn: Turn, held: Booking) -> Events:
    """Confirm the held place, or say what became of it."""
    offering = turn.facts.offering_by_id(held.offering_id)
    try:
        booking = bookings.confirm(turn.session, turn.facts, held.id, now=turn.now)
    except bookings.Refused as error:
        yield SlotSet("offering", offering.key)
        when = wording.capitalised(wording.when(turn.facts, held.starts_at, turn.language))
        if error.refusal is None or error.refusal.code in ("taken", "full"):
            yield Say("utter_not_just_taken", {"when": when})
        else:
            yield places.explain(turn, offering, error.refusal)
        yield SlotSet("held", None)
        if turn.tracker.flow is None:
            yield FlowOpened("book_trial" if offering.kind == "trial" else "book_session")
        yield from talk.offer_nearest(turn, offering, max(held.starts_at, turn.now), error.alternatives)
        return
    except (bookings.AlreadyBooked, Conflict):
        yield FlowClosed("gone")
        yield Say("utter_no_booking_offer", asks=True)
        yield SlotSet("invited", "book_trial" if offering.kind == "trial" else f"book:{offering.key}")
        return
    yield from booked(turn, booking)


def booked(turn: Turn, booking: Booking) -> Events:
    """It is done: everything they need to know, in one message."""
    facts, language = turn.facts, turn.language
    offering = facts.offering_by_id(booking.offering_id)
    yield FlowClosed("booked")
    yield SlotSet("about", str(booking.id))
    yield SlotSet("undo", {"verb": "booked", "booking": str(booking.id), "at": turn.now.isoformat()})
    params = places.booking_params(turn, booking)
    name = contacts.first_name(turn.contact)
    params["name"] = responses.render(language, "utter_name_tag", name=name) if name else ""
    params["address"] = facts.gym.address or facts.gym.name
    params["directions"] = facts.gym.directions or ""
    bring = next((faq.answer for faq in facts.faqs if faq.topic == "faq/what_to_bring"), "")
    params["bring"] = bring.split(". ")[0].rstrip(".") + "." if bring else ""
    params["calendar"] = places.calendar_line(turn, booking)
    buttons = talk.booked_buttons(turn, booking)
    activities.record(
        turn.session, "booking.booked", actor="contact", now=turn.now, contact_id=turn.contact.id,
        lead_id=turn.lead.id, booking_id=booking.id, offering=offering.key,
    )  # fmt: skip
    yield Say("utter_booked_guest" if booking.guest_name else "utter_booked", params, buttons)
    yield StaffTold("booked", {"booking_id": str(booking.id)})
    if (
        offering.kind == "trial"
        and turn.lead.goal is None
        and facts.goals
        and not turn.slot("goal_asked")
        and not booking.guest_name
    ):
        yield SlotSet("goal_asked", True)
        yield SlotSet("requested_slot", "goal")
        yield Say("utter_ask_goal", asks=True)


def _answer_waitlist(turn: Turn, offering: OfferingFact) -> Events:
    from bot.flows.prospects import join_waitlist

    if turn.wants("affirm", "join_waitlist", "book_session"):
        yield from join_waitlist.join(turn, offering)
    elif turn.wants("deny"):
        yield from other_time(turn, offering)
    else:
        yield Say("utter_waitlist_again", {"service": offering.name}, asks=True)


def ask_again(turn: Turn) -> Events:
    """The open question once more, shorter, with its buttons."""
    yield from repeat_question(turn)


def repeat_question(turn: Turn) -> Events:
    """Say the open question again, shortened where there is a shorter form."""
    question = turn.slot("question")
    if not question:
        return
    if turn.switched and (retold := list(in_this_language(turn))):
        yield from retold
        return
    options = tuple(Button(option["id"], option["title"]) for option in turn.slot("options") or ())
    key, params = question["key"], dict(question["params"])
    shorter = {
        "utter_confirm": "utter_confirm_again",
        "utter_confirm_move": "utter_confirm_move_again",
        "utter_ask_time": "utter_ask_time_again",
        "utter_ask_time_day": "utter_ask_time_again",
        "utter_nearest": "utter_ask_time_again",
        "utter_ask_time_other": "utter_ask_time_again",
        "utter_ask_name_place": "utter_ask_name_again",
        "utter_ask_guest_place": "utter_ask_guest_again",
        "utter_waitlist_offer": "utter_waitlist_again",
        "utter_ask_new_time": "utter_ask_new_time_again",
    }
    if key == "utter_ask_time_day":
        params["times"] = responses.render(
            turn.language, "word_day_at", day=params["day"], time=params["times"]
        )
    if key in ("utter_ask_name_place", "utter_ask_guest_place"):
        params["when"] = (
            params["when"][:1].lower() + params["when"][1:]
            if not params["when"][:1].isupper()
            else params["when"]
        )
    yield Say(shorter.get(key, key), params, options, asks=True)


def in_this_language(turn: Turn) -> Events:
    """The open question of a booking made anew, for somebody who has changed the language; nothing where it is another's."""
    offering, held = current_offering(turn), talk.held_booking(turn)
    payloads = [read(option["id"]) for option in turn.slot("options") or ()]
    starts = [start for one in payloads if one is not None and (start := one.instant(1)) is not None]
    if offering is not None and held is not None:
        yield from talk.ask_on(turn, offering, held)
    elif offering is not None and turn.asked == "time" and starts:
        yield from talk.open_question("time", places.offer_times(turn, offering, starts))
    elif turn.asked == "offering":
        yield from ask_offering(turn)


FLOW = (
    Flow("book_trial", begin_trial, go_on, ask_again),
    Flow("book_session", begin_session, go_on, ask_again),
)
