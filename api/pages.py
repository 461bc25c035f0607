"""Pages for people: templates, one style sheet, and headers that let nothing else in."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

FOLDER = Path(__file__).parent / "templates"


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@functools.cache
def _style(name: str) -> Markup:
    # Ours, and without anything that could end the element.
    return Markup((FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704


@functools.cache
def _headers(style: str) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(_style(style).encode()).digest()).decode()
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; base-uri 'none';"
            " frame-ancestors 'none'"
        ),
        # The address holds the key to the page.
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }


def page(
    template: str, *, status: int = 200, style: str = "style.css", is_public: bool = False, **values: Any
) -> HTMLResponse:
    """A rendered page; every value is escaped unless it is markup of ours.

    A public one may be kept for five minutes and found by search engines.
    """
    body = _environment().get_template(template).render(style=_style(style), **values)
    headers = dict(_headers(style))
    if is_public:
        del headers["X-Robots-Tag"]
        headers |= {
            "Cache-Control": "public, max-age=300",
            "Referrer-Policy": "strict-origin-when-cross-origin",
        }
    return HTMLResponse(body, status, headers)
