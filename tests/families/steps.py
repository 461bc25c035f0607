"""The steps at which a prospect may be interrupted: how one gets there, and what the person came for."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlmodel import col, select

from bot import consequences, erasure
from crm import bookings, waitlist
from crm.clock import UTC
from crm.models import Booking, WaitlistEntry
from tests.bot.answer import Answer
from tests.bot.prospect_phone import ProspectPhone
from tests.factories import a_contact
from tests.families.person import Person, Want

MONDAY = dt.date(2026, 11, 23)


def holds(service: str, at: str) -> Callable[[ProspectPhone], bool]:
    """Whether the person has that place, and no other of the kind."""

    def is_met(phone: ProspectPhone) -> bool:
        standing = [row for row in phone.bookings() if row[2] == "booked" and row[0] == service]
        return standing == [(service, at, "booked")]

    return is_met


def gave_up(service: str, at: str) -> Callable[[ProspectPhone], bool]:
    """Whether that place of the person's is cancelled."""
    return lambda phone: (service, at, "cancelled") in phone.bookings()


def waits_for(service: str) -> Callable[[ProspectPhone], bool]:
    """Whether the person stands in the queue of a class."""
    return lambda phone: bool(waitlist.list_of_contact(phone.session, phone.contact.id))


def has_confirmed(phone: ProspectPhone) -> bool:
    """Whether the person said that they come."""
    rows = phone.session.exec(select(Booking).where(Booking.contact_id == phone.contact.id)).all()
    return any(row.confirmed_by_guest_at is not None for row in rows)


def is_with_the_team(phone: ProspectPhone) -> bool:
    """Whether a person of the gym was asked for."""
    return phone.conversation.status == "pending"


TRIAL = Want(
    "could you book me the trial on thursday at 10", "thursday at 10", "Thursday 26 November at 10:00",
    holds("trial", "2026-11-26 10:00"), picks=("Thu 26 10:00", "10:00"),
)  # fmt: skip
TRIAL_FRIDAY = Want(
    "the trial on friday at 11 please", "friday at 11", "Friday 27 November at 11:00",
    holds("trial", "2026-11-27 11:00"), picks=("Fri 27 11:00", "11:00"),
)  # fmt: skip
MOVE = Want(
    "move my trial to friday at 11 please", "friday at 11", "Friday 27 November at 11:00",
    holds("trial", "2026-11-27 11:00"), picks=("Fri 27 11:00", "Trial"),
)  # fmt: skip
MOVE_SATURDAY = Want(
    "move my trial to saturday at 11 please", "saturday at 11", "Saturday 28 November at 11:00",
    holds("trial", "2026-11-28 11:00"), picks=("Sat 28 11:00", "Trial"),
)  # fmt: skip
CANCEL = Want(
    "please cancel my trial", "the trial", "Thursday 26 November at 10:00", gave_up("trial", "2026-11-26 10:00"),
    picks=("Trial",), yes=("Yes, cancel",),
)  # fmt: skip
BOXING = Want(
    "book me into boxing on thursday", "boxing on thursday", "Thursday 26 November at 18:00", holds("boxing", "2026-11-26 18:00"),
    picks=("Thu 26 18:00", "Boxing"),
)  # fmt: skip
BOXING_TUESDAY = Want(
    "book me into boxing on tuesday", "boxing on tuesday", "Tuesday 24 November at 18:00", holds("boxing", "2026-11-24 18:00"),
    picks=("Tue 24 18:00", "Boxing"),
)  # fmt: skip
PERSONAL = Want(
    "an hour of PT with marcus on thursday at 3", "thursday at 3", "Thursday 26 November at 15:00",
    holds("pt60", "2026-11-26 15:00"), picks=("60 min", "Thu 26 15:00"),
)  # fmt: skip
PERSONAL_LATER = Want(
    "an hour of PT with marcus on thursday at 5", "thursday at 5", "Thursday 26 November at 17:00",
    holds("pt60", "2026-11-26 17:00"), picks=("60 min", "Thu 26 17:00"),
)  # fmt: skip
QUEUE = Want(
    "put me on the waiting list for boxing on thursday", "thursday", "Boxing", waits_for("boxing"),
    yes=("Waiting list",),
)  # fmt: skip
FREED = Want(
    "could I have that place in boxing on thursday after all", "boxing on thursday", "Thursday 26 November at 18:00",
    holds("boxing", "2026-11-26 18:00"), picks=("Thu 26 18:00",), yes=("Take it", "Confirm"),
)  # fmt: skip


def has_asked_for_erasure(phone: ProspectPhone) -> bool:
    """Whether everything kept about them is on its way out."""
    return erasure.is_asked_for(phone.session, phone.contact.id)


