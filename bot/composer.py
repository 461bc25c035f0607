"""One message out of all that a turn has to say: who we are, the answers, then the one question."""

from __future__ import annotations

from bot import files, responses
from bot.channels.base import Button, Incoming
from bot.events import Events, Say, Silence, StaffTold
from bot.turn import Turn
from crm import contacts
from crm.config import settings
from nlu_models.parse import OUT_OF_SCOPE

MAX_BUTTONS = 10
PASSED_ON = frozenset(
    {"utter_handoff", "utter_handoff_sorry", "utter_handoff_waiting", "utter_member_matter"}
)
"""Says nothing but that the team has it."""
TELLS_TEAM = PASSED_ON | {
    "utter_injury",
    "utter_injury_new",
    "utter_emergency",
    "utter_privacy",
    "utter_special_price",
}


class Reply:
    """Collects what handlers say and joins it."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.says: list[Say] = []
        self.body = ""
        """The message without the introduction."""

    def add(self, say: Say) -> None:
        """One more thing to say; the same thing is not said twice, and only the last question stays."""
        if say in self.says:
            return
        if say.asks:
            self.says = [other for other in self.says if not other.asks]
        self.says.append(say)

    def compose(self) -> tuple[str, list[dict[str, str]]]:
        """The text and its buttons; empty where nothing is to be said."""
        if not self.says:
            return "", []
        answers = _handed_over_once([say for say in self.says if not say.asks])
        question = next((say for say in self.says if say.asks), None)
        ordered = [*answers, question] if question is not None else answers
        texts = [responses.render(self._voice(say.key), say.key, **say.params).strip() for say in ordered]
        self.body = "\n".join(text for text in texts if text)
        buttons: tuple[Button, ...] = ()
        for say in ordered:
            buttons = say.buttons or buttons
        text = self.body
        if not self.turn.slot("introduced"):
            text = f"{self.introduction()} {text}"
        return text, [{"id": button.id, "title": button.title} for button in buttons[:MAX_BUTTONS]]

    def _voice(self, key: str) -> str:
        """The person's own language where there are words in it for this, though it is not spoken here."""
        other = self.turn.contact.other_language
        if other is not None and key in responses.catalogue(other):
            return other
        return self.turn.language

    def introduction(self) -> str:
        """Said once, first: who this is, and that it is a machine (EU AI Act, article 50)."""
        name = contacts.first_name(self.turn.contact)
        key = "utter_introduce" if name else "utter_introduce_nameless"
        return responses.render(self._voice(key), key, name=name, gym=self.turn.facts.gym.name)


def _handed_over_once(answers: list[Say]) -> list[Say]:
    """That the team has been told is said once, by what says most of it."""
    telling = [say for say in answers if say.key in TELLS_TEAM]
    if len(telling) < 2:
        return answers
    kept = next((say for say in telling if say.key not in PASSED_ON), telling[0])
    return [say for say in answers if say is kept or say.key not in PASSED_ON]


def is_in_words(turn: Turn, incoming: Incoming) -> bool:
    """Whether it is answered by its words: what is typed or tapped, or a caption that asks something of ours."""
    if incoming.kind == "text" or turn.tapped is not None:
        return True
    if not turn.text or incoming.kind in files.TOLD_IN_FULL:
        return False
    return not incoming.attachments or turn.parse.intent.name != OUT_OF_SCOPE


def unreadable(turn: Turn, incoming: Incoming) -> Events:
    """Something that is not text: said kindly, passed to staff, never dropped."""
    kinds = {attachment.kind for attachment in incoming.attachments}
    is_fetched = any(files.is_fetched(attachment) for attachment in incoming.attachments)
    if kinds & {"voice", "audio"}:
        if not is_fetched:
            yield StaffTold("media", {"kind": "voice note"})
        # With a speech model the words are answered once they are heard.
        yield Silence() if is_fetched and settings().speech_dir else Say("utter_voice")
    elif kinds == {"sticker"}:
        yield Say("utter_sticker")
    elif incoming.kind == "location":
        yield StaffTold("location", {"location": incoming.extra.get("location")})
        from bot.intents.faq import location

        yield from location.answer(turn)
    elif incoming.kind == "contact" and incoming.extra.get("own_number"):
        yield Say("utter_noted")
    elif incoming.kind in files.TOLD_IN_FULL:
        yield StaffTold(incoming.kind, {"words": files.words_of(incoming)})
        yield Say("utter_noted")
    elif incoming.kind == "referral" or (incoming.kind == "choice" and not turn.text):
        yield Say("utter_greet_first", asks=True)
    else:
        if not is_fetched:
            yield StaffTold("media", {"kind": next(iter(kinds), incoming.kind)})
        yield Say("utter_media")
