"""Where a message may change its subject, and that nothing of it is lost on the way."""

import pytest

from nlu_models.clauses import parts, split, wording
from nlu_models.text import plain


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("how much is it?", ["how much is it?"]),
        ("how much is it and can I come tomorrow?", ["how much is it", "can I come tomorrow?"]),
        ("Closed on Sunday? I'd come Monday.", ["Closed on Sunday?", "I'd come Monday."]),
        ("yes, and do you have showers", ["yes", "do you have showers"]),
        ("bread and butter", ["bread and butter"]),
    ],
)
def test_a_message_is_split_where_the_subject_may_change(text: str, clauses: list[str]) -> None:
    assert [clause.text for clause in split(text)] == clauses


@pytest.mark.parametrize(
    "text",
    [
        "how much is it?",
        "hi! how much is it, and can I come tmrw? thx",
        "no, not Monday; Tuesday 🙂 or Friday - whichever",
        "first line\nsecond line\n\nthird one",
        "one thing. two things. three things. four things. five things.",
    ],
)
def test_the_stretches_of_a_message_hold_all_its_words(text: str) -> None:
    whole, *clauses = wording(parts(text, plain))
    assert whole.replace(" ", "") == plain(text).replace(" ", "")
    assert all(clause in whole for clause in clauses)


def test_one_clause_needs_no_mark() -> None:
    assert [part.clause for part in parts("can I come tomorrow?", plain)] == [None]


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
def test_nothing_has_no_stretches(text: str) -> None:
    assert parts(text, plain) == ()
