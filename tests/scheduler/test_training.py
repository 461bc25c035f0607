"""A gym's own classifier: learnt from what its team has explained, used only where it does better, taken up at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot import nlu
from crm import facts as gym_facts
from crm import reviews, trained_models
from crm.db import Database
from crm.models import TrainedModel
from nlu_models import gym_training
from nlu_models.data import data_dir, read_file
from nlu_models.gym_training import TooFew
from scheduler import training
from tests.bot.staff_room import StaffRoom
from tests.conftest import GymClock, ImportedGym
from tests.factories import a_conversation

pytestmark = [pytest.mark.feature("5.8"), pytest.mark.feature("5.4")]

INTENTS = ("faq_price", "faq_location", "faq_opening_hours", "running_late", "greet", "thank", "out_of_scope")
A_FEW = 30
"""Sentences an intent: enough to tell these apart, and learnt in seconds."""
LEAST = 12
JARGON = tuple(
    f"{begin} {thing}{end}"
    for begin in ("any kraken", "is there kraken", "kraken pass", "want a kraken", "do ye kraken")
    for thing in ("today", "for two", "this month", "for my brother")
    for end in ("", " lads")
)
"""What the gym's people call its tariff."""


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder of training sentences."""
    folder = tmp_path_factory.mktemp("sentences")
    for name in INTENTS:
        examples = read_file(data_dir("en") / f"{name}.yml")[:A_FEW]
        lines = "".join(f"    - {example.text}\n" for example in examples)
        text = f'version: "3.1"\nnlu:\n- intent: {examples[0].intents[0]}\n  examples: |\n{lines}'
        (folder / f"{name}.yml").write_text(text, "utf-8")
    return folder


class School:
    """A gym whose team explains messages."""

    def __init__(self, database: Database, gym_id: uuid.UUID, sentences: Path) -> None:
        self.database, self.gym_id, self.sentences = database, gym_id, sentences

    def explain(self, messages: dict[str, str]) -> None:
        """Label messages of somebody's."""
        with self.database.tenant_session(self.gym_id) as session:
            thread = a_conversation(session)
            for text, intent in messages.items():
                item = reviews.keep(
                    session, text, kind="missed", contact_id=thread.contact_id, conversation_id=thread.id,
                    guesses={}, may_learn=True, now=session.now,
                )  # fmt: skip
                reviews.label(session, item.id, [intent], actor="staff:lena", now=session.now)

    def train(self) -> training.Outcome:
        """Tonight's training, on the small folder."""
        return training.train(self.database, self.gym_id, data=self.sentences, least=LEAST)

    def understood(self, text: str) -> str:
        """What a worker takes a message for now."""
        with self.database.tenant_session(self.gym_id) as session:
            facts = gym_facts.load(session)
            nlu.fetch_own_model(session, facts)
            return nlu.understand(facts, text, sent_at=session.now, asked=None, reference=None).intent.name

    def models(self) -> list[tuple[int, str]]:
        """Every training so far."""
        with self.database.tenant_session(self.gym_id) as session:
            rows = session.exec(select(TrainedModel).order_by(TrainedModel.version)).all()  # type: ignore[arg-type]
            return [(row.version, row.state) for row in rows]

    def said(self, command: str) -> str:
        """What staff are answered."""
        with self.database.tenant_session(self.gym_id) as session:
            return StaffRoom(session, session.now).say("lena", command).text


@pytest.fixture
def school(database: Database, gym: ImportedGym, sentences: Path) -> School:
    """Nothing is explained yet."""
    return School(database, gym.id, sentences)


def kraken() -> dict[str, str]:
    """The gym's jargon, explained."""
    return dict.fromkeys(JARGON, "faq/price")


def test_what_the_team_explained_is_understood_from_the_next_message_on(school: School) -> None:
    new = "how is the kraken for students"
    assert school.understood(new) != "faq/price"
    school.explain(kraken())
    outcome = school.train()
    assert outcome.trained.refusal is None
    assert outcome.trained.gym.after > outcome.trained.gym.before
    assert school.models() == [(1, "published")]
    assert school.understood(new) == "faq/price"


