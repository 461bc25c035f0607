"""Phones and what they show: messages, their buttons, their status."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulator.accounts import Account

_RANK = {"": 0, "queued": 1, "sent": 2, "delivered": 3, "read": 4}


class NoSuchPhone(LookupError):
    """Nobody with this address is known, and none can be made up; the message says why."""


class NothingToTap(LookupError):
    """No message on the phone has such a button; the message lists what can be tapped."""


@dataclass(slots=True)
class Button:
    """Something under a message that can be tapped. `kind` is the provider's sort of it."""

    id: str
    title: str
    kind: str = "reply"
    url: str = ""
    description: str = ""

    def listed(self) -> dict[str, str]:
        """The button as the phone lists it."""
        return {key: value for key, value in asdict(self).items() if value or key in ("id", "title")}


@dataclass(slots=True)
class Message:
    """One line on a phone. `sender` is `me` for a person, `gym` for the bot; ids grow within one phone."""

    id: int
    sender: str
    at: datetime
    text: str = ""
    speaker: str = ""
    buttons: list[Button] = field(default_factory=list)
    media: dict[str, Any] | None = None
    status: str = ""
    edited: bool = False
    provider_id: str = ""
    reply_to: int = 0
    reaction: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    author: int = 0
    revision: int = 0

    def listed(self) -> dict[str, Any]:
        """The message as the phone shows it."""
        shown: dict[str, Any] = {
            "id": str(self.id),
            "from": self.sender,
            "at": self.at.isoformat(),
            "text": self.text,
            "buttons": [button.listed() for button in self.buttons],
            "media": self.media,
            "status": self.status,
            "revision": self.revision,
        }
        if self.speaker:
            shown["sender"] = self.speaker
        if self.edited:
            shown["edited"] = True
        if self.reply_to:
            shown["reply_to"] = str(self.reply_to)
        if self.reaction:
            shown["reaction"] = self.reaction
        if self.entities:
            shown["entities"] = self.entities
        return shown

    def matching(self, wanted: str) -> Button | None:
        """The button a person means: its id, its title, or the beginning of its title, case ignored."""
        tappable = [button for button in self.buttons if button.kind != "url"]
        folded = wanted.strip().casefold()
        for button in tappable:
            if button.id == wanted.strip() and button.id:
                return button
        for button in tappable:
            if button.title.casefold() == folded:
                return button
        for button in tappable:
            if folded and button.title.casefold().startswith(folded):
                return button
        return None


@dataclass(slots=True)
class Phone:
    """One address on one channel of one gym: a person's app, or a group on Telegram."""

    gym: str
    channel: str
    address: str
    name: str = ""
    chat_id: int = 0
    username: str = ""
    started: bool = False
    opted_out: bool = False
    written_at: datetime | None = None
    messages: list[Message] = field(default_factory=list)
    outstanding: int = 0
    activity: int = 0
    revision: int = 0
    last_id: int = 0
    with_buttons: list[Message] = field(default_factory=list)
    _by_id: dict[int, Message] = field(default_factory=dict)
    _by_provider_id: dict[str, Message] = field(default_factory=dict)

    @property
    def is_group(self) -> bool:
        """Whether several people share this chat."""
        return self.chat_id < 0

    @property
    def provider_address(self) -> str:
        """The address the provider and the app call this phone by."""
        return str(self.chat_id) if self.channel == "telegram" else self.address

    def add(self, message: Message) -> Message:
        """Show a new message; it gets the next id."""
        self.last_id += 1
        message.id = self.last_id
        self.messages.append(message)
        self.keep(message)
        return message

    def keep(self, message: Message) -> None:
        """Index a message that is already in the list, and note that something changed."""
        self._by_id[message.id] = message
        if message.provider_id:
            self._by_provider_id[message.provider_id] = message
        if message.buttons:
            self.with_buttons.append(message)
        self.touch(message)

    def identify(self, message: Message) -> None:
        """Index a message by the id its provider has given it meanwhile."""
        self._by_provider_id[message.provider_id] = message

    def touch(self, message: Message) -> None:
        """Note that a message changed; `revision` orders changes within the phone."""
        self.revision += 1
        message.revision = self.revision

    def find(self, message_id: int) -> Message | None:
        """The message with this id, or None."""
        return self._by_id.get(message_id)

    def find_provider_id(self, provider_id: str) -> Message | None:
        """The message the provider calls by this id, or None."""
        return self._by_provider_id.get(provider_id)

    def remove(self, message: Message) -> None:
        """Take a message away as if it had been deleted for everybody."""
        message.text, message.buttons, message.media, message.status = "", [], None, "deleted"
        self._by_id.pop(message.id, None)
        self.touch(message)

    def after(self, message_id: int) -> list[Message]:
        """The messages newer than this id, oldest first."""
        # Ids are given without gaps, so the position follows from the id and no message is looked at in vain.
        first = self.messages[0].id if self.messages else 1
        return self.messages[max(0, message_id - first + 1) :]

    def advance(self, message: Message, status: str) -> bool:
        """Move a status forward; never backwards, and a failure stays. Says whether it moved."""
        if message.status in ("failed", "deleted") or _RANK.get(status, 5) <= _RANK.get(message.status, 5):
            return False
        message.status = status
        self.touch(message)
        return True

    def find_button(self, wanted: str) -> tuple[Message, Button]:
        """The newest message with the button meant; raises `NothingToTap`."""
        for message in reversed(self.with_buttons):
            button = message.matching(wanted)
            if button:
                return message, button
        titles = [b.title for m in reversed(self.with_buttons) for b in m.buttons if b.kind != "url"]
        listed = ", ".join(dict.fromkeys(titles[:40]))
        hint = (
            f"Can be tapped: {listed}."
            if listed
            else "No message here has buttons; write the answer as text."
        )
        raise NothingToTap(f"Nothing called {wanted!r} can be tapped on this phone. {hint}")


