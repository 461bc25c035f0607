"""Which language a person writes in, and which of ours they are answered in.

The language of the last clear message holds; short and neutral ones ("ok", a name, a number) change nothing.
"""

from __future__ import annotations

from bot import nlu, responses
from crm.facts import GymFacts
from crm.models import Contact
from nlu_models import languages


def is_spoken(code: str) -> bool:
    """Whether the bot has words in that language."""
    return code in responses.languages()


def own(facts: GymFacts) -> str:
    """The gym's own language where it is spoken here, else the default one: that of a person who has said nothing yet."""
    code = facts.gym.locale.replace("_", "-").partition("-")[0]
    return code if is_spoken(code) else responses.DEFAULT_LANGUAGE


def listen(facts: GymFacts, contact: Contact, text: str) -> str | None:
    """Keep with the person what language they plainly write in now; the code where it is another than before.

    One that isn't spoken here is kept beside the one they are answered in.
    """
    known = nlu.vocabulary(facts)
    names = (facts.gym.name, contact.name or "", *(term.name for term in (*known.trainers, *known.services)))
    # Who writes another language all along is heard each time, so that they are answered in it each time.
    heard = languages.detect(text, current=contact.language, without=names)
    if heard is None:
        other = contact.other_language
        if other is not None and languages.detect(text, current=other, without=names) == contact.language:
            contact.other_language = None
        return None
    speak(contact, heard)
    return heard


def speak(contact: Contact, code: str) -> None:
    """From now on that language, as far as it is spoken here; staff see it either way."""
    if is_spoken(code):
        contact.language, contact.other_language = code, None
    else:
        contact.other_language = code