def without_offers(want: Want) -> Want:
    """The same wish of somebody who has said that they want no offers: that has to be kept as well."""

    def is_met(phone: ProspectPhone) -> bool:
        return (
            ("offers", False) in phone.consents()
            and ("everything", False) not in phone.consents()
            and want.is_met(phone)
        )

    return replace(want, is_met=is_met)


ERASED = Want(
    "please delete everything you have on me", "yes", "Delete everything", has_asked_for_erasure, yes=("Delete everything",)
)  # fmt: skip
COMES = Want("yes I'm coming to my trial", "yes", "trial", has_confirmed, yes=("Confirm",))
TEAM = Want("can I talk to somebody from the team", "yes", "team", is_with_the_team, yes=("Ask the team",))


@dataclass(frozen=True)
class Step:
    """A point in a talk at which the bot has asked something."""

    name: str
    reach: Callable[[Person], Answer]
    want: Want
    corrected: Want | None = None
    """The same wish with another time, for those who correct themselves."""
    correction: tuple[str, ...] = ()
    """How they say so."""
    has_name: bool = True
    has_question: bool = True
    """Whether the question is to be repeated after a side question."""
    is_second_miss: bool = False
    """Whether something was not understood just before, so that noise leads to a person."""


def says(*texts: str) -> Callable[[Person], Answer]:
    """Those messages in a row."""

    def reach(person: Person) -> Answer:
        for text in texts:
            person.says(text)
        return person.heard

    return reach


def after_trial(*texts: str) -> Callable[[Person], Answer]:
    """With a trial on Thursday at ten; then those messages."""

    def reach(person: Person) -> Answer:
        person.says("trial on thursday at 10 please, I want to lose weight, never trained")
        person.says("yes")
        return says(*texts)(person)

    return reach


def with_two(*texts: str) -> Callable[[Person], Answer]:
    """With the trial and personal training on Saturday; the next day, when neither is being talked about, those messages."""

    def reach(person: Person) -> Answer:
        after_trial("an hour of PT with marcus on saturday at 12", "yes")(person)
        person.phone.wait(dt.timedelta(hours=14))
        return says(*texts)(person)

    return reach


def fill_boxing(phone: ProspectPhone) -> list[uuid.UUID]:
    """Thursday's boxing has no seat left; the bookings that hold them."""
    offering = phone.facts.offering_by_key("boxing")
    assert offering is not None
    taken = []
    for _ in range(offering.capacity):
        other = a_contact(phone.session, name="Somebody Else")
        held = bookings.hold(
            phone.session,
            phone.facts,
            other.id,
            offering,
            dt.datetime(2026, 11, 26, 18, tzinfo=UTC),
            now=phone.now,
            created_by="staff",
        )
        taken.append(bookings.confirm(phone.session, phone.facts, held.id, now=phone.now).id)
    return taken


def full_class(person: Person) -> Answer:
    """The class one wants is full."""
    fill_boxing(person.phone)
    return person.says("can I do boxing on thursday?")


def freed_place(person: Person) -> Answer:
    """In the queue, and a seat has come free."""
    phone = person.phone
    taken = fill_boxing(phone)
    person.says("can I do boxing on thursday?")
    person.says("yes, put me on the list")
    gone = bookings.cancel(phone.session, phone.facts, taken[0], now=phone.now, by="contact")
    consequences.offer_freed_place(phone.session, gone, phone.now)
    answer = person.hears(phone.wait(dt.timedelta(minutes=1)))
    entry = phone.session.exec(
        select(WaitlistEntry).where(WaitlistEntry.contact_id == phone.contact.id)
    ).one()
    assert entry.status == "offered"
    return answer


def reminded(person: Person) -> Answer:
    """The day before, with Confirm, Move, Cancel."""
    after_trial()(person)
    return person.hears(person.phone.wait(dt.timedelta(days=2, hours=1, minutes=30)))


def missed_it(person: Person) -> Answer:
    """They did not come and were written to."""
    phone = person.phone
    person.says("trial today at 11 please, want to lose weight, never trained")
    person.says("yes")
    phone.wait(dt.timedelta(hours=3))
    row = phone.session.exec(
        select(Booking).where(Booking.contact_id == phone.contact.id).order_by(col(Booking.starts_at))
    ).first()
    assert row is not None
    row.status = "no_show"
    consequences.missed(phone.session, phone.facts, row, phone.now, actor="staff:aoife")
    return person.hears(phone.wait(dt.timedelta(minutes=45)))


def nudged(person: Person) -> Answer:
    """They fell silent at the confirmation."""
    person.says("trial on thursday at 10 please")
    return person.hears(person.phone.wait(dt.timedelta(minutes=50)))


