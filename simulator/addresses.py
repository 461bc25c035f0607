"""What an address looks like on each channel, and how the providers write it."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import phonenumbers

CHANNELS = ("whatsapp", "whatsapp-twilio", "instagram", "telegram", "sms")
BSUID = re.compile(r"^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,256}$")
_PHONE = re.compile(r"^\+?[0-9]{3,15}$")
_SCOPED = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
_STAFF = re.compile(r"^staff(:[a-z0-9_-]{1,40})?$")


class UnknownChannel(ValueError):
    """There is no such channel; the message lists those there are."""


class BadAddress(ValueError):
    """No account on that channel could have this address; the message says what one looks like."""


def ensure_channel(channel: str) -> None:
    """Raise `UnknownChannel` unless the simulator speaks this channel."""
    if channel not in CHANNELS:
        raise UnknownChannel(f"There is no channel {channel!r}. There are: {', '.join(CHANNELS)}.")


def normalise(channel: str, address: str) -> str:
    """Write an address one way: +E.164 or a business-scoped id, a scoped id, a chat id, `staff` or `staff:KEY`."""
    ensure_channel(channel)
    text = address.strip()
    if channel == "telegram":
        if _STAFF.match(text) or re.match(r"^-?[0-9]{1,19}$", text):
            return text
        raise BadAddress(f"{text!r} is no Telegram address: use a user id (digits), staff, or staff:KEY.")
    if channel == "instagram":
        if _SCOPED.match(text):
            return text
        raise BadAddress(f"{text!r} is no Instagram-scoped id: use digits such as 1029384756601234.")
    text = text.removeprefix("whatsapp:")
    if channel != "sms" and BSUID.match(text):
        return text
    text = re.sub(r"[ ()\-.]", "", text)
    if not _PHONE.match(text):
        raise BadAddress(
            f"{address!r} is no phone number: use the international form, such as +353851234567."
        )
    digits = text.removeprefix("+")
    if len(digits) < 7:  # a short code has no country and no plus
        return digits
    # WhatsApp writes Mexican mobiles 52 1 ..., the numbering plan writes 52 ...: one phone, one entry here.
    return "+52" + digits[3:] if digits.startswith("521") and len(digits) == 13 else "+" + digits


def is_bsuid(address: str) -> bool:
    """Whether the person shows no phone number, only a business-scoped user id."""
    return bool(BSUID.match(address))


def wa_id(address: str) -> str:
    """The digits WhatsApp calls this phone by; not always E.164 (Mexico: 521 for +52)."""
    digits = address.removeprefix("+")
    return "521" + digits[2:] if digits.startswith("52") and len(digits) == 12 else digits


@lru_cache(maxsize=65536)
def country(address: str) -> str:
    """The two letters of the country a phone number belongs to, `ZZ` where unknown."""
    try:
        number = phonenumbers.parse(address)
        # Numbers set aside for films and tests belong to no region; their country code still tells.
        region = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
            number.country_code or 0
        )
    except phonenumbers.NumberParseException:
        return "ZZ"
    return region if region and len(region) == 2 and region.isalpha() else "ZZ"


@lru_cache(maxsize=65536)
def bsuid(address: str, portfolio: str) -> str:
    """The business-scoped id of a phone: the same for one business and one person, different elsewhere."""
    if is_bsuid(address):
        return address
    number = int.from_bytes(hashlib.sha256(f"{portfolio}/{address}".encode()).digest()[:8], "big")
    return f"{country(address)}.{10**18 + number % (9 * 10**18)}"
