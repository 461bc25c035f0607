"""The channels, found by name: every file here that exports a `CHANNEL`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable

from bot.channels._meta import GRAPH
from bot.channels._settings import ChannelSettings, configure, settings
from bot.channels._telegram_bot import TELEGRAM
from bot.channels._twilio import TWILIO
from bot.channels.base import Channel

_NOT_CHANNELS = {"base", "door", "rendering"}


def collect(channels: Iterable[Channel]) -> dict[str, Channel]:
    """The channels by name; a name given twice is an error."""
    found: dict[str, Channel] = {}
    for channel in channels:
        if channel.name in found:
            raise ValueError(f"two channels are called {channel.name!r}")
        found[channel.name] = channel
    return found


def _channels_of_this_folder() -> Iterable[Channel]:
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_") and module.name not in _NOT_CHANNELS:
            channel: Channel = importlib.import_module(f"{__name__}.{module.name}").CHANNEL
            yield channel


CHANNELS: dict[str, Channel] = collect(_channels_of_this_folder())


def close() -> None:
    """Close this process's connections to the providers (Telegram's: this thread's); sending opens new ones."""
    GRAPH.close()
    TWILIO.close()
    TELEGRAM.close()


__all__ = ["CHANNELS", "ChannelSettings", "close", "collect", "configure", "settings"]
