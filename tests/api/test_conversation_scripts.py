"""Conversation scripts: what may be written in them, and how an answer is judged."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest

from api.play import judging
from api.play.moving import cast, moved
from api.play.player import Bubble, Remark, Result
from api.play.reading import ScriptError, read_file
from api.play.script import CHANNELS, Ending, Say, Script, Staff, Tap, Wait, Wanted
from api.play.telling import Bubbles, Lines

pytestmark = pytest.mark.feature("17.16")

HEAD = """
- name: a talk
  now: 2026-11-20T10:00:00+00:00
  person: {channel: whatsapp, address: +353851234567, name: Ana Silva}
"""


def read(tmp_path: Path, text: str) -> Script:
    path = tmp_path / "talk.yml"
    path.write_text(text)
    return read_file(path)[0]


def test_every_kind_of_turn_is_read(tmp_path: Path) -> None:
    script = read(
        tmp_path,
        HEAD
        + """
  turns:
    - say: yes
    - tap: Confirm
    - burst: [hey, 10:30]
    - wait: P1DT2H30M
    - staff: {from: niamh, say: /leads today}
    - staff: {from: aoife, chat: own, say: agenda}
  expect:
    lead: {stage: trial_booked, experience: none, goal: null}
    bookings: [{service: trial, starts_at: 2026-11-21T11:00, status: booked}]
    trainer_saw: {aoife: [Ana]}
    sent_at_most: 6
    nlu_handoff: false
