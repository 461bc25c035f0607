"""Every recorded provider request, over HTTP: the answer, what was kept, and what the engine is given of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlmodel import col, select

from bot.channels.base import Incoming
from crm.inbound import DueAddress
from crm.models import Delivery
from scheduler import inbound
from tests.bot.channels.payload_cases import PROVIDERS, Case, differences, facts, load_cases, reply_window
from tests.bot.channels.webhook_door import Answer, WebhookDoor
from tests.factories import a_contact_inbox, a_conversation, a_delivery

CASES = load_cases()
NOW = 1795161600.0
"""The recordings' clock: 2026-11-20T08:00:00Z."""

every_case = pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES.values()])


def bring(door: WebhookDoor, case: Case) -> Answer:
    return door.post(case.request, PROVIDERS[case.folder])


def told(door: WebhookDoor, case: Case, events: Sequence[Incoming]) -> list[dict[str, Any]]:
    return [facts(event, now=NOW, reply_window=reply_window(case)) for event in events]


@pytest.mark.feature("1.1", "1.2", "1.3", "1.5", "1.9", "1.10", "4.10", "14.12")
@every_case
def test_a_recorded_request_is_answered_kept_and_understood(case: Case, door: WebhookDoor) -> None:
    if case.duplicate_of:
        bring(door, CASES.get(case.duplicate_of, case))
    known = door.rows()

    answer = bring(door, case)

    assert answer.status in case.expect["http"], answer.body
    if "body" in case.expect:
        assert answer.body == case.expect["body"]
    if "content_type" in case.expect:
        assert answer.media_type == case.expect["content_type"]
    if answer.status != 200:
        assert (answer.rows, answer.dropped) == ([], {})
    kept = told(door, case, [event for row in answer.rows for event in door.read(row)])
    again = [dataclasses.replace(event, action="ignore") for row in known for event in door.read(row)]
    assert unmet(case.events, kept, told(door, case, again), answer.dropped) == []


@pytest.mark.feature("M.17")
@every_case
def test_a_request_that_comes_again_is_kept_once(case: Case, door: WebhookDoor) -> None:
    first = bring(door, case)
    second = bring(door, case)

    assert second.status == first.status
    assert second.rows == []


@pytest.mark.feature("4.10")
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.id) for case in CASES.values() if "final" in case.expect]
)
def test_a_message_of_ours_ends_in_the_best_status_told(case: Case, door: WebhookDoor) -> None:
    final: Mapping[str, str] = case.expect["final"]
    bring(door, case)
    rows = door.rows()
    inbox = door.inboxes[rows[0].inbox_id]
    with door.database.tenant_session(door.gym_id) as session:
        thread = a_conversation(session, contact_inbox=a_contact_inbox(session, inbox=inbox))
        for message_id in final:
            a_delivery(session, conversation=thread, external_id=message_id, state="accepted")

    for address in {row.address for row in rows}:
        assert inbound.handle(DueAddress(door.gym_id, inbox.id, address))

    with door.database.tenant_session(door.gym_id) as session:
        sent = session.exec(select(Delivery).where(col(Delivery.external_id).in_(final))).all()
        assert {str(one.external_id): one.state for one in sent} == final


@pytest.mark.feature("1.7", "17.10")
def test_the_engine_handles_all_that_was_ever_recorded(door: WebhookDoor) -> None:
    for case in CASES.values():
        door.send(case.request, PROVIDERS[case.folder])
    addresses = {(row.inbox_id, row.address) for row in door.rows()}

    for inbox_id, address in sorted(addresses, key=str):
        while inbound.handle(DueAddress(door.gym_id, inbox_id, address)):
            pass

    rows = door.rows()
    assert [(row.external_id, row.error) for row in rows if row.error] == []
    assert [row.external_id for row in rows if row.handled_at is None] == []


def unmet(
    expected: Sequence[Mapping[str, Any]],
    kept: Sequence[dict[str, Any]],
    again: Sequence[dict[str, Any]],
    dropped: Mapping[tuple[str, str], int],
) -> list[str]:
    """Where the events differ from the index; what is to be ignored need not have been kept."""
    found: list[str] = []
    left, reasons = list(kept), [reason for (_, reason), count in dropped.items() for _ in range(count)]
    for wanted in expected:
        if "duplicate_of" in wanted.get("extra", {}):
            if not any(differences(dict(wanted), one) == [] for one in again):
                found.append(f"{wanted!r} expected, none of {again!r} was kept before")
            continue
        against = differences(dict(wanted), left[0]) if left else [f"{wanted!r} expected, nothing kept"]
        if not against:
            left.pop(0)
        elif wanted["action"] == "ignore" and reasons:
            reason = reasons.pop(0)
            found += differences(
                dict(wanted).get("extra", {}).get("reason", reason), reason, "event.extra.reason"
            )
        else:
            found += against
            left = left[1:]
    return found + [f"{event['kind']} kept beyond what is expected" for event in left]
