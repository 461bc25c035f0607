"""Charts as inline SVG, without scripts: they read well at any width, in print, in the dark and by a screen reader.

Positions across are percentages and heights are pixels, so a chart fills its column
while its letters keep their size. Colours are classes (``c1`` ...) of the style sheet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

PLOT = 168
"""Pixels from the top grid line to the ground line."""
HEAD = 18
FOOT = 26
GAP = 1.5
"""Pixels between the parts of a bar, so that they are told apart without their colours too."""
MOST_LABELS = 5


@dataclass(frozen=True, slots=True)
class Series:
    """One part of every bar."""

    name: str
    colour: str
    """Class of the style sheet."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its parts in the order of the series."""

    label: str
    full_label: str
    values: Sequence[int]

    @property
    def total(self) -> int:
        """Height of the whole bar."""
        return sum(self.values)


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lies between two durations, for the logarithmic chart."""

    name: str
    colour: str
    median: float
    p90: float


def nice_top(highest: int) -> tuple[int, int]:
    """A round top for the axis at or above `highest`, and the step between grid lines (three or four of them)."""
    if highest <= 4:
        return 4, 1
    rough = highest / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(
        int(factor * power)
        for factor in (1, 2, 2.5, 5, 10)
        if factor * power >= rough and factor * power % 1 == 0
    )
    return step * math.ceil(highest / step), step


def stacked_bars(bars: Sequence[Bar], series: Sequence[Series], *, title: str, unit: str) -> Markup:
    """Bars side by side, each of several parts; `unit` is what is counted."""
    highest = max((bar.total for bar in bars), default=0)
    top, step = nice_top(highest)
    ground = HEAD + PLOT
    parts: list[Markup] = []
    for value in range(0, top + 1, step):
        y = ground - PLOT * value / top
        kind = "ground" if value == 0 else "grid"
        parts.append(Markup('<line class="{}" x1="0" x2="100%" y1="{:.1f}" y2="{:.1f}"/>').format(kind, y, y))
        if value:
            parts.append(Markup('<text class="tick" x="0" y="{:.1f}">{}</text>').format(y - 4, value))
    # Room on the left for the numbers of the axis.
    left, wide = 6.0, 94.0 / max(1, len(bars))
    labelled = _labelled(len(bars))
    for position, bar in enumerate(bars):
        x = left + wide * position
        parts.append(
            _bar(bar, series, x=x + wide * 0.14, width=wide * 0.72, ground=ground, per_one=PLOT / top)
        )
        if position in labelled:
            anchor = "end" if position == len(bars) - 1 and len(bars) > 2 else "middle"
            at = x + wide * (0.86 if anchor == "end" else 0.5)
            if position == 0 and len(bars) > 8:
                anchor, at = "start", x
            parts.append(
                Markup('<text class="label" x="{:.2f}%" y="{}" text-anchor="{}">{}</text>').format(
                    at, ground + 18, anchor, bar.label
                )
            )
    peak = max(bars, key=lambda bar: bar.total, default=None)
    said = f"{title}. {sum(bar.total for bar in bars)} {unit} in all"
    if peak is not None and peak.total:
        said += f"; the most, {peak.total}, {peak.full_label}"
    return Markup('<svg class="chart" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        HEAD + PLOT + FOOT, f"{said}. The table below has all numbers.", Markup("").join(parts)
    )


def _bar(
    bar: Bar, series: Sequence[Series], *, x: float, width: float, ground: float, per_one: float
) -> Markup:
    rects: list[Markup] = []
    y = ground
    for value, one in zip(bar.values, series, strict=True):
        if not value:
            continue
        height = value * per_one
        y -= height
        rects.append(
            Markup(
                '<rect class="{}" x="{:.2f}%" width="{:.2f}%" y="{:.1f}" height="{:.1f}" rx="1.5"/>'
            ).format(one.colour, x, width, y + GAP, max(1.0, height - GAP))
        )
    named = [f"{one.name} {value}" for value, one in zip(bar.values, series, strict=True) if value]
    said = f"{bar.full_label}: {bar.total}" + (f" ({', '.join(named)})" if len(named) > 1 else "")
    # A transparent column over the whole height, so that a thin bar is easy to point at.
    hit = Markup('<rect class="hit" x="{:.2f}%" width="{:.2f}%" y="{}" height="{}"/>').format(
        x, width, HEAD, PLOT
    )
    return Markup("<g><title>{}</title>{}{}</g>").format(said, hit, Markup("").join(rects))


def _labelled(count: int) -> set[int]:
    """Which bars get a label: evenly apart, the first and the last among them."""
    if count <= MOST_LABELS + 2:
        return set(range(count))
    return {round(number * (count - 1) / (MOST_LABELS - 1)) for number in range(MOST_LABELS)}


def bar(share: float, colour: str) -> Markup:
    """One bar across, `share` (0 to 1) of the column filled. Its number stands beside it as text."""
    filled = max(0.0, min(1.0, share)) * 100
    return Markup(
        '<svg class="bar" width="100%" height="10" aria-hidden="true"><rect class="rail" width="100%" height="10" rx="5"/>'
        '<rect class="{}" width="{:.1f}%" height="10" rx="5"/></svg>'
    ).format(colour, max(filled, 1.5) if share > 0 else 0)


_TICKS = ((1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"), (86400, "1 day"))
_FASTEST, _SLOWEST = 0.5, 4 * 86400
ROW = 34


def durations(spans: Sequence[Span], *, title: str) -> Markup:
    """From the median (dot) to what nine of ten stay under (end of the line), on a logarithmic scale."""
    ground = ROW * len(spans) + 8
    parts: list[Markup] = []
    for seconds, label in _TICKS:
        x = _across(seconds)
        parts.append(
            Markup('<line class="grid" x1="{:.2f}%" x2="{:.2f}%" y1="0" y2="{}"/>').format(x, x, ground)
        )
        parts.append(
            Markup('<text class="label" x="{:.2f}%" y="{}" text-anchor="middle">{}</text>').format(
                x, ground + 16, label
            )
        )
    for position, span in enumerate(spans):
        y = ROW * position + ROW / 2 + 4
        start, end = _across(span.median), _across(span.p90)
        parts.append(
            Markup(
                '<g><title>{}</title><rect class="{} soft" x="{:.2f}%" width="{:.2f}%" y="{:.1f}" height="8" rx="4"/>'
                '<circle class="{}" cx="{:.2f}%" cy="{:.1f}" r="8"/><circle class="hole" cx="{:.2f}%" cy="{:.1f}" r="3"/></g>'
            ).format(
                f"{span.name}: median {duration(span.median)}, nine of ten within {duration(span.p90)}",
                span.colour, start, max(1.0, end - start), y - 4, span.colour, start, y, start, y,
            )
        )  # fmt: skip
    said = "; ".join(
        f"{span.name}: median {duration(span.median)}, nine of ten within {duration(span.p90)}"
        for span in spans
    )
    return Markup('<svg class="chart" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        ground + 24, f"{title}. {said}.", Markup("").join(parts)
    )


def _across(seconds: float) -> float:
    """Where a duration stands, in percent of the width."""
    bounded = min(max(seconds, _FASTEST), _SLOWEST)
    return 2 + 96 * math.log(bounded / _FASTEST) / math.log(_SLOWEST / _FASTEST)


def duration(seconds: float | None) -> str:
    """A duration as people say it, with two digits that mean something."""
    if seconds is None:
        return "–"
    if seconds < 9.95:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    if seconds < 570:
        return f"{seconds / 60:.1f} min".replace(".0 min", " min")
    if seconds < 3570:
        return f"{seconds / 60:.0f} min"
    hours = seconds / 3600
    if hours < 9.95:
        return f"{hours:.1f} h".replace(".0 h", " h")
    if hours < 47.5:
        return f"{hours:.0f} h"
    return f"{hours / 24:.1f} days".replace(".0 days", " days")


def legend(series: Sequence[Series]) -> Markup:
    """What the colours mean."""
    items = Markup("").join(
        Markup(
            '<li><svg width="12" height="12" aria-hidden="true"><rect class="{}" width="12" height="12" rx="3"/></svg>{}</li>'
        ).format(one.colour, escape(one.name))
        for one in series
    )
    return Markup('<ul class="legend">{}</ul>').format(items)
