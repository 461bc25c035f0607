"""Words that nobody asked for arrive whenever they fall due: free, by approved text, elsewhere, or staff know."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from api.cli import app, dead_letters
from bot import message_templates, template_news
from bot.channels.base import Review
from crm import reminders as planned
from crm import template_reviews
from crm.models import Contact, ContactInbox, Delivery, Inbox
from scheduler import reminders, templates
from tests.factories import a_booking
from tests.scheduler.simulated_outbox import SimulatedOutbox

pytestmark = [pytest.mark.feature("4.12", "6.1")]


class Reminded:
    """Somebody with a session, reminded of it a good day after they last wrote."""

    def __init__(self, outbox: SimulatedOutbox, channel: str, *, phone: str | None = None) -> None:
        self.outbox, self.channel = outbox, channel
        with outbox.inside() as session:
            _, contact_id, conversation_id = outbox._person(session, channel)
            self.contact_id = contact_id
            contact = session.exec(select(Contact).where(Contact.id == contact_id)).one()
            contact.phone = phone
            # At an hour at which people are not asleep, whenever the test runs.
            starts_at = (session.now + dt.timedelta(days=2)).replace(hour=13, minute=0)
            booking = a_booking(session, contact=contact, starts_at=starts_at)
            for old in planned.list_pending(session):
                old.status = "cancelled"
            planned.plan(
                session, "booking_guest", starts_at - dt.timedelta(hours=2), now=session.now,
                contact_id=contact_id, booking_id=booking.id, conversation_id=conversation_id,
            )  # fmt: skip
        outbox.contact_id = contact_id
        self.starts_at = starts_at

    def falls_due(self) -> None:
        now = self.outbox.now()
        self.outbox.later(seconds=(self.starts_at - dt.timedelta(hours=2) - now).total_seconds() + 1)
        for _ in range(2):
            reminders.fire_due()
            self.outbox.work()

    def deliveries(self) -> list[tuple[str, str]]:
        with self.outbox.inside() as session:
            rows = session.exec(
                select(Delivery, Inbox.channel)
                .join(Inbox, col(Inbox.id) == Delivery.inbox_id)
                .where(Delivery.purpose == "reminder")
                .order_by(col(Delivery.position))
            ).all()
            return [(channel, row.state) for row, channel in rows]


def approved(outbox: SimulatedOutbox, channel: str) -> None:
    """The gym's templates are sent in and approved."""
    with outbox.inside() as session:
        outbox._person(session, channel)
    assert {outcome for name, _, outcome in templates.submit(outbox.gym.id) if name == channel} == {
        "approved"
    }


@pytest.mark.parametrize("channel", ["whatsapp", "whatsapp-twilio"])
def test_a_reminder_outside_the_window_goes_by_the_approved_text_with_our_buttons(
    simulated: SimulatedOutbox, channel: str
) -> None:
    approved(simulated, channel)
    person = Reminded(simulated, channel)
    person.falls_due()
    assert person.deliveries()[0][0] == channel
    address = simulated.ADDRESSES[channel].removeprefix("whatsapp:")
    (shown,) = [one for one in simulated.simulated.messages(channel, address) if one["from"] == "gym"]
    assert "a reminder from Harbour" in shown["text"]
    assert "{{" not in shown["text"]
    assert [button["title"] for button in shown["buttons"]] == ["Confirm", "Move", "Cancel"]
    assert shown["buttons"][1]["id"].split(":")[1] == "move"


@pytest.mark.parametrize("channel", ["whatsapp", "whatsapp-twilio", "instagram"])
def test_inside_the_window_it_is_said_freely(simulated: SimulatedOutbox, channel: str) -> None:
    person = Reminded(simulated, channel)
    simulated.later(hours=40)
    simulated.person_writes(channel)
    simulated.simulated.say(channel, simulated.ADDRESSES[channel].removeprefix("whatsapp:"), "ok")
    person.falls_due()
    assert person.deliveries() == [(channel, "accepted")]


@pytest.mark.parametrize("channel", ["instagram", "whatsapp-twilio"])
def test_where_no_template_may_be_used_an_sms_goes_to_the_number_they_gave(
    simulated: SimulatedOutbox, channel: str
) -> None:
    simulated.has_an_account("sms")
    person = Reminded(simulated, channel, phone="+447700900123")
    person.falls_due()
    assert [where for where, _ in person.deliveries()] == ["sms"]
    (text,) = simulated.person_sees("sms")
    assert "1. Confirm" in text
    simulated.work()


