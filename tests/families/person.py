"""Somebody sensible with a goal: reads what the gym's bot asks, answers that, and says the wish again if nothing is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bot.channels import CHANNELS
from tests.bot.answer import Answer
from tests.bot.prospect_phone import ProspectPhone

YES = ("Confirm", "Yes, cancel", "Waiting list", "Take it", "Yes")
"""Buttons that settle what the question says, if that is what the person wants."""
INVITATIONS = (
    "Would you like to come",
    "Shall we go on",
    "Would you like another time",
    "Would you like one",
)
PATIENCE = 7
"""Messages after which people give up."""


@dataclass(frozen=True)
class Want:
    """One thing a person came for."""

    asks: str
    """The whole wish in one sentence."""
    time: str
    """When, as the person says it in answer to a question."""
    when: str
    """The time as the bot names it, which has to stand in what is said yes to."""
    is_met: Callable[[ProspectPhone], bool]
    picks: tuple[str, ...] = ()
    """Beginnings of other buttons that lead there: a class, a length, one of two bookings."""
    yes: tuple[str, ...] = YES


@dataclass
class Person:
    """Goes on until every want is met, or patience is at its end."""

    phone: ProspectPhone
    wants: list[Want]
    name: str = "Rob"
    heard: Answer = field(default_factory=Answer)
    told: list[str] = field(default_factory=list)
    """The whole talk, for reading where it went wrong."""

    def says(self, *texts: str) -> Answer:
        """Words, or a burst of them."""
        return self._note(" ⏎ ".join(texts), self.phone.say(*texts))

    def sends(self, kind: Literal["voice", "sticker", "image"]) -> Answer:
        """Something that is not text."""
        return self._note(f"({kind})", self.phone.send(kind))

    def taps(self, title: str) -> Answer:
        """A button; where the channel has none, its number."""
        if CHANNELS[self.phone.channel].limits.buttons:
            return self._note(f"[{title}]", self.phone.tap(title))
        titles = self.heard.titles
        number = next((i for i, t in enumerate(titles, 1) if t.startswith(title)), None)
        return self.says(str(number) if number else title)

    def hears(self, answer: Answer) -> Answer:
        """Something that came unasked."""
        return self._note("…", answer)

    def goes_on(self) -> bool:
        """Towards the goal by what the bot asks; whether it was reached."""
        for _ in range(PATIENCE):
            open_wants = [want for want in self.wants if not want.is_met(self.phone)]
            if not open_wants:
                return True
            self._answer(open_wants)
        return all(want.is_met(self.phone) for want in self.wants)

    def _answer(self, wants: list[Want]) -> None:
        text, titles = self.heard.text, self.heard.titles
        want = next((one for one in wants if one.when in text), wants[0])
        pick = next((title for title in titles if title.startswith(want.picks or ("\0",))), None)
        yes = next((title for title in titles if title in want.yes), None)
        if "first name" in text:
            self.says(self.name)
        elif pick is not None:
            self.taps(pick)
        elif yes is not None and want.when in text:
            self.taps(yes)
        elif any(words in text for words in INVITATIONS):
            self.says("yes")
        elif "?" in text and ("suit" in text or "instead" in text or yes is not None):
            self.says(want.time)
        elif "Shall I" in text and want.when in text:
            self.says("yes please")
        else:
            self.says(want.asks)

    def _note(self, said: str, answer: Answer) -> Answer:
        self.heard = answer
        self.told += [
            f"> {said}",
            *(f"< {text} {answer.titles or ''}" for text in answer.texts or ["(nothing)"]),
        ]
        return answer
