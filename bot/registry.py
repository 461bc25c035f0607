"""Collects the one constant that each file of an open folder exports; a duplicate fails at import."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from bot.events import Events
from bot.turn import Turn


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing people ask, and what becomes of it."""

    name: str
    handle: Callable[[Turn], Events]
    side: bool = False
    """A question that can be answered in the middle of a flow without leaving it."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Talk that takes several turns. `begin` opens it, `go_on` takes each further turn of the person."""

    name: str
    begin: Callable[[Turn], Events]
    go_on: Callable[[Turn], Events]
    ask_again: Callable[[Turn], Events]
    """Repeats the open question, shortened, after a side question."""
    topic: str = "utter_topic_booking"
    """Response key that names what the flow is about, for offering to resume it."""


class Duplicate(ImportError):
    """Two files export the same name."""


def collect(package: ModuleType, constant: str) -> dict[str, Any]:
    """Every `constant` exported below `package`, by its `name`."""
    found: dict[str, Any] = {}
    for module_info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        module = importlib.import_module(module_info.name)
        item = getattr(module, constant, None)
        if item is None:
            continue
        for each in item if isinstance(item, tuple) else (item,):
            if each.name in found:
                raise Duplicate(f"{each.name} is exported twice, the second time by {module_info.name}")
            found[each.name] = each
    return found


@functools.cache
def intents() -> dict[str, Intent]:
    """Everything people can ask."""
    import bot.intents

    return collect(bot.intents, "INTENT")


@functools.cache
def flows() -> dict[str, Flow]:
    """Everything that takes several turns."""
    import bot.flows

    return collect(bot.flows, "FLOW")


@functools.cache
def commands() -> dict[str, Any]:
    """Everything staff can order."""
    import bot.commands

    return collect(bot.commands, "COMMAND")
