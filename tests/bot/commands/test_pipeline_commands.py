"""/stage, /lost, /won, /note, /assign, /claim and taking them back."""

from __future__ import annotations

import pytest

from crm import notes
from tests.bot.staff_room import StaffRoom


@pytest.mark.feature("3.2")
@pytest.mark.feature("3.1")
@pytest.mark.parametrize(
    ("words", "stage"),
    [
        ("/stage Eoin Brady qualified", "qualified"), ("/stage qualified Eoin Brady", "qualified"),
        ("stage Eoin Brady qualifed", "qualified"), ("/stage Eoin trial booked", "trial_booked"),
        ("/stage Eoin trial_booked", "trial_booked"), ("move Eoin Brady to follow up", "follow_up"),
        ("/won Eoin Brady", "converted"), ("Eoin Brady joined", "converted"), ("/lost Eoin Brady price", "lost"),
        ("lost Eoin Brady: price", "lost"), ("won Eoin", "converted"),
    ],
)  # fmt: skip
def test_a_lead_is_moved_and_moved_back(room: StaffRoom, words: str, stage: str) -> None:
    lead = room.lead("Eoin Brady", stage="contacted")
    shown = room.say("conor", words)
    room.session.refresh(lead)
    assert lead.stage == stage
    assert "Eoin Brady" in shown.text
    assert shown.titles == ["Undo"]
    assert "contacted" in room.say("conor", "undo").text
    room.session.refresh(lead)
    assert (lead.stage, lead.closed_at, lead.lost_reason) == ("contacted", None, None)


def test_lost_without_a_reason_offers_some(room: StaffRoom) -> None:
    lead = room.lead("Eoin Brady")
    assert "price" in room.say("conor", "/lost Eoin Brady").titles
    room.tap("conor", "too far")
    room.session.refresh(lead)
    assert (lead.stage, lead.lost_reason) == ("lost", "too far")


def test_an_unknown_stage_lists_those_there_are(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    shown = room.say("conor", "/stage Eoin Brady purple")
    assert "trial booked" in shown.text
    assert "qualified" in shown.titles


@pytest.mark.feature("3.7")
def test_a_note_stays_inside_and_can_be_taken_back(room: StaffRoom) -> None:
    room.lead("Ruairi Cullen")
    contact = room.contact("Ruairi Cullen")
    room.say("conor", "/note Ruairi Cullen prefers mornings, works nights at the port")
    assert [note.data["words"] for note in notes.list_of_contact(room.session, contact.id)] == [
        "prefers mornings, works nights at the port"
    ]
    room.tap("conor", "Undo")
    assert notes.list_of_contact(room.session, contact.id) == []
    assert room.customers_got() == []


@pytest.mark.parametrize(
    "words",
    [
        "/note Ruairi: rang twice",
        "note Ruairi: rang twice",
        "note for Ruairi Cullen, rang twice",
        "/note #1 rang twice",
    ],
)
def test_a_note_in_many_ways(room: StaffRoom, words: str) -> None:
    room.lead("Ruairi Cullen")
    assert "Noted for Ruairi Cullen: rang twice" in room.say("conor", words).text


def test_a_note_about_health_is_for_trainers_only(room: StaffRoom) -> None:
    room.lead("Ruairi Cullen")
    assert "hip" not in room.say("conor", "/note Ruairi had a hip operation").text
    assert "hip" not in room.say("conor", "/lead Ruairi").text
    assert "hip" not in "\n".join(delivery.content["text"] for delivery in room.cards())


@pytest.mark.feature("3.6")
def test_a_lead_is_assigned_and_the_colleague_told(room: StaffRoom) -> None:
    lead = room.lead("Eoin Brady")
    assert "now with Lena" in room.say("conor", "/assign Eoin Brady lena").text
    assert "Conor gave you Eoin Brady" in room.trainer_saw("lena")
    lena = room.facts.staff_by_key("lena")
    assert lena is not None
    assert lead.assigned_to == lena.id
    assert "nobody yet" in room.say("conor", "undo").text
    room.session.refresh(lead)
    assert lead.assigned_to is None


@pytest.mark.parametrize(
    "words",
    ["assign Eoin to Lena", "/assign lena Eoin Brady", "/assign Eoin @lena", "assign Eoin Brady to Leena"],
)
def test_assigning_in_many_ways(room: StaffRoom, words: str) -> None:
    room.lead("Eoin Brady")
    assert "Eoin Brady is now with Lena" in room.say("conor", words).text


def test_the_first_claim_wins_and_the_second_is_told_who(room: StaffRoom) -> None:
    lead = room.lead("Eoin Brady")
    payload = f"1:cmd:claim:#{lead.number}"
    assert "yours, Lena" in room.tap_id("lena", payload).text
    assert "Lena has Eoin Brady already" in room.tap_id("conor", payload).text


def test_undo_without_anything_says_so(room: StaffRoom) -> None:
    assert "nothing of yours" in room.say("conor", "undo").text


def test_undo_is_for_who_did_it(room: StaffRoom) -> None:
    lead = room.lead("Eoin Brady")
    room.say("conor", "/won Eoin Brady")
    assert "nothing of yours" in room.say("lena", "undo").text
    assert "Only who did it" in room.tap("lena", "Undo").text
    room.session.refresh(lead)
    assert lead.stage == "converted"


def test_undo_goes_back_step_by_step(room: StaffRoom) -> None:
    lead = room.lead("Eoin Brady")
    room.say("conor", "/stage Eoin Brady contacted")
    room.say("conor", "/stage Eoin Brady qualified")
    room.say("conor", "undo")
    room.say("conor", "undo")
    room.session.refresh(lead)
    assert lead.stage == "new"
    assert "nothing of yours" in room.say("conor", "undo").text


def test_undo_ends_after_half_an_hour(room: StaffRoom) -> None:
    room.lead("Eoin Brady")
    room.say("conor", "/won Eoin Brady")
    room.wait(minutes=31)
    assert "nothing of yours" in room.say("conor", "undo").text


def test_undo_does_not_undo_what_others_changed_since(room: StaffRoom) -> None:
    lead = room.lead("Eoin Brady")
    room.say("conor", "/stage Eoin Brady contacted")
    room.say("lena", "/won Eoin Brady")
    assert "Too late" in room.say("conor", "undo").text
    room.session.refresh(lead)
    assert lead.stage == "converted"
