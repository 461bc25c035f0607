"""/help: what this member of staff can do, a line a command; with a command, how to use it."""

from __future__ import annotations

from bot import orders, registry, wording
from bot.answers import answer, words
from bot.roles import COACHES, DESK, EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn

SECTIONS = {
    "day": "today agenda start done attended noshow remind reminders undo",
    "bookings": "free book move cancel hours timeoff late",
    "leads": "leads lead find add note stage won lost assign snooze",
    "talking": "inbox reply history take giveback",
    "numbers": "count stats web",
    "learning": "questions answer remember forget teach wrong model",
    "settings": "health templates connect bind merge export erase",
}
"""What is needed most comes first; commands that are not here are buttons' business."""
OF_COACHES = ("start", "attended", "noshow", "timeoff", "late")
ROLES = ("owner", "manager", "sales", "trainer")


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """All commands of the role by subject, or one with its example."""
    said = text.split()[0].lstrip("/") if text.strip() else ""
    if said and (not _is_asked_in_words(turn) or orders.command_named(said) is not None):
        return [_one(turn, said)]
    sections = []
    for name, listed in SECTIONS.items():
        lines = [words(f"utter_staff_help_line_{one}") for one in listed.split() if _may(turn, one)]
        if lines:
            sections.append("\n".join((words(f"utter_staff_help_heading_{name}"), *lines)))
    key = "utter_staff_help" if turn.is_group else "utter_staff_help_own"
    return [answer(key, name=turn.staff.first_name, role=turn.staff.role, sections="\n\n".join(sections))]


def _is_asked_in_words(turn: StaffTurn) -> bool:
    """ "How do I add somebody": the word need not be a command's."""
    return not (turn.incoming.text or "").lstrip().lower().startswith(("/", "help "))


def _may(turn: StaffTurn, name: str) -> bool:
    if name == "add":
        return turn.staff.role in DESK
    return turn.staff.role in registry.commands()[name].roles and (
        name not in OF_COACHES or turn.staff.role in COACHES
    )


def _one(turn: StaffTurn, said: str) -> StaffSay:
    """How to use one command; for another role's, whose it is."""
    found = orders.read(f"/{said}", is_group=False)
    if not isinstance(found, orders.Order):
        near = found.nearest if isinstance(found, orders.UnknownSlash) else None
        known = near is not None and turn.staff.role in near.roles
        hint = words("utter_staff_help_near", near=near.name) if near is not None and known else ""
        return answer("utter_staff_help_unknown", said=said[:40], near=hint)
    command = found.command
    listed = any(command.name in names.split() for names in SECTIONS.values())
    example = words(f"utter_staff_help_example_{command.name}") if listed else command.usage
    roles = ""
    if turn.staff.role not in command.roles:
        ranked = [words(f"utter_staff_role_{role}") for role in ROLES if role in command.roles]
        roles = words("utter_staff_help_roles", roles=wording.listing(ranked))
    return answer(
        "utter_staff_help_one", usage=command.usage, summary=command.summary, example=example, roles=roles
    )


COMMAND = Command(
    "help",
    "Shows what you can do.",
    "/help [command]",
    EVERYBODY,
    handle,
    aliases=("=help", "@commands", "@what can you do", "@what can i do", "=start"),
)
