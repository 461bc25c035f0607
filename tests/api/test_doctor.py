"""``spotter doctor`` on gyms' channels, as an operator reads it in the terminal."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from api.cli import doctor
from crm.config import Settings
from tests.api.http_gym import HttpGym
from tests.services import Services


def settings_of(services: Services, database_name: str) -> Settings:
    return Settings(
        _env_file=None, simulator=True, database_url=services.database_url_of(database_name),
        admin_database_url=services.admin_url_of(database_name), broker_url=services.broker_url,
        telegram_base_url="http://127.0.0.1:1/bot",
    )  # type: ignore[call-arg]  # fmt: skip


@pytest.fixture
def run(services: Services, database_name: str, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Call it as from a terminal, on the run's services."""
    import typer

    monkeypatch.setattr(doctor, "load_settings", lambda: settings_of(services, database_name))
    app = typer.Typer()
    app.command()(doctor.doctor)
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.mark.feature("1.7")
def test_it_names_the_gym_the_channel_what_is_wrong_and_the_step(here: HttpGym, run) -> None:  # type: ignore[no-untyped-def]
    here.add_inbox("telegram", bot_token="1:x", secret_token="y")
    here.add_inbox("whatsapp", access_token="only this")
    shown = run("--gym", here.slug)
    assert shown.exit_code == 1
    assert f"\n{here.slug}\n" in shown.output
    assert (
        "wrong  whatsapp        credentials are missing: app_secret, phone_number_id, waba_id" in shown.output
    )
    assert "-> docs/going-live/whatsapp.md names each" in shown.output
    assert "the provider cannot be reached" in shown.output
    assert "no staff group" in shown.output
    assert "only this" not in shown.output


def test_a_gym_without_channels_is_shown_the_way(here: HttpGym, run) -> None:  # type: ignore[no-untyped-def]
    shown = run("--gym", here.slug)
    assert "none is connected" in shown.output
    assert "/connect" in shown.output


def test_an_unknown_gym_is_said_to_be(here: HttpGym, run) -> None:  # type: ignore[no-untyped-def]
    shown = run("--gym", "nowhere")
    assert (shown.exit_code, "there is no gym 'nowhere'" in shown.output) == (1, True)


def test_the_providers_can_be_left_alone(here: HttpGym, run) -> None:  # type: ignore[no-untyped-def]
    here.add_inbox("whatsapp", access_token="only this")
    assert here.slug not in run("--no-channels").output
