"""Keeping accounts and phones in a SQLite file, so that a restart finds them again."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulator.accounts import Account, Accounts
from simulator.phones import Button, Message, Phone, Phones, instant

_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS contents (name TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS phones (gym TEXT, channel TEXT, address TEXT, json TEXT NOT NULL,
    PRIMARY KEY (gym, channel, address));
CREATE TABLE IF NOT EXISTS messages (gym TEXT, channel TEXT, address TEXT, id INTEGER, json TEXT NOT NULL,
    PRIMARY KEY (gym, channel, address, id));
"""
_PHONE_FIELDS = ("name", "chat_id", "username", "started", "opted_out", "last_id", "revision")


class State:
    """The file. Writes are gathered and made together; `path` None keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._file: sqlite3.Connection | None = None
        self._phones: dict[tuple[str, str, str], Phone] = {}
        self._messages: dict[tuple[str, str, str, int], Message] = {}
        self._accounts_changed = False
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path)
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("PRAGMA synchronous=NORMAL")
            self._file.executescript(_TABLES)

    def note(self, phone: Phone, message: Message | None = None) -> None:
        """Remember that a phone, and perhaps one of its messages, has to be written."""
        if self._file:
            place = (phone.gym, phone.channel, phone.address)
            self._phones[place] = phone
            if message:
                self._messages[(*place, message.id)] = message

    def note_accounts(self) -> None:
        """Remember that an account or a content resource has to be written."""
        self._accounts_changed = True

    def write(self, accounts: Accounts, contents: dict[str, dict[str, Any]]) -> None:
        """Write what was noted since the last time."""
        if not self._file or not (self._phones or self._messages or self._accounts_changed):
            return
        phones, self._phones = self._phones, {}
        messages, self._messages = self._messages, {}
        with self._file:
            if self._accounts_changed:
                self._accounts_changed = False
                self._replace("accounts", accounts.dump())
                self._replace("contents", {sid: json.dumps(content) for sid, content in contents.items()})
            self._file.executemany(
                "REPLACE INTO phones VALUES (?, ?, ?, ?)",
                [(*place, json.dumps(_phone_json(phone))) for place, phone in phones.items()],
            )
            self._file.executemany(
                "REPLACE INTO messages VALUES (?, ?, ?, ?, ?)",
                [(*place, json.dumps(asdict(m), default=str)) for place, m in messages.items()],
            )

    def _replace(self, table: str, rows: dict[str, str]) -> None:
        if self._file:
            self._file.executemany(f"REPLACE INTO {table} VALUES (?, ?)", list(rows.items()))

    def read(self, accounts: Accounts, phones: Phones, contents: dict[str, dict[str, Any]]) -> None:
        """Fill the registers with what the file holds."""
        if not self._file:
            return
        for (text,) in self._file.execute("SELECT json FROM accounts ORDER BY rowid"):
            accounts.register(Account.model_validate_json(text))
        for sid, text in self._file.execute("SELECT name, json FROM contents"):
            contents[sid] = json.loads(text)
        for gym, channel, address, text in self._file.execute("SELECT * FROM phones ORDER BY rowid"):
            kept = json.loads(text)
            phone = Phone(gym, channel, address, **{name: kept[name] for name in _PHONE_FIELDS})
            phone.written_at = instant(kept["written_at"]) if kept["written_at"] else None
            phones.keep(phone)
        for gym, channel, address, _, text in self._file.execute("SELECT * FROM messages ORDER BY id"):
            found = phones.find(gym, channel, address)
            if found:
                message = _message(json.loads(text))
                found.messages.append(message)
                if message.sender == "me":
                    phones.alias(found, message.provider_id)
                revision, found_at = message.revision, found.revision
                found.keep(message)
                message.revision, found.revision = revision, found_at

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


def _phone_json(phone: Phone) -> dict[str, Any]:
    kept: dict[str, Any] = {name: getattr(phone, name) for name in _PHONE_FIELDS}
    kept["written_at"] = phone.written_at.isoformat() if phone.written_at else None
    return kept


def _message(kept: dict[str, Any]) -> Message:
    kept["at"] = instant(kept["at"])
    kept["buttons"] = [Button(**button) for button in kept["buttons"]]
    return Message(**kept)
