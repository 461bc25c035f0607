"""From YAML to scripts. Whatever is wrong is said with its file, line and conversation.

Every plain value is read as the words that were written: YAML's own ideas of ``yes``,
``10:00`` and ``+353...`` are not those of people who write conversations.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from api.play.script import CHANNELS, Ending, Person, Say, Script, Staff, Tap, Turn, Wait, Wanted
from crm.errors import CrmError

Value = TypeVar("Value")
GYMS = {"harbour": Path(__file__).parents[2] / "docs" / "demo" / "gym.yaml"}
NULLS = frozenset({"", "~", "null"})
STATUSES = ("booked", "cancelled", "attended", "no_show")
LEAD = ("name", "stage", "source", "goal", "experience")
BOOKING = ("service", "starts_at", "status")
_DURATION = re.compile(
    r"P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII
)


class ScriptError(CrmError):
    """A script cannot be played as it is written; the message names the place."""

    code = "script"


class _Wrong(Exception):
    """Something is wrong at the place that is being read."""


class _Loader(yaml.SafeLoader):
    """Reads every plain value as text; refuses a key that is given twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML's way
        "<": [("tag:yaml.org,2002:merge", re.compile(r"^(?:<<)$"))]
    }


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    loader.flatten_mapping(node)
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(loader.construct_object(key))
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{name!r} is given twice", key.start_mark)
        seen.add(name)
    return {str(k): v for k, v in loader.construct_mapping(node, deep=True).items()}


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_files(paths: Iterable[Path]) -> list[Script]:
    """Every conversation of the files, in order; raises `ScriptError`."""
    return [script for path in paths for script in read_file(path)]


def read_file(path: Path) -> list[Script]:
    """Every conversation of one file; raises `ScriptError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ScriptError(f"{path}: the file cannot be read: {reason}") from None
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        found: Any = loader.construct_document(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ScriptError(f"{path}{line}: not valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ScriptError(f"{path}: not valid YAML: {error}") from None
    finally:
        loader.dispose()
    if root is None or found == []:
        raise ScriptError(f"{path}: there is no conversation in this file")
    nodes, items = (root.value, found) if isinstance(root, yaml.SequenceNode) else ([root], [found])
    scripts: list[Script] = []
    for node, item in zip(nodes, items, strict=True):
        source = f"{path}:{node.start_mark.line + 1}"
        name = item.get("name") if isinstance(item, dict) else None
        try:
            scripts.append(_script(item, source, path))
        except _Wrong as wrong:
            title = f' "{name}"' if isinstance(name, str) else ""
            raise ScriptError(f"{source}{title}: {wrong}") from None
    return scripts


def _script(item: Any, source: str, path: Path) -> Script:
    given = _keys(item, "a conversation", needed=("name", "now", "person", "turns"), known=("gym", "expect"))
    turns = given["turns"]
    if not isinstance(turns, list) or not turns:
        raise _Wrong("turns is a list of at least one turn")
    return Script(
        name=_words(given["name"], "name"),
        source=source,
        gym_file=_gym_file(_words(given.get("gym", "harbour"), "gym"), path),
        now=_at("now", _now, given["now"]),
        person=_person(given["person"]),
        turns=tuple(_turn(turn, place) for place, turn in enumerate(turns, 1)),
        ending=_ending(given["expect"]) if given.get("expect") else Ending(),
    )


def _gym_file(name: str, beside: Path) -> str:
    """The gym's file: one of the known names, else a path, seen from the script or from here."""
    for found in (GYMS.get(name), beside.parent / name, Path(name)):
        if found is not None and found.is_file():
            return found.read_text(encoding="utf-8")
    raise _Wrong(f"gym: there is no gym {name!r}; known are {', '.join(GYMS)}, or the path of a gym file")


def _person(value: Any) -> Person:
    given = _keys(value, "person", needed=("channel", "address"), known=("name",))
    channel = _one_of(given["channel"], CHANNELS, "person.channel")
    name = given.get("name")
    return Person(channel, _words(given["address"], "person.address"), None if name in NULLS else name)


def _turn(value: Any, place: int) -> Turn:
    where = f"turn {place}"
    kinds = ("say", "tap", "burst", "wait", "staff")
    given = _keys(value, where, known=(*kinds, "expect"))
    acts = [kind for kind in kinds if kind in given]
    if len(acts) != 1:
        raise _Wrong(f"{where}: exactly one of {', '.join(kinds)} is needed, not {len(acts)}")
    kind, content = acts[0], given[acts[0]]
    at = f"{where}, {kind}"
    act: Say | Tap | Wait | Staff
    match kind:
        case "say":
            act = Say((_words(content, at),))
        case "burst":
            act = Say(_list(content, at))
        case "tap":
            act = Tap(_words(content, at))
        case "wait":
            act = Wait(_at(at, _duration, content))
        case _:
            said = _keys(content, at, needed=("from", "say"), known=("chat",))
            chat = _one_of(said.get("chat", "group"), ("group", "own"), f"{at}, chat")
            key, words = _words(said["from"], f"{at}, from"), _words(said["say"], f"{at}, say")
            act = Staff(key, words, "own" if chat == "own" else "group")
    return Turn(act, _wanted(given["expect"], f"{where}, expect") if given.get("expect") else None)


