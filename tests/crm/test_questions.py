"""Staff answer at the same moment, and people ask at the same moment: the database lets one thing happen."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from crm import questions
from crm.db import Database
from crm.errors import Conflict
from tests.conftest import ImportedGym

pytestmark = [pytest.mark.feature("5.2")]


@pytest.fixture
def wide(database: Database) -> Iterator[Database]:
    """A door wide enough for several at once."""
    made = Database(database.url, pool_size=4)
    yield made
    made.dispose()


def all_at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Run the jobs in threads released together."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        gate.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


def open_question(
    database: Database, gym: ImportedGym, words: str = "do ye sell protein shakes"
) -> uuid.UUID:
    with database.tenant_session(gym.id) as session:
        questions.lock(session)
        return questions.ask(session, words, now=session.now).id


def test_of_several_answers_given_at_once_exactly_one_counts(wide: Database, gym: ImportedGym) -> None:
    question_id = open_question(wide, gym)

    def answering(who: str) -> Callable[[], str | None]:
        def run() -> str | None:
            with wide.tenant_session(gym.id) as session:
                question = questions.get(session, question_id)
                try:
                    questions.answer(session, question, f"says {who}", actor=f"staff:{who}", now=session.now)
                except questions.AlreadyAnswered:
                    return None
                return who

        return run

    won = [who for who in all_at_once([answering(who) for who in ("niamh", "conor", "lena", "tom")]) if who]
    assert len(won) == 1
    with wide.tenant_session(gym.id) as session:
        question = questions.get(session, question_id)
        assert (question.state, question.answer) == ("answered", f"says {won[0]}")


def test_people_who_ask_at_once_find_each_others_question(wide: Database, gym: ImportedGym) -> None:
    def asking() -> int:
        with wide.tenant_session(gym.id) as session:
            questions.lock(session)
            waiting = questions.list_in(session, "open")
            question = waiting[0] if waiting else questions.ask(session, "do ye have wifi", now=session.now)
            return question.number

    assert set(all_at_once([asking] * 4)) == {1}


def test_an_answer_is_not_remembered_while_it_is_being_called_back(wide: Database, gym: ImportedGym) -> None:
    question_id = open_question(wide, gym)
    with wide.tenant_session(gym.id) as session:
        question = questions.get(session, question_id)
        questions.answer(session, question, "yes", actor="staff:lena", now=session.now)
        questions.learn(session, question, actor="staff:niamh", now=session.now)
        with pytest.raises(Conflict):
            questions.open_again(session, question, [])
