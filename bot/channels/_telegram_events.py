"""Bot API updates → `Incoming`: messages, taps, reactions, membership and the groups' own notices.

Read from the plain JSON: a new kind of update or content is kept as unknown, never an error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from bot.channels import _fields as fields
from bot.channels._addresses import canonical_phone
from bot.channels._keywords import chat_keyword
from bot.channels.base import Attachment, Incoming, IncomingAction, IncomingKind

MESSAGE_UPDATES = (
    "message", "edited_message", "channel_post", "edited_channel_post", "business_message",
    "edited_business_message",
)  # fmt: skip

_KNOWN_UPDATES = (
    *MESSAGE_UPDATES,
    "callback_query",
    "my_chat_member",
    "chat_member",
    "message_reaction",
    "poll_answer",
)

# Telegram's own accounts behind an anonymous admin, a channel's forwards into its group, and a channel's posts.
_NOBODY = {
    "1087968824": "anonymous admin has no user identity",
    "777000": "forwarded from the linked channel",
    "136817688": "written as a channel",
}
_LARGEST_DOWNLOAD = 20 * 1024 * 1024
_MEDIA: dict[str, tuple[Literal["image", "video", "audio", "voice", "document", "sticker"], str | None]] = {
    # An animation comes with a document of the same file, so it is looked for first.
    "animation": ("video", "animation"), "voice": ("voice", None), "audio": ("audio", None),
    "video_note": ("video", "video_note"), "video": ("video", None), "document": ("document", None),
    "sticker": ("sticker", None),
}  # fmt: skip
_UNREADABLE = (
    "poll", "dice", "game", "story", "invoice", "paid_media", "giveaway", "giveaway_winners", "checklist",
)  # fmt: skip
_MEMBERSHIP_NOTICES = {"new_chat_members": "joined", "left_chat_member": "left"}
_NOTICES = (
    "new_chat_title", "new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created",
    "channel_chat_created", "message_auto_delete_timer_changed", "pinned_message", "successful_payment",
    "refunded_payment", "users_shared", "chat_shared", "connected_website", "write_access_allowed",
    "proximity_alert_triggered", "boost_added", "chat_background_set", "forum_topic_created",
    "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened", "general_forum_topic_hidden",
    "general_forum_topic_unhidden", "video_chat_scheduled", "video_chat_started", "video_chat_ended",
    "video_chat_participants_invited",
)  # fmt: skip


def update_kind(update: Mapping[str, Any]) -> str:
    """The update's one content key; '' where there is none."""
    keys = [key for key in update if key != "update_id"]
    return next((key for key in keys if key in _KNOWN_UPDATES), keys[0] if keys else "")


def address_of(update: Mapping[str, Any]) -> str:
    """The chat id; where an update has no chat, the user's id, which is the private chat's."""
    body = fields.mapping(update, update_kind(update))
    chat = fields.word(body, "chat", "id") or fields.word(body, "message", "chat", "id")
    return chat or fields.word(_user(body), "id")


def sent_at(update: Mapping[str, Any]) -> dt.datetime | None:
    """When it was written, or edited; a tap carries no time of its own."""
    body = fields.mapping(update, update_kind(update))
    return fields.instant(body, "edit_date") or fields.instant(body, "date")


def incoming(update: Mapping[str, Any], account: Mapping[str, Any]) -> Incoming:
    """The event of one update; `account` knows the bot's username and id."""
    what = update_kind(update)
    body = fields.mapping(update, what)
    if what in MESSAGE_UPDATES:
        return _Message(what, body, account).incoming()
    if what == "callback_query" and fields.text(body, "data") is not None:
        return _tap(body)
    if what in ("my_chat_member", "chat_member"):
        return _member(body, own=what == "my_chat_member")
    if what == "message_reaction":
        return _reaction(body)
    if what == "poll_answer":
        options = body.get("option_ids")
        chosen = [one for one in options if isinstance(one, int)] if isinstance(options, list) else []
        extra = {"poll": fields.word(body, "poll_id"), "options": chosen}
        return Incoming(kind="form", action="record", **_who(body), extra=extra)
    return Incoming(kind="unknown", action="record", **_who(body), extra={"type": what})


