"""What operators watch: requests, messages taken in, and how much waits for how long."""

from __future__ import annotations

import collections
import logging
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from crm import channel_health
from crm.db import Database

log = logging.getLogger(__name__)

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "spotter_http_requests", "Requests answered", ["method", "route", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "spotter_http_request_seconds",
    "Time to answer a request",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
WEBHOOKS = Counter(
    "spotter_webhooks", "Provider requests by their answer", ["provider", "status"], registry=REGISTRY
)
RECORDED = Counter(
    "spotter_webhook_payloads_recorded",
    "Provider messages kept, repetitions included",
    ["channel"],
    registry=REGISTRY,
)
DROPPED = Counter(
    "spotter_webhook_payloads_dropped",
    "Provider messages for no inbox of ours",
    ["channel", "reason"],
    registry=REGISTRY,
)


class QueueDepths(Collector):
    """How many rows wait in each queue and since when, asked of the database at every scrape."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """The gauges; without a database only that it is away."""
        up = GaugeMetricFamily("spotter_database_up", "Whether the database answers")
        depth = GaugeMetricFamily("spotter_queue_depth", "Rows that wait", labels=["queue"])
        age = GaugeMetricFamily(
            "spotter_queue_oldest_seconds", "Age of the oldest that waits", labels=["queue"]
        )
        stopped = GaugeMetricFamily(
            "spotter_channels_stopped", "Accounts that their provider refuses as a whole", labels=["channel"]
        )
        try:
            with self._database.system_session() as session:
                rows = session.execute(
                    text("SELECT queue, waiting, oldest_seconds FROM queue_depths()")
                ).all()
                refused = collections.Counter(
                    str(one["channel"]) for one in channel_health.list_stopped(session)
                )
        except SQLAlchemyError as error:
            log.warning("queue depths are not known: %s", type(error).__name__)
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        for row in rows:
            depth.add_metric([row.queue], row.waiting)
            age.add_metric([row.queue], max(0.0, row.oldest_seconds))
        for channel, count in refused.items():
            stopped.add_metric([channel], count)
        yield from (up, depth, age, stopped)


def exposition(database: Database) -> bytes:
    """Everything in Prometheus' text format."""
    queues = CollectorRegistry()
    queues.register(QueueDepths(database))
    return generate_latest(REGISTRY) + generate_latest(queues)
