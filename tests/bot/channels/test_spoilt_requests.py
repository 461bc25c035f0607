"""Requests spoilt at random, over the real routes and through the engine.

Some hundreds in every run. ``SPOTTER_MUTATIONS=20000`` asks for as many as one likes,
``SPOTTER_MUTATIONS_SEED`` for others.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
import os
import random
from collections.abc import Iterator, Mapping

import pytest

from crm.inbound import DueAddress
from scheduler import inbound
from tests.bot.channels.mutations import Mutation, mutations
from tests.bot.channels.payload_cases import load_cases
from tests.bot.channels.webhook_door import WebhookDoor

CASES = list(load_cases().values())
COUNT = int(os.environ.get("SPOTTER_MUTATIONS", "300"))
SEED = int(os.environ.get("SPOTTER_MUTATIONS_SEED", "20261120"))
AT_ONCE = 500
"""Requests, each brought twice, between two looks of the engine."""
REFUSED = (400, 403, 404, 413)


@pytest.mark.feature("1.7", "14.12", "M.17")
def test_no_spoilt_request_is_an_error_of_ours_or_kept_twice_or_too_much_for_the_engine(
    door: WebhookDoor,
) -> None:
    statuses: collections.Counter[int] = collections.Counter()
    kept = 0
    for batch in _batches(mutations(CASES, COUNT, seed=SEED)):
        stories: dict[int, str] = {}
        for one in batch:
            newest = max(stories, default=0)
            status, said, _ = door.send(one.request, one.provider)
            statuses[status] += 1
            assert status in (200, *REFUSED), (one.story, said)
            rows = door.rows(after=newest)
            assert status == 200 or rows == [], one.story
            for row in rows:
                stories[row.id or 0] = one.story
                assert all(event.kind for event in door.read(row)), one.story
        for one in batch:
            assert door.send(one.request, one.provider)[0] in (200, *REFUSED), one.story
        assert {row.id for row in door.rows()} == set(stories)
        _handle_all(door, stories)
        kept += len(stories)
        door.forget()
    print(
        f"{COUNT} spoilt requests, each brought twice: answers {dict(statuses)}, {kept} messages kept and handled"
    )


def _batches(found: Iterator[Mutation]) -> Iterator[list[Mutation]]:
    while batch := list(itertools.islice(found, AT_ONCE)):
        yield batch


@pytest.mark.feature("14.12")
def test_a_spoilt_signature_opens_no_door(door: WebhookDoor) -> None:
    dice = random.Random(SEED)
    for one in mutations(CASES, 60, seed=SEED + 1):
        headers = dict(one.request.headers)
        name = next(key for key in headers if "signature" in key or "secret" in key)
        value = list(headers[name])
        value[dice.randrange(len("sha256=") if "sha256=" in headers[name] else 0, len(value))] = "~"
        headers[name] = "".join(value)
        request = dataclasses.replace(one.request, headers=headers)

        assert door.send(request, one.provider)[0] in (400, 403), one.story
    assert door.rows() == []


def _handle_all(door: WebhookDoor, stories: Mapping[int, str]) -> None:
    """Everything kept goes through the engine without an error."""
    for inbox_id, address in sorted({(row.inbox_id, row.address) for row in door.rows()}, key=str):
        while inbound.handle(DueAddress(door.gym_id, inbox_id, address)):
            pass
    rows = door.rows()
    assert [(stories[row.id or 0], row.error) for row in rows if row.error] == []
    assert [stories[row.id or 0] for row in rows if row.handled_at is None] == []
