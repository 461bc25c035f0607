"""Recorded requests, spoilt at random: always signed correctly, because what is not signed is not read at all."""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote_from_bytes, urlsplit

from bot.channels.base import WebhookRequest
from tests.bot.channels.payload_cases import PROVIDERS, Case
from tests.bot.channels.signing import meta, telegram, twilio_raw


def nested(depth: int) -> Any:
    """Lists and objects in each other."""
    value: Any = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"type": value}
    return value


JUNK: tuple[Any, ...] = (
    None, True, False, -1, 0, 10**30, -(10**30), 2**63, 1e308, 1.5, float("nan"), float("inf"), "", " ", "x", "0", "-1",
    "GB.1", "GB.ENT.", "\ud800", "\udc00\ud800", "\x00", "a\x00b", "\u202e", "👩‍👩‍👧‍👦" * 50, "ﷺ" * 400, "x" * 20_000,
    "9" * 5000, "1795161600.5", "99999999999999999999", "wamid.", "+44 7700 900123", "whatsapp:", "text", "image",
    "contacts", "system", "interactive", "edit", "revoke", [], {}, [None], [[]], {"id": []}, [{}], [1, "a", None, {}],
    [{"id": "x"}] * 30, {"": ""}, {"\x00": "\ud83d"}, nested(20), nested(70),
)  # fmt: skip
"""What may stand in any place of a body."""