FRIDAY = ("no sorry, friday at 11", "wait, I meant friday 11am", "oh actually make it friday at 11", "not thursday, friday at 11",
          "ah no scrap that, friday 11 suits better", "sorry friday at eleven i mean")  # fmt: skip
SATURDAY = ("no sorry, saturday at 11", "wait, I meant saturday 11am", "hmm actually make it saturday at 11", "saturday at 11 instead sorry",
            "saturday 11 would be better actually")  # fmt: skip
TUESDAY = ("sorry I meant tuesday", "no, tuesday's one", "actually the tuesday one", "oh wait tuesday not thursday")  # fmt: skip
AT_FIVE = ("no sorry, at 5", "actually make it 5pm", "wait, 5 not 3", "could we say 5 instead?")  # fmt: skip

STEPS = (
    Step("trial: invited", says("how much is it a month?"), TRIAL, has_question=False),
    Step("trial: which time", says("can I come for a trial?"), TRIAL, TRIAL_FRIDAY, FRIDAY),
    Step("trial: which time that day", says("trial on thursday morning"), TRIAL, TRIAL_FRIDAY, FRIDAY),
    Step("trial: nearest times", says("trial on sunday at 8am?"), TRIAL, TRIAL_FRIDAY, FRIDAY),
    Step("trial: first name", says("trial on thursday at 10 please"), TRIAL, TRIAL_FRIDAY, FRIDAY, has_name=False),
    Step("trial: shall I book it", says("trial on thursday at 10 please"), TRIAL, TRIAL_FRIDAY, FRIDAY),
    Step("trial: nudged", nudged, TRIAL, TRIAL_FRIDAY, FRIDAY, has_question=False),
    Step("trial: your goal", says("trial on thursday at 10 please", "yes"), TRIAL, MOVE, FRIDAY, has_question=False),
    Step("trial: missed it", missed_it, TRIAL, TRIAL_FRIDAY, FRIDAY, has_question=False),
    Step("trial: go on with it", says("trial on thursday at 10", "can you put me into boxing on tuesday first", "yes"),
         TRIAL, has_question=False),
    Step("join: shall I book a trial", says("I want to join the gym"), TRIAL, has_question=False),
    Step("class: which one", says("book me into a class please"), BOXING, BOXING_TUESDAY,
         ("sorry, boxing on tuesday I mean", "actually boxing tuesday")),
    Step("class: which time", says("book me into boxing"), BOXING, BOXING_TUESDAY, TUESDAY),
    Step("class: places left, shall I", says("is there space in boxing on thursday?"), BOXING, has_question=False),
    Step("class: shall I book it", says("boxing on thursday please"), BOXING, BOXING_TUESDAY, TUESDAY),
    Step("personal: which length", says("PT with marcus on thursday at 3"), PERSONAL, PERSONAL_LATER, AT_FIVE),
    Step("personal: shall I book it", says("an hour of PT with marcus on thursday at 3"), PERSONAL, PERSONAL_LATER, AT_FIVE),
    Step("move: which one", with_two("can I move my booking?"), MOVE),
    Step("move: which time", after_trial("can I move it?"), MOVE, MOVE_SATURDAY, SATURDAY),
    Step("move: shall I move it", after_trial("can we make it friday at 11?"), MOVE, MOVE_SATURDAY, SATURDAY),
    Step("cancel: which one", with_two("I need to cancel"), CANCEL),
    Step("cancel: really", after_trial("I need to cancel"), CANCEL),
    Step("cancel: another time", after_trial("I need to cancel", "yes"), TRIAL_FRIDAY, has_question=False),
    Step("waiting list: shall I", full_class, QUEUE),
    Step("waiting list: take the place", freed_place, FREED),
    Step("reminder: are you coming", reminded, COMES, has_question=False),
    Step("person: asked for one", says("can I talk to a person please"), TEAM, has_question=False),
    Step("language: shall I get a person", says("can we speak german please?"), TEAM, has_question=False),
    Step("data: delete everything", says("delete all my data please"), ERASED, has_question=False),
    Step("offers stopped: shall I book it", says("trial on thursday at 10 please", "and no more offers please"), without_offers(TRIAL),
         without_offers(TRIAL_FRIDAY), FRIDAY),
    Step("offers stopped: which time", says("can I come for a trial?", "dont send me any marketing"), without_offers(TRIAL),
         without_offers(TRIAL_FRIDAY), FRIDAY),
    Step("lost: two doors", says("fdgd sdfkjh"), TRIAL, has_question=False, is_second_miss=True),
)  # fmt: skip
