"""What staff write, in their group and in their own chats: who it is, what they want, what they are answered.

Words in the group are talk among colleagues unless they have an order's form, answer a
question that is open to the speaker, or quote a lead's card. Only the last, and /reply,
ever reach a customer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import select

from bot import (
    doors,
    gym_words,
    moments,
    names,
    orders,
    payloads,
    pleasantries,
    question_cards,
    questions,
    strangers,
)
from bot.answers import BIND, ORDER, PICK, AnswerHere, answer, is_plain, record, words
from bot.channels.base import Button, Incoming
from bot.place_answers import NotYours
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import cards as shown
from crm import deliveries
from crm.db import TenantSession
from crm.errors import Conflict, CrmError, NotFound
from crm.facts import GymFacts, StaffFact
from crm.locks import Busy
from crm.models import Inbox, Question, StaffChat

SHORTHAND = frozenset(
    """undo won claim take done yes no ok okay thanks cheers cool great nice brilliant lovely super perfect
    ha haha lol 👍""".split()  # noqa: SIM905
)
"""One-word replies to a card that are meant for the bot or for colleagues, never for the customer."""
LONGEST_NAME = 40
"""Characters of a name that nobody has, where it is said back."""
TEXT_KINDS = frozenset({"text", "optout", "optin", "help", "choice"})


def handle(
    session: TenantSession, facts: GymFacts, inbox: Inbox, incoming: Incoming, now: dt.datetime
) -> None:
    """Answer one message or tap of a member of staff; the answers are queued to the chat it came from."""
    if incoming.action != "handle":
        return
    is_group = incoming.group_id is not None
    chat = incoming.group_id or incoming.address
    person = _who(facts, incoming)
    if person is None:
        if is_group:
            strangers.greet(session, facts, inbox, incoming, chat, now)
        return
    row = _chat_row(session, chat, person, now)
    turn = StaffTurn(
        session, facts, inbox, person, chat, is_group, (incoming.text or "").strip(), now, incoming,
        dict(row.state),
    )  # fmt: skip
    says = _answers(turn)
    row.state, row.updated_at = turn.state, now
    session.add(row)
    session.flush()
    for say in says:
        _queue(turn, say)


def _who(facts: GymFacts, incoming: Incoming) -> StaffFact | None:
    user = incoming.sender.partition(":")[2]
    return next((person for person in facts.staff if user and person.chat_address == user), None)


def _chat_row(session: TenantSession, chat: str, person: StaffFact, now: dt.datetime) -> StaffChat:
    found = session.exec(
        select(StaffChat).where(StaffChat.chat == chat, StaffChat.staff_id == person.id)
    ).first()
    return found or StaffChat(gym_id=session.gym_id, chat=chat, staff_id=person.id, updated_at=now)


def _queue(turn: StaffTurn, say: StaffSay) -> None:
    content: dict[str, object] = {"text": say.text}
    if say.buttons:
        content["buttons"] = [{"id": button.id, "title": button.title} for button in say.buttons]
    if turn.is_group and turn.incoming.kind != "choice" and turn.incoming.message_id:
        content["reply_to"] = turn.incoming.message_id
    deliveries.queue(
        turn.session, inbox_id=turn.inbox.id, address=turn.chat, purpose="staff", content=content, now=turn.now,
        contact_id=say.contact_id if isinstance(say, AnswerHere) else None,
    )  # fmt: skip


def _answers(turn: StaffTurn) -> Sequence[StaffSay]:
    if turn.incoming.kind == "choice":
        return _tapped(turn, turn.incoming.payload or "")
    if turn.incoming.kind == "contact":
        return _shared_contact(turn)
    if turn.incoming.kind not in TEXT_KINDS or not turn.text:
        is_voice = any(attachment.kind in ("voice", "audio") for attachment in turn.incoming.attachments)
        return [answer("utter_staff_voice")] if is_voice and not turn.is_group else []
    if not turn.text.startswith("/"):
        chosen = _chosen(turn)
        if chosen is not None:
            return chosen
        quoted = _quote_reply(turn)
        if quoted is not None:
            return quoted
    is_strict = turn.is_group and not turn.incoming.extra.get("mention")
    text = _without_mention(turn.text) if turn.incoming.extra.get("mention") else turn.text
    found = orders.read(text, is_group=is_strict)
    if isinstance(found, orders.UnknownSlash):
        return [_unknown(turn, found)]
    if found is not None:
        if found.is_slash or not is_strict:
            turn = _given(turn, found.command, found.words) if not found.is_slash else turn
            questions.close(turn)
            return run(turn, found.command, found.words)
        asked = turn.state.get("open")
        says = run(turn, found.command, found.words)
        if says:
            if turn.state.get("open") is asked:
                questions.close(turn)
            return says
    return _talk(turn)


def _shared_contact(turn: StaffTurn) -> list[StaffSay]:
    """A contact card was passed on: perhaps somebody to add."""
    command = orders.command_named("lead")
    cards = turn.incoming.extra.get("contacts") or []
    if command is None or not cards or not cards[0].get("name") or turn.staff.role not in DESK:
        return []
    name, phone = str(cards[0]["name"]), str(cards[0].get("phone") or "")
    choice = (words("utter_staff_button_add", name=name), f"add {name} {phone}")
    return [answer("utter_staff_shared_contact", questions.ask_again_with(turn, "lead", [choice]), name=name)]


def _without_mention(text: str) -> str:
    return " ".join(word for word in text.split() if not word.startswith("@")).lstrip(" ,:")


def _given(turn: StaffTurn, command: Command, order_words: str) -> StaffTurn:
    """The turn as if the order had been given with a slash: it was meant for the bot beyond doubt."""
    return replace(turn, text=f"/{command.name} {order_words}")


def _talk(turn: StaffTurn) -> list[StaffSay]:
    """It was no order: silence in the group, a hint where it was said to the bot alone."""
    if not turn.is_group:
        if "open" in turn.state and (orders.is_yes(turn.text) or orders.is_no(turn.text)):
            questions.close(turn)
            return [answer("utter_staff_closed_question")]
        if orders.is_no(turn.text):
            return []
        command = orders.command_named("lead")
        if command is not None and (target := doors.only_named(turn, turn.text)) is not None:
            return run(_given(turn, command, target), command, target)
        return [
            pleasantries.reply(turn)
            or doors.about_somebody(turn, turn.text)
            or answer("utter_staff_not_understood")
        ]
    questions.interrupt_others(turn.session, turn.chat, turn.staff.id)
    if "open" in turn.state:
        turn.state["open"] = {**turn.state["open"], "interrupted": True}
    is_to_bot = turn.incoming.extra.get("mention") or (
        turn.incoming.reply_to is not None and shown.is_ours(turn.session, turn.chat, turn.incoming.reply_to)
    )
    if not is_to_bot or gym_words.fold(turn.text).strip(" !.") in SHORTHAND or len(turn.text) < 3:
        return []
    return [answer("utter_staff_not_understood")]


def _unknown(turn: StaffTurn, found: orders.UnknownSlash) -> StaffSay:
    near = found.nearest
    if near is None or turn.staff.role not in near.roles:
        return answer("utter_staff_unknown_command", said=found.said)
    return answer("utter_staff_unknown_command_near", said=found.said, near=near.name, usage=near.usage)


# Open questions


def _chosen(turn: StaffTurn) -> Sequence[StaffSay] | None:
    """The typed words answer the question that is open to the speaker."""
    if "open" not in turn.state:
        return None
    reply_to = turn.incoming.reply_to
    is_quoting = bool(reply_to)
    if is_quoting and not shown.is_ours(turn.session, turn.chat, reply_to or ""):
        return None
    payload = questions.typed_answer(turn)
    if payload is None:
        return None
    if turn.is_group and questions.was_interrupted(turn) and not is_quoting:
        return [answer("utter_staff_still_open", questions.again(turn))]
    return _tapped(turn, payload)


def _quote_reply(turn: StaffTurn) -> Sequence[StaffSay] | None:
    """The words are a reply to a lead's card or to a message of theirs: they go to the person."""
    if (question := _quoted_question(turn)) is not None:
        return _answered(turn, question)
    contact_id = names.quoted_contact(turn)
    if contact_id is None:
        return None
    if gym_words.fold(turn.text).strip(" !.") in SHORTHAND:
        return None
    said = orders.read(turn.text, is_group=turn.is_group)
    if isinstance(said, orders.Order) and said.command.name in ("note", "undo") and not said.is_slash:
        target = f"{record('p', contact_id)} {said.words}" if said.command.name == "note" else said.words
        return run(_given(turn, said.command, target), said.command, target)
    command = orders.command_named("reply")
    assert command is not None
    order_words = f"{record('p', contact_id)} {turn.text}"
    return run(_given(turn, command, order_words), command, order_words)


