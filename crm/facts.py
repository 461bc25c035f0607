"""Everything a gym states about itself, as one frozen value read once per version.

The bot answers from this value alone, so it cannot state what is not in the gym's
records. `load` costs nothing while the facts stand: their version comes with the
session, a change raises `Gym.facts_version`, and every process reads anew.
"""

from __future__ import annotations

import datetime as dt
import functools
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from crm import clock
from crm.db import TenantSession
from crm.errors import NotFound
from crm.models import Discount, FaqEntry, Gym, Inbox, Offering, Plan, Question, Staff, TrainedModel

LEARNED = "learned"
"""Topic of answers that staff gave once and had remembered."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Interval = tuple[dt.time, dt.time]
WeeklyHours = Mapping[int, tuple[Interval, ...]]


@dataclass(frozen=True, slots=True)
class GymProfile:
    """Who the gym is and where."""

    id: uuid.UUID
    slug: str
    name: str
    timezone: str
    locale: str
    currency: str
    phone_region: str
    address: str | None
    directions: str | None
    parking: str | None
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class StaffFact:
    """A member of staff; `hours` are a trainer's weekly hours in wall time."""

    id: uuid.UUID
    key: str
    name: str
    role: str
    specialities: tuple[str, ...]
    hours: WeeklyHours
    chat_address: str | None

    @property
    def first_name(self) -> str:
        """What people call them."""
        return self.name.split()[0]


@dataclass(frozen=True, slots=True)
class OfferingFact:
    """A service or a class. `weekly` are a class's starts: weekday (Monday is 0) and wall time."""

    id: uuid.UUID
    key: str
    name: str
    kind: str
    minutes: int
    capacity: int
    price: float | None
    trainer_id: uuid.UUID | None
    weekly: tuple[tuple[int, dt.time], ...]

    @property
    def is_class(self) -> bool:
        """Whether it is taught at set times to several people."""
        return self.kind == "class"

    @property
    def lasts(self) -> dt.timedelta:
        """How long it takes."""
        return dt.timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class PlanFact:
    """A membership or package with its price in the gym's currency."""

    key: str
    name: str
    kind: str
    price: float
    per: str | None
    note: str | None
    sessions: int | None
    valid_days: int | None


@dataclass(frozen=True, slots=True)
class DiscountFact:
    """A reduction in percent."""

    key: str
    percent: float
    note: str | None


@dataclass(frozen=True, slots=True)
class FaqFact:
    """A question answered in the gym's own words."""

    topic: str
    question: str
    answer: str
    wordings: tuple[str, ...] = ()
    """Other ways in which people asked it."""
    number: int | None = None
    """Of a question that staff answered and had remembered; None for one of the gym file."""


@dataclass(frozen=True, slots=True)
class OwnModel:
    """The gym's own classifier, where one is in use."""

    id: uuid.UUID
    lang: str


@dataclass(frozen=True, slots=True)
class StaffGroup:
    """The chat in which all staff read along, and the inbox through which it is reached."""

    inbox_id: uuid.UUID
    chat: str


@dataclass(frozen=True, slots=True)
class BookingRules:
    """How and when may be booked."""

    grid_minutes: int = 15
    minimum_notice: dt.timedelta = dt.timedelta(minutes=60)
    horizon: dt.timedelta = dt.timedelta(days=90)
    trial_given_by: str = "any trainer"
    hold_for: dt.timedelta = dt.timedelta(minutes=10)
    waitlist_offer_for: dt.timedelta = dt.timedelta(minutes=30)
    late_cancel_for: dt.timedelta = dt.timedelta(hours=6)
    classes_open_to: str = "everyone"
    reminders_before: tuple[dt.timedelta, ...] = (dt.timedelta(hours=24), dt.timedelta(hours=2))
    quiet_from: dt.time = dt.time(21)
    quiet_until: dt.time = dt.time(8)


