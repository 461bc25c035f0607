"""A gym from a file, whole: facts, classes in the calendar, accounts, a key to the API.

One of the doors: it opens its own sessions, for the command line and the development routes.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from sqlalchemy import text

from api import simulated_accounts
from bot.channels import CHANNELS
from crm import facts as gym_facts
from crm import gyms, scheduled_classes
from crm.config import Settings
from crm.config import settings as process_settings
from crm.db import Database
from crm.db import database as process_database
from crm.errors import Conflict, Invalid
from crm.models import Inbox, new_id

SCOPES = ("read", "write")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class SlugTaken(Conflict):
    """There is a gym with that short name already."""

    code = "slug_taken"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made."""

    gym_id: uuid.UUID
    slug: str
    name: str
    api_key: str | None
    """Shown this once; None where the gym was there before."""
    is_new: bool
    webhooks: tuple[tuple[str, str], ...]
    """Channel and the address to enter at the provider."""


def list_gyms(database: Database) -> list[tuple[uuid.UUID, str]]:
    """Id and short name of every gym, the oldest first."""
    with database.system_session() as session:
        rows = session.execute(text("SELECT id, slug FROM door_gyms()")).all()
    return [(row.id, row.slug) for row in rows]


def find_gym(database: Database, slug: str) -> uuid.UUID | None:
    """The gym with that short name."""
    return next((gym_id for gym_id, found in list_gyms(database) if found == slug), None)


def has_gyms() -> bool:
    """Whether there is any gym yet."""
    return bool(list_gyms(process_database()))


def import_text(
    words: str, *, slug: str | None, database: Database, settings: Settings, must_be_new: bool = False
) -> Imported:
    """Make the gym that a file describes, or bring it up to date.

    Where providers are simulated it gets its accounts there. Raises `GymFileError`,
    and `SlugTaken` where it `must_be_new`.
    """
    file = gyms.read_gym_file(words)
    name = slug or file.gym.slug
    if not _SLUG.fullmatch(name):
        raise Invalid("a short name is made of a-z, 0-9 and hyphens, at most 63", field="slug")
    known = list_gyms(database)
    gym_id = next((found for found, taken in known if taken == name), None)
    if gym_id is not None and must_be_new:
        raise SlugTaken(slug=name)
    is_new = gym_id is None
    registrations = []
    with database.tenant_session(gym_id or new_id()) as session:
        gym = gyms.import_gym(session, file, now=session.now, slug=name)
        if settings.simulator:
            registrations = simulated_accounts.connect(session, settings, gym, default=not known)
        facts = gym_facts.load(session)
        scheduled_classes.materialise(session, facts, now=session.now)
        api_key = gyms.make_api_key(session, "first", scopes=SCOPES, now=session.now) if is_new else None
        webhooks = tuple((one.channel, _webhook(settings, one)) for one in gyms.list_inboxes(session))
        imported = Imported(session.gym_id, name, facts.gym.name, api_key, is_new, webhooks)
    if registrations:
        simulated_accounts.register(settings, registrations)
    return imported


def import_file(words: str, *, slug: str | None = None) -> str:
    """Import into this process's database and say what came of it, for people."""
    settings = process_settings()
    imported = import_text(words, slug=slug, database=process_database(), settings=settings)
    lines = [f"{imported.name} ({imported.slug}) {'is ready' if imported.is_new else 'is up to date'}."]
    if imported.api_key:
        lines.append(f"API key, shown this once: {imported.api_key}")
    if imported.webhooks and not settings.simulator:
        lines.append("Enter these addresses at the providers:")
        lines += [f"  {channel:<16}{url}" for channel, url in imported.webhooks]
    if not imported.webhooks:
        lines.append("It has no inboxes yet: add `inboxes` to the file and import it again.")
    return "\n".join(lines)


def _webhook(settings: Settings, inbox: Inbox) -> str:
    provider = CHANNELS[inbox.channel].provider if inbox.channel in CHANNELS else inbox.channel
    path = "/webhooks/meta" if provider == "meta" else f"/webhooks/{provider}/{inbox.key}"
    return f"{settings.public_url.rstrip('/')}{path}"
