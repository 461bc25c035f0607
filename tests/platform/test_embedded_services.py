"""The embedded database and broker, as other code and tests use them."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from scheduler.embedded import DataFolderBusy, DataFolderUnusable, EmbeddedServices, binaries
from scheduler.embedded.folder import SOCKET_PATH_LIMIT, is_held

pytestmark = pytest.mark.feature("17.1")


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def remember(services: EmbeddedServices, word: str) -> None:
    with connect(services.admin_url) as link:
        link.execute("CREATE TABLE IF NOT EXISTS remembered (word text)")
        link.execute("INSERT INTO remembered VALUES (%s)", [word])


def remembered(services: EmbeddedServices) -> list[object]:
    with connect(services.admin_url) as link:
        return [row[0] for row in link.execute("SELECT word FROM remembered").fetchall()]


def broker(services: EmbeddedServices, *words: str) -> bytes:
    """One command to the broker, and its raw answer."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(services.broker_url.removeprefix("redis+socket://").partition("?")[0])
        link.sendall(" ".join(words).encode() + b"\r\n")
        return link.recv(1000)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServices]:
    with EmbeddedServices(tmp_path_factory.mktemp("shared") / "data", durable=False) as started:
        yield started


def test_application_role_is_bound_by_row_policies(services: EmbeddedServices) -> None:
    with connect(services.database_url) as link:
        row = link.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, False, False, False)


