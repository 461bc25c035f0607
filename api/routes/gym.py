"""The gym itself: what it states about itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.deps import FactsDep, SessionDep
from api.errors import documented
from crm.facts import WEEKDAYS, GymFacts, WeeklyHours

router = APIRouter(prefix="/api/v1/gym", tags=["gym"], responses=documented())


class StaffOut(BaseModel):
    """A person who runs the gym."""

    key: str = Field(examples=["aoife"])
    name: str = Field(examples=["Aoife Byrne"])
    role: str = Field(description="owner, manager, sales or trainer", examples=["trainer"])
    specialities: list[str] = Field(examples=[["strength", "weight loss"]])
    hours: dict[str, list[str]] = Field(examples=[{"mon": ["07:00-15:00"]}])


class OfferingOut(BaseModel):
    """What can be booked."""

    key: str = Field(examples=["trial"])
    name: str = Field(examples=["Free trial session"])
    kind: str = Field(description="trial, personal, online or class", examples=["trial"])
    minutes: int = Field(examples=[45])
    capacity: int = Field(examples=[1])
    price: float | None = Field(
        description="In the gym's currency; null where a plan covers it", examples=[0]
    )
    trainer: str | None = Field(description="Key of who teaches the class", examples=[None])
    weekly: list[str] = Field(description="A class's weekly starts in wall time", examples=[[]])


class PlanOut(BaseModel):
    """A membership or a package."""

    key: str = Field(examples=["standard"])
    name: str = Field(examples=["Standard"])
    kind: str = Field(description="membership or package", examples=["membership"])
    price: float = Field(examples=[55])
    per: str | None = Field(examples=["month"])
    note: str | None = Field(examples=["gym floor any time"])
    sessions: int | None = Field(examples=[None])
    valid_days: int | None = Field(examples=[None])


class GymOut(BaseModel):
    """The gym that the key belongs to."""

    model_config = ConfigDict(from_attributes=True)

    slug: str = Field(examples=["harbour"])
    name: str = Field(examples=["Harbour Strength & Fitness"])
    timezone: str = Field(examples=["Europe/Dublin"])
    locale: str = Field(examples=["en-IE"])
    currency: str = Field(examples=["EUR"])
    address: str | None = Field(examples=["14 Quayside Row, Dublin 2"])
    phone: str | None = Field(examples=["+353 1 555 0148"])
    email: str | None = Field(examples=["hello@harbour.example"])
    now: dt.datetime = Field(description="The gym's clock")
    opening_hours: dict[str, list[str]] = Field(examples=[{"mon": ["06:00-22:00"]}])
    closed_dates: list[dt.date] = Field(examples=[["2026-12-25"]])
    stages: list[str] = Field(
        description="The pipeline, in order", examples=[["new", "contacted", "converted", "lost"]]
    )
    goals: list[str] = Field(examples=[["lose weight", "build muscle"]])
    terms: dict[str, Any] = Field(examples=[{"notice_days": 30}])
    facilities: list[str] = Field(examples=[["free weights", "sauna"]])
    staff: list[StaffOut]
    offerings: list[OfferingOut]
    plans: list[PlanOut]


@router.get("", summary="The gym and its facts")
def get_gym(session: SessionDep, facts: FactsDep) -> GymOut:
    """All that the bot answers from; the key says which gym."""
    profile = facts.gym
    return GymOut(
        slug=profile.slug, name=profile.name, timezone=profile.timezone, locale=profile.locale,
        currency=profile.currency, address=profile.address, phone=profile.phone, email=profile.email,
        now=session.now, opening_hours=_hours(facts.opening_hours), closed_dates=sorted(facts.closed_dates),
        stages=list(facts.stages), goals=list(facts.goals), terms=dict(facts.terms),
        facilities=list(facts.facilities), staff=_staff(facts), offerings=_offerings(facts), plans=_plans(facts),
    )  # fmt: skip


def _staff(facts: GymFacts) -> list[StaffOut]:
    return [
        StaffOut(
            key=one.key,
            name=one.name,
            role=one.role,
            specialities=list(one.specialities),
            hours=_hours(one.hours),
        )
        for one in facts.staff
    ]


def _offerings(facts: GymFacts) -> list[OfferingOut]:
    found = []
    for one in facts.offerings:
        teacher = facts.staff_by_id(one.trainer_id)
        found.append(
            OfferingOut(
                key=one.key, name=one.name, kind=one.kind, minutes=one.minutes, capacity=one.capacity,
                price=one.price, trainer=teacher.key if teacher else None,
                weekly=[f"{WEEKDAYS[day]} {at:%H:%M}" for day, at in one.weekly],
            )
        )  # fmt: skip
    return found


def _plans(facts: GymFacts) -> list[PlanOut]:
    return [
        PlanOut(
            key=one.key, name=one.name, kind=one.kind, price=one.price, per=one.per, note=one.note,
            sessions=one.sessions, valid_days=one.valid_days,
        )
        for one in facts.plans
    ]  # fmt: skip


def _hours(hours: WeeklyHours) -> dict[str, list[str]]:
    return {
        WEEKDAYS[day]: [f"{start:%H:%M}-{'24:00' if end.second else f'{end:%H:%M}'}" for start, end in spans]
        for day, spans in sorted(hours.items())
    }
