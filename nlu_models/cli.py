"""`spotter nlu`: train, measure, compare and try the understanding. Needs no database."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from nlu_models.evaluate import Figures
from nlu_models.parse import Times

app = typer.Typer(
    name="nlu",
    help="Train, measure, compare and try the understanding. Needs no database.",
    no_args_is_help=True,
)

JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
GYM = Annotated[
    Path,
    typer.Option(
        "--gym",
        help="Gym file whose opening hours, trainers and classes are known.",
        envvar="SPOTTER_NLU_GYM",
    ),
]
DEMO_GYM = Path(__file__).parent.parent / "docs" / "demo" / "gym.yaml"


@app.command()
def train(
    lang: Annotated[str, typer.Option(help="Language: a folder of nlu_models/data.")] = "en",
    force: Annotated[
        bool, typer.Option("--force", help="Publish even when it does worse than the present one.")
    ] = False,
    if_missing: Annotated[
        bool,
        typer.Option("--if-missing", help="Do nothing where there is a trained one of this code version."),
    ] = False,
    held_out: Annotated[
        Path | None,
        typer.Option(help="A JSON-lines file kept for measuring: refuse to train on anything close to it."),
    ] = None,
    gym: Annotated[
        str | None,
        typer.Option(help="A gym's short name: train its own model from what its team has labelled."),
    ] = None,
    as_json: JSON = False,
) -> None:
    """Train on the sentences of nlu_models/data and publish the result if it is good enough.

    Takes a few minutes. First a classifier that has not seen an eighth of the sentences is measured on them; the one that is
    published has seen all. The artefact goes to SPOTTER_NLU_DIR, else nlu_models/artefacts.
    """
    from nlu_models import data
    from nlu_models.artefact import find_classifier
    from nlu_models.train import BelowFloor

    if gym is not None:
        raise typer.BadParameter("a gym's labels are in the database; use: spotter nlu train --gym ...")
    from nlu_models.train import train as train_language

    if if_missing and (found := find_classifier(lang)) is not None:
        typer.echo(f"The understanding of {lang!r} is there: {found.name}")
        return
    examples = data.read_dir(data.data_dir(lang))
    findings = data.lint(examples, data.read_jsonl(held_out) if held_out else ())
    for finding in findings:
        if finding.kind in ("conflict", "leak", "empty"):
            typer.echo(str(finding), err=True)
    if any(finding.kind == "leak" for finding in findings):
        typer.echo("Training sentences repeat held-out ones: remove them first.", err=True)
        raise typer.Exit(1)
    try:
        trained = train_language(lang, force=force)
    except BelowFloor as refusal:
        typer.echo(f"Not published: {refusal}", err=True)
        raise typer.Exit(1) from refusal
    figures = trained.held_out
    if as_json:
        facts = {"path": str(trained.path), "examples": trained.examples, "fingerprint": trained.fingerprint}
        typer.echo(json.dumps({**facts, "held_out": figures.as_json()}))
        return
    typer.echo(f"{trained.examples} sentences; on the {figures.n} kept back:")
    _table(figures)
    typer.echo(f"published {trained.path}")


@app.command()
def lint(
    lang: Annotated[str, typer.Option(help="Language: a folder of nlu_models/data.")] = "en",
    held_out: Annotated[
        Path | None,
        typer.Option(help="A JSON-lines file kept for measuring: sentences close to it are refused."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Look at this folder of Rasa NLU files instead of the language's.")
    ] = None,
    as_json: JSON = False,
) -> None:
    """Check the training sentences: conflicts, repeats, empty ones, and what comes too close to a held-out file.

    Near-duplicates are only reported; anything else fails.
    """
    from nlu_models import data

    examples = data.read_dir(folder or data.data_dir(lang))
    if not examples:
        raise typer.BadParameter(
            f"no training sentences in {folder or data.data_dir(lang)}: nothing to check"
        )
    findings = data.lint(examples, data.read_jsonl(held_out) if held_out else ())
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(str(finding))
        counts = Counter(finding.kind for finding in findings)
        typer.echo(
            f"{len(examples)} sentences: "
            + (", ".join(f"{n} {kind}" for kind, n in counts.items()) or "all well")
        )
    if any(finding.kind != "near_duplicate" for finding in findings):
        raise typer.Exit(1)


@app.command()
def evaluate(
    data: Annotated[Path | None, typer.Option(help='JSON lines {"text", "intents": [...]}.')] = None,
    times: Annotated[
        Path | None,
        typer.Option(help="JSON lines of times: our own or Recognizers-Text (docs/nlu/times.md)."),
    ] = None,
    entities: Annotated[
        bool, typer.Option("--entities", help="Also F1 by entity on the lines' mentions.")
    ] = False,
    gym: GYM = DEMO_GYM,
    lang: Annotated[str, typer.Option(help="Language of the messages.")] = "en",
    misses: Annotated[
        bool, typer.Option("--misses", help="List every line that is not exactly right.")
    ] = False,
    as_json: JSON = False,
) -> None:
    """Measure the understanding on labelled messages: intents (--data), entities (--entities) or times (--times)."""
    from nlu_models.times_specs import is_specs

    if times is not None and is_specs(times):
        _evaluate_specs(times, gym, misses=misses, as_json=as_json)
    elif times is not None:
        _evaluate_times(times, gym, misses=misses, as_json=as_json)
    if data is not None:
        _evaluate_intents(data, gym, lang, entities=entities, misses=misses, as_json=as_json)
    if data is None and times is None:
        raise typer.BadParameter("give --data FILE or --times FILE")


@app.command()
def benchmark(
    train: Annotated[
        list[Path], typer.Option(help='JSON lines {"text", "intent"} to learn from; repeatable.')
    ],
    test: Annotated[list[Path], typer.Option(help="JSON lines to be scored on; repeatable.")],
    oos: Annotated[str | None, typer.Option(help="The label of messages that belong to no intent.")] = None,
    as_json: JSON = False,
) -> None:
    """Train the same engine from scratch on any intent data and score it."""
    from nlu_models.benchmark import benchmark as measure

    result = measure(train, test, oos=oos)
    figures = result.figures
    extra = {
        "in_scope_accuracy": round(result.in_scope_accuracy, 4),
        "oos_false": round(figures.oos_false, 4),
        "train_s": round(result.train_s, 1),
    }
    if as_json:
        typer.echo(json.dumps({**figures.as_json(), **extra}))
        return
    _table(figures)
    for name, value in extra.items():
        typer.echo(f"{name:<20}{value:>10}")


@app.command()
def parse(
    text: Annotated[str, typer.Argument(help="What somebody wrote.")],
    at: Annotated[str | None, typer.Option(help="The moment it was sent, ISO 8601; now by default.")] = None,
    asked: Annotated[
        str | None, typer.Option(help="What the open question asks for: confirm, name, time ...")
    ] = None,
    gym: GYM = DEMO_GYM,
    lang: Annotated[str, typer.Option(help="Language of the message.")] = "en",
    as_json: JSON = False,
) -> None:
    """Show what the bot understands, with its confidence."""
    from nlu_models.parse import Context
    from nlu_models.pipeline import load

    sent_at = dt.datetime.fromisoformat(at) if at else dt.datetime.now(dt.UTC)
    vocabulary = _vocabulary(gym)
    if sent_at.tzinfo is None:
        from zoneinfo import ZoneInfo

        sent_at = sent_at.replace(tzinfo=ZoneInfo(vocabulary.timezone))
    found = load(lang).parse(text, Context(sent_at=sent_at, vocabulary=vocabulary, asked=asked))
    if as_json:
        from nlu_models.written import written

        typer.echo(json.dumps(written(found), ensure_ascii=False))
        return
    for intent in found.intents:
        typer.echo(f"{intent.name:<24}{intent.confidence:>6.2f}")
    for entity in found.entities:
        value = "" if isinstance(entity.value, Times) else f" = {entity.value}"
        typer.echo(f"  {entity.entity:<22}{entity.text!r}{value}")
    if found.times.expected:
        expected = found.times.expected
        until = f" until {expected.end:%Y-%m-%d %H:%M}" if expected.end else ""
        typer.echo(f"  {'when':<22}{expected.start:%a %Y-%m-%d %H:%M}{until} ({expected.grain})")
    if found.ranking:
        typer.echo(
            "  also possible         " + ", ".join(f"{i.name} {i.confidence:.2f}" for i in found.ranking[:4])
        )


def _evaluate_intents(
    data: Path, gym: Path, lang: str, *, entities: bool, misses: bool, as_json: bool
) -> None:
    from nlu_models.data import read_jsonl
    from nlu_models.evaluate import evaluate as measure
    from nlu_models.evaluate import overlap_f1
    from nlu_models.parse import Context
    from nlu_models.pipeline import load

    pipeline = load(lang)
    context = Context(sent_at=dt.datetime.now(dt.UTC), vocabulary=_vocabulary(gym))
    examples = read_jsonl(data)
    pipeline.parse("warm up", context)
    figures = measure(
        lambda text: [intent.name for intent in pipeline.parse(text, context).intents], examples
    )
    result: dict[str, Any] = dict(figures.as_json())
    if entities:
        rows = [json.loads(line) for line in data.read_text("utf-8").splitlines() if line.strip()]
        result["entities"] = {
            kind: round(f1, 4)
            for kind, f1 in overlap_f1(
                lambda text: [
                    (entity.entity, entity.text) for entity in pipeline.parse(text, context).entities
                ],
                [(row["text"], [(m["entity"], m["text"]) for m in row.get("mentions", ())]) for row in rows],
            ).items()
        }
    if as_json:
        typer.echo(json.dumps(result))
        return
    _table(figures)
    for kind, f1 in result.get("entities", {}).items():
        typer.echo(f"F1 {kind:<25}{f1:>10.4f}")
    if misses:
        for text, expected, predicted in figures.misses:
            typer.echo(f"{'+'.join(expected)} -> {'+'.join(predicted)}: {text}")


def _evaluate_times(path: Path, gym: Path, *, misses: bool, as_json: bool) -> None:
    from nlu_models.times import read
    from nlu_models.times_figures import evaluate_times

    figures = evaluate_times(path, read, _vocabulary(gym))
    if as_json:
        typer.echo(json.dumps(figures.as_json()))
        return
    typer.echo(f"{'accuracy':<20}{figures.accuracy:>10.4f}")
    for grain, share in figures.by_grain.items():
        typer.echo(f"  {grain:<18}{share:>10.4f}")
    typer.echo(f"{'p95 ms':<20}{figures.p95_ms:>10.2f}")
    typer.echo(f"{'lines':<20}{figures.n:>10}")
    if misses:
        for text, row, found in figures.misses:
            typer.echo(f"{text}\n  expected {row['expected']}\n  found    {found}")


def _evaluate_specs(path: Path, gym: Path, *, misses: bool, as_json: bool) -> None:
    from nlu_models.times_specs import described, evaluate_specs

    figures = evaluate_specs(path, _vocabulary(gym))
    if as_json:
        typer.echo(json.dumps(figures.as_json()))
        return
    typer.echo(f"{'accuracy':<20}{figures.accuracy:>10.4f}")
    for kind, share in figures.by_type.items():
        typer.echo(f"  {kind:<18}{share:>10.4f}")
    typer.echo(f"{'to the letter':<20}{figures.to_the_letter:>10.4f}")
    typer.echo(f"{'lines':<20}{figures.n:>10}")
    if misses:
        for text, expected, found in figures.misses:
            wanted = "; ".join(f"{thing['span']!r} {thing['values']}" for thing in expected) or "nothing"
            typer.echo(f"{text}\n  expected {wanted}\n  found    {'; '.join(described(found)) or 'nothing'}")


def _table(figures: Figures) -> None:
    for name, value in figures.as_json().items():
        typer.echo(f"{name:<20}{value:>10}")
    if figures.confusions:
        typer.echo("\nworst confusions (expected, taken for, times)")
    for confusion in figures.confusions:
        typer.echo(f"  {confusion.expected:<22}{confusion.predicted:<22}{confusion.count:>4}")


def _vocabulary(gym: Path) -> Any:
    from nlu_models.gym_file import read_vocabulary
    from nlu_models.parse import Vocabulary

    if gym.is_file():
        return read_vocabulary(gym)
    if gym != DEMO_GYM:
        raise typer.BadParameter(f"no such gym file: {gym}")
    return Vocabulary()


if __name__ == "__main__":
    app()
