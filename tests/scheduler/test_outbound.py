"""What the sender decides when the provider answers badly, late or not at all."""

from __future__ import annotations

import threading

import pytest

from crm import deliveries
from scheduler import outbound
from tests.factories import a_contact_inbox
from tests.scheduler.outbox import Outbox

pytestmark = pytest.mark.feature("M.17")


class TestAnAnswerThatNeverCame:
    """The request was written, so the message may have arrived."""

    def test_a_status_with_our_reference_proves_that_it_arrived(self, outbox: Outbox) -> None:
        reply = outbox.queue("Hi Ana")
        outbox.fails(uncertain=True)
        outbox.work()
        assert outbox.state(reply) == "sending"
        outbox.status(reply, "sent")
        outbox.claim_runs_out()
        outbox.work()
        assert outbox.state(reply) == "sent"
        assert outbox.person_reads() == ["Hi Ana"]

    def test_no_status_means_that_it_is_sent_again(self, outbox: Outbox) -> None:
        reply = outbox.queue("Hi Ana")
        outbox.fails(uncertain=True)
        outbox.work()
        outbox.work()
        assert outbox.person_reads() == ["Hi Ana"]
        outbox.claim_runs_out()
        outbox.work()
        assert outbox.state(reply) == "accepted"
        assert outbox.person_reads() == ["Hi Ana", "Hi Ana"]
        assert {message.reference for message in outbox.provider.sent} == {str(reply)}

    def test_later_messages_to_the_same_person_wait_for_their_turn(self, outbox: Outbox) -> None:
        outbox.queue("one")
        outbox.fails(uncertain=True)
        outbox.work()
        outbox.queue("two")
        outbox.work()
        assert outbox.person_reads() == ["one"]
        outbox.claim_runs_out()
        outbox.work()
        assert outbox.person_reads() == ["one", "one", "two"]

    def test_a_status_that_is_faster_than_the_failure_is_believed(self, outbox: Outbox) -> None:
        reply = outbox.queue("Hi Ana")
        outbox.sender_dies()
        outbox.status(reply, "delivered")
        outbox.work()
        assert outbox.state(reply) == "delivered"
        assert outbox.person_reads() == []

    def test_a_status_that_comes_before_the_second_request_calls_it_off(self, outbox: Outbox) -> None:
        reply = outbox.queue("Hi Ana")
        outbox.fails(uncertain=True)
        outbox.work()
        outbox.claim_runs_out()
        outbox.status(reply, "delivered")
        outbox.work()
        assert outbox.person_reads() == ["Hi Ana"]

    @pytest.mark.parametrize("channel", ["instagram", "telegram", "sms", "whatsapp-twilio"])
    def test_where_no_reference_comes_back_it_stays_unconfirmed_and_staff_are_told(
        self, outbox: Outbox, channel: str
    ) -> None:
        reply = outbox.queue("Hi Ana", channel=channel)
        outbox.fails(uncertain=True)
        outbox.work()
        outbox.work()
        assert outbox.state(reply) == "unconfirmed"
        assert outbox.person_reads() == ["Hi Ana"]
        (told,) = outbox.group_reads()
        assert "Ana Silva" in told
        assert "may have arrived" in told

    def test_news_to_staff_is_repeated_once(self, outbox: Outbox) -> None:
        news = outbox.post("Ana is hot")
        outbox.fails(uncertain=True)
        outbox.work()
        assert outbox.group_reads() == ["Ana is hot"] * 2
        assert outbox.state(news) == "accepted"

    def test_news_to_staff_is_not_repeated_for_ever(self, outbox: Outbox) -> None:
        news = outbox.post("Ana is hot")
        outbox.fails(uncertain=True)
        outbox.fails(uncertain=True)
        outbox.work()
        outbox.work()
        assert outbox.group_reads() == ["Ana is hot"] * 2
        assert outbox.state(news) == "unconfirmed"


