"""Every recorded answer of a provider, through the real client: what becomes of the message, the person, the gym."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.channels import CHANNELS
from crm import attachments, clock, consents
from crm.config import Settings
from crm.models import Conversation, Delivery, MessageAttachment
from scheduler import media
from tests.factories import a_message
from tests.scheduler.simulated_outbox import GROUP, RECORDED, SimulatedOutbox

pytestmark = pytest.mark.feature("1.7", "M.17")

APPROVED = {"name": "missed_session", "language": "en", "variables": ["Ana", "Harbour"]}
Check = Callable[[SimulatedOutbox, Delivery, str], None]


def tried_again_after(least: float, most: float) -> Check:
    def check(outbox: SimulatedOutbox, sent: Delivery, channel: str) -> None:
        assert sent.state == "queued"
        assert sent.reason
        assert least <= (sent.due_at - outbox.now()).total_seconds() + 1 <= most + 1
        outbox.later(seconds=most + 1)
        outbox.buckets_refill()
        outbox.work()
        assert outbox.state(sent.id) in ("accepted", "sent", "delivered", "read")
        assert outbox.person_sees(channel)[0] == "Hi Ana"
        assert outbox.person_sees(channel).count("Hi Ana") == 1

    return check


def whole_account_waits(outbox: SimulatedOutbox, sent: Delivery, channel: str) -> None:
    assert outbox.account_bucket(channel).full_at > clock.now() + dt.timedelta(seconds=1)
    other = outbox.queue("And another thing", channel=channel)
    outbox.work()
    assert outbox.state(other) == "queued"
    tried_again_after(1, 3)(outbox, sent, channel)


def failed(outbox: SimulatedOutbox, sent: Delivery, channel: str) -> None:
    assert sent.state == "failed"
    assert outbox.failures() == [sent.error_code]
    assert any("Not delivered to Ana Silva" in text for text in outbox.group_reads())
    outbox.later(hours=1)
    outbox.work()
    assert outbox.person_sees(channel) == []


def unreachable(outbox: SimulatedOutbox, sent: Delivery, channel: str) -> None:
    failed(outbox, sent, channel)
    assert outbox.where(channel).unreachable_at is not None
    assert outbox.sends(channel).state == "cancelled"


def opted_out(outbox: SimulatedOutbox, sent: Delivery, channel: str) -> None:
    failed(outbox, sent, channel)
    with outbox.inside() as session:
        agreed = consents.agreed(session, outbox.contact_id)
    assert agreed["everything"] is False
    assert outbox.sends(channel, purpose="reminder").state == "cancelled"


def channel_stops(outbox: SimulatedOutbox, sent: Delivery, channel: str) -> None:
    assert sent.state == "queued"
    assert sent.attempts == 0
    assert outbox.inbox(channel).stopped_code == sent.error_code
    other = outbox.queue("And another thing", channel=channel)
    outbox.work()
    assert outbox.person_sees(channel) == []
    if channel != "telegram":  # where the staff are on the channel itself there is nobody to tell
        alerts = [text for text in outbox.group_reads() if "has stopped" in text]
        assert len(alerts) == 1
        assert "To mend it" in alerts[0]
    outbox.later(minutes=2)
    outbox.buckets_refill()
    for _ in range(3):
        outbox.work()
    assert outbox.inbox(channel).stopped_at is None
    assert outbox.person_sees(channel) == ["Hi Ana", "And another thing"]
    assert outbox.state(other) in ("accepted", "sent", "delivered", "read")
    assert any("works again" in text for text in outbox.group_reads())


def counted_as_sent(outbox: SimulatedOutbox, sent: Delivery, channel: str) -> None:
    assert sent.state in ("accepted", "sent")


EXPECTED: dict[str, tuple[str, Check]] = {
    "ig_error_100_2534014_not_found": ("instagram", unreachable),
    "ig_error_10_2534022_window": ("instagram", failed),
    "ig_error_551_unavailable": ("instagram", unreachable),
    "ig_error_613_rate": ("instagram", whole_account_waits),
    "meta_error_190_token": ("whatsapp", channel_stops),
    "meta_wa_error_130429": ("whatsapp", whole_account_waits),
    "meta_wa_error_131000": ("whatsapp", tried_again_after(1, 3)),
    "meta_wa_error_131009": ("whatsapp", failed),
    "meta_wa_error_131030": ("whatsapp", failed),
    "meta_wa_error_131056": ("whatsapp", tried_again_after(0.9, 1.1)),
    "meta_wa_error_131062": ("whatsapp", failed),
    "meta_wa_error_132001": ("whatsapp", failed),
    "telegram_400_button_data_invalid": ("telegram", failed),
    "telegram_400_chat_not_found": ("telegram", unreachable),
    "telegram_400_not_modified": ("telegram", counted_as_sent),
    "telegram_400_query_too_old": ("telegram", counted_as_sent),
    "telegram_400_too_long": ("telegram", failed),
    "telegram_401": ("telegram", channel_stops),
    "telegram_403_blocked": ("telegram", unreachable),
    "telegram_403_cannot_initiate": ("telegram", unreachable),
    "telegram_403_deactivated": ("telegram", unreachable),
    "telegram_403_kicked": ("telegram", unreachable),
    "telegram_409_conflict": ("telegram", failed),
    "telegram_429": ("telegram", tried_again_after(16, 18)),
    "twilio_error_20003": ("sms", channel_stops),
    "twilio_error_20429": ("sms", whole_account_waits),
    "twilio_error_21211": ("sms", unreachable),
    "twilio_error_21408": ("sms", failed),
    "twilio_error_21610": ("sms", opted_out),
    "twilio_error_21617": ("sms", failed),
    "twilio_error_21655": ("whatsapp-twilio", failed),
    "twilio_error_63007": ("whatsapp-twilio", channel_stops),
}
SIGNS = {"meta_wa_mark_read_ok": ("whatsapp", "wamid.X"), "twilio_typing_ok": ("whatsapp-twilio", "")}
ELSEWHERE = {"ig_profile", "meta_wa_media_url", "telegram_400_migrated"}
"""Recordings of other calls, or with a test of their own."""


@pytest.mark.parametrize("recording", EXPECTED)
def test_a_refusal_has_the_consequence_that_the_provider_asks_for(
    simulated: SimulatedOutbox, recording: str
) -> None:
    channel, check = EXPECTED[recording]
    simulated.will_answer(recording, channel)
    sent = simulated.sends(channel)
    check(simulated, sent, channel)


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*send_ok*.json")), ids=lambda path: path.stem)
def test_an_accepted_message_keeps_the_providers_id(simulated: SimulatedOutbox, path: Any) -> None:
    channel = {"ig": "instagram", "meta": "whatsapp", "telegram": "telegram", "twilio": "sms"}[
        path.stem.partition("_")[0]
    ]
    body = simulated.will_answer(path.stem, channel)["body"]
    sent = simulated.sends(channel)
    assert sent.state in ("accepted", "sent")
    result = body.get("result", {})
    assert sent.external_id == (
        body.get("message_id")
        or body.get("sid")
        or (
            body["messages"][0]["id"]
            if "messages" in body
            else f"{result['chat']['id']}:{result['message_id']}"
        )
    )


def test_every_recording_is_driven_through(simulated: SimulatedOutbox) -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == {
        *EXPECTED, *SIGNS, *ELSEWHERE, *(path.stem for path in RECORDED.glob("*send_ok*.json"))
    }  # fmt: skip


def test_a_group_that_became_a_supergroup_is_followed(simulated: SimulatedOutbox) -> None:
    simulated.will_answer("telegram_400_migrated", "telegram")
    news = simulated.post("Ana is hot", to=GROUP)
    simulated.will_answer("telegram_send_ok", "telegram")
    simulated.work()
    moved = simulated.get(news)
    assert (moved.address, moved.state) == ("-1002233445566", "accepted")
    assert simulated.inbox("telegram").staff_chat == "-1002233445566"


@pytest.mark.parametrize("recording", SIGNS)
def test_a_sign_that_somebody_reads_is_taken(simulated: SimulatedOutbox, recording: str) -> None:
    channel, message_id = SIGNS[recording]
    simulated.has_an_account(channel)
    if not message_id:  # Twilio finds the account by the message that is answered
        simulated.simulated.hook(channel, lambda posted: b"MessageSid" in posted.body)
        (message_id,) = simulated.ids_received(channel)
    before = simulated.stats(channel).get("scripted", 0)
    simulated.will_answer(recording, channel, call={"call": "typing"})
    account = simulated.account(channel)
    CHANNELS[channel].seen(account, simulated.ADDRESSES[channel], message_id, answering=True)
    assert simulated.stats(channel)["scripted"] == before + 1


def test_a_profile_is_asked_for_its_name(simulated: SimulatedOutbox) -> None:
    simulated.will_answer("ig_profile", "instagram", call={"call": "profile"})
    account = simulated.account("instagram")
    assert CHANNELS["instagram"].profile_name(account, simulated.ADDRESSES["instagram"]) == "Zoe Runs"


class TestTheAddressOfAFile:
    """Meta's answer to a media id, with the address where the simulator has the file."""

    def row(
        self, simulated: SimulatedOutbox, tmp_path: Path, monkeypatch: Any, **told: Any
    ) -> MessageAttachment:
        """Somebody's picture, after a worker has asked for it; the recorded answer is `told` otherwise."""
        settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
        monkeypatch.setattr("scheduler.media.settings", lambda: settings)
        media.drain()  # what other tests' gyms left to be fetched
        simulated.queue("Hi Ana", channel="whatsapp")
        gym = simulated.simulated
        gym.write("whatsapp", simulated.ADDRESSES["whatsapp"], media={"type": "image"})
        posted = gym.hook("whatsapp", lambda one: b'"image"' in one.body)
        (message,) = posted.json["entry"][0]["changes"][0]["value"]["messages"]
        media_id = message["image"]["id"]
        recorded = json.loads((RECORDED / "meta_wa_media_url.json").read_text())["body"]
        body = {**recorded, "url": f"{gym.sim}/meta/media/{media_id}", "id": media_id, **told}
        simulated.will_answer("meta_wa_media_url", "whatsapp", call={"call": "media", "body": body})
        with simulated.inside() as session:
            thread = session.exec(select(Conversation)).one()
            line = a_message(session, conversation=thread)
            (row,) = attachments.expect(
                session, message_id=line.id, contact_id=thread.contact_id, inbox_id=thread.inbox_id,
                told=[attachments.Told("image", media_id)], now=session.now,
            )  # fmt: skip
        assert media.drain() == 1
        with simulated.inside() as session:
            return attachments.get(session, row.id)

    def test_the_file_is_fetched_from_there_and_kept(
        self, simulated: SimulatedOutbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = self.row(simulated, tmp_path, monkeypatch)
        assert (row.state, row.content_type, row.reason) == ("kept", "image/png", None)
        assert row.stored_as is not None
        assert len((tmp_path / "media" / row.stored_as).read_bytes()) == row.size

    def test_one_that_is_told_to_be_too_big_is_not_fetched(
        self, simulated: SimulatedOutbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = self.row(simulated, tmp_path, monkeypatch, file_size=str(attachments.LARGEST + 1))
        assert (row.state, row.stored_as) == ("refused", None)
        assert row.reason

    def test_where_the_address_is_gone_a_new_one_is_asked_for(
        self, simulated: SimulatedOutbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gone = f"{simulated.simulated.sim}/meta/media/gone"
        row = self.row(simulated, tmp_path, monkeypatch, url=gone)
        assert (row.state, row.content_type) == ("kept", "image/png")


@pytest.mark.parametrize("channel", ["whatsapp", "whatsapp-twilio", "instagram", "telegram", "sms"])
def test_a_timeout_after_the_message_was_accepted_never_sends_it_twice(
    simulated: SimulatedOutbox, channel: str
) -> None:
    simulated.simulated.faults(channel=channel, timeout_after_accept=1.0, hang_ms=50, count=1)
    sent = simulated.sends(channel)
    simulated.work()
    assert simulated.person_sees(channel) == ["Hi Ana"]
    if channel in ("sms", "whatsapp-twilio"):
        assert sent.state in ("accepted", "sent", "delivered", "read"), "Twilio was asked, and has it"
        assert sent.external_id is not None
        assert sent.external_id.startswith("SM")
    elif CHANNELS[channel].limits.echoes_reference:
        simulated.status(sent.id, "sent")  # what the provider's webhook says of our reference
        assert simulated.state(sent.id) == "sent"
    else:
        assert sent.state == "unconfirmed"
        assert sent.reason is not None
        assert "may have arrived" in sent.reason
    simulated.claim_runs_out()
    simulated.later(hours=1)
    simulated.work()
    assert simulated.person_sees(channel) == ["Hi Ana"]


@pytest.mark.parametrize("channel", ["whatsapp-twilio", "sms"])
def test_a_message_of_before_is_no_proof_of_this_one(simulated: SimulatedOutbox, channel: str) -> None:
    simulated.sends(channel)
    simulated.later(minutes=1)
    refused = {"status": 504, "body": {"code": None, "message": "gateway"}}
    simulated.simulated.faults(channel=channel, answer=refused)
    sent = simulated.sends(channel)
    assert sent.state == "unconfirmed"
    assert simulated.person_sees(channel) == ["Hi Ana"]


@pytest.mark.parametrize(
    ("code", "step", "purpose", "expected"),
    [
        ("131049", "wait_24h_no_retry", "offer", "queued"),
        ("131049", "wait_24h_no_retry", "reminder", "failed"),
        ("63018", "retry_backoff_pair", "reply", "queued"),
        ("30003", "retry_later_once", "reply", "queued"),
        ("130472", "fail_no_retry", "offer", "failed"),
    ],
)
def test_a_failure_that_a_status_tells_of_has_the_same_consequences(
    simulated: SimulatedOutbox, code: str, step: Any, purpose: str, expected: str
) -> None:
    simulated.agrees_to_offers("whatsapp")
    sent = simulated.sends("whatsapp", purpose=purpose)
    assert sent.state == "accepted"
    simulated.fails_by_status(sent, code, step)
    simulated.fails_by_status(sent, code, step)
    now = simulated.get(sent.id)
    assert (now.state, now.error_code) == (expected, code)
    if code == "131049" and expected == "queued":
        assert now.due_at - simulated.now() > dt.timedelta(hours=23)
        other = simulated.sends("whatsapp")
        assert other.state != "queued", "what is put off for a day does not hold up the answers"


def test_a_message_held_back_a_second_time_is_given_up(simulated: SimulatedOutbox) -> None:
    simulated.agrees_to_offers("whatsapp")
    sent = simulated.sends("whatsapp", purpose="offer")
    simulated.fails_by_status(sent, "131049", "wait_24h_no_retry")
    simulated.later(hours=24, minutes=1)
    simulated.person_writes("whatsapp")
    simulated.work()
    assert simulated.state(sent.id) == "accepted"
    simulated.fails_by_status(sent, "131049", "wait_24h_no_retry")
    assert simulated.state(sent.id) == "failed"


def test_where_the_provider_says_that_the_window_is_closed_the_approved_text_follows(
    simulated: SimulatedOutbox,
) -> None:
    sent = simulated.sends("whatsapp", purpose="service", content={"template": APPROVED})
    simulated.fails_by_status(sent, "131047", "send_template")
    simulated.work()
    assert simulated.person_sees("whatsapp") == ["Hi Ana", "[missed_session] · Ana · Harbour"]
    with simulated.inside() as session:
        assert session.exec(select(Delivery.attempts).where(Delivery.id == sent.id)).one() == 2
