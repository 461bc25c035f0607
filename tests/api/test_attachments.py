"""Files over the API: nothing waits for their store with a transaction open."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.routes import attachments
from crm.db import Database
from scheduler.media_store import Folder
from tests.api.http_gym import HttpGym
from tests.factories import a_kept_file

pytestmark = pytest.mark.feature("14.8")


class SlowStore:
    """Looks at the database while it is asked for a file."""

    def __init__(self, database: Database) -> None:
        self.database, self.in_use = database, -1

    def get(self, key: str) -> bytes:
        """A file, at last."""
        self.in_use = self.database.engine.pool.checkedout()  # type: ignore[attr-defined]
        return key.encode()


def test_a_file_is_fetched_with_no_connection_held(here: HttpGym, monkeypatch: pytest.MonkeyPatch) -> None:
    person = here.add_person("Ana")
    with here.session() as session:
        file = a_kept_file(session, person.conversation_id)
    store = SlowStore(here.client.app.state.database)  # type: ignore[attr-defined]
    monkeypatch.setattr(attachments, "store_of", lambda settings: store)
    answer = here.get(f"/attachments/{file.id}")
    assert (answer.status_code, answer.content) == (200, str(file.stored_as).encode())
    assert store.in_use == 0


def test_a_key_that_may_not_read_gets_no_file(here: HttpGym) -> None:
    person = here.add_person("Ana")
    with here.session() as session:
        file = a_kept_file(session, person.conversation_id)
    refused = here.client.get(f"/api/v1/attachments/{file.id}", headers=here.key_with("write"))
    assert refused.status_code == 403


def test_a_file_that_the_store_has_lost_is_not_found(
    here: HttpGym, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    person = here.add_person("Ana")
    with here.session() as session:
        file = a_kept_file(session, person.conversation_id)
    monkeypatch.setattr(attachments, "store_of", lambda settings: Folder(tmp_path))
    assert here.get(f"/attachments/{file.id}").status_code == 404
