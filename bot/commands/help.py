"""/help: what this member of staff can do, on one screen."""

from __future__ import annotations

from bot import orders, registry
from bot.answers import answer
from bot.commands import lead
from bot.roles import COACHES, DESK, EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn

ORDER = """leads lead find stage won lost note assign reply inbox take giveback history questions answer remember forget teach wrong model today agenda free book move
    cancel start done noshow remind reminders count stats web bind undo""".split()  # noqa: SIM905
"""What is needed most comes first; commands that are not here are buttons' business."""
LINE = 48
"""Characters that a phone shows side by side."""


def handle(turn: StaffTurn, words: str) -> list[StaffSay]:
    """All commands of the role, or the form of one."""
    if words:
        found = orders.read(f"/{words.split()[0].lstrip('/')}", is_group=False)
        if isinstance(found, orders.Order) and turn.staff.role in found.command.roles:
            return [answer("utter_staff_help_one", usage=found.command.usage, summary=found.command.summary)]
    known = registry.commands()
    mine = [known[name] for name in ORDER if name in known and turn.staff.role in known[name].roles]
    if turn.staff.role not in COACHES:
        mine = [command for command in mine if command.name != "start"]
    usages = [command.usage for command in mine]
    if "lead" in known and turn.staff.role in DESK:
        usages.insert(usages.index(known["lead"].usage) + 1, lead.COMMAND_ADD.usage)
    lines = "\n".join(_side_by_side(usages))
    key = "utter_staff_help" if turn.is_group else "utter_staff_help_own"
    return [answer(key, name=turn.staff.first_name, role=turn.staff.role, lines=lines)]


def _side_by_side(usages: list[str]) -> list[str]:
    """Short ones share a line, so that all fit one screen of a phone."""
    lines: list[str] = []
    for usage in usages:
        if lines and len(lines[-1]) + len(usage) + 3 <= LINE:
            lines[-1] += f" · {usage}"
        else:
            lines.append(usage)
    return lines


COMMAND = Command(
    "help",
    "Shows what you can do.",
    "/help [command]",
    EVERYBODY,
    handle,
    aliases=("=help", "@commands", "@what can you do", "=start"),
)
