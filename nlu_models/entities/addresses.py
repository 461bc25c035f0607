"""Phone numbers and e-mail addresses."""

from __future__ import annotations

import re

import phonenumbers
from rapidfuzz.distance import OSA

from nlu_models.entities.message import Message
from nlu_models.parse import Entity

_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+", re.UNICODE)
_SPOKEN_EMAIL = re.compile(
    r"\b([a-z0-9](?:[\w.+-]|\s(?:dot|underscore)\s){1,40})\s?(?:\bat\b|\(at\)|\[at\])\s?"
    r"(gmail|hotmail|outlook|yahoo|icloud|live|eircom|proton(?:mail)?|aol)\s?(?:\bdot\b|\.)\s?(com|ie|net|co\s?(?:dot|\.)\s?uk|in|me)\b",
    re.IGNORECASE,
)
_DOMAINS = (
    "gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "live.com", "hotmail.co.uk", "yahoo.co.uk",
    "btinternet.com", "googlemail.com", "protonmail.com", "proton.me", "aol.com", "me.com", "msn.com", "gmx.de", "gmx.com",
    "web.de", "eircom.net", "live.ie", "hotmail.ie", "outlook.ie", "yahoo.ie", "yahoo.in", "rediffmail.com", "yahoo.com.au",
    "bigpond.com", "sky.com", "mail.com", "ymail.com", "hotmail.fr", "yahoo.fr", "outlook.fr", "hotmail.it", "libero.it",
)  # fmt: skip
_ENDINGS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "vom": "com",
    "comm": "com",
    "coom": "com",
    "om": "com",
    "cm": "com",
    "nte": "net",
    "ei": "ie",
}
_PHONE = re.compile(
    r"(?<![\w.,:/@€£$-])(?:\+|00)?\(?\d(?:[\s().-]{0,3}\d){6,14}(?![\w@]|[.,:/]\d|\s?(?:kg|euro|€|%))"
)
_DATE = re.compile(r"^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\b")
_OTHER_REGIONS = ("IE", "GB", "IN", "US", "AU")


def find_emails(message: Message) -> list[Entity]:
    """E-mail addresses as written, and spoken ones ("ana dot silva at gmail dot com")."""
    found = [
        Entity("email", match.group().strip(".-'").lower(), match.group(), match.start(), match.end())
        for match in _EMAIL.finditer(message.text)
    ]
    for match in _SPOKEN_EMAIL.finditer(message.lower):
        if "@" in match.group():
            continue
        local = re.sub(r"\s?\bdot\b\s?", ".", match.group(1))
        local = re.sub(r"\s?\bunderscore\b\s?", "_", local).split(" ")[-1]
        ending = re.sub(r"\s?(?:dot|\.)\s?", ".", match.group(3)).replace(" ", ".")
        start = message.lower.rfind(
            match.group(1).split(" ")[-1] if " dot " not in match.group(1) else match.group(1),
            0,
            match.end(1),
        )
        start = max(start, match.start())
        text = message.text[start : match.end()]
        found.append(Entity("email", f"{local}@{match.group(2)}.{ending}", text, start, match.end(), 0.8))
    return found


def email_suggestion(address: str) -> str | None:
    """The address that was probably meant where the domain looks mistyped, else None."""
    local, _, domain = address.lower().strip().rpartition("@")
    if not local or "." not in domain or domain in _DOMAINS:
        return None
    name, _, ending = domain.rpartition(".")
    if ending in _ENDINGS:
        mended = f"{name}.{_ENDINGS[ending]}"
        if mended in _DOMAINS or len(ending) > 2:
            return f"{local}@{_nearest(mended) or mended}"
    nearest = _nearest(domain)
    return f"{local}@{nearest}" if nearest else None


def _nearest(domain: str) -> str | None:
    best: tuple[int, str] | None = None
    for known in _DOMAINS:
        slips = OSA.distance(domain, known, score_cutoff=2)
        allowed = 2 if len(known) >= 10 else 1
        if 0 < slips <= allowed and domain[0] == known[0] and (best is None or slips < best[0]):
            best = (slips, known)
    return best[1] if best and domain not in _DOMAINS else None


def find_phones(message: Message) -> list[Entity]:
    """Phone numbers, in E.164; numbers without a country code are read in the gym's region first."""
    found = []
    for match in _PHONE.finditer(message.text):
        written = match.group()
        digits = re.sub(r"\D", "", written)
        if len(digits) < 7 or _DATE.match(written) or (len(digits) == 8 and digits[:2] in ("19", "20")):
            continue
        number = _parsed(written, digits, message.context.vocabulary.phone_region)
        if number is None:
            continue
        value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        sure = 1.0 if phonenumbers.is_valid_number(number) else 0.7
        text = written.rstrip(" ().-")
        found.append(Entity("phone", value, text, match.start(), match.start() + len(text), sure))
    return found


def _parsed(written: str, digits: str, region: str) -> phonenumbers.PhoneNumber | None:
    """The number as the gym's region reads it, else as the first other region that knows it."""
    international = written.startswith(("+", "00"))
    if written.startswith("00"):
        written = "+" + digits[2:]
    possible: phonenumbers.PhoneNumber | None = None
    for candidate in (region, *_likely(written, digits), *_OTHER_REGIONS):
        try:
            number = phonenumbers.parse(written, candidate)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return number
        if candidate == "GB" and digits.startswith("07") and len(digits) == 11:
            return number
        local = digits.startswith("0") and len(digits) >= 9
        if possible is None and (international or local) and phonenumbers.is_possible_number(number):
            possible = number
    return possible


def _likely(written: str, digits: str) -> tuple[str, ...]:
    """The region that a way of writing points to: British mobiles, American groups of three, three and four."""
    if digits.startswith("07") and len(digits) == 11:
        return ("GB",)
    if re.match(r"\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}$", written.strip()):
        return ("US",)
    return ()
