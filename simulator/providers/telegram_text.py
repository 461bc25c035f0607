"""Telegram's parse modes: marked-up text into plain text and entities with UTF-16 offsets."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

_TAGS = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
         "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
         "a": "text_link", "tg-spoiler": "spoiler", "span": "spoiler", "blockquote": "blockquote",
         "tg-emoji": "custom_emoji"}  # fmt: skip
_MARKS = {
    "*": "bold",
    "__": "underline",
    "_": "italic",
    "~": "strikethrough",
    "||": "spoiler",
    "```": "pre",
    "`": "code",
}
_RESERVED = set("_*[]()~`>#+-=|{}.!")
_COMMAND = re.compile(r"(?<![\w/])/[a-zA-Z0-9_]{1,32}(@\w+)?")


class Unparsable(ValueError):
    """The marked-up text is not well formed; the message is Telegram's."""


def utf16(text: str) -> int:
    """How long Telegram counts a text."""
    return len(text.encode("utf-16-le")) // 2


def commands(text: str) -> list[dict[str, Any]]:
    """The entities of the /commands in what a person wrote."""
    return [
        {"offset": utf16(text[: found.start()]), "length": utf16(found[0]), "type": "bot_command"}
        for found in _COMMAND.finditer(text)
    ]


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.entities: list[dict[str, Any]] = []
        self._open: list[tuple[str, int, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise Unparsable(f'Unsupported start tag "{tag}" at byte offset {len(self.text.encode())}')
        more = {name: value or "" for name, value in attrs}
        self._open.append(
            (tag, utf16(self.text), {"url": more["href"]} if tag == "a" and more.get("href") else {})
        )

    def handle_endtag(self, tag: str) -> None:
        at = len(self.text.encode())
        if not self._open:
            raise Unparsable(f"Unexpected end tag at byte offset {at}")
        name, start, more = self._open.pop()
        if name != tag:
            raise Unparsable(f'Unmatched end tag at byte offset {at}, expected "</{name}>", found "</{tag}>"')
        length = utf16(self.text) - start
        if length:
            self.entities.append({"offset": start, "length": length, "type": _TAGS[tag], **more})

    def handle_data(self, data: str) -> None:
        self.text += data

    def finish(self) -> tuple[str, list[dict[str, Any]]]:
        self.close()
        if self._open:
            raise Unparsable(f'Can\'t find end tag corresponding to start tag "{self._open[-1][0]}"')
        return self.text, sorted(self.entities, key=lambda entity: entity["offset"])


def parsed(text: str, mode: str) -> tuple[str, list[dict[str, Any]]]:
    """Plain text and entities; raises `Unparsable`."""
    match mode.lower():
        case "":
            return text, []
        case "html":
            # What looks like no tag at all would be swallowed as a comment by the parser; Telegram refuses it.
            loose = re.search(r"<(?![a-zA-Z/])", text)
            if loose:
                raise Unparsable(
                    f'Unsupported start tag "" at byte offset {len(text[: loose.start()].encode())}'
                )
            reader = _Html()
            reader.feed(text)
            return reader.finish()
        case "markdownv2" | "markdown":
            return _markdown(text, strict=mode.lower() == "markdownv2")
        case _:
            raise Unparsable("unsupported parse_mode")


def _markdown(text: str, *, strict: bool) -> tuple[str, list[dict[str, Any]]]:
    plain, entities, position = "", [], 0
    opened: dict[str, int] = {}
    while position < len(text):
        if strict and text[position] == "\\" and position + 1 < len(text):
            plain += text[position + 1]
            position += 2
            continue
        inside = next((mark for mark in ("```", "`") if mark in opened), None)
        mark = next((m for m in sorted(_MARKS, key=len, reverse=True) if text.startswith(m, position)), None)
        if not strict and mark in ("__", "||", "~"):
            mark = "_" if mark == "__" else None
        link = re.compile(r"\[([^\]]*)\]\(([^)]*)\)").match(text, position)
        if link and not inside:
            label = re.sub(r"\\(.)", r"\1", link[1])
            entities.append(
                {"offset": utf16(plain), "length": utf16(label), "type": "text_link", "url": link[2]}
            )
            plain, position = plain + label, link.end()
        elif mark and inside in (None, mark):
            if mark in opened:
                start = opened.pop(mark)
                if utf16(plain) > start:
                    entities.append({"offset": start, "length": utf16(plain) - start, "type": _MARKS[mark]})
            else:
                opened[mark] = utf16(plain)
            position += len(mark)
        elif strict and not inside and text[position] in _RESERVED and not _quotes(text, position):
            raise Unparsable(
                f"Character '{text[position]}' is reserved and must be escaped with the preceding '\\'"
            )
        else:
            plain += "" if strict and _quotes(text, position) else text[position]
            position += 1
    if opened:
        raise Unparsable(f"Can't find end of {_MARKS[next(iter(opened))].title()} entity")
    return plain, sorted(entities, key=lambda entity: int(entity["offset"]))


def _quotes(text: str, position: int) -> bool:
    return text[position] == ">" and (position == 0 or text[position - 1] == "\n")
