"""What may be sent over WhatsApp: Meta's message kinds and their limits, read into what the phone shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from simulator.phones import Button


class MetaError(Exception):
    """A refusal in Graph's format."""

    def __init__(
        self,
        code: int,
        message: str,
        details: str = "",
        *,
        status: int = 400,
        subcode: int = 0,
        kind: str = "",
    ) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        error: dict[str, Any] = {"message": message, "type": kind or "OAuthException", "code": code}
        if subcode:
            error["error_subcode"] = subcode
        if details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": details}
        error["fbtrace_id"] = "A" + format(abs(hash((code, message))) % 10**20, "020d")
        self.body = {"error": error}


def invalid(details: str) -> MetaError:
    """131009: a value is not allowed."""
    return MetaError(131009, "(#131009) Parameter value is not valid", details)


def missing(details: str) -> MetaError:
    """131008: something required is not there."""
    return MetaError(131008, "(#131008) Required parameter is missing", details)


@dataclass(slots=True)
class Content:
    """What a phone will show."""

    text: str = ""
    buttons: list[Button] = field(default_factory=list)
    media: dict[str, Any] | None = None
    category: str = "service"
    is_template: bool = False


def _length(value: Any, name: str, longest: int, shortest: int = 1) -> str:
    if not isinstance(value, str):
        raise missing(f"{name} is required.")
    if not shortest <= len(value) <= longest:
        raise invalid(f"{name} length invalid. Min length: {shortest}, Max length: {longest}")
    return value


def _unique(values: list[str], name: str) -> None:
    if len(set(values)) != len(values):
        raise invalid(f"Duplicated {name} not allowed")


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise MetaError(100, f"(#100) The parameter {name} is required.", f"{name} is required.")
    return value


