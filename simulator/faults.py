"""Faults on request: what real providers do on a bad day."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from simulator import addresses

PROBABILITIES = ("duplicate", "reorder", "rate_limit", "server_error", "timeout_after_accept")
NUMBERS = ("delay_ms", "answer_ms", "hang_ms")
"""How late webhooks come, how long a provider thinks before it answers a message, how long it hangs before it cuts."""
SCOPES = ("channel", "gym", "count", "seed", "clear", "blocked", "answer")
CALLS = ("send", "typing", "profile", "media")
"""What an account asks of a provider, as far as its answer can be scripted."""


class BadFaults(ValueError):
    """The request cannot be understood; the message says which part and what would do."""


@dataclass(slots=True)
class Answer:
    """What a provider will answer with, word for word, whatever it is asked."""

    call: str
    status: int
    headers: dict[str, str]
    body: Any
    remaining: int


@dataclass(slots=True)
class Rule:
    """One fault, perhaps only on one channel or for one gym, perhaps only so many times more."""

    kind: str
    value: float
    channel: str | None
    gym: str | None
    remaining: int | None

    def covers(self, channel: str, gym: str) -> bool:
        """Whether this rule speaks of that account."""
        return self.channel in (None, channel) and self.gym in (None, gym) and self.remaining != 0


class Faults:
    """The faults that are on. A later request changes only the faults it names, within its channel and gym."""

    def __init__(self) -> None:
        self._rules: dict[str, list[Rule]] = {}
        self._blocked: dict[tuple[str | None, str | None], set[str]] = {}
        self._answers: dict[tuple[str | None, str | None], list[Answer]] = {}
        self._random = random.Random()  # noqa: S311 (dice, no secrets)

    def change(self, wanted: dict[str, Any]) -> None:
        """Switch faults on and off; raises `BadFaults` and then changes nothing."""
        unknown = set(wanted) - {*PROBABILITIES, *NUMBERS, *SCOPES}
        if unknown:
            raise BadFaults(f"Unknown: {', '.join(sorted(unknown))}. There are: "
                            f"{', '.join((*NUMBERS, *PROBABILITIES, *SCOPES))}.")  # fmt: skip
        channel, gym, count = wanted.get("channel"), wanted.get("gym"), wanted.get("count")
        if channel is not None:
            try:
                addresses.ensure_channel(str(channel))
            except addresses.UnknownChannel as error:
                raise BadFaults(str(error)) from error
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
            raise BadFaults("count is how many times a fault happens: a whole number from 0.")
        rules = [
            Rule(kind, self._value(kind, wanted[kind]), channel, gym, count)
            for kind in (*PROBABILITIES, *NUMBERS)
            if kind in wanted
        ]
        blocked = self._addresses(wanted["blocked"]) if "blocked" in wanted else None
        answer = self._answer(wanted["answer"], count) if "answer" in wanted else None
        if wanted.get("clear") or not wanted:
            self._rules.clear()
            self._blocked.clear()
            self._answers.clear()
        if "seed" in wanted:
            self._random.seed(wanted["seed"])
        for rule in rules:
            kept = [r for r in self._rules.get(rule.kind, []) if (r.channel, r.gym) != (channel, gym)]
            # The narrowest rule speaks first: a gym's own before a channel's before everybody's.
            kept += [rule] if rule.value else []
            self._rules[rule.kind] = sorted(kept, key=lambda r: (r.gym is None, r.channel is None))
        if blocked is not None:
            self._blocked[(channel, gym)] = blocked
        if answer is not None:
            self._answers.setdefault((channel, gym), []).append(answer)

    @staticmethod
    def _answer(value: Any, count: int | None) -> Answer:
        problem = BadFaults(
            f"answer is {{status, headers, body}} and perhaps `call`, one of {', '.join(CALLS)}; "
            "it is given once, or `count` times."
        )
        if not isinstance(value, dict) or set(value) - {"call", "status", "headers", "body"}:
            raise problem
        call, status, headers = value.get("call", "send"), value.get("status"), value.get("headers") or {}
        if call not in CALLS or not isinstance(status, int) or not isinstance(headers, dict):
            raise problem
        return Answer(call, status, headers, value.get("body"), 1 if count is None else count)

    def scripted(self, call: str, channel: str, gym: str) -> Answer | None:
        """The answer that this call of the account is to be given instead of the provider's own; uses it up."""
        for (only_channel, only_gym), listed in self._answers.items():
            if only_channel in (None, channel) and only_gym in (None, gym):
                for answer in listed:
                    if answer.call == call and answer.remaining > 0:
                        answer.remaining -= 1
                        return answer
        return None

    @staticmethod
    def _value(kind: str, value: Any) -> float:
        if value is None or isinstance(value, bool):
            value = float(bool(value)) if kind in PROBABILITIES else 0.0
        if not isinstance(value, int | float) or value < 0 or (kind in PROBABILITIES and value > 1):
            allowed = "a probability from 0 to 1" if kind in PROBABILITIES else "milliseconds from 0"
            raise BadFaults(f"{kind} is {allowed}, not {value!r}.")
        return float(value)

    @staticmethod
    def _addresses(value: Any) -> set[str]:
        if not isinstance(value, list) or not all(isinstance(entry, str | int) for entry in value):
            raise BadFaults("blocked is a list of addresses.")
        return {str(entry).removeprefix("whatsapp:") for entry in value}

    def happens(self, kind: str, channel: str, gym: str) -> bool:
        """Throw the dice for a fault on this account; a counted fault is used up by happening."""
        rules = self._rules.get(kind)
        if not rules:
            return False
        rule = next((rule for rule in rules if rule.covers(channel, gym)), None)
        if rule is None or self._random.random() >= rule.value:
            return False
        self._use(rule)
        return True

    def milliseconds(self, kind: str, channel: str, gym: str, otherwise: float = 0.0) -> float:
        """How long a fault lasts on this account, in milliseconds."""
        rule = next((rule for rule in self._rules.get(kind, ()) if rule.covers(channel, gym)), None)
        if rule is None:
            return otherwise
        self._use(rule)
        return rule.value

    @staticmethod
    def _use(rule: Rule) -> None:
        if rule.remaining is not None:
            rule.remaining -= 1

    def coin(self) -> bool:
        """Heads or tails, from the seeded dice."""
        return self._random.random() < 0.5

    @property
    def blocks_anybody(self) -> bool:
        """Whether any address is blocked at all."""
        return any(self._blocked.values())

    def is_blocked(self, channel: str, gym: str, *names: str) -> bool:
        """Whether a person with one of these addresses has blocked the gym."""
        return bool(self._blocked) and any(
            name in listed
            for (only_channel, only_gym), listed in self._blocked.items()
            if only_channel in (None, channel) and only_gym in (None, gym)
            for name in names
        )

    def listed(self) -> dict[str, Any]:
        """What is on: the values that hold everywhere, and under `only` the narrower ones."""
        shown: dict[str, Any] = dict.fromkeys((*NUMBERS, *PROBABILITIES), 0)
        shown["blocked"] = sorted(self._blocked.get((None, None), set()))
        only: list[dict[str, Any]] = []
        for rules in self._rules.values():
            for rule in rules:
                if rule.remaining == 0:
                    continue
                if (rule.channel, rule.gym, rule.remaining) == (None, None, None):
                    shown[rule.kind] = rule.value
                else:
                    narrow = {
                        rule.kind: rule.value,
                        "channel": rule.channel,
                        "gym": rule.gym,
                        "count": rule.remaining,
                    }
                    only.append({key: value for key, value in narrow.items() if value is not None})
        for (channel, gym), listed in self._blocked.items():
            if (channel, gym) != (None, None) and listed:
                blocked: dict[str, Any] = {"blocked": sorted(listed), "channel": channel, "gym": gym}
                only.append({key: value for key, value in blocked.items() if value is not None})
        shown["only"] = only
        return shown
