"""/web: a link to the web report, signed for whoever asks and sent to them alone."""

from __future__ import annotations

from bot import cards
from bot.answers import answer
from bot.roles import LEADERS
from bot.staff_turn import Command, StaffSay, StaffTurn


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:  # noqa: ARG001
    """Send it to the private chat: whoever has the link sees the figures."""
    from crm.config import settings
    from crm.links import report_link

    link = report_link(settings(), turn.session.gym_id, turn.staff.key, turn.now)
    if not turn.is_group:
        return [answer("utter_staff_web", link=link)]
    if cards.tell_trainer(
        turn.session, turn.facts, turn.staff.id, "utter_staff_web", {"link": link}, turn.now
    ):
        return [answer("utter_staff_web_private")]
    return [answer("utter_staff_web_unreachable")]


COMMAND = Command(
    "web",
    "Sends you a link to the web report.",
    "/web",
    LEADERS,
    handle,
    aliases=("~report", "~dashboard", "=web"),
)
