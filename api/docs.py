"""The API's documentation as a page, rendered here from the OpenAPI document: nothing is loaded from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from api.pages import page

router = APIRouter(include_in_schema=False)

TAGS = [
    {"name": "leads", "description": "People on the way to a membership."},
    {"name": "contacts", "description": "People across channels, and what happened to them."},
    {"name": "conversations", "description": "Threads with people and their messages."},
    {"name": "bookings", "description": "Places in the calendar, and times that are free."},
    {"name": "gym", "description": "What the gym states about itself."},
    {"name": "reports", "description": "Questions about the records, answered as tables."},
    {"name": "exports", "description": "Whole lists as CSV."},
    {"name": "dead letters", "description": "Messages that could not be handled or delivered."},
    {
        "name": "rasa",
        "description": "Our steps as a Rasa action server, for a gym that has an assistant of its own: its `action_endpoint` is `/rasa/webhook`, and `/rasa/domain` is what it has to declare.",
    },
    {"name": "operation", "description": "For those who run the service; no key is needed."},
    {"name": "simulation", "description": "Only where providers are simulated; never in production."},
]
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a call."""

    name: str
    type: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Call:
    """One operation."""

    method: str
    path: str
    summary: str
    description: str
    parameters: list[Parameter]
    curl: str
    status: str
    answer: str
    errors: str


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one tag."""

    name: str
    description: str
    calls: list[Call] = field(default_factory=list)


@router.get("/docs")
def show_docs(request: Request) -> HTMLResponse:
    """Every operation with its parameters and an example of its use."""
    document: dict[str, Any] = request.app.openapi()
    base = str(request.app.state.settings.public_url).rstrip("/")
    info = document["info"]
    return page(
        "docs.html",
        title=info["title"],
        version=info["version"],
        summary=info["summary"],
        description=[_with_code(line) for line in info["description"].strip().splitlines() if line],
        base=base,
        groups=groups(document, base),
    )


def groups(document: Mapping[str, Any], base: str) -> list[Group]:
    """The document's operations by tag, in the order of the tags."""
    found = {tag["name"]: Group(tag["name"], tag["description"]) for tag in document.get("tags", ())}
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            for tag in operation.get("tags", ())[:1]:
                group = found.setdefault(tag, Group(tag, ""))
                group.calls.append(_call(document, path, verb.upper(), operation, base))
    return [group for group in found.values() if group.calls]


def _call(
    document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any], base: str
) -> Call:
    parameters = [
        Parameter(
            one["name"],
            _type(document, one["schema"]),
            one.get("required", False),
            one.get("description", ""),
        )
        for one in operation.get("parameters", ())
    ]
    lines = [f"curl{'' if method == 'GET' else f' -X {method}'} {base}{path}"]
    if operation.get("security"):
        lines.append('  -H "Authorization: Bearer $SPOTTER_API_KEY"')
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        said = json.dumps(example(document, body), ensure_ascii=False)
        lines += ['  -H "Content-Type: application/json"', f"  -d '{said}'"]
    answers = operation["responses"]
    success = next((status for status in answers if status.startswith("2")), "200")
    schema = answers.get(success, {}).get("content", {}).get("application/json", {}).get("schema")
    others = sorted(status for status in answers if not status.startswith("2"))
    return Call(
        method=method,
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        parameters=parameters,
        curl=" \\\n".join(lines),
        status=f"{success} {HTTPStatus(int(success)).phrase}",
        answer=json.dumps(example(document, schema), indent=2, ensure_ascii=False) if schema else "",
        errors=", ".join(f"{status} {HTTPStatus(int(status)).phrase}" for status in others) or "nothing else",
    )


def example(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that fits the schema: the example that is given, else one made of the parts' examples."""
    schema = _resolved(document, schema)
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    if depth > _DEEPEST:
        return None
    for union in ("anyOf", "oneOf", "allOf"):
        if schema.get(union):
            return example(document, schema[union][0], depth + 1)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {
            name: example(document, part, depth + 1) for name, part in schema.get("properties", {}).items()
        }
    if kind == "array":
        return [example(document, schema.get("items", {}), depth + 1)]
    by_format = {
        "date-time": "2026-11-20T10:00:00Z",
        "date": "2026-11-20",
        "uuid": "0193449a-4a00-7000-8000-000000000042",
        "duration": "PT2H",
    }
    if kind == "string":
        return by_format.get(schema.get("format", ""), "text")
    return {"integer": 1, "number": 1.5, "boolean": True}.get(str(kind))


def _with_code(line: str) -> Markup:
    """Words with what stands between backticks as code."""
    parts = line.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def _type(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    schema = _resolved(document, schema)
    if "anyOf" in schema:
        return " or ".join(_type(document, one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kind = str(schema.get("type", "any"))
    if "maximum" in schema and "minimum" in schema:
        return f"{kind} {schema['minimum']} to {schema['maximum']}"
    return str(schema.get("format", kind))