def _objects(value: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise missing(f"{name} is required.")
    return value


def read(body: dict[str, Any], templates: list[dict[str, Any]] | None) -> Content:
    """Check a message against Meta's limits; raises `MetaError`. Templates None: none are known, take any."""
    kind = body.get("type", "text")
    match kind:
        case "text":
            text = _object(body, "text").get("body")
            if not isinstance(text, str) or not text:
                raise MetaError(
                    100, "(#100) The parameter text['body'] is required.", "text['body'] is required."
                )
            if len(text) > 4096:
                message = "(#100) Param text['body'] must be at most 4096 characters long."
                raise MetaError(100, message, "text['body'] must be at most 4096 characters long.")
            return Content(text)
        case "interactive":
            return _interactive(_object(body, "interactive"))
        case "image" | "video" | "audio" | "document" | "sticker":
            return _file(kind, _object(body, kind))
        case "location":
            place = _object(body, "location")
            for name in ("latitude", "longitude"):
                try:
                    float(place[name])
                except (KeyError, TypeError, ValueError):
                    raise missing(f"location {name} is required.") from None
            label = " ".join(str(place[name]) for name in ("name", "address") if place.get(name))
            return Content(label, media={**place, "type": "location"})
        case "contacts":
            cards = _objects(body.get("contacts"), "contacts")
            names = [str(card.get("name", {}).get("formatted_name", "")) for card in cards]
            return Content(", ".join(names), media={"type": "contact", "contacts": cards})
        case "template":
            return _template(_object(body, "template"), templates)
        case _:
            raise MetaError(100, f"(#100) Param type must be one of the known message types - got {kind!r}.")


def _file(kind: str, value: dict[str, Any]) -> Content:
    if not value.get("id") and not value.get("link"):
        raise MetaError(100, f"(#100) The parameter {kind}['link'] or {kind}['id'] is required.")
    link = str(value.get("link", ""))
    if link and not re.match(r"^https?://", link):
        raise MetaError(100, f"(#100) Param {kind}['link'] is not a valid URL.")
    caption = str(value.get("caption", ""))
    if caption:
        if kind in ("audio", "sticker"):
            raise MetaError(100, f'(#100) Unexpected key "caption" on param "{kind}".')
        _length(caption, "Caption", 1024)
    names = ("id", "filename", "caption", "voice")
    media = {"type": kind, "url": link, **{name: value[name] for name in names if value.get(name)}}
    return Content(caption, media=media)


def _interactive(value: dict[str, Any]) -> Content:
    kind = value.get("type")
    if kind not in ("button", "list", "cta_url", "location_request_message", "request_contact_info", "flow"):
        raise invalid(f"Interactive type invalid: {kind}")
    body = _length(value.get("body", {}).get("text"), "Body text", 4096 if kind == "list" else 1024)
    lines, media = [body], None
    header = value.get("header")
    if header:
        if header.get("type") == "text":
            lines.insert(0, _length(header.get("text"), "Header text", 60))
        elif kind == "list":
            raise invalid("Header type invalid: a list takes a text header only")
        else:
            media = _file(str(header.get("type")), header.get(header.get("type"), {})).media
    if value.get("footer"):
        lines.append(_length(value["footer"].get("text"), "Footer text", 60))
    action = value.get("action") or {}
    reader = {"button": _reply_buttons, "list": _rows, "cta_url": _link}.get(str(kind))
    return Content("\n\n".join(lines), reader(action) if reader else [], media)


def _reply_buttons(action: dict[str, Any]) -> list[Button]:
    entries = _objects(action.get("buttons"), "Buttons")
    if not 1 <= len(entries) <= 3:
        raise invalid("Buttons count invalid. Min count: 1, Max count: 3")
    buttons = []
    for entry in entries:
        reply = entry.get("reply") if entry.get("type") == "reply" else None
        if not isinstance(reply, dict):
            raise invalid("Button type invalid: only reply buttons are allowed")
        title = _length(reply.get("title"), "Button title", 20)
        buttons.append(Button(_length(reply.get("id"), "Button id", 256), title))
    _unique([button.title for button in buttons], "button titles")
    _unique([button.id for button in buttons], "button ids")
    return buttons


def _rows(action: dict[str, Any]) -> list[Button]:
    _length(action.get("button"), "List button text", 20)
    sections = _objects(action.get("sections"), "Sections")
    if not 1 <= len(sections) <= 10:
        raise invalid("Sections count invalid. Min count: 1, Max count: 10")
    buttons = []
    for section in sections:
        if section.get("title") or len(sections) > 1:
            _length(section.get("title"), "Section title", 24)
        for row in _objects(section.get("rows"), "Section rows"):
            title = _length(row.get("title"), "Row title", 24)
            description = _length(row.get("description", ""), "Row description", 72, 0)
            buttons.append(
                Button(_length(row.get("id"), "Row id", 200), title, "list", description=description)
            )
    if not 1 <= len(buttons) <= 10:
        raise invalid("Total row count exceed max allowed count: 10")
    _unique([button.id for button in buttons], "row ids")
    return buttons


def _link(action: dict[str, Any]) -> list[Button]:
    parameters = action.get("parameters") or {}
    url = str(parameters.get("url", ""))
    if not re.match(r"^https?://", url):
        raise invalid("CTA url invalid")
    return [Button("", _length(parameters.get("display_text"), "CTA display text", 20), "url", url)]


def _template(value: dict[str, Any], templates: list[dict[str, Any]] | None) -> Content:
    name, language = str(value.get("name", "")), str((value.get("language") or {}).get("code", ""))
    if not re.match(r"^[a-z0-9_]{1,512}$", name) or not language:
        raise MetaError(100, "(#100) template['name'] and template['language']['code'] are required.")
    components = value.get("components") or []
    known = None
    if templates is not None:
        known = next((t for t in templates if t.get("name") == name and t.get("language") == language), None)
        if known is None:
            message = "(#132001) Template name does not exist in the translation"
            details = f"template name ({name}) does not exist in {language}"
            raise MetaError(132001, message, details, status=404)
        if known.get("status", "APPROVED") == "PAUSED":
            raise MetaError(132015, "(#132015) Template is Paused", f"template name ({name}) is paused")
        if known.get("status", "APPROVED") != "APPROVED":
            message = "(#132001) Template name does not exist in the translation"
            raise MetaError(132001, message, f"template name ({name}) is not approved", status=404)
    text, buttons = _rendered(name, known, components)
    return Content(
        text, buttons, category=str((known or {}).get("category", "utility")).lower(), is_template=True
    )


def _rendered(
    name: str, known: dict[str, Any] | None, components: list[dict[str, Any]]
) -> tuple[str, list[Button]]:
    given = {
        str(c.get("type", "")).lower(): c.get("parameters") or []
        for c in components
        if c.get("type") != "button"
    }
    payloads = {
        int(c.get("index", 0)): str((c.get("parameters") or [{}])[0].get("payload", ""))
        for c in components
        if str(c.get("type", "")).lower() == "button" and str(c.get("sub_type", "")).lower() == "quick_reply"
    }
    if known is None:
        values = [str(p.get("text", "")) for parameters in given.values() for p in parameters]
        buttons = [Button(payload, payload, "template") for _, payload in sorted(payloads.items()) if payload]
        return " · ".join([f"[{name}]", *values]), buttons
    lines, buttons = [], []
    for part in known.get("components", []):
        kind = str(part.get("type", "")).lower()
        if kind in ("header", "body", "footer") and part.get("text"):
            lines.append(_filled(name, str(part["text"]), given.get(kind, [])))
        if kind == "buttons":
            for index, button in enumerate(part.get("buttons", [])):
                title, sort = str(button.get("text", "")), str(button.get("type", "QUICK_REPLY")).upper()
                if sort == "QUICK_REPLY":
                    buttons.append(Button(payloads.get(index) or title, title, "template"))
                elif sort == "URL":
                    buttons.append(Button("", title, "url", str(button.get("url", ""))))
    return "\n\n".join(lines), buttons


def _filled(name: str, text: str, parameters: list[dict[str, Any]]) -> str:
    wanted = list(dict.fromkeys(re.findall(r"\{\{\s*(\w+)\s*\}\}", text)))
    if len(wanted) != len(parameters):
        message = "(#132000) Number of parameters does not match the expected number of params"
        details = f"{name}: number of localizable_params ({len(parameters)}) does not match the expected ({len(wanted)})"
        raise MetaError(132000, message, details)
    values = {str(p["parameter_name"]): str(p.get("text", "")) for p in parameters if p.get("parameter_name")}
    values |= {
        key: str(p.get("text", "")) for key, p in zip(wanted, parameters, strict=True) if key not in values
    }
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: values[found[1]], text)
