"""The compose file, the image and the Makefile say what they must; no Docker engine is needed to see it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from crm.config import Settings

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    return found


@pytest.mark.feature("17.6")
def test_every_long_running_service_is_watched_and_reaped(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["init"] is True, name
        if name != "migrate":
            assert service["healthcheck"]["test"], name


@pytest.mark.feature("17.6")
def test_roles_wait_for_the_migration(compose: dict[str, Any]) -> None:
    for role in ("api", "worker", "beat"):
        service = compose["services"][role]
        assert service["command"] == [role]
        assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.feature("17.6")
def test_only_the_migration_knows_the_owners_password(compose: dict[str, Any]) -> None:
    knowing = [name for name, service in compose["services"].items() if "OWNER_PASSWORD" in str(service)]
    assert sorted(knowing) == ["database", "migrate"]


def test_secrets_have_no_defaults(compose: dict[str, Any]) -> None:
    text = (CHECKOUT / "docker-compose.yml").read_text()
    assert not re.search(r"(PASSWORD|SECRET_KEY):-", text)


def test_every_setting_of_the_compose_file_exists(compose: dict[str, Any]) -> None:
    names = {f"SPOTTER_{name.upper()}" for name in Settings.model_fields}
    for role in ("migrate", "api", "worker", "beat"):
        assert set(compose["services"][role]["environment"]) <= names


def test_the_example_settings_exist() -> None:
    known = {f"SPOTTER_{name.upper()}" for name in Settings.model_fields}
    for_compose = {"SPOTTER_OWNER_PASSWORD", "SPOTTER_APP_PASSWORD", "SPOTTER_LISTEN"}
    named = set(re.findall(r"^#?(SPOTTER_[A-Z_]+)=", (CHECKOUT / ".env.example").read_text(), re.MULTILINE))
    assert named <= known | for_compose


def test_the_image_runs_as_an_ordinary_user() -> None:
    lines = (CHECKOUT / "Dockerfile").read_text().splitlines()
    assert lines.index("USER spotter") > max(at for at, line in enumerate(lines) if line.startswith("FROM"))


@pytest.mark.feature("17.1")
def test_make_alone_lists_what_it_can_do() -> None:
    listed = subprocess.run(["make", "-s"], cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout
    for target in ("env", "demo", "test", "bench", "check", "format", "features", "clean"):
        assert re.search(rf"^  make {target} +\S", listed, re.MULTILINE), target


@pytest.mark.feature("17.1")
def test_make_says_when_python_is_too_old(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((CHECKOUT / "Makefile").read_text())
    (tmp_path / "requirements.lock").touch()
    ran = subprocess.run(
        ["make", "env", "PYTHON="], cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode != 0
    assert "Python 3.11 or newer is needed" in ran.stdout
