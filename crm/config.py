"""Typed settings from the environment (prefix ``SPOTTER_``) and an optional ``.env``.

Unsafe settings refuse to start in production; every refusal names the setting and
says how to mend it.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from crm.errors import ConfigurationError

DEVELOPMENT_SECRET = "development-only-secret"


class Settings(BaseSettings):
    """All that can be configured from outside. Field names are the variables without the prefix."""

    model_config = SettingsConfigDict(env_prefix="SPOTTER_", env_file=".env", extra="ignore", frozen=True)

    env: Literal["development", "production"] = "development"
    database_url: str | None = Field(
        None, description="PostgreSQL URL of the application role; embedded when absent"
    )
    admin_database_url: str | None = Field(
        None, description="PostgreSQL URL of the owning role, for migrations"
    )
    broker_url: str | None = Field(None, description="Redis, Valkey or AMQP URL; embedded when absent")
    data_dir: Path = Field(Path(".spotter"), description="Folder of the embedded services, media and logs")
    host: str = "127.0.0.1"
    port: int = Field(
        8000, ge=1, le=65534, description="The API's port; the simulator listens on the next one"
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="Base URL under which providers reach the API"
    )
    simulator: bool = Field(False, description="Providers are the simulator; the clock can be moved")
    secret_key: str = Field(
        DEVELOPMENT_SECRET, description="Signs links and encrypts credentials; 32 characters or more"
    )
    meta_base_url: str = "https://graph.facebook.com"
    instagram_base_url: str = "https://graph.instagram.com"
    twilio_base_url: str | None = None
    telegram_base_url: str = "https://api.telegram.org/bot"
    telegram_file_base_url: str = "https://api.telegram.org/file/bot"
    meta_verify_token: str | None = Field(None, description="The token typed into Meta's webhook form")
    media_bucket_url: str | None = Field(
        None,
        description="S3-compatible store of people's files: https://host/bucket; the data folder when absent",
    )
    media_bucket_region: str = "us-east-1"
    media_bucket_key: str | None = Field(None, description="Access key id of the media store")
    media_bucket_secret: str | None = Field(None, description="Secret access key of the media store")
    speech_dir: Path | None = Field(
        None, description="Folder of a local speech model; voice notes are not understood when absent"
    )
    nlu_dir: Path | None = Field(
        None, description="Folder of the language models; beside the code when absent"
    )
    worker_concurrency: int = Field(2, ge=1, description="Worker processes")
    burst_wait_seconds: float = Field(
        2.5, ge=0, le=10, description="Quiet time after typed text before answering"
    )
    burst_cap_seconds: float = Field(
        8.0, ge=0, le=30, description="Longest wait for somebody who goes on typing"
    )
    send_lease_seconds: float = Field(
        60.0, gt=0, description="After so long a sender that noted no outcome counts as dead"
    )
    send_grace_seconds: float = Field(
        90.0, ge=0, description="How long a status may still prove an interrupted send before it is repeated"
    )
    show_typing: bool = Field(
        True,
        description="Mark messages as read and show that an answer is being written, where a channel can",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def refuse_half_a_store(self) -> Settings:
        """A media store without its keys would lose every file that people send."""
        if self.media_bucket_url and not (self.media_bucket_key and self.media_bucket_secret):
            raise ValueError(
                "SPOTTER_MEDIA_BUCKET_URL needs SPOTTER_MEDIA_BUCKET_KEY and SPOTTER_MEDIA_BUCKET_SECRET beside it; "
                "without SPOTTER_MEDIA_BUCKET_URL files are kept in the data folder"
            )
        return self

    @model_validator(mode="after")
    def refuse_unsafe(self) -> Settings:
        """In production nothing may rest on a development default."""
        if self.env != "production":
            return self
        if self.secret_key == DEVELOPMENT_SECRET or len(self.secret_key) < 32:
            raise ValueError(
                "SPOTTER_SECRET_KEY must be set to at least 32 random characters in production; "
                "make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if self.simulator:
            raise ValueError("SPOTTER_SIMULATOR must be off in production: it moves the clock and opens /dev")
        if not self.public_url.startswith("https://"):
            raise ValueError(
                "SPOTTER_PUBLIC_URL must start with https:// in production: providers accept nothing else"
            )
        return self


def load_settings() -> Settings:
    """Read the settings, or raise `ConfigurationError` naming each wrong variable and its mend."""
    try:
        return Settings()  # type: ignore[call-arg]  # fields come from the environment
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            where = "_".join(str(part) for part in problem["loc"])
            message = problem["msg"].removeprefix("Value error, ")
            lines.append(
                f"SPOTTER_{where.upper()}: {message} (got {problem['input']!r})" if where else message
            )
        raise ConfigurationError("\n".join(lines)) from None


@functools.cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return load_settings()
