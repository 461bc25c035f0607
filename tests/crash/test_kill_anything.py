"""Kill anything at any moment: every phone shows in the end what it would have shown anyway.

The same conversations are held twice with one running system, each time in gyms of
their own: first in peace, then while the API, the worker, beat, the broker and the
database are killed without warning. Nothing may be lost, doubled or out of order.

More of both: ``SPOTTER_CRASH_CONVERSATIONS=500 SPOTTER_CRASH_KILLS=100``; another course
of events: ``SPOTTER_CRASH_SEED``.
"""

from __future__ import annotations

import os
import random
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.crash.installation import Installation, Talk

CONVERSATIONS = int(os.environ.get("SPOTTER_CRASH_CONVERSATIONS", "6"))
KILLS = int(os.environ.get("SPOTTER_CRASH_KILLS", "6"))
PAUSE = 1.0 if KILLS < 12 else 6.0
"""Longest seconds between two kills; shorter ones in a row only make the supervisor wait ever longer."""
SEED = int(os.environ.get("SPOTTER_CRASH_SEED", "1"))
A_GYM = 6
"""Conversations in one gym: a staff group takes only some 20 messages at once."""
AT_ONCE = 6
HOURS = ("10:00", "12:00", "15:00")
TRAINERS = re.compile(r"\b(Aoife|Marcus|Priya|Tom)\b")
CHANGING = re.compile(r"https?://\S+|#\d+")

pytestmark = [pytest.mark.feature("M.17"), pytest.mark.feature("M.20"), pytest.mark.feature("17.10")]


def lines(place: int) -> tuple[str, ...]:
    """What one person writes, in turn; half of them book, each at an hour of their own."""
    if place % 2:
        return ("hi! how much is a membership?", "do you have parking?", "thanks, bye")
    return (
        f"hi, can I come for a trial tomorrow at {HOURS[place % A_GYM // 2]}?",
        "yes",
        "what should I bring?",
    )


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("crash")) as running:
        yield running


class Spread:
    """Holds the talking up until its share of the killing is done, so that neither is over before the other."""

    def __init__(self, killed: list[str], kills: int) -> None:
        self._killed, self._kills = killed, kills
        self._said, self._lines = 0, sum(len(lines(place)) for place in range(CONVERSATIONS))
        self._guard = threading.Lock()

    def wait(self) -> None:
        with self._guard:
            self._said += 1
            needed = self._kills * self._said // self._lines
        while len(self._killed) < needed:
            time.sleep(0.05)


def hold(installation: Installation, gyms: list[str], like: list[Talk] | None, spread: Spread) -> list[Talk]:
    """All the conversations, some at once; each turn follows the answer to the one before, as people write."""
    talks = [
        Talk(installation, gyms[place // A_GYM], f"+35385{place:07}", f"Person {place}", lines(place))
        for place in range(CONVERSATIONS)
    ]
    with ThreadPoolExecutor(AT_ONCE) as people:
        begun = [
            people.submit(talk.hold, like[place].answers if like else None, spread.wait)
            for place, talk in enumerate(talks)
        ]
        for one in begun:
            one.result()
    return talks


def plain(text: str) -> str:
    """Without what depends on who came first: the free trainer, numbers of leads, links."""
    return CHANGING.sub("…", TRAINERS.sub("a trainer", text))


def test_nothing_is_lost_doubled_or_out_of_order(installation: Installation, tmp_path: Path) -> None:
    count = -(-CONVERSATIONS // A_GYM)
    peaceful = [installation.make_gym(f"peace-{number}") for number in range(count)]
    rough = [installation.make_gym(f"rough-{number}") for number in range(count)]
    clean = hold(installation, peaceful, None, Spread([], 0))
    installation.settle(peaceful)

    killed = installation.killed
    with ThreadPoolExecutor(1) as beside:
        killing = beside.submit(installation.kill_at_random, random.Random(SEED), KILLS, PAUSE)
        talks = hold(installation, rough, clean, Spread(killed, KILLS))
        killing.result()
    installation.settle(rough)

    for expected, found in zip(clean, talks, strict=True):
        assert [plain(text) for text in found.shown()] == [plain(text) for text in expected.shown()], killed
    for before, after in zip(peaceful, rough, strict=True):
        assert installation.count_bookings(after) == installation.count_bookings(before) > 0
        cards = {plain(text) for text in installation.staff_group(before)}
        assert cards <= {plain(text) for text in installation.staff_group(after)}, killed
