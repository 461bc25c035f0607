"""/templates: which texts may open a conversation, and what the provider says of them."""

from __future__ import annotations

from bot import cards
from bot.answers import answer, words
from bot.roles import LEADERS
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import template_reviews


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:  # noqa: ARG001
    """A line for each template and account."""
    known = template_reviews.list_of_gym(turn.session)
    if not known:
        return [answer("utter_staff_templates_none")]
    lines = [
        words(
            "utter_staff_templates_line", channel=cards.channel_name(inbox.channel), name=row.name,
            language=row.language, status=row.status, why=f" ({row.reason.rstrip('.')})" if row.reason else "",
        )
        for row, inbox in known
    ]  # fmt: skip
    return [answer("utter_staff_templates", lines="\n".join(lines))]


COMMAND = Command(
    "templates",
    "Shows which message templates are approved.",
    "/templates",
    LEADERS,
    handle,
    aliases=("~templates", "=message templates"),
)