class TestASenderThatDied:
    def test_its_message_waits_for_a_status_before_it_is_sent_again(self, outbox: Outbox) -> None:
        reply = outbox.queue("Hi Ana")
        outbox.sender_dies()
        outbox.work()
        assert outbox.person_reads() == []
        outbox.claim_runs_out()
        outbox.work()
        assert outbox.person_reads() == ["Hi Ana"]
        assert outbox.state(reply) == "accepted"

    @pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
    def test_one_that_was_only_slow_still_has_its_refusal_tried_again(
        self, outbox: Outbox, channel: str
    ) -> None:
        reply = outbox.queue("Hi Ana", channel=channel)
        outbox.fails("slow down", next="retry_backoff_pair", code="429", retry_after=5.0)

        def thought_dead() -> None:
            outbox.claim_runs_out()
            outbound.look_into_stale()

        outbox.provider.on_send = thought_dead
        outbox.work()
        outbox.provider.on_send = None
        assert outbox.state(reply) == "queued"
        outbox.later(seconds=6)
        outbox.work()
        assert outbox.state(reply) == "accepted"
        assert outbox.person_reads() == ["Hi Ana", "Hi Ana"]

    def test_one_that_was_only_slow_to_begin_sends_it_all_the_same(self, outbox: Outbox) -> None:
        reply = outbox.queue("Hi Ana", channel="telegram")
        outbox.sender_dies()
        outbound.look_into_stale()
        assert outbox.state(reply) == "unconfirmed"
        outbound.deliver(outbox.gym.id, reply)
        assert outbox.state(reply) == "accepted"
        assert outbox.person_reads() == ["Hi Ana"]

    def test_its_card_is_posted(self, outbox: Outbox) -> None:
        outbox.card("Ana, new")
        outbox.sender_dies()
        outbox.work()
        assert "Ana, new" in outbox.group_reads()[0]
        assert len(outbox.group_reads()) == 1
        assert outbox.card_post() is not None

    def test_its_edit_is_made(self, outbox: Outbox) -> None:
        outbox.card("Ana, new")
        outbox.work()
        outbox.card("Ana, booked")
        outbox.later(seconds=3)
        outbox.sender_dies()
        outbox.work()
        outbox.later(seconds=3)
        outbox.work()
        last = outbox.provider.sent[-1]
        assert "Ana, booked" in last.text
        assert last.edit_of == outbox.card_post()


class TestARefusal:
    def test_429_waits_as_long_as_the_provider_says(self, outbox: Outbox) -> None:
        reply = outbox.queue("Hi Ana")
        outbox.fails("slow down", next="retry_backoff_pair", code="429", retry_after=30.0)
        outbox.work()
        outbox.later(seconds=29)
        outbox.work()
        assert len(outbox.provider.sent) == 1
        outbox.later(seconds=2)
        outbox.work()
        assert outbox.person_reads() == ["Hi Ana", "Hi Ana"]
        assert outbox.state(reply) == "accepted"

    def test_500_is_tried_again_later_and_later_and_then_told_to_staff(self, outbox: Outbox) -> None:
        reply = outbox.queue("Hi Ana")
        for _ in range(6):
            outbox.fails("Something went wrong", code="131000")
        for seconds in (0, 3, 6, 21, 61, 301):
            outbox.later(seconds=seconds)
            outbox.work()
        assert outbox.person_reads() == ["Hi Ana"] * 6
        assert (outbox.state(reply), outbox.get(reply).error_code) == ("failed", "131000")
        assert any("Something went wrong" in text for text in outbox.group_reads())

    def test_a_person_who_blocked_the_gym_is_not_written_to_again(self, outbox: Outbox) -> None:
        first = outbox.queue("Hi Ana")
        outbox.fails("Message undeliverable", next="mark_unreachable", code="131026")
        outbox.work()
        second = outbox.queue("Still there?")
        outbox.work()
        assert (outbox.state(first), outbox.state(second)) == ("failed", "cancelled")
        assert "cannot be reached" in (outbox.get(second).reason or "")
        assert outbox.person_reads() == ["Hi Ana"]

    def test_a_failed_status_that_overtakes_the_answer_stays(self, outbox: Outbox) -> None:
        reply = outbox.queue("Hi Ana")
        outbox.provider.on_send = lambda: outbox.status(reply, "failed")
        outbox.work()
        assert outbox.state(reply) == "failed"

    def test_a_group_that_moved_is_followed(self, outbox: Outbox) -> None:
        outbox.post("Ana is hot")
        outbox.fails("group migrated", next="migrate_address", migrate_to="-100999")
        outbox.work()
        assert [message.to for message in outbox.provider.sent] == ["-100123", "-100999"]


