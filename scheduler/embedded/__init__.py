"""PostgreSQL and Valkey that need no installation: started, watched and stopped by us.

`EmbeddedServices` is the door; everything else here serves it. Production sets
``SPOTTER_DATABASE_URL`` and ``SPOTTER_BROKER_URL`` instead and never comes here.
"""

from scheduler.embedded.errors import (
    DataFolderBusy,
    DataFolderUnusable,
    EmbeddedError,
    ServerFailed,
    StopRequested,
)
from scheduler.embedded.services import EmbeddedServices

__all__ = [
    "DataFolderBusy",
    "DataFolderUnusable",
    "EmbeddedError",
    "EmbeddedServices",
    "ServerFailed",
    "StopRequested",
]
