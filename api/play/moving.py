"""The same script with the person on another channel."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable

from api.play.script import (
    CHANNELS,
    WITHOUT_BUTTONS,
    WITHOUT_NAMES,
    Say,
    Script,
    Staff,
    Tap,
    Turn,
    Wait,
    Wanted,
)
from bot.channels import CHANNELS as CHANNEL_FILES

PHONE_CHANNELS = frozenset({"whatsapp", "whatsapp-twilio", "sms"})
EVERYWHERE = "all"


def cast(scripts: Iterable[Script], on: str | None) -> list[Script]:
    """The scripts as they are to be played: on their own channel, on a given one, or on `all` of them."""
    if on is None:
        return list(scripts)
    channels = CHANNELS if on == EVERYWHERE else (on,)
    return [moved(script, channel) for script in scripts for channel in channels]


def moved(script: Script, channel: str) -> Script:
    """`script` with its person on `channel`: another address, the source in the records, a name told in words.

    Taps stay taps here; the player types them where the channel has no buttons. Where the
    channel lets nobody speak after a long silence, nothing is expected to be heard then.
    """
    person = script.person
    if channel == person.channel:
        return dataclasses.replace(script, name=f"{script.name} [{channel}]")
    lead = script.ending.lead
    if lead is not None and lead.get("source") == person.channel:
        lead = {**lead, "source": channel}
    turns = tuple(_renamed(turn, person.channel, channel) for turn in script.turns)
    if channel in WITHOUT_NAMES and person.channel not in WITHOUT_NAMES and person.name:
        turns = _introduced(turns, person.name)
    limits = CHANNEL_FILES[channel].limits
    if limits.reply_window is not None and not limits.templates:
        turns = _silenced(turns, limits.reply_window)
    return dataclasses.replace(
        script,
        name=f"{script.name} [{channel}]",
        person=dataclasses.replace(person, channel=channel, address=_address(script, channel)),
        turns=turns,
        ending=dataclasses.replace(script.ending, lead=lead),
    )


def types_taps(script: Script) -> bool:
    """Whether buttons are typed by their title, because the person's channel shows none."""
    return script.person.channel in WITHOUT_BUTTONS


def _address(script: Script, channel: str) -> str:
    """An address such as the channel has them; the same each time."""
    person = script.person
    if channel in PHONE_CHANNELS and person.channel in PHONE_CHANNELS:
        return person.address
    digest = hashlib.sha256(f"{person.channel}/{person.address}".encode()).hexdigest()
    number = int(digest[:12], 16)
    if channel in PHONE_CHANNELS:
        return f"+35385{number % 10**7:07d}"
    if channel == "instagram":
        return f"66201{number % 10**11:011d}"
    return f"71{number % 10**8:08d}"


def _renamed(turn: Turn, before: str, channel: str) -> Turn:
    """Where staff are to read the person's channel, the new one."""
    wanted = turn.wanted
    if wanted is None or not isinstance(turn.act, Staff):
        return turn
    there = tuple(channel if word == before else word for word in wanted.all)
    return dataclasses.replace(turn, wanted=dataclasses.replace(wanted, all=there))


def _silenced(turns: tuple[Turn, ...], window: dt.timedelta) -> tuple[Turn, ...]:
    """Without the expectation of words that the platform lets nobody send: after the person's reply window."""
    silence, found = dt.timedelta(), []
    for turn in turns:
        match turn.act:
            case Say() | Tap():
                silence = dt.timedelta()
            case Wait(duration):
                silence += duration
                if silence >= window and turn.wanted is not None:
                    turn = dataclasses.replace(turn, wanted=Wanted(none=turn.wanted.none))
            case _:
                pass
        found.append(turn)
    return tuple(found)


def _introduced(turns: tuple[Turn, ...], name: str) -> tuple[Turn, ...]:
    """The first words of the person with their name before them, as people sign a text message."""
    for place, turn in enumerate(turns):
        if isinstance(turn.act, Say):
            first, *others = turn.act.texts
            said = dataclasses.replace(turn, act=Say((f"{name} here. {first}", *others)))
            return (*turns[:place], said, *turns[place + 1 :])
        if isinstance(turn.act, Tap):
            break
    return turns