def _quoted_question(turn: StaffTurn) -> Question | None:
    reply_to = turn.incoming.reply_to
    return question_cards.question_of(turn.session, turn.chat, reply_to) if reply_to else None


def _answered(turn: StaffTurn, question: Question) -> Sequence[StaffSay] | None:
    """The words are a reply to a question's card: they are its answer."""
    if gym_words.fold(turn.text).strip(" !.") in SHORTHAND:
        return None
    command = orders.command_named("answer")
    assert command is not None
    order_words = f"{question.number}: {turn.text}"
    return run(_given(turn, command, order_words), command, order_words)


# Taps


def _tapped(turn: StaffTurn, raw: str) -> Sequence[StaffSay]:
    """A button of ours: it carries the order itself."""
    payload = payloads.read(raw)
    if payload is None:
        return []
    match payload.verb:
        case verb if verb == ORDER and payload.args:
            command = orders.command_named(payload.args[0])
            if command is None:
                return [answer("utter_staff_gone")]
            questions.close(turn)
            order_words = " ".join(payload.args[1:])
            return run(_given(turn, command, order_words), command, order_words)
        case verb if verb == PICK and len(payload.args) == 2 and payload.args[1].isdigit():
            picked = questions.picked(turn, payload.args[0], int(payload.args[1]))
            command = orders.command_named(picked[0]) if picked else None
            if picked is None or command is None:
                return [answer("utter_staff_closed_question")]
            questions.close(turn)
            return run(_given(turn, command, picked[1]), command, picked[1])
        case verb if verb == BIND:
            return strangers.tapped(turn, payload)
        case "no":
            questions.close(turn)
            return [answer("utter_staff_left_alone")]
    return []


