"""Fits a message to what a platform can show, by its `Limits` alone.

Buttons become reply buttons, a list, or numbers in the text, whichever the platform
has; long text is cut between words and never inside a grapheme. What comes out
needs no more than one provider call per `Outgoing`, and rendering it again changes
nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

import regex

from bot.channels.base import Attachment, Button, Limits, Outgoing, SendFailed

Form = Literal["text", "buttons", "list", "numbered"]
Unit = Literal["characters", "bytes", "utf16"]

_GRAPHEME = regex.compile(r"\X")
# Where to cut, best first: after a paragraph, a line, a sentence, a word.
_BREAKS = (
    regex.compile(r"\n\n+"),
    regex.compile(r"\n"),
    regex.compile(r"[.!?…。！？]\s+"),
    regex.compile(r"\s+"),
)
_NUMBER = regex.compile(r"\s*(?:#|no\.?|option|opción)?\s*(\d{1,2})\s*[.):]?\s*", regex.IGNORECASE)
_ELLIPSIS = "…"
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Each of these takes two places."""
_DESCRIPTION = 72


def measure(text: str, unit: Unit) -> int:
    """The length of a text as the platform counts it."""
    if unit == "bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    if unit == "utf16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text)


def segments(text: str) -> int:
    """How many SMS a text is sent and billed as: 160 or, joined, 153 characters of GSM-7; 70 or 67 of anything else."""
    if set(text) <= _GSM7 | _GSM7_EXTENDED:
        size = len(text) + sum(character in _GSM7_EXTENDED for character in text)
        single, joined = 160, 153
    else:
        size, single, joined = measure(text, "utf16"), 70, 67
    return 1 if size <= single else -(-size // joined)


def form_of(buttons: Sequence[Button], limits: Limits) -> Form:
    """How these buttons will be shown on this platform."""
    if not buttons:
        return "text"
    fit_buttons = len(buttons) <= limits.buttons
    fit_list = len(buttons) <= limits.list_rows
    if fit_buttons and fit_list and any(len(button.title) > limits.button_title for button in buttons):
        # A list row has a description for the whole title; a reply button would cut it.
        return "list"
    if fit_buttons:
        return "buttons"
    return "list" if fit_list else "numbered"


def render(message: Outgoing, limits: Limits) -> list[Outgoing]:
    """The messages to send instead, in order: an attachment first where it cannot ride along, buttons last.

    Numbered choices are written into the text and dropped from `buttons`;
    `numbered_choice` understands the answer.
    """
    message = _with_sendable_attachment(message, limits)
    form = form_of(message.buttons, limits)
    text, buttons = message.text, message.buttons
    if form == "numbered":
        text, buttons = numbered_text(text, buttons), ()
    elif form != "text":
        _ensure_ids_fit(buttons, limits)
    if form == "buttons":
        buttons = unique_titles(buttons, limits.button_title)
    parts: list[Outgoing] = []
    if message.attachment and (buttons or measure(text, limits.text_unit) > limits.caption):
        parts.append(dataclasses.replace(message, text="", buttons=()))
        message = dataclasses.replace(message, attachment=None, attachment_bytes=None, edit_of=None)
    last_limit = limits.text
    if form == "buttons" and limits.interactive_text is not None:
        last_limit = limits.interactive_text
    pieces = [text]
    if message.template is None:
        pieces = split_text(text, limits.text, limits.text_unit, last_limit=last_limit)
    for index, piece in enumerate(pieces):
        parts.append(
            dataclasses.replace(
                message,
                text=piece,
                buttons=buttons if index == len(pieces) - 1 else (),
                reply_to=message.reply_to if index == 0 else None,
                edit_of=message.edit_of if index == 0 else None,
                attachment=message.attachment if index == 0 else None,
                attachment_bytes=message.attachment_bytes if index == 0 else None,
            )
        )
    return parts


def split_text(
    text: str, limit: int, unit: Unit = "characters", *, last_limit: int | None = None
) -> list[str]:
    """Cut text into pieces that fit; joined they are the text again.

    `last_limit` is a tighter limit for the last piece. No piece is cut inside a
    grapheme, unless a single grapheme is longer than the limit, and none is blank
    unless the whole text is.
    """
    last_limit = limit if last_limit is None else min(last_limit, limit)
    pieces: list[str] = []
    rest = text
    while measure(rest, unit) > last_limit:
        # With a tighter last piece, text that would fit one plain piece is cut at that tighter limit.
        room = limit if measure(rest, unit) > limit else last_limit
        cut = _cut(rest, room, unit)
        pieces.append(rest[:cut])
        rest = rest[cut:]
    pieces.append(rest)
    return _without_blank_pieces(pieces, limit, unit)


def _cut(text: str, limit: int, unit: Unit) -> int:
    """Where to end the first piece: the last good break that fits, not in its first third."""
    boundaries: list[int] = []
    used = 0
    for match in _GRAPHEME.finditer(text):
        used += measure(match.group(), unit)
        if used > limit:
            break
        boundaries.append(match.end())
    if not boundaries:
        return _cut_inside_grapheme(text, limit, unit)
    end = boundaries[-1]
    # A break after the "\r" of "\r\n" or before a combining mark is none.
    allowed = {boundary for boundary in boundaries if boundary >= end // 3}
    for pattern in _BREAKS:
        good = [match.end() for match in pattern.finditer(text[:end]) if match.end() in allowed]
        if good:
            return good[-1]
    return end


def _cut_inside_grapheme(text: str, limit: int, unit: Unit) -> int:
    used = 0
    for index, character in enumerate(text):
        used += measure(character, unit)
        if used > limit and index > 0:
            return index
    return len(text)


def _without_blank_pieces(pieces: list[str], limit: int, unit: Unit) -> list[str]:
    """Blank pieces joined to a neighbour where there is room, else left out: no platform accepts them."""
    kept: list[str] = []
    for piece in pieces:
        if piece.strip():
            kept.append(piece)
        elif kept and measure(kept[-1] + piece, unit) <= limit:
            kept[-1] += piece
    return kept or pieces[:1]


def numbered_text(text: str, buttons: Sequence[Button]) -> str:
    """The text with the choices as a numbered list below."""
    lines = [f"{number}. {button.title}" for number, button in enumerate(buttons, start=1)]
    return "\n".join([*([text.rstrip(), ""] if text.strip() else []), *lines])


def numbers(buttons: Sequence[Button]) -> Mapping[str, str]:
    """The number that stands for each button's id in a numbered text: {"1": "book:...", ...}."""
    return {str(number): button.id for number, button in enumerate(buttons, start=1)}


def numbered_choice(text: str, buttons: Sequence[Button]) -> Button | None:
    """The button meant by an answer such as "2", "2." or "option 2"; None for anything else."""
    found = _NUMBER.fullmatch(text)
    index = int(found[1]) - 1 if found else -1
    return buttons[index] if 0 <= index < len(buttons) else None


def shorten(text: str, limit: int) -> str:
    """The text, cut at a grapheme with an ellipsis where it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    return text[: _cut(text, limit - 1, "characters")].rstrip() + _ELLIPSIS


def unique_titles(buttons: Sequence[Button], limit: int) -> tuple[Button, ...]:
    """The buttons with titles that fit and differ, as WhatsApp demands: equal ones get a number."""
    taken: set[str] = set()
    result = []
    for button in buttons:
        title = shorten(button.title, limit)
        number = 1
        while title in taken:
            number += 1
            suffix = f" {number}"
            title = shorten(button.title, limit - len(suffix)) + suffix
        taken.add(title)
        result.append(dataclasses.replace(button, title=title))
    return tuple(result)


def list_rows(buttons: Sequence[Button], limits: Limits) -> list[tuple[Button, str | None]]:
    """A list's rows: each button with a title that fits, and the whole title as description where it was cut."""
    fitted = unique_titles(buttons, limits.list_title)
    return [
        (short, shorten(button.title, _DESCRIPTION) if short.title != button.title else None)
        for button, short in zip(buttons, fitted, strict=True)
    ]


def _ensure_ids_fit(buttons: Sequence[Button], limits: Limits) -> None:
    for button in buttons:
        if not 1 <= len(button.id.encode()) <= limits.button_id:
            raise ValueError(
                f"button id of {len(button.id.encode())} bytes, allowed are 1 to {limits.button_id}"
            )


def _with_sendable_attachment(message: Outgoing, limits: Limits) -> Outgoing:
    """The message with its attachment kept, turned into a link, or left out."""
    attachment = message.attachment
    if attachment is None or _can_attach(attachment, message, limits):
        return message
    text = message.text
    if attachment.url and attachment.url not in text:
        text = "\n".join([*([text.rstrip()] if text.strip() else []), attachment.url])
    return dataclasses.replace(message, text=text, attachment=None, attachment_bytes=None)


def _can_attach(attachment: Attachment, message: Outgoing, limits: Limits) -> bool:
    if attachment.kind not in limits.attachments:
        return False
    if limits.attachments_by_url:
        return attachment.url is not None
    return bool(message.attachment_bytes or attachment.provider_id or attachment.url)


def fitted(message: Outgoing, limits: Limits) -> Outgoing:
    """The message as one provider call; raise `SendFailed` where it was not rendered into parts before."""
    try:
        parts = render(message, limits)
    except ValueError as error:
        raise SendFailed(str(error), next="fail_no_retry", code="unrenderable") from error
    if len(parts) != 1:
        raise SendFailed("needs several messages; render it first", next="fail_no_retry", code="too_long")
    return parts[0]
