"""The role matrix: every command, every role."""

from __future__ import annotations

import pytest

from bot import registry
from tests.bot.staff_room import StaffRoom

WHO = {"owner": "niamh", "manager": "conor", "sales": "lena", "trainer": "aoife"}
DESK = {"owner", "manager", "sales"}
ALLOWED = {
    "agenda": set(WHO), "answer": DESK, "questions": DESK, "teach": DESK, "wrong": DESK, "model": DESK, "remember": {"owner", "manager"}, "forget": {"owner", "manager"},
    "assign": DESK, "attended": {"owner", "manager", "trainer"}, "bind": {"owner"},
    "book": set(WHO), "cancel": set(WHO), "claim": DESK, "connect": {"owner"}, "count": set(WHO), "done": set(WHO), "drop": set(WHO), "erase": {"owner", "manager"}, "export": {"owner", "manager"}, "find": set(WHO), "free": set(WHO),
    "giveback": DESK, "health": {"owner", "manager"}, "help": set(WHO), "hours": set(WHO), "history": DESK, "inbox": DESK, "lead": set(WHO), "leads": DESK,
    "lost": DESK, "move": set(WHO), "noshow": {"owner", "manager", "trainer"}, "note": set(WHO),
    "remind": set(WHO), "reminders": set(WHO), "reply": DESK, "snooze": set(WHO), "stage": DESK,
    "start": {"owner", "manager", "trainer"}, "stats": {"owner", "manager"}, "take": DESK, "templates": {"owner", "manager"}, "timeoff": set(WHO), "late": set(WHO), "today": set(WHO),
    "undo": set(WHO), "web": {"owner", "manager"}, "won": DESK, "merge": DESK, "apart": DESK, "split": DESK,
}  # fmt: skip


def test_every_command_is_in_the_matrix() -> None:
    assert set(registry.commands()) == set(ALLOWED)


@pytest.mark.feature("3.9")
@pytest.mark.feature("14.8")
@pytest.mark.parametrize("role", sorted(WHO))
def test_a_command_is_for_its_roles_only(room: StaffRoom, role: str) -> None:
    room.lead("Nora Keane")
    refused = set()
    for command in sorted(ALLOWED):
        text = room.say(WHO[role], f"/{command} Nora Keane").text
        if f"/{command} is for" in text or "Marking sessions is for" in text:
            refused.add(command)
            assert f"You are set up as {role}" in text
    assert refused == {command for command, roles in ALLOWED.items() if role not in roles}


def test_a_trainer_adds_no_leads(room: StaffRoom) -> None:
    assert "is for" in room.say("aoife", "/lead add Ana Silva +353851234567").text


def test_a_refusal_changes_nothing(room: StaffRoom) -> None:
    lead = room.lead("Nora Keane")
    room.say("aoife", "/lost Nora Keane price")
    room.session.refresh(lead)
    assert lead.stage == "new"


def test_a_button_asks_for_the_role_of_who_taps(room: StaffRoom) -> None:
    lead = room.lead("Nora Keane")
    assert "is for" in room.tap_id("aoife", f"1:cmd:won:#{lead.number}").text
