"""Plays one script against a running system, turn by turn, and looks at the records in the end."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from api.play import judging
from api.play.moving import types_taps
from api.play.script import WITHOUT_BUTTONS, Say, Script, Staff, Tap, Turn, Wait
from api.play.world import GymWorld, Line, Phone, System
from crm.errors import CrmError

GROUP = "staff"
PAST_BURST = dt.timedelta(seconds=3)
"""Longer than the quiet time after which typed text is answered: nobody needs to sit it out."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One line of the transcript. `chat` names the phone; `turn` counts from 1."""

    turn: int
    chat: str
    who: str
    mine: bool
    text: str
    titles: tuple[str, ...] = ()
    at: str = ""
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """What is no message: time that went by, or something unmet."""

    turn: int
    text: str
    unmet: bool = False


@dataclass(slots=True)
class Result:
    """How a script went. `unmet` is empty where it passed."""

    script: Script
    unmet: list[str] = field(default_factory=list)
    transcript: list[Bubble | Remark] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything wanted was there."""
        return not self.unmet


def play(system: System, script: Script, stop: threading.Event) -> Result:
    """Play `script` in a gym of its own, until `stop`. Whatever goes wrong is in the result, never raised."""
    result = Result(script)
    began = time.monotonic()
    try:
        world = GymWorld(system, script.gym_file)
        try:
            _Performance(world, script, result, stop).run()
        finally:
            world.close()
    except CrmError as error:
        _note(result, len(script.turns), str(error), where="the end")
    result.seconds = time.monotonic() - began
    return result


def _note(result: Result, turn: int, problem: str, *, where: str) -> None:
    result.unmet.append(f"{where}: {problem}")
    result.transcript.append(Remark(turn, problem, unmet=True))


class _Performance:
    """One script while it is being played."""

    def __init__(self, world: GymWorld, script: Script, result: Result, stop: threading.Event) -> None:
        self.world, self.script, self.result, self.stop = world, script, result, stop
        person = script.person
        self.person = world.phone(person.channel, person.address)
        self.who = {"name": person.name} if person.name else {}
        self.staff: dict[str, Phone] = {}
        self.seen_by_staff: dict[str, list[str]] = {}
        self.place = 0
        for address in (GROUP, *(f"{GROUP}:{key}" for key in script.ending.trainer_saw)):
            self._staff_phone(address)

    def run(self) -> None:
        """All turns, then the records."""
        self.world.set_clock(self.script.now)
        for place, turn in enumerate(self.script.turns, 1):
            if self.stop.is_set():
                self._unmet(turn, "stopped before its end")
                return
            self.place = place
            try:
                self._take(turn)
            except CrmError as error:
                self._unmet(turn, str(error))
        self._end()

    def _take(self, turn: Turn) -> None:
        match turn.act:
            case Say(texts):
                answer = self._say(texts)
            case Tap(title) if types_taps(self.script):
                answer = self._say((title,))
            case Tap(title):
                self._hear(self.person)
                self._await(self.person, [self.person.tap(title, **self.who)], moves_clock=False)
                answer = self._hear(self.person)
            case Wait(duration):
                answer = self._let_pass(duration)
            case Staff() as staff:
                answer = self._order(staff)
        if turn.wanted is not None:
            problems = judging.unmet_by_answer(
                turn.wanted,
                [line.words for line in answer],
                [title for line in answer for title in line.titles],
                buttons=isinstance(turn.act, Staff) or self.person.channel not in WITHOUT_BUTTONS,
            )
            for problem in problems:
                self._unmet(turn, problem)
        if not isinstance(turn.act, Staff):
            self._look_at_staff()

    def _say(self, texts: Sequence[str]) -> list[Line]:
        self._hear(self.person)  # what came before is no answer to this
        self._await(self.person, [self.person.write(text, **self.who) for text in texts], moves_clock=True)
        return self._hear(self.person)

    def _let_pass(self, duration: dt.timedelta) -> list[Line]:
        """What reached the person since the last turn of theirs, a staff turn between included."""
        self.world.advance(duration)
        self.result.transcript.append(Remark(self.place, f"{_span(duration)} later: {self.world.now()[:16]}"))
        self._settle(self.person)
        return self._hear(self.person)

    def _order(self, staff: Staff) -> list[Line]:
        phone = self._staff_phone(staff.address)
        phone.settle()
        self._look_at_staff()
        who = {"from": staff.key} if staff.chat == "group" else {}
        self._await(phone, [phone.write(staff.text, **who)], moves_clock=False)
        return self._hear_staff(staff.address)

    def _await(self, phone: Phone, ids: Sequence[str], *, moves_clock: bool) -> None:
        # Not before the gym has all of them: what came in after the move would be a turn of its own.
        phone.wait_until_taken(ids)
        if moves_clock:
            self.world.advance(PAST_BURST)
        self._settle(phone)

    def _settle(self, phone: Phone) -> None:
        if not phone.settle():
            self._unmet(self.script.turns[self.place - 1], "the gym was still at work after a minute")

    def _hear(self, phone: Phone) -> list[Line]:
        """The gym's new lines on the person's phone, into the transcript."""
        fresh = phone.news()
        self._write_down(phone, fresh, self.script.person.name or self.script.person.address)
        return [line for line in fresh if not line.mine]

    def _hear_staff(self, address: str) -> list[Line]:
        fresh = self.staff[address].news()
        self._write_down(self.staff[address], fresh, address.removeprefix(f"{GROUP}:"))
        heard = [line for line in fresh if not line.mine]
        self.seen_by_staff[address] += [line.words for line in heard]
        return heard

    def _look_at_staff(self) -> None:
        for address in self.staff:
            self._hear_staff(address)

    def _staff_phone(self, address: str) -> Phone:
        if address not in self.staff:
            self.staff[address] = self.world.phone("telegram", address)
            self.seen_by_staff[address] = []
        return self.staff[address]

    def _write_down(self, phone: Phone, lines: Sequence[Line], me: str) -> None:
        chat = phone.address if phone.address.startswith(GROUP) else phone.channel
        for line in lines:
            who = line.speaker or (me if line.mine else "gym")
            self.result.transcript.append(
                Bubble(self.place, chat, who, line.mine, line.words, line.titles, line.at, line.edited)
            )

    def _end(self) -> None:
        """Records, and what staff and trainers saw."""
        self.place = len(self.script.turns)
        ending, person = self.script.ending, self.script.person
        for phone in self.staff.values():
            phone.settle()
        self._look_at_staff()
        contact = self.world.contact_id(person.channel, person.address)
        problems: list[str] = []
        if ending.lead is not None:
            problems += judging.unmet_by_lead(ending.lead, self.world.lead(contact) if contact else None)
        if ending.bookings is not None:
            rows = self.world.bookings(contact) if contact else []
            problems += judging.unmet_by_bookings(ending.bookings, rows)
        problems += judging.unmet_by_chat("the staff group", ending.staff_saw, self.seen_by_staff[GROUP])
        for key, words in ending.trainer_saw.items():
            heard = self.seen_by_staff[f"{GROUP}:{key}"]
            problems += judging.unmet_by_chat(f"{key}'s own chat", words, heard)
        problems += judging.unmet_by_counts(
            ending,
            sent=sum(not line.mine for line in self.person.lines()),
            not_understood=bool(contact) and ending.nlu_handoff is not None
            and self.world.was_not_understood(str(contact)),
        )  # fmt: skip
        for problem in problems:
            _note(self.result, self.place, problem, where="the end")

    def _unmet(self, turn: Turn, problem: str) -> None:
        _note(self.result, self.place, problem, where=f"turn {self.place}, {turn.words}")


def _span(duration: dt.timedelta) -> str:
    """``2 d 3 h``."""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")) if n]
    return " ".join(parts) or "no time"
