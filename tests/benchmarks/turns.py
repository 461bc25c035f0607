"""How many whole turns a second the workers do: from the kept payload to the provider's answer noted.

Worker processes drain what is written into `inbound_payloads`, and send to a provider on
this machine that answers at once. The limit is how many messages a second the sentence
encoder alone turns into vectors, in as many processes on the same cores: nothing that
understands language with it can be faster.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from crm import db, gyms, migrations
from crm.gyms import InboxPart
from crm.models import new_id
from scheduler.embedded import EmbeddedServices
from tests.benchmarks.provider import GROUP, FastProvider
from tests.benchmarks.telling import say

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "docs" / "demo" / "gym.yaml"
PROCESSES = 2
GYMS = 4
WANTED_RATIO = 0.25
ENCODER_SECONDS = 3.0
PATIENCE = 300.0
TALK = (
    "hi! how much is a membership?",
    "ok and can I try a class tomorrow evening? never trained before",
    "do you have parking?",
    "yes please, my name is Ana",
)
"""What each person writes, a message a round."""


@dataclass(frozen=True)
class Place:
    """Where the payloads go."""

    gym_id: uuid.UUID
    inbox_id: uuid.UUID


def main(*, quick: bool = False) -> None:
    """Print one line."""
    people, talk = (24, TALK[:2]) if quick else (150, TALK)
    with (
        FastProvider() as provider,
        tempfile.TemporaryDirectory(prefix="spotter-bench-") as folder,
        EmbeddedServices(Path(folder) / "data") as services,
    ):
        places = prepare(services)
        with psycopg.connect(db.libpq_url(superuser_url(services)), autocommit=True) as owner:
            with workers("work", services.database_url, provider.url, PROCESSES) as running:
                warm_up(owner, places)
                spent = cpu_seconds(running)
                seconds = 0.0
                for number, text in enumerate(talk):
                    began = time.perf_counter()
                    write(owner, places, people, number, text)
                    wait_until_done(owner, running)
                    seconds += time.perf_counter() - began
                spent = cpu_seconds(running) - spent
            replies = len(provider.calls)
        rate = people * len(talk) / seconds
    limit, encoder_cpu = encoder_rate()
    turn_cpu = spent / (people * len(talk))
    say(
        "turns_per_second", rate, "turns/s", limit, rate / limit, good=rate / limit >= WANTED_RATIO,
        processes=PROCESSES, turns=people * len(talk), replies=replies,
        cpu_ms_a_turn=round(turn_cpu * 1000, 2), encoder_cpu_ms=round(encoder_cpu * 1000, 2),
        cpu_ratio=round(encoder_cpu / turn_cpu, 3),
    )  # fmt: skip


def prepare(services: EmbeddedServices) -> list[Place]:
    """Some gyms, each with WhatsApp and a staff group."""
    migrations.upgrade(services.admin_url)
    made = db.Database(services.database_url)
    places = []
    for number in range(GYMS):
        with made.tenant_session(new_id()) as session:
            file = gyms.read_gym_file(DEMO.read_text())
            gyms.import_gym(session, file, now=session.now, slug=f"bench-{number}")
            credentials = {"app_secret": "x", "access_token": "x", "phone_number_id": str(number)}
            part = InboxPart(channel="whatsapp", external_id=str(number), credentials=credentials)
            places.append(Place(session.gym_id, gyms.ensure_inbox(session, part).id))
            group = InboxPart(
                channel="telegram", external_id=f"bot-{number}", staff_chat=str(GROUP),
                credentials={"bot_token": f"{number}:x", "secret_token": "x"},
            )  # fmt: skip
            gyms.ensure_inbox(session, group)
    made.dispose()
    return places


def superuser_url(services: EmbeddedServices) -> str:
    """Past the row policies, for writing and counting over all gyms."""
    return services.superuser_url.replace("@/postgres?", "@/spotter?")


def write(owner: psycopg.Connection[Any], places: list[Place], people: int, number: int, text: str) -> None:
    """One message of each person, as the webhooks keep them; all at once, and none waits for a burst."""
    rows = []
    for person in range(people):
        place, address = places[person % len(places)], f"35385{person:07}"
        item = {"id": f"wamid.{person}.{number}", "from": address, "type": "text", "text": {"body": text}}
        contact = {"profile": {"name": "Ana Silva"}, "wa_id": address}
        payload = {"kind": "message", "item": item, "contact": contact, "errors": [], "field": "messages"}
        rows.append((place.gym_id, place.inbox_id, item["id"], address, json.dumps(payload)))
    owner.execute(
        "SELECT record_payloads(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[]::jsonb[], %s::boolean[],"
        " %s::timestamptz[])",
        (*(list(column) for column in zip(*rows, strict=True)), [False] * people, [None] * people),
    )


def warm_up(owner: psycopg.Connection[Any], places: list[Place]) -> None:
    """A few turns that are not counted: connections, caches, first uses."""
    for number in range(3):
        write(owner, places, 8, 1000 + number, "hello")
        wait_until_done(owner, [])


def wait_until_done(owner: psycopg.Connection[Any], running: list[subprocess.Popen[str]]) -> None:
    """Until every payload is handled and every reply accepted."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        row = owner.execute(
            "SELECT (SELECT count(*) FROM inbound_payloads WHERE handled_at IS NULL AND failed_at IS NULL)"
            " + (SELECT count(*) FROM deliveries WHERE state IN ('queued', 'sending') AND purpose = 'reply')"
        ).fetchone()
        if row is not None and row[0] == 0:
            return
        assert all(one.poll() is None for one in running), "a worker ended"
        time.sleep(0.02)
    raise RuntimeError("the workers did not get done")