def test_who_wants_no_reminders_gets_none_elsewhere_either(simulated: SimulatedOutbox) -> None:
    simulated.has_an_account("sms")
    person = Reminded(simulated, "instagram", phone="+447700900123")
    simulated.opts_out()
    person.falls_due()
    assert simulated.person_sees("sms") == []


def test_somebody_elses_number_is_not_written_to(simulated: SimulatedOutbox) -> None:
    simulated.has_an_account("sms")
    with simulated.inside() as session:
        inbox = simulated.an_inbox(session, "sms")
        other = Contact(
            gym_id=session.gym_id,
            name="Ben",
            phone="+447700900123",
            created_at=session.now,
            id=uuid.UUID(int=1),
        )
        session.add(other)
        session.flush()
        session.add(
            ContactInbox(
                gym_id=session.gym_id, contact_id=other.id, inbox_id=inbox.id, sender="sms:+447700900123",
                address="+447700900123",
            )
        )  # fmt: skip
    Reminded(simulated, "instagram", phone="+447700900123").falls_due()
    assert simulated.person_sees("sms") == []


def test_where_there_is_no_other_way_staff_read_what_can_be_done(simulated: SimulatedOutbox) -> None:
    person = Reminded(simulated, "instagram")
    person.falls_due()
    assert person.deliveries() == [("instagram", "cancelled")]
    (told,) = [text for text in simulated.group_reads() if "Not delivered" in text]
    assert "window is closed" in told
    assert "An answer that one of you writes still arrives there: /reply Ana Silva" in told


def test_a_persons_own_words_go_by_sms_where_they_could_not_arrive(simulated: SimulatedOutbox) -> None:
    simulated.has_an_account("sms")
    Reminded(simulated, "whatsapp", phone="+447700900123")
    late = simulated.queue("Niamh here, are you coming back?", channel="whatsapp", purpose="human")
    simulated.later(hours=30)
    for _ in range(2):
        simulated.work()
    assert simulated.state(late) == "cancelled"
    assert simulated.person_sees("sms") == ["Niamh here, are you coming back?"]
    assert any("Sent to Ana Silva on SMS instead" in text for text in simulated.group_reads())


def test_who_asked_for_silence_is_not_written_to_on_another_channel(simulated: SimulatedOutbox) -> None:
    simulated.has_an_account("sms")
    Reminded(simulated, "whatsapp", phone="+447700900123")
    late = simulated.queue("Come back!", channel="whatsapp", purpose="human")
    simulated.opts_out()
    for _ in range(2):
        simulated.work()
    assert simulated.state(late) == "cancelled"
    assert simulated.person_sees("sms") == []


def test_after_a_week_not_even_that_arrives(simulated: SimulatedOutbox) -> None:
    late = simulated.queue("Are you still there?", channel="instagram", purpose="human")
    simulated.later(days=8)
    simulated.work()
    assert simulated.state(late) == "cancelled"
    assert any("until they write again" in text for text in simulated.group_reads())


@pytest.mark.parametrize(("hours", "tag"), [(1, None), (30, "HUMAN_AGENT")])
def test_a_persons_words_carry_the_tag_only_where_they_need_it(
    simulated: SimulatedOutbox, monkeypatch: pytest.MonkeyPatch, hours: int, tag: str | None
) -> None:
    bodies = simulated.bodies_sent(monkeypatch)
    sent = simulated.queue("Niamh here", channel="instagram", purpose="human")
    simulated.later(hours=hours)
    simulated.work()
    assert simulated.state(sent) == "accepted"
    assert bodies[-1].get("tag") == tag


def test_an_unreachable_person_is_reminded_elsewhere(simulated: SimulatedOutbox) -> None:
    simulated.has_an_account("sms")
    person = Reminded(simulated, "telegram", phone="+447700900123")
    simulated.will_answer("telegram_403_blocked", "telegram")
    person.falls_due()
    assert [where for where, _ in person.deliveries()] == ["telegram", "sms"]
    assert len(simulated.person_sees("sms")) == 1
    assert not any("Not delivered" in text for text in simulated.group_reads())


