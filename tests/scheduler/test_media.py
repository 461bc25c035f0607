"""People's files: noted in the turn, fetched by a worker, looked at, stored, shown to staff."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from api.app import create_app
from bot.channels import CHANNELS
from bot.channels.base import Attachment, InboxAccount, SendFailed
from crm import attachments, gyms
from crm.config import Settings
from crm.db import Database
from crm.models import Delivery, InboundPayload, Inbox, Message, MessageAttachment
from nlu_models import speech
from scheduler import inbound, media, media_store
from tests.conftest import GymClock, ImportedGym
from tests.factories import an_inbox
from tests.scheduler.test_inbound import GROUP, KEEP

ANA = "353851234567"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
OGG = b"OggS\x00\x02" + bytes(40)


@dataclass
class Files:
    """A gym on WhatsApp, a provider that has files, and a folder to keep them in."""

    database: Database
    gym_id: uuid.UUID
    inbox: Inbox
    clock: GymClock
    settings: Settings
    answers: dict[str, list[bytes | SendFailed]]
    deleted: list[str]

    def send(self, *files: Mapping[str, Any], text: str | None = None, key: str = "wamid.1") -> None:
        """Somebody sends a message with files; the turn is taken."""
        item = {"id": key, "from": ANA, "type": files[0]["type"] if files else "text"}
        for file in files:
            item[file["type"]] = {"id": "m1", **file, **({"caption": text} if text else {})}
        if not files:
            item["text"] = {"body": text}
        self.bring(item)

    def bring(self, item: Mapping[str, Any]) -> None:
        contact = {"profile": {"name": "Ana Silva"}, "wa_id": ANA}
        payload = {"kind": "message", "item": item, "contact": contact, "errors": [], "field": "messages"}
        with self.database.tenant_session(self.gym_id) as session:
            session.execute(
                KEEP,
                {
                    "gym": self.gym_id, "inbox": self.inbox.id, "key": item["id"], "address": ANA, "waits": False,
                    "payload": json.dumps(payload), "at": session.now,
                },
            )  # fmt: skip
        assert inbound.drain() == 1

    def rows(self) -> list[MessageAttachment]:
        with self.database.tenant_session(self.gym_id) as session:
            return list(
                session.exec(select(MessageAttachment).order_by(col(MessageAttachment.created_at))).all()
            )

    def row(self) -> MessageAttachment:
        (row,) = self.rows()
        return row

    def said(self, purpose: str = "staff") -> str:
        with self.database.tenant_session(self.gym_id) as session:
            rows = session.exec(
                select(Delivery).where(Delivery.purpose == purpose).order_by(col(Delivery.position))
            ).all()
            return "\n".join(row.content["text"] for row in rows if row.card_id is None)

    def lines(self) -> list[str | None]:
        with self.database.tenant_session(self.gym_id) as session:
            query = select(Message.text).where(Message.direction == "in").order_by(col(Message.id))
            return list(session.exec(query).all())

    @property
    def stored(self) -> list[Path]:
        folder = self.settings.data_dir / "media"
        return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


@pytest.fixture
def files(
    database: Database,
    gym: ImportedGym,
    clock: GymClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    models: None,
) -> Files:
    settings = Settings(_env_file=None, data_dir=tmp_path, public_url="https://gym.example")  # type: ignore[call-arg]
    with database.tenant_session(gym.id) as session:
        an_inbox(session, channel="telegram", staff_chat=GROUP)
        inbox = an_inbox(session, channel="whatsapp")
    made = Files(database, gym.id, inbox, clock, settings, {}, [])

    def fetch(_account: InboxAccount, wanted: Attachment, *, most: int) -> bytes:
        answers = made.answers.get(wanted.provider_id or "", [PNG])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, SendFailed):
            raise answer
        if len(answer) > most:
            raise SendFailed("more", next="fail_no_retry", code="too_big")
        return answer

    monkeypatch.setattr(CHANNELS["whatsapp"], "fetch", fetch, raising=False)
    monkeypatch.setattr(
        CHANNELS["whatsapp"],
        "forget",
        lambda _account, wanted: made.deleted.append(wanted.provider_id),
        raising=False,
    )
    for module in ("scheduler.media", "bot.composer"):
        monkeypatch.setattr(f"{module}.settings", lambda: made.settings)
    media.drain()  # what other tests' gyms left to be fetched
    return made


@pytest.fixture
def client(files: Files) -> Iterator[TestClient]:
    with TestClient(create_app(files.settings, files.database), raise_server_exceptions=False) as made:
        yield made


@pytest.mark.feature("1.5", "4.8")
class TestAPicture:
    def test_is_fetched_after_the_turn_and_staff_get_a_link(self, files: Files, client: TestClient) -> None:
        files.send({"type": "image"})
        assert (files.row().state, files.said("reply") != "") == ("waiting", True)

        assert media.drain() == 1

        row = files.row()
        assert (row.state, row.content_type, row.size) == ("kept", "image/png", len(PNG))
        assert row.sha256 == hashlib.sha256(PNG).hexdigest()
        assert files.deleted == ["m1"]
        link = files.said().partition("a picture: https://gym.example")[2].split()[0]
        answer = client.get(link)
        assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
        assert answer.headers["x-content-type-options"] == "nosniff"

    def test_the_link_works_for_a_week_and_for_that_file_alone(
        self, files: Files, client: TestClient
    ) -> None:
        files.send({"type": "image"})
        media.drain()
        link = files.said().partition("a picture: https://gym.example")[2].split()[0]

        assert client.get(link[:-3] + "abc").status_code == 403
        files.clock.advance(dt.timedelta(days=7, minutes=1))
        assert client.get(link).status_code == 410

    def test_is_listed_with_its_message_and_given_out_to_the_gyms_key_alone(
        self, files: Files, client: TestClient, other_gym: ImportedGym
    ) -> None:
        files.send({"type": "image"}, text="where are you?")
        keys = {}
        for gym_id in (files.gym_id, other_gym.id):
            with files.database.tenant_session(gym_id) as session:
                secret = gyms.make_api_key(session, "reader", scopes=["read"], now=session.now)
            keys[gym_id] = {"Authorization": f"Bearer {secret}"}
        ours = keys[files.gym_id]
        thread = client.get("/api/v1/conversations", headers=ours).json()["items"][0]["id"]
        path = f"/api/v1/conversations/{thread}/messages"
        (told,) = client.get(path, headers=ours).json()["items"][0]["attachments"]
        assert (told["state"], told["url"]) == ("waiting", None)
        assert client.get(f"/api/v1/attachments/{told['id']}", headers=ours).status_code == 404

        media.drain()

        (told,) = client.get(path, headers=ours).json()["items"][0]["attachments"]
        assert (told["state"], told["content_type"], told["kind"]) == ("kept", "image/png", "image")
        assert client.get(told["url"], headers=ours).content == PNG
        assert client.get(told["url"]).status_code == 401
        assert client.get(told["url"], headers=keys[other_gym.id]).status_code == 404

    def test_taken_back_is_erased_from_the_store(self, files: Files) -> None:
        files.send({"type": "image"})
        media.drain()
        assert len(files.stored) == 1

        files.bring(
            {"id": "wamid.2", "from": ANA, "type": "revoke", "revoke": {"original_message_id": "wamid.1"}}
        )
        media.drain()

        assert (files.row().state, files.stored) == ("erased", [])

    def test_taken_back_before_it_was_fetched_is_never_fetched(self, files: Files) -> None:
        files.send({"type": "image"})
        files.bring(
            {"id": "wamid.2", "from": ANA, "type": "revoke", "revoke": {"original_message_id": "wamid.1"}}
        )

        assert media.drain() == 0
        assert files.stored == []


@pytest.mark.feature("4.8")
class TestWhatIsNotTaken:
    @pytest.mark.parametrize(
        "content",
        [b"<html><script>", b"MZ\x90\x00", b"PK\x03\x04" + bytes(30), b"", b"plain words", b"<svg/>"],
    )
    def test_the_content_decides_and_not_the_name(self, files: Files, content: bytes) -> None:
        files.answers["m1"] = [content]
        files.send({"type": "image", "mime_type": "image/png", "filename": "me.png"})
        media.drain()

        assert (files.row().state, files.stored) == ("refused", [])
        assert "Ana Silva sent a picture, which I couldn't keep: it is not a picture" in files.said()

    def test_more_than_ten_megabytes(self, files: Files) -> None:
        files.answers["m1"] = [PNG + bytes(attachments.LARGEST)]
        files.send({"type": "video"})
        media.drain()

        assert (files.row().state, files.row().reason) == ("refused", "it is too big (more than 10 MB)")

    def test_more_than_a_person_sends_in_a_day(self, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(attachments, "MOST_A_DAY", 2)
        for number in range(3):
            files.send({"type": "image"}, key=f"wamid.{number}")

        assert [row.state for row in files.rows()] == ["waiting", "waiting", "refused"]

    def test_stickers_are_not_files(self, files: Files) -> None:
        files.send({"type": "sticker"})

        assert files.rows() == []


class TestTrouble:
    def test_that_passes_is_waited_for(self, files: Files) -> None:
        files.answers["m1"] = [SendFailed("not reached", next="retry_backoff"), PNG]
        files.send({"type": "image"})
        media.drain()
        assert (files.row().state, files.row().attempts, files.row().reason) == ("waiting", 1, "not reached")
        assert files.row().due_at - files.row().created_at >= dt.timedelta(seconds=5)

        files.clock.advance(dt.timedelta(seconds=6))
        media.drain()

        assert files.row().state == "kept"

    def test_that_does_not_pass_ends_with_a_reason_that_staff_read(self, files: Files) -> None:
        files.answers["m1"] = [SendFailed("not reached", next="retry_backoff")]
        files.send({"type": "image"})
        for _ in range(attachments.MAX_ATTEMPTS):
            media.drain()
            files.clock.advance(dt.timedelta(hours=2))

        assert (files.row().state, files.row().attempts) == ("failed", attachments.MAX_ATTEMPTS)
        assert files.said().count("which I couldn't keep: not reached") == 1

    def test_that_will_never_pass_is_not_waited_for(self, files: Files) -> None:
        files.answers["m1"] = [SendFailed("gone", next="fail_no_retry")]
        files.send({"type": "image"})
        media.drain()

        assert files.row().state == "failed"

    def test_a_worker_that_dies_leaves_the_file_to_the_next(
        self, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files.send({"type": "image"})
        monkeypatch.setattr(media, "LEASE", dt.timedelta(seconds=-1))
        with files.database.system_session() as session:
            assert len(attachments.claim(session, most=5, lease=dt.timedelta(seconds=-1))) == 1

        assert media.drain() >= 1
        assert files.row().state == "kept"

    def test_two_workers_never_take_the_same_file(self, files: Files) -> None:
        files.send({"type": "image"})
        with files.database.system_session() as one, files.database.system_session() as other:
            first = attachments.claim(one, most=5, lease=media.LEASE)
            second = attachments.claim(other, most=5, lease=media.LEASE)

        assert (len(first), second) == (1, [])


class Ear(speech.Transcriber):
    """Hears what it was told to hear."""

    def __init__(self, words: str | None) -> None:
        self.words = words

    def transcribe(self, recording: bytes) -> str:
        if self.words is None:
            raise speech.CannotListen("the model is broken")
        assert recording == OGG
        return self.words


@pytest.mark.feature("1.5")
class TestAVoiceNote:
    @pytest.fixture
    def listening(
        self, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[str | None], None]:
        def listen(words: str | None) -> None:
            files.settings = files.settings.model_copy(update={"speech_dir": tmp_path})
            monkeypatch.setattr(speech, "transcriber_in", lambda _folder: Ear(words))

        files.answers["m1"] = [OGG]
        return listen

    def test_is_passed_on_where_nobody_can_listen(self, files: Files) -> None:
        files.answers["m1"] = [OGG]
        files.send({"type": "audio", "voice": True})
        media.drain()

        assert "can't listen" in files.said("reply")
        assert "Ana Silva sent a voice note: https://" in files.said()
        assert files.row().transcript is None

    def test_is_answered_as_if_it_had_been_typed_where_a_model_listens(
        self, files: Files, listening: Callable[[str | None], None]
    ) -> None:
        listening("when are you open on sunday?")
        files.send({"type": "audio", "voice": True})
        assert files.said("reply") == ""

        media.drain()

        assert "09:00-16:00" in files.said("reply")
        assert files.lines() == [None, "when are you open on sunday?"]
        assert files.row().transcript == "when are you open on sunday?"

    @pytest.mark.parametrize("words", [None, ""])
    def test_that_cannot_be_understood_is_asked_for_in_writing(
        self, files: Files, listening: Callable[[str | None], None], words: str | None
    ) -> None:
        listening(words)
        files.send({"type": "audio", "voice": True})
        media.drain()

        assert "can't listen" in files.said("reply")

    def test_a_folder_without_a_model_says_how_to_mend_it(self, tmp_path: Path) -> None:
        with pytest.raises(speech.CannotListen, match="Whisper"):
            speech.LocalModel(tmp_path).transcribe(OGG)


@pytest.mark.feature("1.5")
def test_a_place_is_kept_and_staff_get_it_on_a_map(files: Files) -> None:
    place = {"latitude": 53.3498, "longitude": -6.2603, "name": "Spire"}
    files.bring({"id": "wamid.1", "from": ANA, "type": "location", "location": place})

    assert "https://www.openstreetmap.org/?mlat=53.349800&mlon=-6.260300" in files.said()
    with files.database.tenant_session(files.gym_id) as session:
        content = session.exec(select(Message.content).where(Message.direction == "in")).one()
    assert content["location"] == {"lat": 53.3498, "lon": -6.2603, "name": "Spire"}


def test_the_webhook_and_the_turn_download_nothing(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: Any, **_more: Any) -> bytes:
        raise AssertionError("fetched inside the turn")

    monkeypatch.setattr(CHANNELS["whatsapp"], "fetch", never, raising=False)
    files.send({"type": "image"})

    with files.database.tenant_session(files.gym_id) as session:
        assert session.exec(select(InboundPayload.error)).one() is None


class TestTheFolder:
    def test_keeps_gives_and_removes(self, tmp_path: Path) -> None:
        store = media_store.Folder(tmp_path)
        store.put("a/b", b"one", "image/png")
        store.put("a/b", b"two", "image/png")
        assert store.get("a/b") == b"two"
        store.delete("a/b")
        store.delete("a/b")
        with pytest.raises(media_store.Missing):
            store.get("a/b")

    def test_no_key_leads_out_of_it(self, tmp_path: Path) -> None:
        with pytest.raises(media_store.StoreFailed):
            media_store.Folder(tmp_path / "media").put("../x", b"", "image/png")
