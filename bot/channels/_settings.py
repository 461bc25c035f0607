"""Where the providers' APIs are reached and how long to wait for them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """Base URLs (without API version), versions and timeouts in seconds; the same for every account."""

    meta_base_url: str = "https://graph.facebook.com"
    instagram_base_url: str = "https://graph.instagram.com"
    meta_api_version: str = "v25.0"
    """Meta keeps a version for about two years; v25.0 ends on 29 July 2028."""
    twilio_base_url: str | None = None
    """None: Twilio's own hosts, one each for messages, content and indicators."""
    telegram_base_url: str = "https://api.telegram.org/bot"
    telegram_file_base_url: str = "https://api.telegram.org/file/bot"
    public_base_url: str | None = None
    """Our own public address, told to Twilio for status callbacks; None: as configured at Twilio."""
    connect_timeout: float = 5.0
    read_timeout: float = 15.0


_current = ChannelSettings()


def configure(settings: ChannelSettings) -> None:
    """Use these settings in this process from now on; called once at start."""
    global _current
    _current = settings


def settings() -> ChannelSettings:
    """The settings in force."""
    return _current
