"""What was given up is kept, listed and tried again."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text
from sqlmodel import select
from typer.testing import CliRunner

from api.cli import app, dead_letters
from crm import dead_letters as letters
from crm import inbound
from crm.errors import NotFound
from crm.models import InboundPayload
from tests.scheduler.outbox import Outbox

pytestmark = pytest.mark.feature("1.7")


def run(outbox: Outbox, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """`spotter dead-letters ...` for this gym; what it prints."""
    monkeypatch.setattr(dead_letters, "connected", lambda: None)
    done = CliRunner().invoke(app, ["dead-letters", *words, "--gym", outbox.gym.slug], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_failed_delivery_is_listed_and_sent_again(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = outbox.queue("Hi Ana")
    outbox.fails("no WhatsApp there", next="mark_unreachable", code="131026")
    outbox.work()
    listed = run(outbox, monkeypatch, "list")
    assert f"out:{sent}" in listed
    assert "no WhatsApp there" in listed
    assert "Hi Ana" not in listed
    assert "1 queued again" in run(outbox, monkeypatch, "replay", f"out:{sent}")
    outbox.work()
    assert outbox.state(sent) == "accepted"
    assert outbox.person_reads() == ["Hi Ana", "Hi Ana"]
    assert "out:" not in run(outbox, monkeypatch, "list")


def test_consent_holds_for_what_is_sent_again(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = outbox.queue("See you at 10", purpose="reminder")
    outbox.fails("no", next="fail_no_retry", code="100")
    outbox.work()
    outbox.opts_out()
    run(outbox, monkeypatch, "replay", "--all")
    outbox.work()
    assert outbox.state(sent) == "cancelled"


def test_a_payload_that_was_given_up_is_handled_again(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.queue("Hi Ana")  # makes the account
    with outbox.inside() as session:
        inbox_id = session.execute(text("SELECT id FROM inboxes WHERE channel = 'whatsapp'")).scalar_one()
        number = session.execute(
            text(
                "INSERT INTO inbound_payloads (gym_id, inbox_id, external_id, address, payload, received_at, attempts,"
                " failed_at, error) VALUES (:gym, :inbox, 'wamid.X', '1', '{}', :now, 5, :now, 'KeyError') RETURNING id"
            ),
            {"gym": session.gym_id, "inbox": inbox_id, "now": session.now},
        ).scalar_one()
        key = f"in:{number}"
    assert "KeyError" in run(outbox, monkeypatch, "list")
    run(outbox, monkeypatch, "replay", key)
    with outbox.inside() as session:
        row = session.exec(select(InboundPayload)).one()
        assert (row.failed_at, row.attempts, row.error) == (None, 0, None)
        assert inbound.has_pending(session, inbox_id, "1")


def test_a_letter_that_is_not_there_is_said_to_be_missing(outbox: Outbox) -> None:
    with pytest.raises(NotFound, match=r"no dead letter"), outbox.inside() as session:
        letters.replay(session, ["in:999999"])


def test_old_ones_are_not_listed(outbox: Outbox) -> None:
    outbox.queue("Hi Ana")
    outbox.fails("no", next="fail_no_retry", code="100")
    outbox.work()
    with outbox.inside() as session:
        assert len(letters.list_letters(session, since=session.now - dt.timedelta(minutes=5))) == 1
        assert letters.list_letters(session, since=session.now + dt.timedelta(minutes=5)) == []
