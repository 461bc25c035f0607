"""A bad day on all channels at once: webhooks twice and in the wrong order, refusals, answers that never come.

Every message has its effect once, every delivery comes to an end, nobody gets an answer
twice, and no provider is written to faster than it allows (it counts).

More of it: ``SPOTTER_STORM_CONVERSATIONS=2000``; another course: ``SPOTTER_STORM_SEED``.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.crash.installation import Installation, Talk

CONVERSATIONS = int(os.environ.get("SPOTTER_STORM_CONVERSATIONS", "15"))
SEED = int(os.environ.get("SPOTTER_STORM_SEED", "7"))
CHANNELS = {
    "whatsapp": "+35385{:07}", "whatsapp-twilio": "+35386{:07}", "instagram": "66201{:011}", "telegram": "71{:08}",
    "sms": "+35387{:07}",
}  # fmt: skip
LINES = ("do you have parking?", "how much is a membership?", "what should I bring?")
AT_ONCE = 8
PATIENCE = 120.0 + CONVERSATIONS
WEATHER = {
    "duplicate": 0.25, "reorder": 0.25, "rate_limit": 0.1, "server_error": 0.05, "timeout_after_accept": 0.08,
    "hang_ms": 200,
}  # fmt: skip
UNDER_WAY = """
    SELECT (SELECT count(*) FROM inbound_payloads WHERE handled_at IS NULL AND failed_at IS NULL)
      + (SELECT count(*) FROM deliveries d JOIN gyms g ON g.id = d.gym_id WHERE d.state = 'sending'
           OR d.state = 'queued' AND d.due_at < clock_timestamp() + g.clock_offset + interval '30 minutes')"""
ENDED_BADLY = """
    SELECT i.channel, d.address, d.purpose, d.state, d.reason, d.error_code, d.attempts
    FROM deliveries d JOIN inboxes i ON i.gym_id = d.gym_id AND i.id = d.inbox_id
    WHERE d.state IN ('failed', 'queued', 'sending', 'unconfirmed') AND d.purpose <> 'staff'"""
THREADS = """
    SELECT g.slug, i.channel, k.address,
      array_agg(m.text ORDER BY m.at, m.id) FILTER (WHERE m.direction = 'in'),
      count(*) FILTER (WHERE m.direction = 'out')
    FROM conversations c JOIN gyms g ON g.id = c.gym_id
    JOIN contact_inboxes k ON k.gym_id = c.gym_id AND k.id = c.contact_inbox_id
    JOIN inboxes i ON i.gym_id = c.gym_id AND i.id = c.inbox_id
    JOIN messages m ON m.gym_id = c.gym_id AND m.conversation_id = c.id
    GROUP BY 1, 2, 3"""

pytestmark = [pytest.mark.feature("M.17"), pytest.mark.feature("17.10"), pytest.mark.feature("1.1")]


class StormTalk(Talk):
    """Goes on after an answer that was given up as unconfirmed, as people do after a while."""

    missed = 0

    def _wait(self, expected: int | None, line: str) -> None:
        assert expected is not None
        until, looked = time.monotonic() + PATIENCE, 0
        while time.monotonic() < until:
            if len(self.shown()) >= expected - self.missed:
                return
            looked = looked + 1 if self._is_settled() else 0
            if looked >= 3:
                self.missed += 1
                return
            time.sleep(0.3)
        raise AssertionError(f"no answer to {line!r}: {self.shown()}")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("storm")) as running:
        yield running


def rows(installation: Installation, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(installation.database_url()) as link:
        return link.execute(query).fetchall()


def comes_to_rest(installation: Installation) -> None:
    until = time.monotonic() + PATIENCE
    while (left := rows(installation, UNDER_WAY)[0][0]) and time.monotonic() < until:
        time.sleep(0.3)
    assert left == 0, "something never ends"


def test_every_message_counts_once_and_every_delivery_ends(installation: Installation) -> None:
    gyms = [installation.make_gym(f"storm-{n}") for n in range(-(-CONVERSATIONS // len(CHANNELS)))]
    talks = []
    for number in range(CONVERSATIONS):
        channel, address = list(CHANNELS.items())[number % len(CHANNELS)]
        gym = gyms[number // len(CHANNELS)]
        name = f"Person {number}"
        talks.append(StormTalk(installation, gym, address.format(number + 1), name, LINES, channel))
    installation.faults(seed=SEED, **WEATHER)
    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as people:
        answers = list(range(1, len(LINES) + 1))
        held = [people.submit(talk.hold, answers, lambda: None) for talk in talks]
    silent = [str(one.exception()) for one in held if one.exception() is not None]
    assert not silent, [*silent, *map(str, rows(installation, ENDED_BADLY))]
    held_for = time.monotonic() - begun
    installation.settle(gyms)
    comes_to_rest(installation)
    stats = installation.stats()
    installation.faults()

    answered = [len(talk.shown()) for talk in talks]
    assert max(answered) <= len(LINES), "none twice"
    missed = len(LINES) * CONVERSATIONS - sum(answered)
    threads = rows(installation, THREADS)
    assert len(threads) == CONVERSATIONS
    assert {tuple(said) for *_, said, _ in threads} == {LINES}, "each message once and in order"
    assert {out for *_, out in threads} == {len(LINES)}
    assert rows(installation, "SELECT count(*) FROM inbound_payloads WHERE failed_at IS NOT NULL") == [(0,)]
    ended = Counter(dict(rows(installation, "SELECT state, count(*) FROM deliveries GROUP BY 1")))
    assert set(ended) <= {"accepted", "sent", "delivered", "read", "unconfirmed", "cancelled"}, ended
    assert {channel: one["pace_violations"] for channel, one in stats.items()} == dict.fromkeys(stats, 0)

    happened = {
        what: sum(one[what] for one in stats.values()) for what in ("cut_after_accept", "accepted", "typing")
    }
    webhooks = {
        what: sum(one["webhooks"][what] for one in stats.values())
        for what in ("posted", "duplicated", "reordered", "abandoned")
    }
    refused = sum((Counter(one["refused"]) for one in stats.values()), Counter[str]())
    print(f"{CONVERSATIONS} conversations in {held_for:.0f} s: {happened} {webhooks} {refused} {ended}")
    assert happened["cut_after_accept"] > 0
    assert webhooks["duplicated"] > 0
    assert webhooks["reordered"] > 0
    assert webhooks["abandoned"] == 0
    assert sum(refused.values()) > 0
    # A connection that breaks before the request is read is as uncertain as one that breaks after it.
    assert ended["unconfirmed"] <= happened["cut_after_accept"] + missed
    assert missed <= max(1, CONVERSATIONS // 50)
