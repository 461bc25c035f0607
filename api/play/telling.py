"""How a run is told: for people in a terminal, or as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO, Any, Protocol

from rich.align import Align
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from api.play.player import Bubble, Remark, Result

WIDEST = 72


class Teller(Protocol):
    """Hears how scripts end."""

    def ended(self, result: Result) -> None:
        """One script has ended."""

    def finished(self, results: Sequence[Result], seconds: float, /) -> None:
        """All have, in so many seconds."""


class Lines:
    """One JSON object a script as it ends, then one with the counts."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def ended(self, result: Result) -> None:
        """``{"name", "passed", "unmet", "transcript"}``."""
        self._print(
            {
                "name": result.script.name,
                "passed": result.passed,
                "unmet": result.unmet,
                "transcript": [as_json(entry) for entry in result.transcript],
            }
        )

    def finished(self, results: Sequence[Result], _: float) -> None:
        """``{"passed", "failed"}``."""
        passed = sum(result.passed for result in results)
        self._print({"passed": passed, "failed": len(results) - passed})

    def _print(self, told: dict[str, Any]) -> None:
        print(json.dumps(told, ensure_ascii=False), file=self._out, flush=True)


def as_json(entry: Bubble | Remark) -> dict[str, Any]:
    """A line of the transcript for programs."""
    if isinstance(entry, Remark):
        return {"turn": entry.turn, "unmet" if entry.unmet else "note": entry.text}
    told: dict[str, Any] = {
        "turn": entry.turn,
        "chat": entry.chat,
        "from": entry.who,
        "at": entry.at,
        "text": entry.text,
    }
    if entry.titles:
        told["buttons"] = list(entry.titles)
    if entry.edited:
        told["edited"] = True
    return told


class Bubbles:
    """A line a script, the whole talk of one that failed, a summary."""

    def __init__(self, out: IO[str]) -> None:
        # In a terminal that cannot show emoji (a C locale) the message matters more than the picture.
        if hasattr(out, "reconfigure"):
            out.reconfigure(errors="replace")
        self.console = Console(file=out, highlight=False, width=None if out.isatty() else 110)

    def ended(self, result: Result) -> None:
        """A tick and a name; a failure with all that was said."""
        mark, colour = ("✓", "green") if result.passed else ("✗", "red")
        line = Text.assemble((f" {mark} ", f"bold {colour}"), result.script.name)
        line.append(f"  {result.seconds:.1f} s", style="dim")
        self.console.print(line)
        if not result.passed:
            self.console.print(transcript(result, self.console.width))

    def finished(self, results: Sequence[Result], seconds: float) -> None:
        """How many passed, and what was unmet where."""
        failed = [result for result in results if not result.passed]
        passed = len(results) - len(failed)
        self.console.print()
        for result in failed:
            self.console.print(
                Text.assemble((" ✗ ", "bold red"), result.script.name, (f"  {result.script.source}", "dim"))
            )
            for problem in result.unmet:
                self.console.print(Text(f"     {problem}", style="red"))
        total = Text.assemble((f" {passed} passed", "bold green"))
        if failed:
            total.append(f", {len(failed)} failed", style="bold red")
        total.append(f" in {seconds:.0f} s", style="dim")
        self.console.print(total)


def transcript(result: Result, width: int) -> RenderableType:
    """The talk as bubbles: the person on the right, the gym on the left, unmet wishes where they arose."""
    shown: list[RenderableType] = []
    chat = None
    for entry in result.transcript:
        if isinstance(entry, Remark):
            if entry.unmet:
                shown.append(Align(Text(f"✗ {entry.text}", style="bold red"), "center"))
            else:
                shown.append(Align(Text(entry.text, style="dim"), "center"))
            continue
        if entry.chat != chat:
            chat = entry.chat
            shown.append(Align(Text(f"— {_chat_name(chat)} —", style="dim"), "center"))
        shown.append(_bubble(entry, width))
    title = f"{result.script.name} · {result.script.source}"
    return Panel(Group(*shown), title=title, title_align="left", border_style="red")


def plain_transcript(result: Result) -> str:
    """The talk as text, for test reports."""
    lines = []
    for entry in result.transcript:
        if isinstance(entry, Remark):
            lines.append(f"    ✗ {entry.text}" if entry.unmet else f"    ({entry.text})")
            continue
        buttons = "".join(f" [{title}]" for title in entry.titles)
        edited = " (edited)" if entry.edited else ""
        lines.append(f"{entry.turn:>2} {entry.chat} | {entry.who}{edited}: {entry.text}{buttons}")
    return "\n".join(lines)


def _bubble(entry: Bubble, width: int) -> RenderableType:
    inner = min(WIDEST, max(24, width - 16))
    content = Text(entry.text)
    if entry.titles:
        content.append("\n")
        for title in entry.titles:
            content.append(f" {title} ", style="reverse")
            content.append(" ")
    who = f"{entry.who} (edited)" if entry.edited else entry.who
    longest = max((len(row) for row in content.plain.splitlines()), default=0)
    panel = Panel(
        content,
        title=Text(who),
        title_align="right" if entry.mine else "left",
        border_style="green" if entry.mine else "cyan",
        width=min(inner, max(longest + 4, len(who) + 6)),
    )
    return Align(panel, "right" if entry.mine else "left")


def _chat_name(chat: str) -> str:
    if chat == "staff":
        return "staff group"
    return f"{chat.removeprefix('staff:')}'s own chat" if chat.startswith("staff:") else chat
