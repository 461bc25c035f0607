"""Every recorded provider request, against the HTTP answer and the events that the index expects."""

from __future__ import annotations

import pytest

from tests.bot.channels.payload_cases import Case, differences, facts, load_cases
from tests.bot.channels.webhook_door import Door

CASES = load_cases()
NOW = 1795161600.0
"""The recordings' clock: 2026-11-20T08:00:00Z."""


@pytest.mark.feature("1.1", "1.2", "1.3", "1.5", "1.9", "1.10", "4.10", "14.12")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES.values()])
def test_a_recorded_request_is_answered_and_understood(case: Case, door: Door) -> None:
    if case.duplicate_of:
        door.post(CASES.get(case.duplicate_of, case))

    status, events = door.post(case)

    assert status in case.expect["http"]
    assert door.received is not None
    if "body" in case.expect:
        assert door.received.body == case.expect["body"]
        assert door.received.media_type == case.expect["content_type"]
    assert len(events) == len(case.events), [event.kind for event in events]
    told = [facts(event, now=NOW, reply_window=door.reply_window(case)) for event in events]
    assert differences(case.events, told) == []
    if final := case.expect.get("final"):
        ranks = ["accepted", "sent", "delivered", "read"]
        for message_id, best in final.items():
            told_of = [event.status for event in events if event.message_id == message_id and event.status]
            assert max(told_of, key=ranks.index) == best
