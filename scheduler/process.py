"""What a worker process needs before it can work: its own connections, the channels' addresses, the models."""

from __future__ import annotations

import logging
import os

from bot import channels
from crm import db
from crm.config import Settings, settings

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
log = logging.getLogger(__name__)


def channel_settings(config: Settings) -> channels.ChannelSettings:
    """The providers' base URLs as configured."""
    return channels.ChannelSettings(
        meta_base_url=config.meta_base_url,
        instagram_base_url=config.instagram_base_url,
        twilio_base_url=config.twilio_base_url,
        telegram_base_url=config.telegram_base_url,
        telegram_file_base_url=config.telegram_file_base_url,
        public_base_url=config.public_url,
    )


def start(*, forked: bool = False) -> None:
    """Prepare this process. After a fork the parent's connections are forgotten, not closed."""
    if forked and db._database is not None:
        db._database.dispose(close=False)
    logging.basicConfig(level=settings().log_level, format=LOG_FORMAT)
    # Its request lines hold the Telegram bot's token, which is part of the URL.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    channels.configure(channel_settings(settings()))
    # Numpy reads it when it is imported, which is below. Its threads spin on the other workers' cores while they
    # wait for each other: a message took three times as long to understand.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from bot import nlu

    nlu.pipeline("en")
