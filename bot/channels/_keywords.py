"""Words that open and close the door for messages, by the carriers' and the platforms' rules.

Only a whole message counts. "Please stop the class reminders on Mondays" is for the
bot to understand; these words must work even where nothing else does.
"""

from __future__ import annotations

from typing import Literal

Keyword = Literal["optout", "optin", "help"]

# Twilio blocks these itself, answers them itself, and still calls our webhook.
CARRIER_WORDS: dict[str, Keyword] = {
    "stop": "optout", "stopall": "optout", "unsubscribe": "optout", "cancel": "optout", "end": "optout",
    "quit": "optout", "revoke": "optout", "optout": "optout", "start": "optin", "unstop": "optin",
    "help": "help", "info": "help",
}  # fmt: skip

# Chat platforms handle no words: we do. "Cancel" and "help" are left to the conversation,
# where they nearly always mean a class and a question.
CHAT_WORDS: dict[str, Keyword] = {
    "stop": "optout", "stopall": "optout", "stop all": "optout", "unsubscribe": "optout", "end": "optout",
    "quit": "optout", "revoke": "optout", "optout": "optout", "opt out": "optout", "opt-out": "optout",
    "start": "optin", "unstop": "optin",
}  # fmt: skip

# Labels of the button that Meta offers for marketing templates.
_MARKETING_STOP = {
    "stop promotions", "stop promotion", "stop marketing", "detener promociones", "parar promoções",
    "stopper les promotions", "arrêter les promotions", "werbung beenden", "interrompi promozioni",
}  # fmt: skip


def carrier_keyword(body: str) -> Keyword | None:
    """The keyword of an SMS: the exact trimmed body, in any case."""
    return CARRIER_WORDS.get(body.strip().lower())


def chat_keyword(body: str | None) -> Keyword | None:
    """The keyword of a chat message, forgiving the punctuation around it."""
    if body is None or len(body) > 40:
        return None
    return CHAT_WORDS.get(body.strip(" \t\r\n.!,;:'\"*_").lower())


def stops_marketing(*labels: str | None) -> bool:
    """Whether one of a tapped button's label and payload is the platform's marketing opt-out."""
    return any(label is not None and label.strip().lower() in _MARKETING_STOP for label in labels)
