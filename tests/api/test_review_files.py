"""The review list as a file: out, sorted by hand, and back in."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from api import reviewing
from api.cli import app
from crm import reviews
from crm.db import Database
from crm.errors import NotFound
from nlu_models.data import read_file
from tests.conftest import ImportedGym
from tests.factories import a_conversation

pytestmark = [pytest.mark.feature("5.4"), pytest.mark.feature("5.8")]

KEPT = {
    "banana wall of seven": {"log_meal": 0.47, "out_of_scope": 0.25},
    "can it go on hers instead": {"reschedule_booking": 0.23, "faq/discounts": 0.16},
    "whats it like with the kids rate and when": {"faq/discounts": 0.5},
}


@pytest.fixture
def file(database: Database, gym: ImportedGym, tmp_path: Path) -> Path:
    """What `export` writes of three messages."""
    with database.tenant_session(gym.id) as session:
        thread = a_conversation(session)
        for text, guesses in KEPT.items():
            reviews.keep(
                session, text, kind="unsure", contact_id=thread.contact_id, conversation_id=thread.id,
                guesses=guesses, may_learn=True, now=session.now,
            )  # fmt: skip
    path = tmp_path / "review.yml"
    assert reviewing.export(gym.slug, path) == 3
    return path


def sort(file: Path, intents: dict[str, str]) -> None:
    """Put messages under other intents; those that are not named are deleted."""
    content = yaml.safe_load(file.read_text("utf-8"))
    examples = {one["text"]: one for group in content["nlu"] for one in group["examples"]}
    content["nlu"] = [{"intent": intent, "examples": [examples[text]]} for text, intent in intents.items()]
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def test_it_is_rasas_training_format_with_what_each_was_taken_for(file: Path) -> None:
    assert {one.text: one.intents for one in read_file(file)} == {
        "banana wall of seven": ("log_meal",),
        "can it go on hers instead": ("reschedule_booking",),
        "whats it like with the kids rate and when": ("faq/discounts",),
    }
    content = yaml.safe_load(file.read_text("utf-8"))
    told = [one["metadata"] for group in content["nlu"] for one in group["examples"]]
    assert all(one["kind"] == "unsure" and one["guesses"] for one in told)


def test_what_stands_in_it_when_it_comes_back_is_labelled(
    file: Path, gym: ImportedGym, database: Database
) -> None:
    sort(
        file,
        {
            "banana wall of seven": "out_of_scope",
            "whats it like with the kids rate and when": "faq/discounts+faq/opening_hours",
        },
    )
    assert reviewing.import_(gym.slug, file) == reviewing.Imported(labelled=2, known=0, gone=0)
    assert reviewing.import_(gym.slug, file) == reviewing.Imported(labelled=0, known=2, gone=0)
    with database.tenant_session(gym.id) as session:
        assert {row.text: row.intents for row in reviews.list_labelled(session)} == {
            "banana wall of seven": ["out_of_scope"],
            "whats it like with the kids rate and when": ["faq/discounts", "faq/opening_hours"],
        }
        assert [row.text for row in reviews.list_unlabelled(session)] == ["can it go on hers instead"]


def test_a_message_that_is_no_longer_kept_is_left_out(
    file: Path, gym: ImportedGym, database: Database
) -> None:
    with database.tenant_session(gym.id) as session:
        item = next(row for row in reviews.list_unlabelled(session) if row.text.startswith("banana"))
        reviews.forget_person(session, item.contact_id)
    assert reviewing.import_(gym.slug, file).gone == 3


def test_an_intent_that_there_is_not_is_said_and_nothing_is_labelled(
    file: Path, gym: ImportedGym, database: Database
) -> None:
    sort(file, {"can it go on hers instead": "complaint", "banana wall of seven": "faq/bananas"})
    with pytest.raises(reviewing.ReviewFileError, match="there is no intent 'faq/bananas'"):
        reviewing.import_(gym.slug, file)
    with database.tenant_session(gym.id) as session:
        assert list(reviews.list_labelled(session)) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("nlu: [", "not valid YAML"),
        ("hello", "no list under `nlu`"),
        ("nlu:\n- intent: greet\n  examples:\n  - text: hiya\n", "'hiya' has no id"),
    ],
)
def test_a_file_that_can_not_be_read_says_what_to_mend(
    gym: ImportedGym, database: Database, tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "broken.yml"
    path.write_text(content, "utf-8")
    with pytest.raises(reviewing.ReviewFileError, match=said):
        reviewing.import_(gym.slug, path)


def test_a_gym_that_there_is_not(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no gym 'nowhere'"):
        reviewing.export("nowhere", tmp_path / "out.yml")


def test_the_command_line_shows_it() -> None:
    done = CliRunner().invoke(app, ["nlu", "review", "--help"])
    assert "export" in done.output
    assert "import" in done.output
