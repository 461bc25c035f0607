"""People in the staff group whom the bot does not know yet, and how an owner tells it who they are."""

from __future__ import annotations

import datetime as dt

from sqlmodel import col, select

from bot import gym_words, payloads
from bot.answers import BIND, answer, words
from bot.channels.base import Button, Incoming
from bot.staff_turn import StaffSay, StaffTurn
from crm import activities, deliveries, gyms
from crm.db import TenantSession
from crm.facts import GymFacts, StaffFact
from crm.models import Delivery, Inbox, Staff

_DEDUPE = "stranger:"


def greet(
    session: TenantSession, facts: GymFacts, inbox: Inbox, incoming: Incoming, chat: str, now: dt.datetime
) -> None:
    """Tell somebody unknown, once, how they are set up."""
    user = incoming.sender.partition(":")[2]
    if not user or chat != inbox.staff_chat:
        return
    free = [person for person in facts.staff if person.chat_address is None] or list(facts.staff)
    name = incoming.name or words("utter_staff_everybody")
    has_owner = any(person.role == "owner" and person.chat_address for person in facts.staff)
    if has_owner:
        text = words("utter_staff_unbound", name=name, keys=", ".join(person.key for person in free))
        buttons = [
            {"id": payloads.write(BIND, payloads.short_id(person.id), user), "title": person.name}
            for person in free[:8]
        ]
    else:
        text, buttons = words("utter_staff_unbound_no_owner", name=name, id=user), []
    content = {"text": text, "reply_to": incoming.message_id, **({"buttons": buttons} if buttons else {})}
    deliveries.queue(
        session, inbox_id=inbox.id, address=chat, purpose="staff", content=content, now=now,
        dedupe_key=f"{_DEDUPE}{chat}:{user}",
    )  # fmt: skip


def quoted(turn: StaffTurn) -> str | None:
    """The Telegram user whom the owner means: by replying to their message or to what the bot told them."""
    reply_to = turn.incoming.reply_to
    sender = turn.incoming.extra.get("reply_to_user")
    if sender:
        return str(sender)
    if not reply_to:
        return None
    rows = turn.session.exec(
        select(Delivery).where(
            Delivery.address == turn.chat, col(Delivery.dedupe_key).startswith(f"{_DEDUPE}{turn.chat}:")
        )
    ).all()
    for row in rows:
        if reply_to in (row.external_id, row.content.get("reply_to")):
            return str(row.dedupe_key).rpartition(":")[2]
    return None


def known_strangers(turn: StaffTurn) -> list[str]:
    """Telegram users who were told in this chat and are still nobody."""
    rows = turn.session.exec(
        select(Delivery.dedupe_key).where(col(Delivery.dedupe_key).startswith(f"{_DEDUPE}{turn.chat}:"))
    ).all()
    bound = {person.chat_address for person in turn.facts.staff}
    return [user for key in rows if (user := str(key).rpartition(":")[2]) not in bound]


def bind(turn: StaffTurn, person: StaffFact, user: str) -> list[StaffSay]:
    """From now on that Telegram user is this member of staff."""
    others = turn.session.exec(select(Staff).where(Staff.chat_address == user)).all()
    for other in others:
        other.chat_address = None
    row = turn.session.exec(select(Staff).where(Staff.id == person.id)).one()
    says: list[StaffSay] = []
    if row.chat_address not in (None, user):
        says.append(answer("utter_staff_bind_taken", name=person.name))
    turn.session.flush()
    row.chat_address = user
    gyms.facts_changed(turn.session)
    activities.record(turn.session, "staff.bound", actor=turn.actor, now=turn.now, staff=person.key)
    return [*says, answer("utter_staff_bound", name=person.name, role=person.role, first=person.first_name)]


def tapped(turn: StaffTurn, payload: payloads.Payload) -> list[StaffSay]:
    """An owner tapped who it is."""
    from bot import orders, staff

    command = orders.command_named("bind")
    assert command is not None
    if turn.staff.role not in command.roles:
        return [staff.wrong_role(turn, command)]
    person = turn.facts.staff_by_id(payload.id(0))
    if person is None or len(payload.args) < 2:
        return [answer("utter_staff_gone")]
    return bind(turn, person, payload.args[1])


def named(turn: StaffTurn, said: str) -> StaffFact | None:
    """The member of staff with that key or name."""
    said = gym_words.fold(said).strip(" @.")
    by_key = [person for person in turn.facts.staff if gym_words.fold(person.key) == said]
    return by_key[0] if by_key else gym_words.staff_in(turn.facts, said)[0]


def button(person: StaffFact, user: str) -> Button:
    """Says that the user is that person."""
    return Button(payloads.write(BIND, payloads.short_id(person.id), user), person.name)
