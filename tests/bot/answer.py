"""What the gym's bot said in answer to one message or tap, to whomever."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Answer:
    """The texts with the buttons under them."""

    texts: list[str] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything that was said, together."""
        return "\n".join(self.texts)

    @property
    def titles(self) -> list[str]:
        """The buttons' titles."""
        return [button["title"] for button in self.buttons]

    @property
    def is_silent(self) -> bool:
        """Whether nothing was said."""
        return not self.texts
