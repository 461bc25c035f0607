"""Nobody is written to faster than the provider takes it, whoever sends; what has to wait is sent later, in order."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections import Counter, defaultdict

import pytest

from bot.channels import CHANNELS, rendering
from crm import deliveries, paces
from crm.db import Database
from scheduler import outbound
from tests.conftest import ImportedGym
from tests.factories import an_inbox
from tests.scheduler.outbox import GROUP, Outbox

pytestmark = pytest.mark.feature("1.7")

EACH, PERSON_EACH = 0.01, 0.2
RACE: paces.Rates = {
    "telegram": {"account": [EACH, 8], "person": [PERSON_EACH, 3], "group": [0.5, 2], "groups": "-%"}
}
"""Quick buckets, so that a race over them is soon over."""
PLENTY: paces.Rates = {
    "whatsapp": {"account": [0.0001, 1000], "person": [0.0001, 1000], "group": None, "groups": None}
}


class TestAPersonsPace:
    def test_a_burst_leaves_at_once_and_the_rest_waits_for_its_turn(self, outbox: Outbox) -> None:
        burst = CHANNELS["telegram"].limits.pace_person.burst  # type: ignore[union-attr]
        sent = [outbox.queue(str(number), channel="telegram") for number in range(burst + 3)]
        for _ in range(burst + 3):
            outbox.work()
        assert outbox.person_reads() == [str(number) for number in range(burst)]
        waiting = outbox.get(sent[burst])
        assert waiting.state == "queued"
        assert waiting.attempts == 0
        assert waiting.reason is not None
        assert "takes no more" in waiting.reason
        ahead = (waiting.due_at - dt.datetime.now(dt.UTC)).total_seconds()
        assert 0 < ahead <= 1.1 * (burst + 1)

    def test_what_waits_is_not_overtaken(self, outbox: Outbox) -> None:
        burst = CHANNELS["telegram"].limits.pace_person.burst  # type: ignore[union-attr]
        for number in range(burst + 2):
            outbox.queue(str(number), channel="telegram")
        for _ in range(burst + 2):
            outbox.work()
        outbox.queue("last", channel="telegram")
        outbox.work()
        assert outbox.person_reads()[-1] == str(burst - 1)
        outbox.buckets_refill()
        for _ in range(3):
            outbox.work()
        assert outbox.person_reads() == [*map(str, range(burst + 2)), "last"]

    def test_a_message_that_failed_is_not_overtaken_either(self, outbox: Outbox) -> None:
        outbox.queue("one")
        outbox.queue("two")
        outbox.fails("Something went wrong", code="131000")
        outbox.work()
        outbox.work()
        assert outbox.person_reads() == ["one"]
        outbox.later(seconds=3)
        outbox.work()
        assert outbox.person_reads() == ["one", "one", "two"]

    def test_a_person_who_wrote_nothing_lately_is_answered_without_delay(self, outbox: Outbox) -> None:
        reply = outbox.queue("Hi Ana", channel="telegram")
        outbox.work()
        assert outbox.state(reply) == "sent" or outbox.state(reply) == "accepted"

    def test_a_long_text_counts_as_the_several_messages_it_is(self, outbox: Outbox) -> None:
        outbox.queue("word " * 4000, channel="telegram")
        outbox.work()
        parts = len(outbox.person_reads())
        assert parts == 5
        for number in range(3):
            outbox.queue(str(number), channel="telegram")
        for _ in range(3):
            outbox.work()
        assert outbox.person_reads()[parts:] == ["0"]

    def test_a_group_has_its_own_slower_pace(self, outbox: Outbox) -> None:
        burst = CHANNELS["telegram"].limits.pace_group.burst  # type: ignore[union-attr]
        for number in range(burst + 2):
            outbox.post(f"news {number}")
        until = time.monotonic() + 5
        while len(outbox.group_reads()) < burst and time.monotonic() < until:
            outbox.work()  # the bot's own pace parts them by a few milliseconds
        outbox.work()
        assert len(outbox.group_reads()) == burst
        assert all(message.to == GROUP for message in outbox.provider.sent)


class TestAnAccountThatWasTooFast:
    def test_nothing_leaves_until_the_pause_is_over(self, outbox: Outbox) -> None:
        first = outbox.queue("one")
        outbox.fails("Rate limit hit", code="130429", next="retry_backoff_global")
        outbox.work()
        assert outbox.state(first) == "queued"
        outbox.later(seconds=10)  # due again by the gym's clock, but the provider's time is the real one
        outbox.work()
        assert outbox.person_reads() == ["one"]
        outbox.buckets_refill()
        outbox.work()
        assert outbox.person_reads() == ["one", "one"]

    def test_other_accounts_go_on(self, outbox: Outbox) -> None:
        outbox.queue("one")
        outbox.fails("Rate limit hit", code="130429", next="retry_backoff_global")
        outbox.work()
        outbox.post("news")
        outbox.work()
        assert outbox.group_reads() == ["news"]

    def test_a_person_written_to_too_often_waits_ever_longer(self, outbox: Outbox) -> None:
        reply = outbox.queue("one")
        waits = []
        for _ in range(4):
            outbox.fails("pair rate limit hit", code="131056", next="retry_backoff_pair")
            outbox.work()
            waits.append(round((outbox.get(reply).due_at - outbox.now()).total_seconds()))
            outbox.later(seconds=waits[-1] + 1)
        assert waits == [1, 4, 16, 64]


class TestARace:
    def test_workers_at_the_same_account_together_keep_its_pace_and_lose_nothing(
        self, database: Database, gym: ImportedGym
    ) -> None:
        people, each = 24, 6
        with database.tenant_session(gym.id) as session:
            inbox = an_inbox(session, channel="telegram")
            for number in range(each):
                for person in range(people):
                    deliveries.queue(
                        session, inbox_id=inbox.id, address=f"{person}", purpose="reply",
                        content={"text": f"{number}"}, now=session.now,
                    )  # fmt: skip
        begun = time.monotonic()
        claimed: list[tuple[float, uuid.UUID]] = []
        left = threading.Semaphore(0)

        def work() -> None:
            until = begun + 30
            while time.monotonic() < until and len(claimed) < people * each:
                with database.system_session() as session:
                    found = paces.claim(session, most=7, lease=dt.timedelta(seconds=60), rates=RACE)
                for gym_id, delivery_id in found.ready:
                    claimed.append((time.monotonic(), delivery_id))
                    with database.tenant_session(gym_id) as inside:
                        sent = deliveries.get(inside, delivery_id, lock=True)
                        deliveries.mark_accepted(sent, str(delivery_id), now=inside.now)
                if not found.ready:
                    time.sleep(0.02)
            left.release()

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert len(claimed) == people * each, "nothing is lost"
        assert max(Counter(delivery for _, delivery in claimed).values()) == 1, "nothing is sent twice"
        by_person: dict[str, list[tuple[float, int]]] = defaultdict(list)
        with database.tenant_session(gym.id) as session:
            for at, delivery_id in claimed:
                sent = deliveries.get(session, delivery_id)
                by_person[sent.address].append((at, int(sent.content["text"])))
        # A claim is seen after it was made, so whatever was seen by an instant was really taken by then.
        for count, (at, _) in enumerate(sorted(claimed), start=1):
            assert count <= 8 + (at - begun) / EACH
        for seen in by_person.values():
            assert [number for _, number in sorted(seen)] == list(range(each)), "in order"
            for count, (at, _) in enumerate(sorted(seen), start=1):
                assert count <= 3 + (at - begun) / PERSON_EACH
        assert time.monotonic() - begun >= (each - 3) * PERSON_EACH


def test_what_is_queued_while_a_claim_begins_is_sent_by_whoever_claims_it(
    database: Database, gym: ImportedGym
) -> None:
    writers, each = 3, 120
    with database.tenant_session(gym.id) as session:
        inbox_id = an_inbox(session, channel="whatsapp").id
    queued: list[uuid.UUID | None] = []
    found: list[uuid.UUID] = []
    done = threading.Event()

    def write(writer: int) -> None:
        for number in range(each):
            with database.tenant_session(gym.id) as session:
                address = f"{writer}-{number}"
                queued.append(
                    deliveries.queue(
                        session, inbox_id=inbox_id, address=address, purpose="reply", content={"text": "hi"},
                        now=session.now,
                    )
                )  # fmt: skip

    def claim() -> None:
        while True:
            is_last = done.is_set()
            with database.system_session() as session:
                claimed = paces.claim(session, most=16, lease=dt.timedelta(seconds=600), rates=PLENTY)
            found.extend(delivery_id for _, delivery_id in claimed.ready)
            if is_last and not claimed.ready:
                return

    writing = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    claiming = [threading.Thread(target=claim) for _ in range(2)]
    for thread in writing + claiming:
        thread.start()
    for thread in writing:
        thread.join()
    done.set()
    for thread in claiming:
        thread.join()
    assert len(queued) == writers * each
    assert sorted(map(str, found)) == sorted(map(str, queued)), (
        "each is claimed once, and its claimer knows it"
    )


def test_an_account_with_a_rate_of_its_own_is_held_to_that(outbox: Outbox) -> None:
    people = 12
    with outbox.inside() as session:
        inbox = an_inbox(session, channel="whatsapp")
        inbox.per_second = 0.5
        session.add(inbox)
        for person in range(people):
            deliveries.queue(
                session, inbox_id=inbox.id, address=f"35385000{person:04}", purpose="staff",
                content={"text": "hi"}, now=session.now,
            )  # fmt: skip
    outbound.drain()
    assert len(outbox.provider.sent) == 1


@pytest.mark.parametrize(
    ("text", "segments"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("é" * 160, 1), ("ł" * 70, 1), ("ł" * 71, 2), ("😀" * 35, 1), ("😀" * 36, 2)],
)  # fmt: skip
def test_an_sms_is_counted_in_segments(text: str, segments: int) -> None:
    assert rendering.segments(text) == segments