@dataclass(frozen=True)
class GymFacts:
    """All that a gym states about itself."""

    version: int
    gym: GymProfile
    opening_hours: WeeklyHours
    closed_dates: frozenset[dt.date]
    staff: tuple[StaffFact, ...]
    offerings: tuple[OfferingFact, ...]
    plans: tuple[PlanFact, ...]
    discounts: tuple[DiscountFact, ...]
    faqs: tuple[FaqFact, ...]
    terms: Mapping[str, object]
    rules: BookingRules
    facilities: tuple[str, ...]
    not_available: tuple[str, ...]
    stages: tuple[str, ...]
    goals: tuple[str, ...]
    qualification_ask: tuple[str, ...]
    staff_group: StaffGroup | None = None
    own_model: OwnModel | None = None

    @functools.cached_property
    def zone(self) -> ZoneInfo:
        """The gym's time zone."""
        return ZoneInfo(self.gym.timezone)

    @functools.cached_property
    def trainers(self) -> tuple[StaffFact, ...]:
        """Staff who give sessions."""
        return tuple(person for person in self.staff if person.role == "trainer")

    @functools.cached_property
    def classes(self) -> tuple[OfferingFact, ...]:
        """What is taught at set times."""
        return tuple(offering for offering in self.offerings if offering.is_class)

    @functools.cached_property
    def _staff_by_id(self) -> dict[uuid.UUID, StaffFact]:
        return {person.id: person for person in self.staff}

    @functools.cached_property
    def _offerings_by_id(self) -> dict[uuid.UUID, OfferingFact]:
        return {offering.id: offering for offering in self.offerings}

    def staff_by_id(self, staff_id: uuid.UUID | None) -> StaffFact | None:
        """The member of staff with that id."""
        return self._staff_by_id.get(staff_id) if staff_id else None

    def staff_by_key(self, key: str) -> StaffFact | None:
        """The member of staff with that key."""
        return next((person for person in self.staff if person.key == key), None)

    def offering_by_id(self, offering_id: uuid.UUID) -> OfferingFact:
        """The offering with that id; raises `NotFound`."""
        try:
            return self._offerings_by_id[offering_id]
        except KeyError:
            raise NotFound("no such offering", offering_id=offering_id) from None

    def offering_by_key(self, key: str) -> OfferingFact | None:
        """The offering with that key."""
        return next((offering for offering in self.offerings if offering.key == key), None)

    @property
    def trial(self) -> OfferingFact | None:
        """The free first visit, if the gym has one."""
        return next((offering for offering in self.offerings if offering.kind == "trial"), None)

    def local(self, instant: dt.datetime) -> dt.datetime:
        """The gym's wall time at an instant, aware."""
        return instant.astimezone(self.zone)

    def instant(self, local: dt.datetime) -> dt.datetime:
        """The instant of a naive wall time at the gym."""
        return clock.to_instant(local, self.zone)


def weekly_hours(raw: Mapping[str, list[str]]) -> WeeklyHours:
    """``{"mon": ["06:00-22:00"]}`` as weekday numbers and times; ``24:00`` closes at midnight's last minute."""
    found: dict[int, tuple[Interval, ...]] = {}
    for name, intervals in raw.items():
        pairs = []
        for interval in intervals:
            start, _, end = interval.partition("-")
            closing = dt.time(23, 59, 59) if end == "24:00" else dt.time.fromisoformat(end)
            pairs.append((dt.time.fromisoformat(start), closing))
        found[WEEKDAYS.index(name)] = tuple(sorted(pairs))
    return found


def _duration(text: str) -> dt.timedelta:
    units = {"m": "minutes", "h": "hours", "d": "days"}
    return dt.timedelta(**{units[text[-1]]: int(text[:-1])})


def booking_rules(raw: Mapping[str, object]) -> BookingRules:
    """The gym file's ``booking_rules`` with their units; absent ones keep the default."""
    values: dict[str, object] = {}
    plain = {"grid_minutes", "trial_given_by", "classes_open_to"}
    minutes = {
        "minimum_notice_minutes": "minimum_notice",
        "hold_minutes": "hold_for",
        "waitlist_offer_minutes": "waitlist_offer_for",
    }
    for name, value in raw.items():
        if name in plain:
            values[name] = value
        elif name in minutes:
            values[minutes[name]] = dt.timedelta(minutes=int(str(value)))
        elif name == "horizon_days":
            values["horizon"] = dt.timedelta(days=int(str(value)))
        elif name == "late_cancel_hours":
            values["late_cancel_for"] = dt.timedelta(hours=int(str(value)))
        elif name == "reminders_before" and isinstance(value, list):
            values["reminders_before"] = tuple(sorted((_duration(str(item)) for item in value), reverse=True))
        elif name == "quiet_hours":
            start, _, end = str(value).partition("-")
            values["quiet_from"], values["quiet_until"] = (
                dt.time.fromisoformat(start),
                dt.time.fromisoformat(end),
            )
    return BookingRules(**values)  # type: ignore[arg-type]


