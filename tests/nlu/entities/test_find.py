"""All other entities, and what holds for any text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu_models.entities import email_suggestion, find
from nlu_models.entities.measures import Measurement
from nlu_models.entities.workouts import ExerciseSet
from nlu_models.parse import Context, Times
from nlu_models.times import read
from tests.nlu.entities.conftest import GYM, SENT, Finder


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("call me on 085 555 0193", "+353855550193"),
        ("my number is +353 85 555 0193", "+353855550193"),
        ("(01) 555 0148", "+35315550148"),
        ("00353 85 555 0193", "+353855550193"),
        ("+44 7700 900417", "+447700900417"),
        ("07700 900417", "+447700900417"),
        ("98765 43210", "+919876543210"),
        ("085-555-0193", "+353855550193"),
    ],
)
def test_writes_phone_numbers_in_e164(finder: Finder, text: str, number: str) -> None:
    assert [found.value for found in finder(text, "phone")] == [number]


@pytest.mark.parametrize(
    "text",
    [
        "3/12 at 11",
        "2027-01-15 18:30",
        "450 euro for 10",
        "€1,250.00",
        "5x5 at 100",
        "G-482913 is your code",
        "in 1990",
        "20270115",
    ],
)
def test_takes_no_price_or_date_for_a_phone_number(finder: Finder, text: str) -> None:
    assert finder(text, "phone") == []


def test_lowers_email_addresses(finder: Finder) -> None:
    (found,) = finder("its Ana.Silva@Gmail.com, thanks", "email")
    assert (found.value, found.text) == ("ana.silva@gmail.com", "Ana.Silva@Gmail.com")


def test_reads_a_spoken_email_address(finder: Finder) -> None:
    assert finder("ana dot silva at gmail dot com", "email")[0].value == "ana.silva@gmail.com"


@pytest.mark.parametrize(
    ("address", "suggestion"),
    [
        ("ana@gmial.com", "ana@gmail.com"),
        ("ana@gmail.con", "ana@gmail.com"),
        ("ana@hotmial.com", "ana@hotmail.com"),
        ("ana@yaho.com", "ana@yahoo.com"),
        ("ana@gmail.com", None),
        ("ana@acme.ie", None),
        ("ana@example.com", None),
        ("nonsense", None),
    ],
)
def test_suggests_the_address_that_was_meant(address: str, suggestion: str | None) -> None:
    assert email_suggestion(address) == suggestion


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("I want to lose 5 kg", "lose weight"),
        ("need to drop a dress size", "lose weight"),
        ("mostly want to get rid of the baby weight", "lose weight"),
        ("get stronger", "build muscle"),
        ("just tone up a bit", "build muscle"),
        ("mainly wanna build some muscle", "build muscle"),
        ("want to get fit again", "get fitter"),
        ("more energy really", "get fitter"),
        ("back from a shoulder injury, rehab for my shoulder", "recover from injury"),
        ("recovering from a knee operation", "recover from injury"),
        ("I'm training for a 10k in April", "train for an event"),
        ("hoping to run the Cork half marathon", "train for an event"),
        ("it'd be mostly to reduce stress", "reduce stress"),
        ("to de-stress after work", "reduce stress"),
    ],
)
def test_maps_a_goal_to_the_gyms_own(finder: Finder, text: str, goal: str) -> None:
    assert goal in [found.value for found in finder(text, "goal")]


@pytest.mark.parametrize(
    "text",
    [
        "how much have I lost so far?",
        "do you have to be fit for hiit",
        "whats my fastest 5k",
        "ran 5k in 27:40",
    ],
)
def test_takes_no_result_for_a_goal(finder: Finder, text: str) -> None:
    assert finder(text, "goal") == []


def test_keeps_a_free_goal_when_asked_for_it(finder: Finder) -> None:
    assert (
        finder("to beat my brother at arm wrestling", "goal", asked="goal")[0].value
        == "to beat my brother at arm wrestling"
    )


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("never trained", "none"),
        ("I've never been in a gym", "none"),
        ("total beginner", "none"),
        ("never set foot in a gym", "none"),
        ("on and off", "some"),
        ("a bit of gym before", "some"),
        ("I've done a bit before", "some"),
        ("used to go years ago", "some"),
        ("I lift three times a week", "regular"),
        ("I train twice a week", "regular"),
        ("I train 4 times a week", "regular"),
    ],
)
def test_grades_experience(finder: Finder, text: str, level: str) -> None:
    assert [found.value for found in finder(text, "experience")] == [level]


@pytest.mark.parametrize(
    "text",
    [
        "my son has never trained",
        "my wife is a total beginner",
        "are there classes for beginners?",
        "twice a week please",
    ],
)
def test_leaves_the_experience_of_others_alone(finder: Finder, text: str) -> None:
    assert finder(text, "experience") == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("could I do a trial", "trial"),
        ("free session please", "trial"),
        ("taster sessions", "trial"),
        ("the 6pm hiit", "hiit"),
        ("morning hiit on monday", "hiit_am"),
        ("yogga tomorrow", "yoga"),
        ("boxing 2nite", "boxing"),
        ("strength foundations tuesday", "foundations"),
        ("PT friday", "pt60"),
        ("personal training", "pt60"),
        ("half hour PT", "pt30"),
        ("a 1-2-1", "pt60"),
        ("online coaching", "online60"),
        ("any zumba?", "zumba"),
    ],
)
def test_finds_services(finder: Finder, text: str, key: str) -> None:
    assert [found.value for found in finder(text, "service")] == [key]


@pytest.mark.parametrize(
    "text", ["Boxing Day", "rolled my ankle on the trail", "hit every session", "part time work"]
)
def test_takes_no_other_word_for_a_service(finder: Finder, text: str) -> None:
    assert finder(text, "service") == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("with Ruth", "ruth"),
        ("is ruthie in?", "ruth"),
        ("Ruth Adeyemi", "ruth"),
        ("delcan was great", "declan"),
        ("with tom", "tom"),
    ],
)
def test_finds_trainers(finder: Finder, text: str, key: str) -> None:
    assert [found.value for found in finder(text, "trainer")] == [key]


@pytest.mark.parametrize(
    ("text", "measurement"),
    [
        ("82.9 on the scales", Measurement("weight", 82.9, "kg")),
        ("I'm 58kg", Measurement("weight", 58, "kg")),
        ("weighed meself, 12st 6", Measurement("weight", 78.93, "kg")),
        ("my waist is 94 cm now", Measurement("waist", 94, "cm")),
        ("waist 37 inches", Measurement("waist", 94, "cm")),
        ("body fat 21.8%", Measurement("body_fat", 21.8, "%")),
        ("finally 74.9 🎉", Measurement("weight", 74.9, "kg")),
    ],
)
def test_reads_measurements(finder: Finder, text: str, measurement: Measurement) -> None:
    assert [found.value for found in finder(text, "measurement")] == [measurement]


@pytest.mark.parametrize("text", ["lose 5 kg", "I'm 71", "bench 80kg", "50 euro", "the 46A", "at 18.30"])
def test_takes_no_other_number_for_a_measurement(finder: Finder, text: str) -> None:
    assert finder(text, "measurement") == []


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("5x5 squats @ 82.5", ExerciseSet("squats", 5, 5, 82.5)),
        ("bench 60kg 3x8", ExerciseSet("bench", 3, 8, 60)),
        ("deadlift 140 x 1", ExerciseSet("deadlift", 1, 1, 140)),
        ("ran 6k in 34 min", ExerciseSet("ran", distance_m=6000, seconds=2040)),
        ("5k in 27:40", ExerciseSet(distance_m=5000, seconds=1660)),
        ("20 mins on the bike", ExerciseSet("bike", seconds=1200)),
    ],
)
def test_reads_work_done(finder: Finder, text: str, done: ExerciseSet) -> None:
    assert [found.value for found in finder(text, "exercise_set")] == [done]


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("for 2 months", "P2M"),
        ("10 min late", "PT10M"),
        ("an hour and a half", "PT1H30M"),
        ("a fortnight", "P2W"),
        ("running 10 behind", "PT10M"),
    ],
)
def test_writes_durations_in_iso_8601(finder: Finder, text: str, duration: str) -> None:
    assert [found.value for found in finder(text, "duration")] == [duration]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("I'm 68, never trained", "age", 68),
        ("my 14-year-old", "age", 14),
        ("3 of us", "party_size", 3),
        ("me and 2 friends", "party_size", 3),
        ("me and my wife", "party_size", 2),
        ("can we speak German", "language", "de"),
        ("habla español?", "language", "es"),
        ("I've a bad knee", "health", "bad knee"),
        ("22 weeks pregnant", "health", "22 weeks pregnant"),
        ("high blood pressure", "health", "high blood pressure"),
    ],
)
def test_finds_the_rest(finder: Finder, text: str, entity: str, value: object) -> None:
    assert [found.value for found in finder(text, entity)] == [value]


def test_makes_one_time_of_each_stretch(finder: Finder) -> None:
    first, second = finder("friday at 6 suits, or saturday morning", "time")
    assert (first.text, second.text) == ("friday at 6", "saturday morning")
    assert isinstance(first.value, Times)


@given(st.text(max_size=200), st.sampled_from((None, "name", "goal", "experience", "time")))
def test_never_raises_and_points_into_the_text(text: str, asked: str | None) -> None:
    context = Context(sent_at=SENT, vocabulary=GYM, asked=asked)
    for found in find(text, context, read(text, context)):
        assert 0 <= found.start < found.end <= len(text)
        assert text[found.start : found.end] == found.text
        assert 0 < found.confidence <= 1


@given(st.lists(st.sampled_from(re.findall(r"\S+", "I'm im name is Ana ana O'Brien call me 085 555 0193 5x5 squats @ 80 kg lose weight never trained PT with tom @ . , ' - at gmail dot com 12st 6 half an hour")), max_size=12).map(" ".join))  # fmt: skip
def test_finds_the_same_twice(text: str) -> None:
    context = Context(sent_at=SENT, vocabulary=GYM)
    assert find(text, context, read(text, context)) == find(text, context, read(text, context))