def _user(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return fields.mapping(body, "from") or fields.mapping(body, "user") or fields.mapping(body, "voter")


def _who(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that tell who did something and where to answer."""
    user, chat = _user(body), fields.mapping(body, "chat") or fields.mapping(body, "message", "chat")
    user_id, chat_id = fields.word(user, "id"), fields.word(chat, "id")
    names = [name for key in ("first_name", "last_name") if (name := fields.text(user, key))]
    return {
        "sender": f"tg:{user_id}" if user_id else "",
        "address": chat_id or user_id,
        "name": " ".join(names) or None,
        "group_id": chat_id if _is_group(chat) else None,
    }


def _is_group(chat: Mapping[str, Any]) -> bool:
    return fields.word(chat, "type") in ("group", "supergroup")


def _group_facts(chat: Mapping[str, Any]) -> dict[str, Any]:
    chat_id = fields.number(chat, "id")
    return {"chat": chat_id} if _is_group(chat) and chat_id is not None else {}


def _message_id(message: Mapping[str, Any]) -> str:
    """Message ids are unique in their chat only."""
    own, chat = fields.word(message, "message_id"), fields.word(message, "chat", "id")
    return f"{chat}:{own}" if own and chat else ""


class _Message:
    """One message, post or edit, being read."""

    def __init__(self, what: str, body: Mapping[str, Any], account: Mapping[str, Any]) -> None:
        self.what = what
        self.body = body
        self.chat = fields.mapping(body, "chat")
        self.is_group = _is_group(self.chat)
        self.bot_username = fields.word(account, "bot_username").lstrip("@").lower()
        self.bot_id = fields.word(account, "bot_id")
        self.kind: IncomingKind = "unknown"
        self.action: IncomingAction = "record"
        self.text = fields.text(body, "text")
        self.payload: str | None = None
        self.attachments: tuple[Attachment, ...] = ()
        self.source: dict[str, str] = {}
        self.extra: dict[str, Any] = _group_facts(self.chat)

    def incoming(self) -> Incoming:
        self._read_content()
        self._read_circumstances()
        reply_to = self._reply_to()
        if self.what.startswith("edited_") and self.kind != "location":
            self.kind, self.action = "edit", "record"
            reply_to = _message_id(self.body)
        elif self.what.startswith("edited_"):
            self.action = "record"
        self._ignore_what_is_not_ours()
        return Incoming(
            kind=self.kind,
            action=self.action,
            **_who(self.body),
            message_id=_message_id(self.body),
            text=self.text,
            payload=self.payload,
            reply_to=reply_to or None,
            attachments=self.attachments,
            sent_at=fields.instant(self.body, "edit_date") or fields.instant(self.body, "date"),
            source=self.source,
            extra=self.extra,
        )

    def _read_content(self) -> None:
        body = self.body
        if self.text is not None:
            self.kind, self.action = "text", "handle"
            self._read_command()
            if "command" not in self.extra and not self.is_group:
                self.kind = chat_keyword(self.text) or "text"
        elif self._read_media():
            self.kind, self.action = "media", "handle"
        elif place := self._place():
            self.kind, self.action = "location", "handle"
            self.extra["location"] = place
        elif contact := fields.mapping(body, "contact"):
            self.kind, self.action = "contact", "handle"
            self._read_contact(contact)
        elif form := fields.mapping(body, "web_app_data"):
            self.kind, self.action = "form", "handle"
            self.extra["data"] = fields.decoded(fields.text(form, "data"))
            self.extra["button"] = fields.text(form, "button_text")
        else:
            self._read_notice()

    def _read_media(self) -> bool:
        photos = list(fields.items(self.body, "photo"))
        if photos:
            # Sizes of one picture, the largest last.
            self._attach("image", None, photos[-1])
        else:
            for key, (kind, what) in _MEDIA.items():
                if file := fields.mapping(self.body, key):
                    self._attach(kind, what, file)
                    break
        self.text = fields.text(self.body, "caption") or fields.text(self.body, "sticker", "emoji")
        return bool(self.attachments)

    def _attach(
        self,
        kind: Literal["image", "video", "audio", "voice", "document", "sticker"],
        what: str | None,
        file: Mapping[str, Any],
    ) -> None:
        size = fields.number(file, "file_size")
        self.attachments = (
            Attachment(
                kind=kind,
                provider_id=fields.word(file, "file_id") or None,
                mime_type=fields.word(file, "mime_type") or None,
                filename=fields.text(file, "file_name"),
                size=size,
                what=what,
            ),
        )
        if size is not None and size > _LARGEST_DOWNLOAD:
            self.extra["downloadable"] = False
        if album := fields.word(self.body, "media_group_id"):
            self.extra["album"] = album

    def _place(self) -> dict[str, Any]:
        venue = fields.mapping(self.body, "venue")
        point = fields.mapping(self.body, "location") or fields.mapping(venue, "location")
        latitude, longitude = fields.decimal(point, "latitude"), fields.decimal(point, "longitude")
        if latitude is None or longitude is None:
            return {}
        if "live_period" in point:
            self.extra["live"] = True
        names = {"name": fields.text(venue, "title"), "address": fields.text(venue, "address")}
        return {"lat": latitude, "lon": longitude, **{key: value for key, value in names.items() if value}}

    def _read_contact(self, contact: Mapping[str, Any]) -> None:
        raw = fields.word(contact, "phone_number")
        names = [name for key in ("first_name", "last_name") if (name := fields.text(contact, key))]
        card = {"name": " ".join(names), "phone": canonical_phone(raw) or raw}
        self.extra["contacts"] = [{key: value for key, value in card.items() if value}]
        owner = fields.word(contact, "user_id")
        # Only a card whose owner is the sender is proven to be theirs.
        self.extra["own_number"] = bool(owner) and owner == fields.word(self.body, "from", "id")

    def _read_notice(self) -> None:
        body = self.body
        own = fields.number(self.chat, "id")
        to_chat, from_chat = (
            fields.number(body, "migrate_to_chat_id"),
            fields.number(body, "migrate_from_chat_id"),
        )
        if to_chat is not None or from_chat is not None:
            self.kind = "migration"
            self.extra |= {"from_chat": own if from_chat is None else from_chat}
            self.extra |= {"to_chat": own if to_chat is None else to_chat}
            return
        for key, change in _MEMBERSHIP_NOTICES.items():
            if key in body:
                self.kind = "membership"
                users = list(fields.items(body, key)) or [fields.mapping(body, key)]
                self.extra |= {"user": change, "user_ids": [fields.number(user, "id") for user in users]}
                return
        for key in _NOTICES:
            if key in body:
                self.kind = "system"
                self.extra["type"] = key
                return
        for key in _UNREADABLE:
            if key in body:
                self.kind, self.action = "unsupported", "handle"
                self.extra["what"] = key
                return

    def _read_command(self) -> None:
        """A command counts only at the very start; offsets are in UTF-16 units."""
        text = self.text or ""
        units = text.encode("utf-16-le", "surrogatepass")
        for entity in fields.items(self.body, "entities"):
            offset, length = fields.number(entity, "offset"), fields.number(entity, "length")
            if offset is None or length is None or offset < 0 or length < 0:
                continue
            word = units[offset * 2 : (offset + length) * 2].decode("utf-16-le", "replace")
            what = fields.word(entity, "type")
            if what == "mention" and self.bot_username and word.lower() == f"@{self.bot_username}":
                self.extra["mention"] = True
            elif what == "bot_command" and offset > 0:
                self.extra["command_entity"] = word
            elif what == "bot_command":
                name, _, bot = word.removeprefix("/").partition("@")
                if bot and self.bot_username and bot.lower() != self.bot_username:
                    self.action = "ignore"
                    continue
                self.extra["command"] = name.lower()
                argument = units[(offset + length) * 2 :].decode("utf-16-le", "replace").strip()
                if name.lower() == "start" and argument:
                    self.payload = argument
                    self.source = {"deep_link": argument}

    def _reply_to(self) -> str:
        replied = fields.mapping(self.body, "reply_to_message")
        thread = fields.word(self.body, "message_thread_id")
        if self.body.get("is_topic_message") is True and fields.word(replied, "message_id") == thread:
            # Every message of a topic "replies" to the notice that opened it.
            return ""
        return _message_id(replied)

    def _read_circumstances(self) -> None:
        body = self.body
        if username := fields.word(body, "from", "username"):
            self.extra["username"] = username
        if language := fields.word(body, "from", "language_code"):
            self.extra["language"] = language
        if "forward_origin" in body or "forward_date" in body:
            self.extra["forwarded"] = True
        if quote := fields.text(body, "quote", "text"):
            self.extra["quote"] = quote
        if (thread := fields.number(body, "message_thread_id")) is not None:
            self.extra["thread"] = thread
        to_bot = bool(self.bot_id) and fields.word(body, "reply_to_message", "from", "id") == self.bot_id
        if self.is_group and self.kind == "text" and "command" not in self.extra and not to_bot:
            # Such a message arrives only with privacy mode off or the bot as an admin.
            self.extra["needs_privacy_off_or_admin"] = True

    def _ignore_what_is_not_ours(self) -> None:
        writer = fields.word(self.body, "from", "id")
        reason = ""
        if self.what in ("channel_post", "edited_channel_post"):
            reason = "channel post"
        elif connection := fields.word(self.body, "business_connection_id"):
            reason = "written to a person's business chat"
            self.extra["business_connection_id"] = connection
        elif self.kind in ("migration", "membership", "system"):
            return
        elif writer in _NOBODY:
            reason = _NOBODY[writer]
        elif fields.mapping(self.body, "from").get("is_bot") is True:
            reason = "written by a bot"
        if reason:
            self.action = "ignore"
            self.extra["reason"] = reason


def _tap(query: Mapping[str, Any]) -> Incoming:
    """A tapped inline button. The data is the client's word: the presser must be authorised, not the chat."""
    message = fields.mapping(query, "message")
    data = fields.text(query, "data")
    extra = _group_facts(fields.mapping(message, "chat"))
    if fields.number(message, "date") == 0:
        extra["inaccessible"] = True
    label = None
    rows = fields.mapping(message, "reply_markup").get("inline_keyboard")
    for row in rows if isinstance(rows, list) else []:
        for button in row if isinstance(row, list) else []:
            if fields.text(button, "callback_data") == data:
                label = label or fields.text(button, "text")
    return Incoming(
        kind="choice",
        action="handle",
        **_who(query),
        message_id=f"cbq:{fields.word(query, 'id')}",
        text=label,
        payload=data,
        reply_to=_message_id(message) or None,
        extra=extra,
    )


def _member(body: Mapping[str, Any], *, own: bool) -> Incoming:
    chat = fields.mapping(body, "chat")
    old, new = fields.word(body, "old_chat_member", "status"), fields.word(body, "new_chat_member", "status")
    extra = _group_facts(chat)
    away = ("left", "kicked", "")
    if not own:
        joined = new == "member" and old in away
        extra["user"] = "joined" if joined else new
        extra["user_id"] = fields.number(body, "new_chat_member", "user", "id")
    elif fields.word(chat, "type") == "private":
        extra["bot"] = "blocked" if new == "kicked" else "unblocked"
    else:
        changes = {"kicked": "removed", "left": "removed", "member": "added" if old in away else "member"}
        extra["bot"] = changes.get(new, new)
    if own and new in ("kicked", "left"):
        extra["stop_sending"] = True
    return Incoming(
        kind="membership", action="record", **_who(body), sent_at=fields.instant(body, "date"), extra=extra
    )


def _reaction(body: Mapping[str, Any]) -> Incoming:
    emoji = ""
    extra = _group_facts(fields.mapping(body, "chat"))
    for reaction in fields.items(body, "new_reaction"):
        emoji = (
            emoji
            or fields.text(reaction, "emoji")
            or ("⭐" if fields.word(reaction, "type") == "paid" else "")
        )
        if custom := fields.word(reaction, "custom_emoji_id"):
            extra["custom_emoji"] = custom
    return Incoming(
        kind="reaction",
        action="record",
        **_who(body),
        text=emoji,
        reply_to=_message_id(body) or None,
        sent_at=fields.instant(body, "date"),
        extra=extra,
    )
