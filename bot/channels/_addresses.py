"""Phone numbers and scoped ids as the platforms write them.

Two forms of one number live side by side: the canonical one (E.164 with plus) to
know a person by, and the address exactly as received to answer to. WhatsApp's ids
are digits without plus and not always E.164.
"""

from __future__ import annotations

import re

# Business-scoped user id: country, optionally a parent marker, then an opaque part.
_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]+")
_LONGEST_BSUID = 256
_DIGITS = re.compile(r"[0-9]{6,15}")
_MEXICO_WITH_1 = re.compile(r"521([0-9]{10})")
_ARGENTINA_WITHOUT_9 = re.compile(r"54([1-8][0-9]{9})")
_BRAZIL_WITHOUT_9 = re.compile(r"55([1-9][1-9])([6-9][0-9]{7})")


def is_bsuid(value: str) -> bool:
    """Whether it is WhatsApp's business-scoped user id, which must never be read as a phone number."""
    return len(value) <= _LONGEST_BSUID and _BSUID.fullmatch(value) is not None


def digits_of(value: str) -> str:
    """The digits of a phone number, without plus, spaces, brackets or hyphens."""
    return "".join(character for character in value if character in "0123456789")


def canonical_phone(raw: str) -> str | None:
    """E.164 of an international mobile number with or without plus; None where it is no such number.

    Mexico loses the 1 after 52, Argentina gains the 9 after 54, and an eight-digit
    Brazilian mobile gains its ninth digit: WhatsApp's ids keep older forms of all three.
    """
    value = raw.strip().removeprefix("whatsapp:").strip()
    if not value or is_bsuid(value) or any(character.isalpha() for character in value):
        return None
    digits = digits_of(value)
    if value.startswith("00"):
        digits = digits[2:]
    if not _DIGITS.fullmatch(digits) or digits.startswith("0"):
        return None
    if found := _MEXICO_WITH_1.fullmatch(digits):
        return f"+52{found[1]}"
    if found := _BRAZIL_WITHOUT_9.fullmatch(digits):
        return f"+55{found[1]}9{found[2]}"
    if found := _ARGENTINA_WITHOUT_9.fullmatch(digits):
        return f"+549{found[1]}"
    return _e164(f"+{digits}")


def _e164(international: str) -> str:
    import phonenumbers

    try:
        number = phonenumbers.parse(international, None)
    except phonenumbers.NumberParseException:
        return international
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
