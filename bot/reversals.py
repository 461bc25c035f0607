"""Taking back: the last things a member of staff did in a chat, newest last, for half an hour."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Callable
from typing import Any

from sqlmodel import select

from bot import absences, cards, consequences, open_questions, same_person
from bot.answers import answer, titled, words
from bot.channels.base import Button
from bot.staff_turn import StaffSay, StaffTurn
from crm import (
    activities,
    bookings,
    conversations,
    desk,
    follow_ups,
    identities,
    leads,
    notes,
    questions,
    time_off,
)
from crm.errors import Conflict, CrmError
from crm.models import Contact, Conversation, FollowUp, Lead, Message

UNDO_FOR = dt.timedelta(minutes=30)
KEPT = 10
"""Acts that can be taken back, one by one."""
Entry = dict[str, Any]


class TooLate(Exception):
    """It can no longer be taken back; the argument is the response key that says why."""


def remember(turn: StaffTurn, act: str, **data: object) -> Button:
    """Keep what was done so that it can be taken back; returns the button for it."""
    token = secrets.token_hex(3)
    kept = {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in data.items()}
    entry = {"token": token, "act": act, "at": turn.now.isoformat(), **kept}
    turn.state["undo"] = [*turn.state.get("undo", []), entry][-KEPT:]
    return titled("utter_staff_button_undo", "undo", token)


def take_back(turn: StaffTurn, token: str | None) -> StaffSay:
    """Undo the act with that token, or the last one."""
    acts: list[Entry] = turn.state.get("undo", [])
    fresh = [entry for entry in acts if turn.now - dt.datetime.fromisoformat(entry["at"]) <= UNDO_FOR]
    meant = [entry for entry in fresh if token is None or entry["token"] == token]
    if not meant:
        return answer("utter_staff_undo_not_yours" if token else "utter_staff_undo_nothing")
    entry = meant[-1]
    turn.state["undo"] = [other for other in acts if other is not entry]
    try:
        return REVERSALS[entry["act"]](turn, entry)
    except TooLate as late:
        return answer("utter_staff_undo_too_late", why=words(str(late)))
    except (bookings.Refused, bookings.AlreadyBooked):
        return answer("utter_staff_undo_too_late", why=words("utter_staff_why_taken"))
    except (Conflict, CrmError):
        return answer("utter_staff_undo_too_late", why=words("utter_staff_why_changed"))


def _lead(turn: StaffTurn, entry: Entry) -> tuple[Lead, Contact]:
    found = turn.session.exec(select(Lead).where(Lead.id == uuid.UUID(entry["lead"]))).one()
    return found, _contact(turn, found.contact_id)


def _contact(turn: StaffTurn, contact_id: uuid.UUID) -> Contact:
    return turn.session.exec(select(Contact).where(Contact.id == contact_id)).one()


def _note(turn: StaffTurn, entry: Entry) -> StaffSay:
    notes.remove(turn.session, uuid.UUID(entry["note"]), actor=turn.actor, now=turn.now)
    return answer("utter_staff_undone_note", name=cards.name_of(_contact(turn, uuid.UUID(entry["contact"]))))


def _stage(turn: StaffTurn, entry: Entry) -> StaffSay:
    lead, contact = _lead(turn, entry)
    other = leads.find_open(turn.session, contact.id)
    if lead.stage != entry["after"] or (other is not None and other.id != lead.id):
        raise TooLate("utter_staff_why_changed")
    leads.set_stage(turn.session, lead, entry["before"], turn.facts.stages, actor=turn.actor, now=turn.now)
    lead.lost_reason = entry.get("reason")
    cards.lead_changed(turn.session, turn.facts, lead.id, turn.now)
    return answer("utter_staff_undone_stage", name=cards.name_of(contact), stage=cards.stage_word(lead.stage))


def _assign(turn: StaffTurn, entry: Entry) -> StaffSay:
    lead, contact = _lead(turn, entry)
    if str(lead.assigned_to) != entry["after"]:
        raise TooLate("utter_staff_why_changed")
    lead.assigned_to = uuid.UUID(entry["before"]) if entry["before"] else None
    activities.record(
        turn.session, "lead.assigned", actor=turn.actor, now=turn.now, contact_id=contact.id, lead_id=lead.id,
        before=entry["after"], after=entry["before"],
    )  # fmt: skip
    cards.lead_changed(turn.session, turn.facts, lead.id, turn.now)
    holder = turn.facts.staff_by_id(lead.assigned_to)
    return answer(
        "utter_staff_undone_assign", name=cards.name_of(contact),
        staff=holder.first_name if holder else words("utter_staff_nobody_yet"),
    )  # fmt: skip


def _book(turn: StaffTurn, entry: Entry) -> StaffSay:
    booking = desk.cancel(
        turn.session, turn.facts, uuid.UUID(entry["booking"]), now=turn.now, actor=turn.actor, reason="undone"
    )
    consequences.cancelled(
        turn.session, turn.facts, booking, turn.now, actor=turn.actor, in_group=not turn.is_group
    )
    return _place_answer(turn, "utter_staff_undone_book", booking.id, "utter_staff_cancelled")


def _move(turn: StaffTurn, entry: Entry) -> StaffSay:
    new_id = uuid.UUID(entry["booking"])
    old = bookings.undo_move(turn.session, turn.facts, new_id, now=turn.now)
    new = bookings.get_booking(turn.session, new_id)
    consequences.moved(
        turn.session, turn.facts, new, old, turn.now, actor=turn.actor, in_group=not turn.is_group
    )
    return _place_answer(turn, "utter_staff_undone_move", old.id, "utter_staff_moved")


def _cancel(turn: StaffTurn, entry: Entry) -> StaffSay:
    booking = bookings.undo_cancel(turn.session, turn.facts, uuid.UUID(entry["booking"]), now=turn.now)
    consequences.restored(
        turn.session, turn.facts, booking, turn.now, actor=turn.actor, in_group=not turn.is_group
    )
    return _place_answer(turn, "utter_staff_undone_cancel", booking.id, "utter_staff_booked")


def _place_answer(turn: StaffTurn, key: str, booking_id: uuid.UUID, told_key: str) -> StaffSay:
    """What was taken back, and the person told, as they were told of what it takes back."""
    from bot.place_answers import told_words

    booking = bookings.get_booking(turn.session, booking_id)
    return answer(
        key, name=cards.name_of(_contact(turn, booking.contact_id)),
        place=cards.place_words(turn.session, turn.facts, booking), told=told_words(turn, booking, told_key),
    )  # fmt: skip


def _attendance(turn: StaffTurn, entry: Entry) -> StaffSay:
    booking = bookings.get_booking(turn.session, uuid.UUID(entry["booking"]))
    if booking.status != entry["after"]:
        raise TooLate("utter_staff_why_changed")
    booking = bookings.reopen(turn.session, booking.id, now=turn.now)
    if entry["before"] == "in_progress":
        booking = bookings.start(turn.session, booking.id, now=turn.now)
    lead = leads.find_latest(turn.session, booking.contact_id)
    if (
        lead is not None
        and entry.get("stage") in turn.facts.stages
        and lead.stage == "trial_attended" != entry["stage"]
    ):
        leads.set_stage(turn.session, lead, entry["stage"], turn.facts.stages, actor=turn.actor, now=turn.now)
    consequences.reopened(turn.session, turn.facts, booking, turn.now, actor=turn.actor)
    return answer(
        "utter_staff_undone_attendance", name=cards.name_of(_contact(turn, booking.contact_id)),
        place=cards.place_words(turn.session, turn.facts, booking),
    )  # fmt: skip


def _reply(turn: StaffTurn, entry: Entry) -> StaffSay:
    message = turn.session.exec(select(Message).where(Message.id == uuid.UUID(entry["message"]))).first()
    if message is None or not conversations.call_back(turn.session, message):
        raise TooLate("utter_staff_why_sent")
    turn.session.flush()
    contact = _contact(turn, uuid.UUID(entry["contact"]))
    thread = turn.session.exec(
        select(Conversation).where(Conversation.id == uuid.UUID(entry["conversation"]))
    ).one()
    if entry["status"] != "pending":
        conversations.give_back(turn.session, thread, now=turn.now, actor=turn.actor)
    else:
        thread.owner_id = uuid.UUID(entry["owner"]) if entry["owner"] else None
        thread.handoff_reason = entry["reason"]
    lead = leads.find_latest(turn.session, contact.id)
    if lead is not None:
        lead.assigned_to = uuid.UUID(entry["holder"]) if entry["holder"] else None
        if entry["is_first"]:
            lead.first_human_reply_at = None
        if lead.stage == "contacted" != entry["stage"] and entry["stage"] in turn.facts.stages:
            leads.set_stage(
                turn.session, lead, entry["stage"], turn.facts.stages, actor=turn.actor, now=turn.now
            )
        cards.lead_changed(turn.session, turn.facts, lead.id, turn.now)
    return answer("utter_staff_undone_reply", name=cards.name_of(contact))


def _answer(turn: StaffTurn, entry: Entry) -> StaffSay:
    question = questions.get(turn.session, uuid.UUID(entry["question"]))
    messages, askers = ([uuid.UUID(one) for one in entry[name]] for name in ("messages", "askers"))
    if not open_questions.take_back(turn.session, turn.facts, question, messages, askers, turn.now):
        raise TooLate("utter_staff_why_sent")
    return answer("utter_staff_undone_answer", number=question.number)


def _follow_up(turn: StaffTurn, entry: Entry) -> StaffSay:
    follow_up = follow_ups.get(turn.session, uuid.UUID(entry["follow_up"]))
    name = _name_of_follow_up(turn, follow_up)
    follow_ups.drop(turn.session, follow_up)
    return answer("utter_staff_undone_follow_up", name=name)


def _finish(turn: StaffTurn, entry: Entry) -> StaffSay:
    follow_up = follow_ups.get(turn.session, uuid.UUID(entry["follow_up"]))
    turn.session.exec(select(Lead).where(Lead.id == follow_up.lead_id)).one()
    follow_ups.open_again(turn.session, follow_up, now=turn.now)
    return answer("utter_staff_undone_finish", name=_name_of_follow_up(turn, follow_up))


def _name_of_follow_up(turn: StaffTurn, follow_up: FollowUp) -> str:
    lead = turn.session.exec(select(Lead).where(Lead.id == follow_up.lead_id)).one()
    return cards.name_of(_contact(turn, lead.contact_id))


def _merge(turn: StaffTurn, entry: Entry) -> StaffSay:
    undone = identities.undo(turn.session, uuid.UUID(entry["merge"]), actor=turn.actor, now=turn.now)
    same_person.refresh_cards(turn.session, turn.facts, undone, turn.now)
    one, other = (
        same_person.name_of(turn.session, _contact(turn, contact_id))
        for contact_id in (undone.kept_id, undone.gone_id)
    )
    return answer("utter_staff_split", one=one, other=other)


def _time_off(turn: StaffTurn, entry: Entry) -> StaffSay:
    row = time_off.take_back(turn.session, uuid.UUID(entry["time_off"]), now=turn.now, actor=turn.actor)
    return StaffSay(absences.tell_of_return(turn, row))


REVERSALS: dict[str, Callable[[StaffTurn, Entry], StaffSay]] = {
    "note": _note,
    "stage": _stage,
    "assign": _assign,
    "book": _book,
    "move": _move,
    "cancel": _cancel,
    "attendance": _attendance,
    "reply": _reply,
    "answer": _answer,
    "follow_up": _follow_up,
    "finish": _finish,
    "merge": _merge,
    "time_off": _time_off,
}
