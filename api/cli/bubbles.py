"""Messages as chat bubbles in a terminal, and as plain lines where there is none."""

from __future__ import annotations

import sys

from rich.align import Align
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from api.cli.phone import Line

WIDEST = 68


class Bubbles:
    """Shows lines of one conversation; numbers the buttons that can be tapped."""

    def __init__(self, me: str, gym: str) -> None:
        self._me, self._gym = me, gym
        self._pretty = sys.stdout.isatty()
        # In a terminal that cannot show emoji (a C locale) the message matters more than the picture.
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")
        self._console = Console(highlight=False, width=None if self._pretty else 100)

    def title(self, words: str) -> None:
        """A heading between two parts of the talk."""
        if self._pretty:
            self._console.rule(escape(words), style="dim")
        else:
            print(f"--- {words}", flush=True)

    def show(self, line: Line, *, numbered: bool = False) -> None:
        """One bubble: mine on the right, the gym's on the left, its buttons below it."""
        who = line.speaker or (self._me if line.mine else self._gym)
        text = line.text or (f"[{line.attachment}]" if line.attachment else "")
        labels = [
            f"{place} {button.title}" if numbered and not button.link else button.title
            for place, button in enumerate(line.buttons, 1)
        ]
        if not self._pretty:
            print(f"{who}: {text}" + "".join(f"  [{label}]" for label in labels), flush=True)
            return
        colour = "green" if line.mine else "cyan"
        width = min(WIDEST, max(24, self._console.width - 12))
        content: list[Text] = [Text(text)]
        if labels:
            buttons = Text("\n")
            for label in labels:
                buttons.append(f" {label} ", style="reverse")
                buttons.append(" ")
            content.append(buttons)
        longest = max((len(row) for row in text.splitlines()), default=0)
        needed = max(longest, len(who) + 4, sum(len(label) + 3 for label in labels)) + 4
        panel = Panel(
            Group(*content),
            title=escape(who),
            title_align="right" if line.mine else "left",
            border_style=colour,
            width=min(width, max(needed, 16)),
        )
        self._console.print(Align(panel, "right" if line.mine else "left"))