_MOST_PLACES = 2000
_FORM_JUNK = (
    "", " ", "x", "-1", "9" * 40, "0", "20", "21", "\x00", "whatsapp:", "nan", "inf", "whatsapp:GB.", "+", "\ufffd", "STOP",
    "https://127.0.0.1:1/x", "image/png", "text/vcard", "true", "received", "delivered", "failed", "63016", "x" * 5000,
    "\u202e👩‍👩‍👧", "%00%ff", "&=;", "a=b&c=d",
)  # fmt: skip
_NAMES = (
    "Body", "From", "To", "MessageSid", "SmsSid", "SmsStatus", "MessageStatus", "NumMedia", "MediaUrl0", "MediaContentType0",
    "ErrorCode", "Latitude", "Longitude", "ButtonPayload", "ButtonText", "ListId", "OptOutType", "ProfileName", "WaId",
    "ReferralSourceType", "OriginalRepliedMessageSid", "MessagingServiceSid", "ExternalUserId", "", "\x00", "ünï",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One spoilt request, and how it came about."""

    provider: str
    request: WebhookRequest
    story: str


def mutations(cases: Sequence[Case], count: int, *, seed: int) -> Iterator[Mutation]:
    """As many as wanted, the same ones for the same seed."""
    dice = random.Random(seed)
    good = [
        case
        for case in cases
        if case.request.body and 200 in case.expect["http"] and "malformed" not in case.name
    ]
    for number in range(count):
        case = dice.choice(good)
        if PROVIDERS[case.folder] == "twilio":
            yield _form(case, dice, number)
        else:
            yield _json(case, dice, number)


def mutated(value: Any, dice: random.Random) -> Any:
    """The same JSON with one place, any with the same chance, changed, removed, renamed, repeated or replaced."""
    places = list(itertools.islice(_places(value, ()), _MOST_PLACES))
    return _changed(value, dice.choice(places), dice)


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))


def _changed(value: Any, path: tuple[Any, ...], dice: random.Random) -> Any:
    if not path:
        return _other(value, dice)
    step, rest, chance = path[0], path[1:], dice.random()
    if isinstance(value, dict):
        if not rest and chance < 0.2:
            return {key: item for key, item in value.items() if key != step}
        if not rest and chance < 0.25:
            return {(f"{key}x" if key == step else key): item for key, item in value.items()}
        return {**value, step: _changed(value[step], rest, dice)}
    changed = _changed(value[step], rest, dice)
    if not rest and chance < 0.3:
        return [*value, *[changed] * dice.choice((1, 3, 40))]
    return [*value[:step], changed, *value[step + 1 :]]


def _other(value: Any, dice: random.Random) -> Any:
    if isinstance(value, str) and value and dice.random() < 0.3:
        return value[: dice.randrange(len(value))] + dice.choice(
            ("", "\x00", "\u202e", "😀", "\ud800", value)
        )
    return dice.choice(JUNK)


def _json(case: Case, dice: random.Random, number: int) -> Mutation:
    sign = telegram if PROVIDERS[case.folder] == "telegram" else _signed_for(case)
    value = renumbered(json.loads(case.request.body), number)
    for _ in range(dice.randint(1, 4)):
        value = mutated(value, dice)
    raw, how = json.dumps(value).encode(), "structure"
    chance = dice.random()
    if chance < 0.06:
        raw, how = raw[: dice.randrange(len(raw) + 1)], "truncated"
    elif chance < 0.12:
        raw, how = _flipped(raw, dice), "bytes"
    elif chance < 0.15:
        raw, how = raw.decode().encode("utf-16"), "utf-16"
    elif chance < 0.17:
        raw, how = b"\xef\xbb\xbf" + raw, "byte order mark"
    elif chance < 0.19:
        raw, how = b"[" * dice.choice((60, 5000, 100_000)) + raw, "brackets"
    elif chance < 0.22:
        raw, how = (
            json.dumps(value, ensure_ascii=False, indent=3).encode("utf-8", "surrogatepass"),
            "raw unicode",
        )
    return Mutation(PROVIDERS[case.folder], sign(raw), f"{case.id} #{number}: {how}")


def _signed_for(case: Case) -> Any:
    secret = "instagram_app_secret" if case.folder == "instagram" else "meta_app_secret"
    return lambda raw: meta(raw, secret=secret)


def _form(case: Case, dice: random.Random, number: int) -> Mutation:
    pairs = parse_qsl(case.request.body.decode("utf-8", "replace"), keep_blank_values=True)
    pairs = [
        (name, f"{value}{number:x}" if name.endswith("Sid") and value[:2] in ("SM", "MM") else value)
        for name, value in pairs
    ]
    for _ in range(dice.randint(1, 5)):
        index, chance = dice.randrange(len(pairs)) if pairs else 0, dice.random()
        if not pairs or chance < 0.3:
            pairs.insert(index, (dice.choice(_NAMES), dice.choice(_FORM_JUNK)))
        elif chance < 0.6:
            pairs[index] = (pairs[index][0], dice.choice(_FORM_JUNK))
        elif chance < 0.8:
            del pairs[index]
        elif chance < 0.9:
            pairs.insert(index, pairs[index])
        else:
            pairs += [(f"X{extra}", "y") for extra in range(dice.choice((3, 600)))]
    path = urlsplit(case.request.url).path.rpartition("/")[2]
    raw, how = b"&".join(f"{_quoted(name)}={_quoted(value)}".encode() for name, value in pairs), "fields"
    if dice.random() < 0.1:
        raw, how = _flipped(raw, dice), "bytes"
    told = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    return Mutation("twilio", twilio_raw(raw, told, path=path), f"{case.id} #{number}: {how}")


def _quoted(value: str) -> str:
    return quote_from_bytes(value.encode("utf-8", "surrogatepass"), safe="")


def _flipped(raw: bytes, dice: random.Random) -> bytes:
    body = bytearray(raw)
    for _ in range(dice.randint(1, 8)):
        if body:
            body[dice.randrange(len(body))] = dice.randrange(256)
    return bytes(body)


def renumbered(value: Any, number: int) -> Any:
    """With ids of its own, so that it is not taken for a repetition of the recording."""
    if isinstance(value, list):
        return [renumbered(item, number) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: renumbered(item, number) for key, item in value.items()}
    for key in ("id", "mid"):
        if isinstance(found.get(key), str) and (key == "mid" or found[key].startswith("wamid.")):
            found[key] = f"{found[key]}.{number}"
    for key in ("update_id", "message_id"):
        if isinstance(found.get(key), int):
            found[key] += (number + 1) * 1_000_000
    return found