_cache: dict[tuple[uuid.UUID, int], GymFacts] = {}
_cache_lock = threading.Lock()
CACHED_GYMS = 512


def load(session: TenantSession) -> GymFacts:
    """The entered gym's facts; raises `NotFound` where the gym does not exist."""
    version = session.facts_version
    if version is None:  # the gym was made in this very session
        version = session.exec(select(Gym.facts_version).where(Gym.id == session.gym_id)).first()
    if version is None:
        raise NotFound("no such gym", gym_id=session.gym_id)
    key = (session.gym_id, version)
    found = _cache.get(key)
    if found is None:
        found = _read(session, version)
        with _cache_lock:
            while len(_cache) >= CACHED_GYMS:
                _cache.pop(next(iter(_cache)))
            _cache[key] = found
    return found


def _read(session: TenantSession, version: int) -> GymFacts:
    gym = session.exec(select(Gym).where(Gym.id == session.gym_id)).one()
    staff = session.exec(select(Staff).where(Staff.active).order_by(col(Staff.id))).all()
    group = session.exec(
        select(Inbox.id, Inbox.staff_chat).where(Inbox.active, col(Inbox.staff_chat).is_not(None))
    ).first()
    offerings = session.exec(select(Offering).where(Offering.active).order_by(col(Offering.position))).all()
    plans = session.exec(select(Plan).where(Plan.active).order_by(col(Plan.position))).all()
    discounts = session.exec(select(Discount).order_by(col(Discount.position))).all()
    faqs = session.exec(select(FaqEntry).order_by(col(FaqEntry.position))).all()
    learned = session.exec(
        select(Question).where(Question.state == "learned").order_by(col(Question.number))
    ).all()
    model = session.exec(
        select(TrainedModel.id, TrainedModel.lang).where(TrainedModel.state == "published")
    ).first()
    return GymFacts(
        version=version,
        own_model=OwnModel(*model) if model is not None else None,
        gym=GymProfile(
            **{name: getattr(gym, name) for name in GymProfile.__dataclass_fields__},
        ),
        opening_hours=weekly_hours(gym.opening_hours),
        closed_dates=frozenset(gym.closed_dates),
        staff=tuple(
            StaffFact(
                person.id, person.key, person.name, person.role, tuple(person.specialities),
                weekly_hours(person.hours), person.chat_address,
            )
            for person in staff
        ),
        staff_group=StaffGroup(group[0], group[1]) if group is not None and group[1] is not None else None,
        offerings=tuple(
            OfferingFact(
                row.id, row.key, row.name, row.kind, row.minutes, row.capacity, row.price, row.trainer_id,
                tuple(weekly_start(text) for text in row.weekly),
            )
            for row in offerings
        ),
        plans=tuple(
            PlanFact(row.key, row.name, row.kind, row.price, row.per, row.note, row.sessions, row.valid_days)
            for row in plans
        ),
        discounts=tuple(DiscountFact(row.key, row.percent, row.note) for row in discounts),
        faqs=(
            *(FaqFact(row.topic, row.question, row.answer) for row in faqs),
            *(
                FaqFact(LEARNED, row.text, row.answer or "", tuple(row.wordings), row.number)
                for row in learned
            ),
        ),
        terms=gym.terms,
        rules=booking_rules(gym.booking_rules),
        facilities=tuple(gym.facilities),
        not_available=tuple(gym.not_available),
        stages=tuple(gym.pipeline_stages),
        goals=tuple(gym.qualification.get("goals", ())),
        qualification_ask=tuple(gym.qualification.get("ask", ())),
    )  # fmt: skip


def weekly_start(text: str) -> tuple[int, dt.time]:
    """``mon 18:30`` as weekday number and time."""
    day, _, at = text.partition(" ")
    return WEEKDAYS.index(day), dt.time.fromisoformat(at)