def test_a_template_that_is_refused_is_not_tried_again_until_it_is_approved(
    simulated: SimulatedOutbox,
) -> None:
    simulated.has_an_account("sms")
    person = Reminded(simulated, "whatsapp", phone="+447700900123")
    simulated.will_answer("meta_wa_error_132001", "whatsapp")
    person.falls_due()
    assert [where for where, _ in person.deliveries()] == ["whatsapp", "sms"]
    with simulated.inside() as session:
        inbox = simulated.an_inbox(session, "whatsapp")
        row = template_reviews.find(session, inbox.id, "booking_reminder", "en")
        assert row is not None
        assert row.status == "missing"


class TestReview:
    def test_a_template_waits_for_its_review_and_is_asked_about(self, simulated: SimulatedOutbox) -> None:
        for channel in ("whatsapp", "whatsapp-twilio"):
            simulated.registers(channel, review="waits")
        outcomes = {outcome for _, _, outcome in templates.submit(simulated.gym.id)}
        assert outcomes == {"pending"}
        assert {outcome for _, _, outcome in templates.submit(simulated.gym.id)} == {"pending"}, "not twice"
        for channel in ("whatsapp", "whatsapp-twilio"):
            simulated.reviews(channel, "missed_session", "APPROVED")
            simulated.reviews(channel, "place_free", "REJECTED", reason="INVALID_FORMAT")
        templates.review(simulated.gym.id)
        for channel in ("whatsapp", "whatsapp-twilio"):
            assert simulated.template(channel, "missed_session").status == "approved"
            rejected = simulated.template(channel, "place_free")
            assert (rejected.status, rejected.reason) == ("rejected", "INVALID_FORMAT")
        simulated.work()
        told = [text for text in simulated.group_reads() if "place_free" in text]
        assert len(told) == 2
        assert all("rejected (INVALID_FORMAT)" in text for text in told)

    def test_one_that_was_never_sent_in_is_known_to_be_missing(self, simulated: SimulatedOutbox) -> None:
        simulated.registers("whatsapp", templates=[])
        templates.review(simulated.gym.id)
        assert simulated.template("whatsapp", "booking_reminder").status == "missing"
        templates.submit(simulated.gym.id)
        assert simulated.template("whatsapp", "booking_reminder").status == "approved"

    def test_metas_webhook_tells_of_it_at_once(self, simulated: SimulatedOutbox) -> None:
        approved(simulated, "whatsapp")
        simulated.reviews("whatsapp", "booking_reminder", "PAUSED")
        simulated.hears_notice("whatsapp", "message_template_status_update")
        assert simulated.template("whatsapp", "booking_reminder").status == "paused"

    def test_what_is_not_ours_is_left_alone(self, simulated: SimulatedOutbox) -> None:
        with simulated.inside() as session:
            inbox = simulated.an_inbox(session, "whatsapp")
            assert (
                template_news.note(session, inbox, [Review("their_own", "en", "rejected")], session.now) == 0
            )
            assert template_reviews.list_of_gym(session) == []

    def test_the_command_line_sends_them_in_and_lists_them(
        self, simulated: SimulatedOutbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        simulated.has_an_account("whatsapp")
        monkeypatch.setattr(dead_letters, "connected", lambda: None)
        asked = ["--gym", simulated.gym.slug]
        done = CliRunner().invoke(app, ["templates", "submit", *asked], catch_exceptions=False)
        assert "whatsapp  booking_reminder  approved" in done.output
        listed = CliRunner().invoke(app, ["templates", "list", *asked], catch_exceptions=False)
        assert "whatsapp  place_free  en  approved" in listed.output


@pytest.mark.parametrize(
    "template", message_templates.everything(), ids=lambda one: f"{one.language}-{one.name}"
)
def test_a_template_keeps_the_rules_of_review(template: message_templates.MessageTemplate) -> None:
    assert template.name.replace("_", "").isalnum()
    assert template.name == template.name.lower()
    assert len(template.body) <= 1024
    assert len(template.examples) == template.variables
    assert not template.body.startswith("{{")
    assert not template.body.endswith("}}")
    assert "}}{{" not in template.body.replace(" ", "")
    assert len(template.buttons) <= 3, "more is not shown on one screen"
    assert all(len(title) <= 20 for title in template.buttons)
    assert template.category in ("UTILITY", "MARKETING")