@contextlib.contextmanager
def workers(
    role: str, database_url: str, provider_url: str, count: int
) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that have loaded everything; they work until they are told to stop."""
    command = [sys.executable, "-m", "tests.benchmarks.turns", role, database_url, provider_url]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        for one in running:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n", "a worker did not start"
        yield running
    finally:
        for one in running:
            one.kill()
        for one in running:
            one.communicate()


def cpu_seconds(running: list[subprocess.Popen[str]]) -> float:
    """What workers and database have used so far: less at the mercy of what else the machine does."""
    found = [psutil.Process(one.pid) for one in running]
    for child in psutil.Process().children():
        if "postgres" in child.name():
            found += [child, *child.children()]
    spent = 0.0
    for process in found:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            spent += times.user + times.system
    return spent


def encoder_rate() -> tuple[float, float]:
    """Messages a second that the encoder alone does, in as many processes, all at once; and CPU seconds for each."""
    with workers("encode", "", "", PROCESSES) as running:
        for one in running:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        done, spent = 0, 0.0
        for one in running:
            assert one.stdout is not None
            messages, seconds = one.stdout.readline().split()
            done, spent = done + int(messages), spent + float(seconds)
    return done / ENCODER_SECONDS, spent / done


def work(database_url: str, provider_url: str) -> None:
    """A worker process: drain for ever."""
    from bot import channels
    from scheduler import inbound, outbound, process

    db.connect(database_url)
    process.start()
    channels.configure(
        channels.ChannelSettings(meta_base_url=provider_url, telegram_base_url=f"{provider_url}/bot")
    )
    print("ready", flush=True)
    while True:
        if not inbound.drain() + outbound.drain():
            time.sleep(0.005)


def encode() -> None:
    """An encoder process: the same words, as fast as it goes."""
    from nlu_models.encoder import Encoder

    encoder = Encoder.load()
    encoder.encode(TALK)
    print("ready", flush=True)
    sys.stdin.readline()
    done, until, began = 0, time.perf_counter() + ENCODER_SECONDS, time.process_time()
    while time.perf_counter() < until:
        for text in TALK:
            encoder.encode([text])
        done += len(TALK)
    print(done, time.process_time() - began, flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["work", database_url, provider_url]:
            work(database_url, provider_url)
        case ["encode", *_]:
            encode()
        case arguments:
            main(quick="--quick" in arguments)
