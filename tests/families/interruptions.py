"""What people do in the middle of something, in different voices, and what they then have to hear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.families.person import Want
from tests.families.steps import Step, holds

FAMILIES = ("side question", "correction", "change of task", "never mind", "burst", "noise")


@dataclass(frozen=True)
class Interruption:
    """One of them. `hears`: one of these has to be in the answer."""

    family: str
    says: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    wants: tuple[Want, ...] = ()
    """What they want besides."""
    instead: Want | None = None
    """What they want in place of the step's own wish."""
    keeps_question: bool = False
    """The open question has to be asked again in the same answer."""
    drops: bool = False
    """Nothing more is to be asked."""
    sends: Literal["voice", "sticker", "image"] | None = None


SIDE: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("how much is it per month btw", "whats the damage monthly??", "And what would a membership set me back?"), ("€55",)),
    (("price of the day pass?", "how much just to drop in for one day"), ("€12",)),
    (("whats PT cost", "how much for a personal trainer?"), ("€30", "€50")),
    (("what time do ye close on saturday", "are you open sundays at all?", "when do you open in the mornings"),
     ("18:00", "16:00", "06:00")),
    (("where are ye exactly", "whats the address again", "how do I find you from the station?"), ("Quayside",)),
    (("is there parking", "can i leave the car somewhere", "Where would I put my bike?"), ("car park", "bike racks")),
    (("have ye showers", "is there a sauna??", "do you have lockers"), ("shower", "sauna", "locker", "Lockers")),
    (("is there a pool", "any swimming pool?"), ("pool",)),
    (("do i need to bring anything", "what should I wear", "what do i bring with me"), ("water",)),
    (("student discount?", "any money off for students"), ("15%",)),
    (("can i pay cash", "do you take card?"), ("cash", "card")),
    (("is there a contract", "am I tied in if I join?"), ("no minimum term",)),
    (("im a total beginner is that ok", "I'm fairly unfit, would that be a problem?"), ("zero", "beginners")),
    (("am i talking to a robot", "is this a real person or a bot"), ("automated", "not a person")),
    (("who are the trainers", "what trainers do you have"), ("Aoife",)),
    (("is the trial really free", "so the trial costs nothing?"), ("free",)),
    (("what classes have ye", "which classes do you run?"), ("Yoga",)),
    (("is there a joining fee", "do ye charge a sign up fee"), ("no joining fee",)),
)  # fmt: skip

YOGA = Want(
    "book me into yoga on thursday evening", "yoga thursday evening", "Thursday 26 November at 19:00",
    holds("yoga", "2026-11-26 19:00"), picks=("Thu 26 19:00", "Yoga"),
)  # fmt: skip
TASKS = (
    "actually first book me into yoga on thursday evening",
    "oh and can you put me down for YOGA thurs evening",
    "hang on, is there a spot for me in yoga on thursday evening? book that first please",
    "one sec, i also want the thursday evening yoga class, book me in for that",
    "before that - could I get a place in Thursday's yoga at 7pm?",
)
NEVER_MIND = (
    "ah never mind", "forget it", "nvm", "actually leave it thanks", "no wait, forget about it for now",
    "stop asking please", "leave it so, sorry", "Never mind, I'll get back to you.",
)  # fmt: skip
BURSTS = (
    (("hang on", "how much is the day pass", "just wondering"), ("€12",)),
    (("sorry", "one thing", "is there parking?"), ("car park",)),
    (("ok", "but", "where are ye"), ("Quayside",)),
    (("oh", "and have ye showers"), ("shower",)),
    (("hmm", "do i need to bring my own towel", "or water"), ("towel", "water")),
    (("also", "student discount??", "i'm in college"), ("15%",)),
)
MEDIA: tuple[Literal["voice", "sticker", "image"], ...] = ("voice", "sticker", "image")
NOISE = (
    "asdfgh", "🙃🙃🙃", "sdkjf lkj", "...", "?", "hmm", "brb", "ok", "thanks", "lol", "👍🏻❤️", "the cat walked on my keyboard sorry",
)  # fmt: skip


def at(step: Step) -> list[Interruption]:
    """Every interruption that makes sense at that step."""
    found = [
        Interruption("side question", (text,), hears, keeps_question=step.has_question)
        for texts, hears in SIDE
        for text in texts
    ]
    if step.corrected is not None:
        found += [Interruption("correction", (text,), instead=step.corrected) for text in step.correction]
    found += [Interruption("change of task", (text,), wants=(YOGA,)) for text in TASKS]
    found += [Interruption("never mind", (text,), drops=True) for text in NEVER_MIND]
    found += [
        Interruption("burst", texts, hears, keeps_question=step.has_question) for texts, hears in BURSTS
    ]
    if not step.is_second_miss:
        found += [Interruption("noise", (text,)) for text in NOISE]
        found += [Interruption("noise", sends=kind) for kind in MEDIA]
    return found