NO = Button(payloads.write("no"), "")
"""Payload of a button that leaves everything as it is."""


# Running an order


def run(turn: StaffTurn, command: Command, order_words: str) -> list[StaffSay]:
    """Do what the command does if the role may; whom it is about is asked where that is not clear."""
    is_plain_talk = turn.is_group and is_plain(turn)
    try:
        if turn.staff.role not in command.roles:
            if is_plain_talk and not _is_clear(turn, command, order_words):
                return []
            return [wrong_role(turn, command)]
        return command.handle(turn, order_words)
    except names.NobodyNamed:
        return [] if is_plain_talk else [answer("utter_staff_who", usage=command.usage)]
    except names.SeveralFit as several:
        if is_plain_talk and len(several.people) == 1 and not _is_clear_place(turn, order_words):
            return []
        return [_which_person(turn, command, several)]
    except names.NobodyFits as nobody:
        if is_plain_talk and not _is_clear_place(turn, order_words):
            return []
        return [_nobody(turn, command, nobody)]
    except NotYours as theirs:
        return [answer("utter_staff_not_yours", trainer=theirs.trainer)]
    except Busy:
        return [answer("utter_staff_busy")]
    except NotFound:
        return [answer("utter_staff_gone")]
    except Conflict as conflict:
        return [
            answer(
                "utter_staff_not_movable",
                status=str(conflict.data.get("status") or conflict.code).replace("_", " "),
            )
        ]
    except CrmError as error:
        return [answer("utter_staff_not_movable", status=error.code.replace("_", " "))]