def _wanted(value: Any, where: str) -> Wanted:
    given = _keys(value, where, known=("all", "any", "none", "buttons"))
    return Wanted(**{key: _list(words, f"{where}.{key}") for key, words in given.items()})


def _ending(value: Any) -> Ending:
    given = _keys(
        value, "expect",
        known=("lead", "bookings", "staff_saw", "trainer_saw", "sent_at_most", "nlu_handoff"),
    )  # fmt: skip
    lead = bookings = most = handed = None
    if "lead" in given:
        told = _keys(given["lead"], "expect.lead", known=LEAD)
        lead = {
            key: None if word in NULLS else _words(word, f"expect.lead.{key}") for key, word in told.items()
        }
    if "bookings" in given:
        rows = given["bookings"]
        if not isinstance(rows, list):
            raise _Wrong("expect.bookings is a list; [] means that no place is held")
        bookings = tuple(_booking(row, f"expect.bookings {place}") for place, row in enumerate(rows, 1))
    if "sent_at_most" in given:
        if not str(given["sent_at_most"]).isdecimal():
            raise _Wrong(f"expect.sent_at_most is a whole number, not {given['sent_at_most']!r}")
        most = int(given["sent_at_most"])
    if "nlu_handoff" in given:
        handed = _one_of(str(given["nlu_handoff"]).lower(), ("true", "false"), "expect.nlu_handoff") == "true"
    trainers = given.get("trainer_saw") or {}
    if not isinstance(trainers, dict):
        raise _Wrong("expect.trainer_saw is a mapping from trainers' keys to lists of words")
    return Ending(
        lead=lead, bookings=bookings, sent_at_most=most, nlu_handoff=handed,
        staff_saw=_list(given["staff_saw"], "expect.staff_saw") if "staff_saw" in given else (),
        trainer_saw={key: _list(words, f"expect.trainer_saw.{key}") for key, words in trainers.items()},
    )  # fmt: skip


def _booking(value: Any, where: str) -> dict[str, str]:
    given = _keys(value, where, known=BOOKING)
    row = {key: _words(word, f"{where}, {key}") for key, word in given.items()}
    if "starts_at" in row:
        row["starts_at"] = _at(f"{where}, starts_at", _local, row["starts_at"]).isoformat(timespec="minutes")
    if "status" in row:
        _one_of(row["status"], STATUSES, f"{where}, status")
    return row


def _keys(
    value: Any, where: str, *, needed: tuple[str, ...] = (), known: tuple[str, ...] = ()
) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(f"{where} is a mapping with the keys {', '.join((*needed, *known))}")
    if strange := [key for key in value if key not in needed and key not in known]:
        listed = ", ".join((*needed, *known))
        raise _Wrong(f"{where}: unknown key {', '.join(map(repr, strange))}; known are {listed}")
    if missing := [key for key in needed if key not in value]:
        raise _Wrong(f"{where}: {', '.join(missing)} missing")
    return value


def _words(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(f"{where} is text, not {value!r}")
    return value


def _list(value: Any, where: str) -> tuple[str, ...]:
    """A list of words; a single one may stand without brackets."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not items:
        raise _Wrong(f"{where} is a list of words, not {value!r}")
    return tuple(_words(item, where) for item in items)


def _one_of(value: Any, choices: tuple[str, ...], where: str) -> str:
    if value not in choices:
        raise _Wrong(f"{where} is one of {', '.join(choices)}, not {value!r}")
    return str(value)


def _at(where: str, parse: Callable[[Any], Value], value: Any) -> Value:
    try:
        return parse(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise _Wrong(f"{where}: {error}") from None


def _now(value: Any) -> dt.datetime:
    try:
        now = dt.datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise ValueError(f"{value!r} is no instant; write e.g. 2026-11-20T10:00:00+00:00") from None
    if now.tzinfo is None:
        raise ValueError(f"{value} has no offset; write e.g. {value}+00:00")
    return now


def _local(value: Any) -> dt.datetime:
    try:
        local = dt.datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise ValueError(f"{value!r} is no time; write e.g. 2026-11-21T11:00") from None
    if local.tzinfo is not None:
        raise ValueError(f"{value} must be the gym's wall time, without offset")
    return local


def _duration(value: Any) -> dt.timedelta:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is no duration; write e.g. PT2H, PT90M or P1D")
    weeks, days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return dt.timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
