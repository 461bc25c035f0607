"""/inbox: who waits for an answer of a person, longest first, and whom staff have in hand."""

from __future__ import annotations

from bot import cards, discretion, wording
from bot.answers import order, words
from bot.channels.base import Button
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import lead_lists, leads

SHOWN = 10


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:  # noqa: ARG001
    """The unanswered first."""
    threads = lead_lists.threads_with_staff(turn.session, limit=SHOWN)
    waiting = [one for one in threads if one.since is not None]
    with_staff = [one for one in threads if one.since is None]
    parts: list[str] = []
    buttons: list[Button] = []
    for one in waiting:
        lead = leads.find_latest(turn.session, one.contact.id)
        if lead is not None and len(buttons) < 4:
            name = cards.name_of(one.contact)
            buttons.append(
                order(f"{words('utter_staff_button_take')} {name}"[:40], "take", f"#{lead.number}")
            )
    if waiting:
        lines = "\n".join(_line(turn, one) for one in waiting)
        parts.append(words("utter_staff_inbox", count=len(waiting), lines=lines))
    else:
        parts.append(words("utter_staff_inbox_empty"))
    if with_staff:
        lines = "\n".join(_answered(turn, one) for one in with_staff)
        parts.append(words("utter_staff_inbox_answered", lines=lines))
    return [StaffSay("\n\n".join(parts), tuple(buttons))]


def _line(turn: StaffTurn, one: lead_lists.Waiting) -> str:
    assert one.since is not None
    local = turn.facts.local(one.since)
    is_today = local.date() == turn.facts.local(turn.now).date()
    since = wording.clock(turn.facts, local) if is_today else wording.short_when(turn.facts, one.since)
    return words(
        "utter_staff_inbox_line", name=cards.name_of(one.contact), channel=one.channel, since=since,
        words=discretion.for_group(one.last_words, longest=90),
    )  # fmt: skip


def _answered(turn: StaffTurn, one: lead_lists.Waiting) -> str:
    owner = turn.facts.staff_by_id(one.conversation.owner_id)
    return words(
        "utter_staff_inbox_answered_line", name=cards.name_of(one.contact), channel=one.channel,
        owner=owner.first_name if owner else words("utter_staff_nobody_yet"),
    )  # fmt: skip


COMMAND = Command(
    "inbox", "Shows who waits for an answer.", "/inbox", DESK, handle,
    aliases=("~inbox", "~unanswered", "=who is waiting", "=who's waiting"),
)  # fmt: skip
