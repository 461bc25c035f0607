"""What a person does on a phone, as the provider sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.accounts import Account
from simulator.phones import Button, Message, Phone, username_of

TEXT_LIMITS = {"whatsapp": 65536, "whatsapp-twilio": 65536, "instagram": 1000, "telegram": 4096, "sms": 1600}
MEDIA_TYPES = ("image", "video", "audio", "voice", "document", "sticker", "location", "contact")
MIME_TYPES = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mpeg", "voice": "audio/ogg; codecs=opus",
              "document": "application/pdf", "sticker": "image/webp"}  # fmt: skip
_KINDS = ("text", "tap", "media", "reaction", "edit")


class NotUnderstood(ValueError):
    """The request to a phone cannot be carried out as it stands; the message says what would do."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who holds the phone."""

    user_id: int
    name: str
    username: str


@dataclass(frozen=True, slots=True)
class Said:
    """One act of a person. `of` is the message tapped on, answered, reacted to or edited."""

    kind: str
    message: Message
    person: Person
    at: datetime
    button: Button | None = None
    of: Message | None = None
    emoji: str = ""


def person_on(account: Account, phone: Phone, wanted: str | None) -> Person:
    """Who speaks: the phone's owner, or in the staff group the member named by key, name or user id."""
    if not phone.is_group:
        return Person(phone.chat_id, phone.name, phone.username or username_of(phone.name, phone.address))
    if not account.staff:
        raise NotUnderstood("Nobody of the staff is registered, so nobody can write in the group.")
    if wanted is None:
        member = next(iter(account.staff.values()))
        return Person(
            member.user_id, member.name, member.username or username_of(member.name, str(member.user_id))
        )
    for key, member in account.staff.items():
        if wanted.casefold() in (key.casefold(), member.name.casefold(), str(member.user_id)):
            return Person(member.user_id, member.name, member.username or key)
    raise NotUnderstood(
        f"Nobody called {wanted!r} is in the staff group. There are: {', '.join(account.staff)}."
    )


def understand(account: Account, phone: Phone, body: dict[str, Any], now: datetime) -> Said:
    """Read a request to a phone; raises `NotUnderstood`, or `NothingToTap` where no button is meant."""
    given = [kind for kind in _KINDS if body.get(kind) is not None]
    if len(given) != 1:
        raise NotUnderstood(f'Say exactly one of {", ".join(_KINDS)}, such as {{"text": "hello"}}.')
    kind = given[0]
    person = person_on(account, phone, _optional_text(body, "from"))
    speaker = person.name if phone.is_group else ""
    message = Message(0, "me", now, speaker=speaker, status="sent", author=person.user_id)
    of = _quoted(phone, body)
    if of and kind in ("text", "media"):
        message.reply_to = of.id
    match kind:
        case "text":
            message.text = _text(account, body["text"])
        case "tap":
            if not isinstance(body["tap"], str) or not body["tap"].strip():
                raise NotUnderstood("tap is the title of a button, its beginning, or its id.")
            of, button = phone.find_button(body["tap"])
            message.text = button.title
            return Said(kind, message, person, now, button, of)
        case "media":
            message.media = _media(body["media"])
            message.text = str(message.media.get("caption", ""))
        case "reaction":
            if of is None:
                raise NotUnderstood("A reaction needs reply_to, the id of the message reacted to.")
            return Said(kind, message, person, now, of=of, emoji=str(body["reaction"]))
        case _:
            if (
                account.channel != "telegram"
                or of is None
                or of.author != person.user_id
                or of.sender != "me"
            ):
                raise NotUnderstood("Only one's own message on Telegram can be edited; reply_to says which.")
            message.text = _text(account, body["edit"])
    return Said(kind, message, person, now, of=of)


def _optional_text(body: dict[str, Any], key: str) -> str | None:
    value = body.get(key)
    return None if value is None else str(value)


def _text(account: Account, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise NotUnderstood("text must be words, not empty.")
    limit = TEXT_LIMITS[account.channel]
    size = len(value.encode()) if account.channel == "instagram" else len(value)
    if size > limit:
        raise NotUnderstood(
            f"The text has {size}, more than the {limit} that {account.channel} lets a person write."
        )
    return value


def _quoted(phone: Phone, body: dict[str, Any]) -> Message | None:
    wanted = body.get("reply_to")
    if wanted is None:
        return None
    found = phone.find(int(wanted)) if str(wanted).isdigit() else None
    if found is None:
        raise NotUnderstood(f"There is no message {wanted!r} on this phone to answer.")
    return found


def _media(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = {"type": "image", "url": value}
    if not isinstance(value, dict) or value.get("type", "image") not in MEDIA_TYPES:
        raise NotUnderstood(
            f"media is an object with type ({', '.join(MEDIA_TYPES)}) and perhaps url, caption, filename."
        )
    media = {"type": "image", **value}
    if media["type"] == "location":
        for name in ("latitude", "longitude"):
            if not isinstance(media.get(name), int | float):
                raise NotUnderstood("A location has latitude and longitude as numbers.")
    elif media["type"] == "contact":
        if not media.get("phone"):
            raise NotUnderstood("A contact has a phone and perhaps a name.")
    else:
        media.setdefault("mime_type", MIME_TYPES[media["type"]])
    return media