def test_staff_see_what_it_was_trained_on_and_whether_it_helped(school: School) -> None:
    assert "what I came with" in school.said("/model")
    school.explain(kraken())
    trained = school.train().trained
    said = school.said("/model")
    assert "version 1 of your gym's own training" in said
    assert f"{len(JARGON)} of them explained by your team" in said
    assert f"Your own messages that I had not seen ({trained.gym.n})" in said
    assert f"{round(trained.gym.after * trained.gym.n)} now." in said


def test_one_that_does_worse_is_not_used_and_staff_are_told_why(school: School) -> None:
    prices = [one.text for one in read_file(data_dir("en") / "faq_price.yml")[A_FEW : A_FEW + 60]]
    school.explain({text: "faq/price" if gym_training.is_kept_back(text) else "greet" for text in prices})
    outcome = school.train()
    assert outcome.trained.refusal is not None
    assert school.models() == [(1, "refused")]
    said = school.said("/model")
    assert "what I came with" in said
    assert "is not used: on your own" in said


def test_a_second_one_has_to_beat_the_first(school: School) -> None:
    school.explain(kraken())
    school.train()
    school.explain({f"{text} please": "faq/price" for text in JARGON[:10]})
    second = school.train()
    assert second.trained.gym.before > 0.5
    assert second.trained.ours.before == pytest.approx(second.trained.ours.after, abs=0.1)
    assert [state for _, state in school.models()].count("published") == 1


def test_too_little_is_not_trained_on(school: School) -> None:
    school.explain(dict.fromkeys(JARGON[: LEAST - 1], "faq/price"))
    with pytest.raises(TooFew, match="11 labelled messages, and 12 are needed"):
        school.train()
    assert school.models() == []


def test_one_gyms_training_changes_nothing_at_another(
    school: School, other_gym: ImportedGym, database: Database
) -> None:
    school.explain(kraken())
    school.train()
    other = School(database, other_gym.id, school.sentences)
    assert other.understood("how is the kraken for students") != "faq/price"
    assert other.models() == []


def test_of_two_trainings_at_once_one_is_done(school: School, database: Database, gym: ImportedGym) -> None:
    school.explain(kraken())
    with database.tenant_session(gym.id) as session:
        assert trained_models.begin(session, "en", now=session.now) is not None
    with pytest.raises(training.UnderWay):
        school.train()
    with database.tenant_session(gym.id) as session:
        later = session.now + trained_models.GIVEN_UP_AFTER + dt.timedelta(minutes=1)
        assert trained_models.begin(session, "en", now=later) is not None
    assert school.models() == [(1, "failed"), (2, "training")]


def test_a_training_that_breaks_off_leaves_the_present_one_and_says_so(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.explain(kraken())
    broken = school.sentences.parent / "none"
    broken.mkdir(exist_ok=True)
    school.sentences = broken
    with pytest.raises(Exception):  # noqa: B017
        school.train()
    assert school.models() == [(1, "failed")]
    assert "it broke off" in school.said("/model")


def test_it_is_due_at_night_where_there_are_new_labels(
    school: School, database: Database, gym: ImportedGym
) -> None:
    clock = GymClock(database, gym.id)
    clock.set(dt.datetime(2026, 11, 24, 3, 20, tzinfo=dt.UTC))
    assert not training.is_due(database, gym.id)
    school.explain(kraken())
    assert training.is_due(database, gym.id)
    clock.set(dt.datetime(2026, 11, 24, 15, 20, tzinfo=dt.UTC))
    assert not training.is_due(database, gym.id)
    clock.set(dt.datetime(2026, 11, 25, 3, 20, tzinfo=dt.UTC))
    school.train()
    assert not training.is_due(database, gym.id)
    with database.tenant_session(gym.id) as session:
        session.delete(reviews.list_labelled(session)[0])
    assert training.is_due(database, gym.id), "somebody was erased"


def test_at_night_it_runs_in_a_process_of_its_own(
    database: Database, gym: ImportedGym, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPOTTER_DATABASE_URL", database.url)
    training._in_a_process(gym.id)
    assert "not trained: 0 labelled messages, and 20 are needed" in capfd.readouterr().err


def test_a_model_of_another_version_of_the_code_is_left_alone(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.explain(kraken())
    school.train()
    monkeypatch.setattr(gym_training, "CODE_VERSION", -1)
    nlu._own.clear()
    assert school.understood("how much is it a month") == "faq/price"
    assert school.understood("how is the kraken for students") != "faq/price"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    nlu._own.clear()