class Phones:
    """Every phone, found by gym, channel and address, or by Telegram's chat id."""

    def __init__(self) -> None:
        self._phones: dict[tuple[str, str, str], Phone] = {}
        self._chats: dict[tuple[str, int], Phone] = {}
        self._of_gym: dict[str, list[Phone]] = {}
        self._aliases: dict[tuple[str, str, str], Phone] = {}

    def __iter__(self) -> Iterator[Phone]:
        """Every phone of every gym."""
        return iter(self._phones.values())

    def of(self, gym: str) -> list[Phone]:
        """The phones that have talked with this gym."""
        return self._of_gym.get(gym, [])

    def find(self, gym: str, channel: str, address: str) -> Phone | None:
        """The phone, or None where nobody has used it yet."""
        return self._phones.get((gym, channel, address))

    def find_chat(self, gym: str, chat_id: int) -> Phone | None:
        """The phone or group that Telegram calls by this chat id, or None."""
        return self._chats.get((gym, chat_id))

    def alias(self, phone: Phone, name: str) -> None:
        """Let a phone be found by another name of a provider's: a message id, a business-scoped user id."""
        self._aliases[(phone.gym, phone.channel, name)] = phone

    def find_alias(self, gym: str, channel: str, name: str) -> Phone | None:
        """The phone a provider's id belongs to, or None."""
        return self._aliases.get((gym, channel, name))

    def get(self, account: Account, address: str) -> Phone:
        """The phone with a normalised address, made on first use; raises `NoSuchPhone` for unknown staff."""
        phone = self._phones.get((account.gym, account.channel, address))
        if phone:
            return phone
        chat_id = 0
        if account.channel == "telegram":
            if address.startswith("staff"):
                raise NoSuchPhone(self._no_staff(account, address))
            chat_id = int(address)
            found = self._chats.get((account.gym, chat_id))
            if found:
                return found
            if chat_id < 0:
                raise NoSuchPhone(
                    f"There is no group {address} with this gym's bot in it; the staff group is `staff`."
                )
        return self.keep(Phone(account.gym, account.channel, address, chat_id=chat_id))

    @staticmethod
    def _no_staff(account: Account, address: str) -> str:
        if address == "staff":
            return f"Gym {account.gym!r} has no staff group."
        keys = ", ".join(f"staff:{key}" for key in account.staff) or "nobody"
        return f"Gym {account.gym!r} has no {address!r}. There are: {keys}."

    def keep(self, phone: Phone) -> Phone:
        """Index a phone."""
        self._phones[(phone.gym, phone.channel, phone.address)] = phone
        self._of_gym.setdefault(phone.gym, []).append(phone)
        if phone.chat_id:
            self._chats[(phone.gym, phone.chat_id)] = phone
        return phone

    def seat_staff(self, account: Account) -> None:
        """Give the staff group and every member of the staff their chats with the gym's bot."""
        seats: list[tuple[str, int, str, str, bool]] = []
        if account.staff_group:
            seats.append(("staff", account.staff_group.chat_id, account.staff_group.title, "", True))
        for key, member in account.staff.items():
            seats.append((f"staff:{key}", member.user_id, member.name, member.username or "", member.started))
        for address, chat_id, name, username, started in seats:
            phone = self._phones.get((account.gym, "telegram", address))
            if phone is None:
                phone = self.keep(Phone(account.gym, "telegram", address, chat_id=chat_id))
            self._chats.pop((account.gym, phone.chat_id), None)
            phone.chat_id, phone.name, phone.username = chat_id, name, username
            phone.started = phone.started or started
            self._chats[(account.gym, chat_id)] = phone


def username_of(name: str, address: str) -> str:
    """A plausible handle for somebody who gave only a name."""
    handle = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")
    return handle or f"user_{address[-6:]}"


def instant(value: str) -> datetime:
    """An aware instant from ISO text; a bare one is taken as UTC."""
    parsed = datetime.fromisoformat(value)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
