"""How many messages a second one worker process sends to a provider that answers after 80 ms.

The provider is the simulator, slowed down, with all its checks: token, window, pace. The
messages are replies to many people of many gyms, so that no pace limit binds. The peer is
a bare HTTP client that posts the same texts to the same simulator, as many at once as the
worker does, and neither checks nor notes anything.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil

from crm import db, deliveries, gyms, migrations
from crm.models import new_id
from scheduler.embedded import EmbeddedServices
from tests.benchmarks.provider import FastProvider
from tests.benchmarks.telling import say
from tests.factories import a_contact, a_contact_inbox, a_conversation, an_inbox

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "docs" / "demo" / "gym.yaml"
ANSWERS_AFTER_MS = 80
GYMS = 24
WANTED_RATIO = 0.5
TEXT = "You're booked: trial with Aoife, tomorrow at 10:00. See you at the desk!"


def main(*, quick: bool = False) -> None:
    """Print one line."""
    each = 5 if quick else 50
    with (
        FastProvider() as app,
        tempfile.TemporaryDirectory(prefix="spotter-bench-") as folder,
        EmbeddedServices(Path(folder) / "data") as services,
        simulator(app.url) as url,
        worker(services.database_url, url) as (sender, at_once),
    ):
        migrations.upgrade(services.admin_url)
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
            people = open_windows(http, app.url, each)
        # Some that are not counted: connections, caches, first uses.
        queue(services.database_url, people[:: max(1, each // 2)])
        sends(sender)
        with slowed(url):
            queue(services.database_url, people)
            used = psutil.Process(sender.pid).cpu_times()
            seconds = sends(sender)
            after = psutil.Process(sender.pid).cpu_times()
            bare = bare_rate(url, people, at_once)
    rate = len(people) / seconds
    cpu = after.user + after.system - used.user - used.system
    say(
        "deliveries_per_second", rate, "messages/s", bare, rate / bare, good=rate / bare >= WANTED_RATIO,
        answers_after_ms=ANSWERS_AFTER_MS, at_once=at_once, processes=1, messages=len(people),
        cpu_ms_a_message=round(cpu / len(people) * 1000, 2),
    )  # fmt: skip


@contextlib.contextmanager
def simulator(app_url: str) -> Iterator[str]:
    """The simulator in a process of its own; what it would tell the app goes to `app_url`."""
    command = [sys.executable, "-m", "simulator", "--port", "0", "--api", app_url]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        yield running.stdout.readline().rpartition(" ")[2].strip()
    finally:
        running.terminate()
        running.wait(20)


@contextlib.contextmanager
def worker(database_url: str, simulator_url: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """One process that sends what is due when it is told to, and how many it sends at once."""
    command = [sys.executable, "-m", "tests.benchmarks.deliveries", "work", database_url, simulator_url]
    running = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "SPOTTER_DATABASE_URL": database_url},
    )  # fmt: skip
    try:
        assert running.stdout is not None
        yield running, int(running.stdout.readline())
    finally:
        running.kill()
        running.communicate()


@contextlib.contextmanager
def slowed(url: str) -> Iterator[None]:
    """Every answer takes its time."""
    httpx.post(f"{url}/faults", json={"answer_ms": ANSWERS_AFTER_MS}, trust_env=False).raise_for_status()
    yield
    httpx.post(f"{url}/faults", json={}, trust_env=False)


Person = tuple[str, str]
"""phone_number_id of the gym and the person's number."""


def open_windows(http: httpx.Client, app_url: str, each: int) -> list[Person]:
    """Gyms with a WhatsApp number each, to which people have just written."""
    people = []
    for number in range(GYMS):
        credentials = {
            "app_secret": "x", "verify_token": "x", "access_token": "x", "phone_number_id": f"4098{number:03}",
            "waba_id": f"2901{number:03}", "display_phone_number": f"+353155{number:05}",
        }  # fmt: skip
        account = {
            "gym": f"bench-{number}", "channel": "whatsapp", "external_id": f"4098{number:03}",
            "webhook_url": f"{app_url}/webhooks/meta", "credentials": credentials,
        }  # fmt: skip
        http.post("/accounts", json=account).raise_for_status()
        for person in range(each):
            address = f"35385{number:03}{person:04}"
            words = http.post(f"/phones/whatsapp/+{address}/messages?gym=bench-{number}", json={"text": "hi"})
            words.raise_for_status()
            people.append((credentials["phone_number_id"], address))
    return people


def queue(database_url: str, people: list[Person]) -> None:
    """A reply for each of them, due at once; the gyms are made when they are first met."""
    made = db.Database(database_url)
    for phone_number_id, group in itertools.groupby(sorted(people), lambda person: person[0]):
        gym_id = _gyms.setdefault(phone_number_id, new_id())
        with made.tenant_session(gym_id) as session:
            if session.facts_version is None:
                file = gyms.read_gym_file(DEMO.read_text())
                gyms.import_gym(session, file, now=session.now, slug=f"bench-{phone_number_id}")
            credentials = {"app_secret": "x", "access_token": "x", "phone_number_id": phone_number_id}
            inbox = an_inbox(session, external_id=phone_number_id, credentials=credentials)
            for _, address in group:
                if (phone_number_id, address) not in _threads:
                    contact = a_contact(session, phone=f"+{address}")
                    where = a_contact_inbox(session, contact=contact, inbox=inbox)
                    thread = a_conversation(session, contact_inbox=where)
                    _threads[phone_number_id, address] = (contact.id, thread.id)
                contact_id, conversation_id = _threads[phone_number_id, address]
                deliveries.queue(
                    session, inbox_id=inbox.id, address=address, purpose="reply", content={"text": TEXT},
                    now=session.now, contact_id=contact_id, conversation_id=conversation_id,
                )  # fmt: skip
    made.dispose()


_gyms: dict[str, uuid.UUID] = {}
_threads: dict[Person, tuple[uuid.UUID, uuid.UUID]] = {}
"""By the phone_number_id, and by the person: contact and conversation."""


def sends(sender: subprocess.Popen[str]) -> float:
    """Seconds until all that is due has been sent and noted."""
    assert sender.stdin is not None
    assert sender.stdout is not None
    sender.stdin.write("go\n")
    sender.stdin.flush()
    return float(sender.stdout.readline())


def bare_rate(url: str, people: list[Person], at_once: int) -> float:
    """Posts a second of a client that does nothing else."""
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    with httpx.Client(base_url=url, trust_env=False, timeout=30, limits=limits) as http:

        def post(person: Person) -> None:
            phone_number_id, address = person
            body = {
                "messaging_product": "whatsapp", "recipient_type": "individual", "to": f"+{address}",
                "type": "text", "text": {"body": TEXT, "preview_url": False},
            }  # fmt: skip
            http.post(
                f"/meta/v25.0/{phone_number_id}/messages", json=body, headers={"Authorization": "Bearer x"}
            ).raise_for_status()

        with ThreadPoolExecutor(at_once) as senders:
            began = time.perf_counter()
            list(senders.map(post, people))
            return len(people) / (time.perf_counter() - began)


def work(database_url: str, simulator_url: str) -> None:
    """The worker process."""
    from bot import channels
    from scheduler import outbound

    db.connect(database_url)
    channels.configure(channels.ChannelSettings(meta_base_url=f"{simulator_url}/meta"))
    print(outbound.SENDERS, flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        while outbound.drain():
            pass
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["work", database_url, simulator_url]:
            work(database_url, simulator_url)
        case arguments:
            main(quick="--quick" in arguments)
