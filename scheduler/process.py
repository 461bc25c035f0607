"""What a worker process needs before it can work: its own connections, the channels' addresses, the models."""

from __future__ import annotations

import gc
import logging
import os
import time

from bot import channels
from crm import db, migrations
from crm.config import Settings, settings

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
SCHEMA_LOOK_EVERY, SCHEMA_SAID_EVERY = 0.1, 10.0
"""Seconds."""
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


def load() -> None:
    """Load what children can share: with the models in it, a forked child needs a fifth of the memory."""
    # Numpy reads it when it is imported, which is below. Its threads spin on the other workers' cores while they
    # wait for each other: a message took three times as long to understand.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from bot import nlu

    nlu.shipped()
    # Out of the collector's sight: it writes into what it looks at, and a page that is written to is shared no more.
    gc.collect()
    gc.freeze()


def wait_for_schema() -> None:
    """Until the database has all that this code needs: after an update, workers may start before the migration ends."""
    url = db.libpq_url(settings().database_url or "")
    began = said = time.monotonic()
    while migrations.is_behind(url):
        time.sleep(SCHEMA_LOOK_EVERY)
        if time.monotonic() - said > SCHEMA_SAID_EVERY:
            said = time.monotonic()
            log.warning(
                "The database has not been migrated yet; waiting for `spotter migrate` (%.0f s)", said - began
            )


def start(*, forked: bool = False) -> None:
    """Prepare this process. After a fork the parent's connections are forgotten, not closed."""
    if forked and db._database is not None:
        db._database.dispose(close=False)
    logging.basicConfig(level=settings().log_level, format=LOG_FORMAT)
    # Its request lines hold the Telegram bot's token, which is part of the URL.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    channels.configure(channel_settings(settings()))
    if not forked:
        load()
    from bot import nlu

    nlu.warm_up()
