"""Celery: workers that are woken, and the beat that wakes them when nobody did.

A task carries no work: it says that rows may be due, and the rows are in PostgreSQL.
Settings as measured: late acknowledgement, no ETA, a visibility timeout of more than
twice the time limit, quick restore of what a killed worker held.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab

from crm.config import Settings, settings


def broker_options(url: str) -> dict[str, Any]:
    """Transport options for the kind of broker behind `url`."""
    # Publishing gives up at once: a wake-up that comes late is worth nothing, and who wakes must not be held up
    # (by default some 6 s each). How long workers try to get back to the broker is a setting of its own.
    at_once = {"max_retries": 0}
    if url.startswith(("redis", "rediss", "valkey")):
        return {
            **at_once,
            "visibility_timeout": 300,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_keepalive": True,
            "health_check_interval": 25,
            "socket_timeout": 30,
            "socket_connect_timeout": 5,
        }
    return {**at_once, "confirm_publish": True}


def make(config: Settings) -> Celery:
    """The Celery application for these settings."""
    url = config.broker_url or "memory://"
    app = Celery("spotter", broker=url, include=["scheduler.tasks"])
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_acks_on_failure_or_timeout=True,
        task_publish_retry=True,
        broker_connection_retry_on_startup=True,
        broker_transport_options=broker_options(url),
        worker_prefetch_multiplier=1,
        # A fresh process loads the language models before it reports. Within the usual 4 s it does not get there on a
        # busy machine: it was killed, and the next one, for ever, and nobody was answered any more.
        worker_proc_alive_timeout=120.0,
        worker_send_task_events=False,
        worker_soft_shutdown_timeout=10,
        worker_hijack_root_logger=False,
        task_time_limit=60,
        task_soft_time_limit=45,
        task_default_queue="spotter",
        task_serializer="json",
        accept_content=["json"],
        timezone="UTC",
        beat_schedule={
            "sweep": {"task": "scheduler.sweep", "schedule": 1.0, "options": {"expires": 5}},
            "housekeeping": {"task": "scheduler.housekeeping", "schedule": 60.0, "options": {"expires": 60}},
            "templates": {
                "task": "scheduler.review_templates",
                "schedule": 1800.0,
                "options": {"expires": 900},
            },
            # Every hour, for it is night at another gym in each.
            "models": {
                "task": "scheduler.train_models",
                "schedule": crontab(minute=20),
                "options": {"expires": 1800},
            },
            "classes": {"task": "scheduler.plan_classes", "schedule": 6 * 3600.0},
        },
    )
    if url.startswith("amqp"):
        app.conf.update(task_default_queue_type="quorum", worker_detect_quorum_queues=True)
    return app


# A line for every sweep, twice a second, would bury everything else.
for _name in ("celery.worker.strategy", "celery.app.trace", "celery.beat"):
    logging.getLogger(_name).setLevel(logging.WARNING)

celery = make(settings())


@signals.worker_init.connect
def _before_forking(**_: object) -> None:
    """The models are loaded once, and their memory is shared by all children."""
    from scheduler import process

    process.load()
    process.wait_for_schema()


@signals.worker_process_init.connect
def _forked(**_: object) -> None:
    """A fresh child: connections of the parent must not be shared (two processes on one socket corrupt both)."""
    from scheduler import process

    process.start(forked=True)