def wrong_role(turn: StaffTurn, command: Command) -> StaffSay:
    """Which roles may do it."""
    from bot import wording

    ranked = [role for role in ("owner", "manager", "sales", "trainer") if role in command.roles]
    return answer(
        "utter_staff_wrong_role", command=command.name, role=turn.staff.role,
        roles=wording.listing([words(f"utter_staff_role_{role}") for role in ranked]),
    )  # fmt: skip


def _is_clear(turn: StaffTurn, command: Command, order_words: str) -> bool:
    """Whether plain words were an order for sure: nothing to fill in, or a person is named."""
    if "<name>" not in command.usage:
        return True
    try:
        names.person_in(turn, order_words, free_text=True)
    except (names.NobodyNamed, names.NobodyFits, names.SeveralFit):
        return _is_clear_place(turn, order_words)
    return True


def _is_clear_place(turn: StaffTurn, order_words: str) -> bool:
    """Whether the words name a service and a time: nobody chats like that."""
    times = moments.times_in(turn, order_words)
    rest = moments.without_times(order_words, times)
    return times.expected is not None and bool(gym_words.offering_in(turn.facts, rest).offerings)


def _which_person(turn: StaffTurn, command: Command, several: names.SeveralFit) -> StaffSay:
    choices = []
    for contact, lead in several.people:
        target = f"#{lead.number}" if lead else record("p", contact.id)
        title = contact.name or "?"
        if len(several.people) > 1 and lead is not None:
            title = words("utter_staff_person_option", name=title, number=lead.number, source=lead.source)
        choices.append((title, f"{target} {several.before} {several.after}".strip()))
    buttons = questions.ask_again_with(turn, command.name, choices)
    if len(choices) > 1:
        return answer("utter_staff_which_person", buttons, said=several.said)
    yes = Button(buttons[0].id, words("utter_staff_button_yes_person", name=choices[0][0]))
    no = Button(NO.id, words("utter_staff_button_no_person"))
    turn.state["open"] = {
        **turn.state["open"], "kind": "confirm",
        "options": [{"id": yes.id, "title": yes.title}, {"id": no.id, "title": no.title}],
    }  # fmt: skip
    return answer("utter_staff_perhaps", (yes, no), said=several.said, name=choices[0][0])


def _nobody(turn: StaffTurn, command: Command, nobody: names.NobodyFits) -> StaffSay:
    if nobody.said.lstrip("#").isdigit():
        return answer("utter_staff_nobody_numbered", number=nobody.said.lstrip("#"))
    if not nobody.nearest:
        return answer("utter_staff_nobody", said=_short(nobody.said))
    rest = turn.text.split(" ", 1)[1] if turn.text.startswith("/") and " " in turn.text else turn.text
    before, _, behind = rest.partition(nobody.said)
    choices = [
        (
            contact.name or "?",
            f"{f'#{lead.number}' if lead else record('p', contact.id)} {before} {behind}".strip(),
        )
        for contact, lead in nobody.nearest
    ]
    if not turn.text.startswith("/"):
        found = orders.read(turn.text, is_group=turn.is_group)
        kept = found.words if isinstance(found, orders.Order) else ""
        choices = [
            (title, f"{choice.split(' ', 1)[0]} {kept.replace(nobody.said, ' ')}")
            for title, choice in choices
        ]
    buttons = questions.ask_again_with(turn, command.name, choices)
    return answer("utter_staff_nobody_near", buttons, said=_short(nobody.said))


def _short(said: str) -> str:
    return said if len(said) <= LONGEST_NAME else said[: LONGEST_NAME - 1].rstrip() + "…"