def test_owner_is_no_superuser_and_has_the_extensions(services: EmbeddedServices) -> None:
    with connect(services.admin_url) as link:
        link.execute("CREATE EXTENSION IF NOT EXISTS btree_gist; CREATE EXTENSION IF NOT EXISTS vector")
        row = link.execute(
            "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, False)


def test_text_folds_case_beyond_ascii_whatever_the_callers_locale(services: EmbeddedServices) -> None:
    with connect(services.database_url) as link:
        assert link.execute("SELECT lower('ÁÉÍÑ'), upper('öß')").fetchone() == ("áéíñ", "Öß")


def test_nothing_listens_on_the_network_and_sockets_are_private(services: EmbeddedServices) -> None:
    with connect(services.database_url) as link:
        assert link.execute("SHOW listen_addresses").fetchone() == ("",)
    assert b"\r\n0\r\n" in broker(services, "CONFIG", "GET", "port")
    for name in ("postgres", "valkey"):
        assert stat.S_IMODE((services.folder.sockets / name).stat().st_mode) == 0o700


def test_databases_are_made_from_a_template_and_dropped(services: EmbeddedServices) -> None:
    services.create_database("pattern")
    with connect(services.admin_url_of("pattern")) as link:
        link.execute("CREATE TABLE cut (size int)")
    services.create_database("coat", template="pattern")
    with connect(services.admin_url_of("coat")) as link:
        assert link.execute("SELECT count(*) FROM cut").fetchone() == (0,)
        services.drop_database("coat")
    services.create_database("coat")
    services.drop_database("coat")
    services.drop_database("pattern")


def test_second_start_finds_the_data_again(data_dir: Path) -> None:
    with EmbeddedServices(data_dir) as services:
        remember(services, "yoga")
        broker(services, "RPUSH", "queue", "spinning")
    assert not is_held(data_dir)
    with EmbeddedServices(data_dir) as services:
        assert remembered(services) == ["yoga"]
        assert b"spinning" in broker(services, "LRANGE", "queue", "0", "-1")


def test_a_folder_is_used_by_one_at_a_time(services: EmbeddedServices) -> None:
    with pytest.raises(DataFolderBusy, match=rf"process {os.getpid()}\) is already running"):
        EmbeddedServices(services.folder.path).start()
    assert is_held(services.folder.path)
    with connect(services.database_url) as link:  # the first one has not noticed
        assert link.execute("SELECT 1").fetchone() == (1,)


def test_a_long_data_path_still_gets_short_sockets(tmp_path: Path) -> None:
    data = tmp_path / ("a long name for a folder of a gym " * 4).strip() / ("ñandú " * 12).strip()
    with EmbeddedServices(data, durable=False, broker=False) as services:
        longest = services.folder.sockets / "postgres" / ".s.PGSQL.5432.lock"
        assert len(os.fsencode(longest)) <= SOCKET_PATH_LIMIT
        remember(services, "boxing")
        assert remembered(services) == ["boxing"]


def test_parent_folders_keep_their_permissions(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedServices(closed / "data", durable=False, broker=False):
        pass
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", ["", "12", "not a number\n"], ids=["empty", "half-written", "garbled"])
def test_starts_over_a_pid_file_that_was_not_written_to_its_end(data_dir: Path, content: str) -> None:
    restart_over_pid_file(data_dir, content)


def test_starts_although_the_old_number_is_another_process_now(data_dir: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        restart_over_pid_file(data_dir, f"{stranger.pid}\n/somewhere\n1\n5432\n/tmp\n\n\nready\n")
        assert stranger.poll() is None  # and leaves it alone
    finally:
        stranger.kill()
        stranger.wait()


def test_starts_although_the_old_server_is_a_zombie(data_dir: Path) -> None:
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # ended, and not reaped
    restart_over_pid_file(data_dir, f"{zombie.pid}\n")
    zombie.wait()


def restart_over_pid_file(data_dir: Path, content: str) -> None:
    with EmbeddedServices(data_dir, broker=False) as services:
        remember(services, "pilates")
    (data_dir / "postgres" / "postmaster.pid").write_text(content)
    began = time.monotonic()
    with EmbeddedServices(data_dir, broker=False) as services:
        assert remembered(services) == ["pilates"]
    assert time.monotonic() - began < 10


def test_a_creation_that_was_interrupted_is_begun_anew(data_dir: Path) -> None:
    half = data_dir / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedServices(data_dir, durable=False, broker=False) as services:
        remember(services, "trx")
    assert not half.exists()


def test_a_damaged_broker_file_costs_nothing_but_its_content(data_dir: Path) -> None:
    said: list[str] = []
    with EmbeddedServices(data_dir, postgres=False) as services:
        broker(services, "RPUSH", "queue", "spinning")
    for path in (data_dir / "valkey" / "appendonlydir").glob("*.incr.aof"):
        path.write_bytes(b"letters to nobody\r\n" * 20)
    with EmbeddedServices(data_dir, postgres=False, report=said.append) as services:
        assert broker(services, "PING") == b"+PONG\r\n"
    assert said == ["The broker's file is damaged; starting it empty (no work is lost by that)"]


def test_says_so_when_the_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderUnusable, match=r"Not a directory.*--data"):
        EmbeddedServices(tmp_path / "file" / "data").start()


def test_says_so_when_another_version_made_the_data(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(DataFolderUnusable, match="made by PostgreSQL 15; this Spotter brings 18"):
        EmbeddedServices(data_dir, broker=False).start()
    assert not is_held(data_dir)


def test_does_not_touch_a_folder_that_holds_something_else(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "letters.txt").write_text("mine")
    with pytest.raises(DataFolderUnusable, match="not empty and holds no database"):
        EmbeddedServices(data_dir, broker=False).start()
    assert (data_dir / "postgres" / "letters.txt").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_programs_that_the_servers_account_cannot_reach_are_copied_once(
    data_dir: Path, everybodys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reachable = binaries._may_run
    monkeypatch.setattr(binaries, "CACHE", everybodys_dir / "cache")
    monkeypatch.setattr(
        binaries,
        "_may_run",
        lambda programs, who: everybodys_dir in programs.parents and reachable(programs, who),
    )
    for _ in range(2):
        with (
            EmbeddedServices(data_dir, durable=False, broker=False) as services,
            connect(services.admin_url) as link,
        ):
            link.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
            assert link.execute("SELECT unaccent('Zoë')").fetchone() == ("Zoe",)
    assert len(list((everybodys_dir / "cache").iterdir())) == 1