""",
    )
    assert [turn.act for turn in script.turns] == [
        Say(("yes",)),
        Tap("Confirm"),
        Say(("hey", "10:30")),
        Wait(dt.timedelta(days=1, hours=2, minutes=30)),
        Staff("niamh", "/leads today", "group"),
        Staff("aoife", "agenda", "own"),
    ]
    assert script.person.address == "+353851234567"
    assert "slug: harbour" in script.gym_file
    assert script.ending == Ending(
        lead={"stage": "trial_booked", "experience": "none", "goal": None},
        bookings=({"service": "trial", "starts_at": "2026-11-21T11:00", "status": "booked"},),
        trainer_saw={"aoife": ("Ana",)},
        sent_at_most=6,
        nlu_handoff=False,
    )


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        ("[{say: hi, expct: {all: [x]}}]", "turn 1: unknown key 'expct'; known are say, tap, burst"),
        (
            "[{say: hi}, {say: hi, tap: Yes}]",
            "turn 2: exactly one of say, tap, burst, wait, staff is needed, not 2",
        ),
        ("[{wait: 2h}]", "turn 1, wait: '2h' is no duration; write e.g. PT2H"),
        ("[{wait: PT}]", "turn 1, wait: 'PT' is no duration"),
        ("[{staff: {from: niamh}}]", "turn 1, staff: say missing"),
        ("[{staff: {from: aoife, say: hi, chat: private}}]", "chat is one of group, own, not 'private'"),
        ("[{say: hi, expect: {any: {a: b}}}]", "turn 1, expect.any is a list of words"),
        ("[]", "turns is a list of at least one turn"),
    ],
)
def test_what_cannot_be_played_is_said_with_its_place(tmp_path: Path, turns: str, said: str) -> None:
    with pytest.raises(ScriptError) as refused:
        read(tmp_path, f"{HEAD}  turns: {turns}\n")
    assert said in str(refused.value)
    assert 'talk.yml:2 "a talk": ' in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no conversation in this file"),
        ("- {name: [", "not valid YAML"),
        ("- {name: a, name: b}", "'name' is given twice"),
        ("- {name: a}", "now, person, turns missing"),
        (HEAD.replace("+00:00", "") + "  turns: [{say: hi}]", "now: 2026-11-20T10:00:00 has no offset"),
        (HEAD.replace("whatsapp", "fax") + "  turns: [{say: hi}]", "person.channel is one of whatsapp,"),
        (HEAD + "  gym: nowhere\n  turns: [{say: hi}]", "there is no gym 'nowhere'; known are harbour"),
        (HEAD + "  turns: [{say: hi}]\n  expect: {sent_at_most: few}", "sent_at_most is a whole number"),
        (
            HEAD + "  turns: [{say: hi}]\n  expect: {bookings: [{starts_at: '2026-11-21T11:00Z'}]}",
            "expect.bookings 1, starts_at: 2026-11-21T11:00Z must be the gym's wall time",
        ),
    ],
)
def test_a_file_that_is_wrong_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ScriptError) as refused:
        read(tmp_path, text)
    assert said in str(refused.value)


def unmet(texts: list[str], **wanted: tuple[str, ...]) -> int:
    return len(judging.unmet_by_answer(Wanted(**wanted), texts, [], buttons=True))


def test_an_answer_is_judged_as_a_whole_whatever_its_case() -> None:
    assert unmet(["See you on Friday", "at 10:00"], all=("friday", "10:00"), any=("11:00", "SEE YOU")) == 0
    assert unmet(["See you"], all=("friday", "10:00")) == 1
    assert unmet(["You\u2019re booked"], none=("you're booked",)) == 1


def test_a_button_is_known_by_its_beginning() -> None:
    wanted = Wanted(buttons=("Confirm", "move"))
    assert judging.unmet_by_answer(wanted, [], ["Confirm booking", "Move"], buttons=True) == []


def test_channels_without_buttons_are_not_asked_for_any() -> None:
    assert judging.unmet_by_answer(Wanted(buttons=("Confirm",)), [], [], buttons=False) == []


def test_silence_is_broken_by_a_button_alone() -> None:
    silence = Wanted(none=tuple("aeiou"))
    assert judging.unmet_by_answer(silence, [], [], buttons=True) == []
    assert judging.unmet_by_answer(silence, [""], ["Yes"], buttons=True) == ["wanted no answer at all"]


def a_place(**changed: str) -> dict[str, Any]:
    return {"service": "trial", "starts_at": "2026-11-21T11:00", "status": "booked", **changed}


def test_a_booking_that_is_not_listed_matters_only_while_it_holds_a_place() -> None:
    moved_away = a_place(starts_at="2026-11-20T11:00", status="cancelled")
    assert judging.unmet_by_bookings([a_place()], [moved_away, a_place()]) == []
    assert judging.unmet_by_bookings([], [moved_away]) == []
    assert judging.unmet_by_bookings([], [a_place(status="held")]) == [
        "did not want the place trial 2026-11-21T11:00 held"
    ]


def test_a_vague_row_leaves_the_particular_one_its_booking() -> None:
    rows = [a_place(status="no_show"), a_place(starts_at="2026-11-22T11:00")]
    assert judging.unmet_by_bookings([{"service": "trial"}, a_place(status="no_show")], rows) == []


def test_a_lead_is_compared_in_the_keys_given() -> None:
    found = {"name": "Ana", "stage": "new", "goal": None}
    assert judging.unmet_by_lead({"name": "Ana", "goal": None}, found) == []
    assert judging.unmet_by_lead({"stage": "lost"}, found) == [
        "wanted the lead's stage to be 'lost'; it is 'new'"
    ]
    assert judging.unmet_by_lead({"name": "Ana"}, None) == ["wanted a lead of this person; there is none"]


def test_messages_and_handovers_are_counted() -> None:
    ending = Ending(sent_at_most=2, nlu_handoff=False)
    assert judging.unmet_by_counts(ending, sent=2, not_understood=False) == []
    assert len(judging.unmet_by_counts(ending, sent=3, not_understood=True)) == 2


def a_script(tmp_path: Path) -> Script:
    return read(
        tmp_path,
        f"{HEAD}  turns: [{{say: hi}}, {{tap: Confirm}}]\n  expect: {{lead: {{source: whatsapp, name: Ana Silva}}}}\n",
    )


def test_a_person_can_be_moved_to_any_channel(tmp_path: Path) -> None:
    script = a_script(tmp_path)
    everywhere = cast([script], "all")
    assert [one.person.channel for one in everywhere] == list(CHANNELS)
    assert [one.ending.lead["source"] for one in everywhere if one.ending.lead] == list(CHANNELS)
    by_channel = {one.person.channel: one for one in everywhere}
    assert by_channel["sms"].person.address == "+353851234567"
    assert by_channel["telegram"].person.address.isdecimal()
    assert moved(script, "instagram") == moved(script, "instagram")
    assert len({one.name for one in everywhere}) == len(CHANNELS)


def test_where_no_name_is_shown_the_person_says_it(tmp_path: Path) -> None:
    script = a_script(tmp_path)
    assert moved(script, "sms").turns[0].act == Say(("Ana Silva here. hi",))
    assert moved(script, "telegram").turns[0].act == Say(("hi",))


@pytest.fixture
def failed(tmp_path: Path) -> Result:
    result = Result(a_script(tmp_path), unmet=['turn 1, say "hi": wanted "10:00" in the answer'])
    result.transcript = [
        Bubble(1, "whatsapp", "Ana Silva", True, "hi"),
        Bubble(1, "whatsapp", "gym", False, "Hello!", ("Confirm",)),
        Remark(1, 'wanted "10:00" in the answer', unmet=True),
    ]
    return result


def test_programs_get_a_line_a_script_and_the_counts(failed: Result) -> None:
    out = io.StringIO()
    teller = Lines(out)
    teller.ended(failed)
    teller.finished([failed], 1.0)
    first, last = map(json.loads, out.getvalue().splitlines())
    assert set(first) == {"name", "passed", "unmet", "transcript"}
    assert (first["name"], first["passed"], len(first["unmet"])) == ("a talk", False, 1)
    assert first["transcript"][1]["buttons"] == ["Confirm"]
    assert last == {"passed": 0, "failed": 1}


def test_people_see_the_talk_and_what_was_unmet(failed: Result) -> None:
    out = io.StringIO()
    teller = Bubbles(out)
    teller.ended(failed)
    teller.finished([failed], 1.0)
    for words in ("✗ a talk", "Ana Silva", "Hello!", "Confirm", 'wanted "10:00" in the answer', "1 failed"):
        assert words in out.getvalue()


def test_nothing_is_expected_where_the_platform_lets_nobody_speak(tmp_path: Path) -> None:
    script = read(
        tmp_path,
        HEAD
        + """
  turns:
    - say: hi
    - wait: PT20H
      expect: {any: ["11:00"]}
    - wait: PT5H
      expect: {any: ["11:00"], none: [sorry], buttons: [Move]}
    - say: ok
    - wait: PT20H
      expect: {any: ["11:00"]}
""",
    )
    there = moved(script, "instagram")
    assert [turn.wanted for turn in there.turns if isinstance(turn.act, Wait)] == [
        Wanted(any=("11:00",)),
        Wanted(none=("sorry",)),
        Wanted(any=("11:00",)),
    ]
    assert moved(script, "whatsapp-twilio").turns == script.turns
