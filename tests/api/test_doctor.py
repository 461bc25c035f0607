"""``spotter doctor`` on gyms' channels, as an operator reads it in the terminal."""

from __future__ import annotations

from pathlib import Path

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


class TestFilesAndVoice:
    """What people send, and what is said in it."""

    def test_a_store_that_keeps_and_gives_is_well_and_left_empty(self, tmp_path: Path) -> None:
        settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
        (found,) = doctor.check_media(settings)
        assert (found.state, str(tmp_path / "media") in found.detail) == ("ok", True)
        assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []

    def test_a_folder_that_cannot_be_written_is_told_with_the_setting(self, tmp_path: Path) -> None:
        (tmp_path / "media").write_text("in the way")
        settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
        (found,) = doctor.check_media(settings)
        assert found.state == "wrong"
        assert "SPOTTER_DATA_DIR" in found.mend

    def test_a_bucket_out_of_reach_is_told_with_its_settings(self) -> None:
        settings = Settings(
            _env_file=None, media_bucket_url="http://127.0.0.1:1/b", media_bucket_key="k", media_bucket_secret="s3cr3t"
        )  # type: ignore[call-arg]  # fmt: skip
        (found,) = doctor.check_media(settings)
        assert (found.state, "127.0.0.1:1/b" in found.detail) == ("wrong", True)
        assert "SPOTTER_MEDIA_BUCKET_URL" in found.mend
        assert "s3cr3t" not in found.detail + found.mend

    def test_no_speech_model_is_a_note_and_an_empty_folder_is_wrong(self, tmp_path: Path) -> None:
        (none,) = doctor.check_speech(Settings(_env_file=None))  # type: ignore[call-arg]
        assert none.state == "note"
        found = list(doctor.check_speech(Settings(_env_file=None, speech_dir=tmp_path)))  # type: ignore[call-arg]
        assert {one.state for one in found} == {"wrong"}
        assert "no config.json" in found[0].detail
        assert "Whisper" in found[0].mend
