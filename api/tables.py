"""CSV that a spreadsheet opens rightly and cannot be tricked by."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fastapi.responses import StreamingResponse

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|")
_CHUNK = 64 * 1024


def csv_response(
    name: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    now: dt.datetime,
    for_excel: bool = False,
) -> StreamingResponse:
    """A download called ``<name>-<local time>.csv``; `for_excel` puts the mark in front that Excel knows UTF-8 by."""
    filename = f"{name}-{now:%Y%m%d-%H%M}.csv"
    return StreamingResponse(
        write(header, rows, for_excel=for_excel),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def write(header: Sequence[str], rows: Iterable[Sequence[Any]], *, for_excel: bool = False) -> Iterator[str]:
    """RFC 4180, in pieces."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if for_excel:
        buffer.write(BOM)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        if buffer.tell() > _CHUNK:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Any) -> Any:
    """A value as a spreadsheet should see it; words that it would take for a formula get an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, str):
        # Numbers with a sign are what they look like; everything else that begins so could be run.
        is_number = value[1:].replace(" ", "").isdigit() and value[:1] == "+"
        return f"'{value}" if value.startswith(_FORMULA) and not is_number else value
    if isinstance(value, list | tuple):
        return _cell(", ".join(map(str, value)))
    return value
