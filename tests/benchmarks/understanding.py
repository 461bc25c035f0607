"""What understanding a message costs in CPU, beside nlp.js on the same messages in the same run.

The messages are the eighth of our own sentences that is kept back: nlp.js learns from the other seven. CPU time of the
process is counted, the least of some passes for each message, so that a busy machine falsifies little. Ours also reads times
and entities, nlp.js the intent alone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.telling import percentile, say

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_suffix(".js")
PEER = "@nlpjs/basic@4.27.0"
WANTED_MS, WANTED_MB = 8.0, 300.0
PASSES = 5


def main(*, quick: bool = False) -> None:
    """Print three lines: a message, loading, memory."""
    known, asked = sentences()
    if quick:
        known, asked = known[::8], asked[::8]
    texts = [text for text, _ in asked]
    ours = answered([sys.executable, "-m", "tests.benchmarks.understanding", "answer"], texts, quick=quick)
    with tempfile.TemporaryDirectory(prefix="spotter-bench-") as folder:
        theirs, note = peer(Path(folder), known, texts, quick=quick)
    mine = percentile(ours["ms"], 0.5)
    limit = percentile(theirs["ms"], 0.5) if theirs else WANTED_MS
    more: dict[str, object] = {
        "peer": note,
        "p95_ms": round(percentile(ours["ms"], 0.95), 2),
        "wanted_p95_ms": WANTED_MS,
    }
    if theirs:
        more["peer_p95_ms"] = round(percentile(theirs["ms"], 0.95), 2)
        more["peer_accuracy"] = round(accuracy(theirs["found"], asked), 4)
    say(
        "understanding_cpu", mine, "ms", limit, mine / limit, good=percentile(ours["ms"], 0.95) < WANTED_MS,
        messages=len(asked), accuracy=held_out_accuracy(), **more,
    )  # fmt: skip
    limit = theirs["load_s"] if theirs else 1.0
    say(
        "understanding_load", ours["load_s"], "s", limit, ours["load_s"] / limit, good=ours["load_s"] < 2,
        peer=note, peer_train_s=round(theirs["train_s"], 1) if theirs else None,
    )  # fmt: skip
    limit = theirs["pss_mb"] if theirs else WANTED_MB
    say(
        "understanding_memory", ours["pss_mb"], "MB", limit, ours["pss_mb"] / limit,
        good=ours["pss_mb"] < WANTED_MB, peer=note,
    )  # fmt: skip


def sentences() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Our messages with one intent: those that are learnt from, and the eighth that is kept back."""
    from nlu_models.data import clean, data_dir, read_dir
    from nlu_models.learn import kept_back

    known: list[tuple[str, str]] = []
    asked: list[tuple[str, str]] = []
    for example in clean(read_dir(data_dir("en"))):
        if len(example.intents) == 1:
            (asked if kept_back(example.text) else known).append((example.text, example.intents[0]))
    return known, asked


def held_out_accuracy() -> float:
    """Of the classifier made for the report: it has not seen the kept-back messages, the shipped one has."""
    from nlu_models.artefact import about, find_classifier

    path = find_classifier("en")
    assert path is not None
    return round(float(about(path)["held_out"]["accuracy"]), 4)


def accuracy(found: Sequence[str | None], asked: Sequence[tuple[str, str]]) -> float:
    """The share of messages whose intent was found."""
    return sum(name == intent for name, (_, intent) in zip(found, asked, strict=True)) / len(asked)


def peer(
    folder: Path, known: list[tuple[str, str]], texts: list[str], *, quick: bool
) -> tuple[dict[str, Any] | None, str]:
    """nlp.js installed, trained and asked; None and the reason where it can not be had."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None, "not measured: npm is not installed"
    install = [
        npm,
        "install",
        "--prefix",
        str(folder),
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--silent",
        PEER,
    ]
    try:
        subprocess.run(install, check=True, capture_output=True, timeout=300)
    except (subprocess.SubprocessError, OSError) as error:
        return None, f"not measured: npm could not install {PEER} ({type(error).__name__})"
    (folder / "known.json").write_text(json.dumps([{"text": text, "intent": name} for text, name in known]))
    asked = {"texts": texts, "passes": 1 if quick else PASSES}
    (folder / "asked.json").write_text(json.dumps(asked))
    command = [node, str(SCRIPT)]
    trained = subprocess.run([*command, "train", str(folder)], check=True, capture_output=True, text=True)
    found = answered([*command, "answer", str(folder)], texts, quick=quick)
    return {**found, **json.loads(trained.stdout.splitlines()[-1])}, PEER


def answered(command: list[str], texts: list[str], *, quick: bool) -> dict[str, Any]:
    """What a process tells when it has answered everything, and its memory then."""
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            running.stdin.write(json.dumps({"texts": texts, "passes": 1 if quick else PASSES}) + "\n")
            running.stdin.flush()
        line = running.stdout.readline()
        if not line:
            raise RuntimeError(f"{command[0]} answered nothing")
        found: dict[str, Any] = json.loads(line)
        found["pss_mb"] = psutil.Process(running.pid).memory_full_info().pss / 1e6
        running.kill()
    return found


def answer() -> None:
    """Our process: the whole understanding, times and entities included."""
    began = time.process_time()
    from nlu_models.gym_file import read_vocabulary
    from nlu_models.parse import Context
    from nlu_models.pipeline import load

    pipeline = load("en")
    sent_at = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
    pipeline.parse("warm up", Context(sent_at=sent_at))
    load_s = time.process_time() - began
    context = Context(sent_at=sent_at, vocabulary=read_vocabulary(ROOT / "docs" / "demo" / "gym.yaml"))
    asked = json.loads(sys.stdin.readline())
    least = [float("inf")] * len(asked["texts"])
    for _ in range(asked["passes"]):
        for at, text in enumerate(asked["texts"]):
            before = time.process_time()
            pipeline.parse(text, context)
            least[at] = min(least[at], (time.process_time() - before) * 1000)
    print(json.dumps({"load_s": load_s, "ms": least}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    if sys.argv[1:] == ["answer"]:
        answer()
    else:
        main(quick="--quick" in sys.argv)
