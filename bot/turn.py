"""What a handler receives: the person, what they said, what is known, and the moment."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from bot import own_questions
from bot.channels.base import Limits
from bot.own_questions import Asked
from bot.tracker import Tracker
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.models import Contact, ContactInbox, Conversation, Lead
from nlu_models.parse import Entity, Parse, Times


@dataclass(slots=True)
class Turn:
    """One turn of one conversation."""

    session: TenantSession
    facts: GymFacts
    contact: Contact
    contact_inbox: ContactInbox
    conversation: Conversation
    lead: Lead
    tracker: Tracker
    parse: Parse
    now: dt.datetime
    channel: str
    limits: Limits
    tapped: str | None = None
    """The payload of a tapped button; then `parse.text` is its title."""
    answered: list[str] = field(default_factory=list)
    """Questions answered in this turn, so that none is answered twice."""
    sources: list[str] = field(default_factory=list)
    """The gym's own questions from whose answers this turn's words were taken."""
    handling: str | None = None
    """The intent that is being answered."""
    unknown: list[str] = field(default_factory=list)
    """Clauses that ask what no record tells, where only some of those that want the same do."""
    _own: tuple[Parse, list[Asked]] | None = None

    @property
    def own_answers(self) -> list[Asked]:
        """The answers of the gym's own question list that the message asks for; looked for once."""
        if self._own is None or self._own[0] is not self.parse:
            self._own = (self.parse, own_questions.asked(self.facts, self.parse))
        return self._own[1]

    switched: bool = False
    """They are answered in another language from this turn on: what was asked before has to be asked in it."""
    heard: str | None = None
    """The language that this message plainly is written in, where it is another than before."""

    @property
    def text(self) -> str:
        """What the person said, in the words that our rules are written in: a gloss where they wrote another language."""
        return self.parse.text

    @property
    def said(self) -> str:
        """What the person said, as they wrote it."""
        return self.parse.said

    @property
    def times(self) -> Times:
        """What they said about time."""
        return self.parse.times

    @property
    def language(self) -> str:
        """The language to answer in."""
        return str(self.tracker.get("language") or self.contact.language)

    def slot(self, name: str) -> Any:
        """What the conversation holds under that name."""
        return self.tracker.get(name)

    @property
    def plain(self) -> str:
        """The message in lower case, with one kind of apostrophe and single blanks."""
        return " ".join(self.text.lower().replace("’", "'").split())

    @property
    def last_words(self) -> str:
        """What we said last in this talk; empty before the first word."""
        return str((self.slot("last_said") or {}).get("text", ""))

    def slot_id(self, name: str) -> uuid.UUID | None:
        """A slot that holds a record's id."""
        value = self.tracker.get(name)
        return uuid.UUID(value) if value else None

    @property
    def asked(self) -> str | None:
        """What the open question asks for."""
        value = self.tracker.get("requested_slot")
        return str(value) if value else None

    def wants(self, *intents: str) -> bool:
        """Whether any of these intents was expressed."""
        return self.parse.wants(*intents)

    def entity(self, kind: str) -> Entity | None:
        """The first entity of that kind."""
        return self.parse.first(kind)

    @property
    def local_now(self) -> dt.datetime:
        """The gym's wall time."""
        return self.facts.local(self.now)
