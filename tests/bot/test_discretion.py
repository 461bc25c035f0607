"""What a group may read of what people write."""

from __future__ import annotations

import pytest

from bot import discretion


@pytest.mark.parametrize(
    "words",
    ["my knee is injured", "I hurt my back last year", "torn ACL", "asthma since I was a kid", "I'm 20 weeks pregnant", "had a hip replacement",
     "sore shoulder from tennis", "slipped disc", "I take antidepressants", "high blood pressure", "dodgy ankle", "I have type 2 diabetes"],
)  # fmt: skip
def test_words_about_health_are_left_out(words: str) -> None:
    assert discretion.mentions_health(words)
    shown = discretion.for_group(f"hi there, {words}, can I come on friday?")
    assert words not in shown
    assert "can I come on friday?" in shown


@pytest.mark.parametrize(
    "words",
    ["can I try it on friday at 10?", "I want to lose weight and build muscle", "We'd like memberships for about 30 people in our office",
     "I was charged twice this month, 55 euro came out two times", "back in an hour", "is 24/11/2026 free, or 2026-11-25 at 10:00?",
     "I lift 3 times a week, 100 kg", "do you have leg machines", "heading over now", "€1200000 is a lot"],
)  # fmt: skip
def test_everything_else_stays_as_it_is(words: str) -> None:
    assert discretion.for_group(words) == words


@pytest.mark.parametrize(
    "number", ["+353 85 123 4567", "085 1234567", "(01) 555 0148", "0851234567", "+1-202-555-0148"]
)
def test_phone_numbers_are_left_out(number: str) -> None:
    assert discretion.for_group(f"ring me on {number} please") == "ring me on [number] please"


def test_long_words_are_cut() -> None:
    assert len(discretion.for_group("word " * 100, longest=60)) == 60