class TestChecksBeforeSending:
    def test_outside_the_window_the_approved_text_goes_out(self, outbox: Outbox) -> None:
        approved = {"name": "missed_session", "language": "en", "variables": ["Ana", "Harbour"]}
        outbox.queue("We missed you!", purpose="service", content={"template": approved})
        outbox.later(hours=25)
        outbox.work()
        (message,) = outbox.provider.sent
        assert message.template == approved

    def test_outside_the_window_without_one_nothing_goes_out_and_staff_are_told(self, outbox: Outbox) -> None:
        late = outbox.queue("We missed you!", purpose="service")
        outbox.later(hours=25)
        outbox.work()
        assert outbox.state(late) == "cancelled"
        assert outbox.person_reads() == []
        assert any("window is closed" in text for text in outbox.group_reads())

    def test_inside_the_window_no_template_is_used(self, outbox: Outbox) -> None:
        approved = {"name": "missed_session", "language": "en", "variables": ["Ana", "Harbour"]}
        outbox.queue("We missed you!", purpose="service", content={"template": approved})
        outbox.work()
        (message,) = outbox.provider.sent
        assert (message.template, message.text) == (None, "We missed you!")

    def test_who_opted_out_after_it_was_queued_does_not_get_it(self, outbox: Outbox) -> None:
        reminder = outbox.queue("See you at 10", purpose="reminder")
        outbox.opts_out()
        outbox.work()
        assert outbox.state(reminder) == "cancelled"
        assert outbox.person_reads() == []


class TestCards:
    def test_an_edit_waits_until_the_post_is_known(self, outbox: Outbox) -> None:
        outbox.card("Ana, new")
        outbox.fails("slow down", next="retry_backoff_pair", retry_after=60.0)
        outbox.provider.on_send = lambda: outbox.card("Ana, booked")
        outbox.work()
        outbox.provider.on_send = None
        for _ in range(10):
            outbox.later(seconds=4)
            outbox.work()
        assert len(outbox.group_reads()) == 1
        outbox.later(seconds=30)
        outbox.work()
        outbox.later(seconds=3)
        outbox.work()
        *_, post = outbox.provider.sent
        assert "Ana, booked" in post.text
        assert post.edit_of is None
        assert len(outbox.group_reads()) == 2, "what the post shows already is not sent again"
        outbox.card("Ana, came")
        outbox.later(seconds=3)
        outbox.work()
        assert "Ana, came" in outbox.provider.sent[-1].text
        assert outbox.provider.sent[-1].edit_of == outbox.card_post()

    def test_changes_that_come_while_one_waits_leave_as_one(self, outbox: Outbox) -> None:
        outbox.card("Ana, new")
        outbox.work()
        for words in ("Ana, asks", "Ana, books", "Ana, booked"):
            outbox.card(words)
        outbox.later(seconds=3)
        outbox.work()
        assert len(outbox.group_reads()) == 2
        assert "Ana, booked" in outbox.group_reads()[-1]

    def test_where_the_post_was_lost_the_edit_becomes_the_card(self, outbox: Outbox) -> None:
        outbox.card("Ana, new")
        outbox.fails("no", next="fail_no_retry")
        outbox.provider.on_send = lambda: outbox.card("Ana, booked")
        outbox.work()
        outbox.provider.on_send = None
        outbox.later(seconds=3)
        outbox.work()
        first, second = outbox.group_reads()
        assert "Ana, new" in first
        assert "Ana, booked" in second
        assert outbox.provider.sent[-1].edit_of is None
        assert outbox.card_post() is not None


@pytest.mark.feature("17.9")
def test_nobody_waits_for_the_slow_answer_to_another_message(outbox: Outbox) -> None:
    everybody = 2 * outbound.SENDERS
    with outbox.inside() as session:
        for _ in range(everybody):
            where = a_contact_inbox(session)
            deliveries.queue(
                session, inbox_id=where.inbox_id, address=where.address, purpose="reply", content={"text": "Hi"},
                now=session.now, contact_id=where.contact_id,
            )  # fmt: skip
    is_first, others_went = threading.Lock(), threading.Event()

    def answer_slowly_to_the_first() -> None:
        if is_first.acquire(blocking=False):
            assert others_went.wait(outbound.GOES_ON_FOR)
        elif len(outbox.provider.sent) == everybody:
            others_went.set()

    outbox.provider.on_send = answer_slowly_to_the_first
    assert outbound.drain() == everybody
    assert others_went.is_set()
