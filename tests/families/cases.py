"""Plays an interruption at a step and judges how it went."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

from crm.conversations import NOT_UNDERSTOOD
from crm.db import Database, TenantSession
from tests.bot.prospect_phone import ProspectPhone
from tests.conftest import MONDAY_MORNING, import_demo_gym
from tests.families.interruptions import FAMILIES, Interruption, at
from tests.families.person import Person
from tests.families.steps import STEPS, Step

CHANNELS = ("whatsapp", "whatsapp", "telegram", "instagram", "sms")


@dataclass(frozen=True)
class Case:
    """One interruption at one step, on one channel."""

    step: Step
    interruption: Interruption
    channel: str


@dataclass(frozen=True)
class Outcome:
    """How it went: what was wrong, and the talk."""

    case: Case
    wrong: str | None
    talk: tuple[str, ...]


def choose(*, seed: int, each: int) -> list[Case]:
    """At each step `each` cases of every family, wordings and channels drawn with the seed."""
    draw = random.Random(seed)
    cases = []
    for step in STEPS:
        for family in FAMILIES:
            pool = [one for one in at(step) if one.family == family]
            for one in draw.sample(pool, min(each, len(pool))):
                cases.append(Case(step, one, draw.choice(CHANNELS)))
    return cases


class _Undone(Exception):
    """Ends a case's session without a commit."""


def play(database: Database, cases: list[Case]) -> Iterator[Outcome]:
    """Each case in the demo gym as it was imported."""
    gym = import_demo_gym(database)
    for case in cases:
        with contextlib.suppress(_Undone), database.tenant_session(gym.id) as session:
            yield play_one(session, case, MONDAY_MORNING)
            raise _Undone


def play_one(session: TenantSession, case: Case, now: dt.datetime) -> Outcome:
    """Reach the step, interrupt, go on as a sensible person would, and look at the records."""
    step, interruption = case.step, case.interruption
    phone = ProspectPhone(session, now, channel=case.channel, name="Rob Kelly" if step.has_name else None)
    wants = [*interruption.wants, interruption.instead or step.want]
    person = Person(phone, wants)
    asked = step.reach(person)
    person.told.append("--- interrupts")
    heard = person.sends(interruption.sends) if interruption.sends else person.says(*interruption.says)
    wrong = _judge(interruption, asked.titles, heard.text, heard.titles)
    if wrong is None and not person.goes_on():
        wrong = "the goal was not reached"
    if wrong is None and phone.conversation.handoff_reason == NOT_UNDERSTOOD:
        wrong = "handed over as not understood"
    return Outcome(case, wrong, tuple(person.told))


def _judge(interruption: Interruption, asked: list[str], text: str, titles: list[str]) -> str | None:
    """What is wrong with the answer to the interruption itself."""
    if interruption.hears and not any(words in text for words in interruption.hears):
        return f"not answered: none of {interruption.hears} was said"
    if interruption.keeps_question and ("?" not in text or not set(asked) <= set(titles)):
        return "the open question was not asked again"
    if interruption.drops and "?" in text:
        return "went on asking"
    return None
