"""Instagram direct messages through Meta's API.

Required credentials: `app_secret` or `instagram_app_secret` (either may sign, by how
the account was connected), `access_token`, `account_id`. `app_id` tells our own echoes
from those of people answering in the Instagram app.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from bot.channels import _downloads, _meta, rendering
from bot.channels import _fields as fields
from bot.channels._keywords import chat_keyword
from bot.channels._settings import settings
from bot.channels.base import (
    Attachment,
    Channel,
    InboxAccount,
    Incoming,
    KeptPayload,
    Limits,
    Outgoing,
    Pace,
    Repair,
    SendFailed,
    Sent,
    WebhookRequest,
)

CREDENTIALS = ("app_secret", "instagram_app_secret", "verify_token", "access_token", "account_id", "app_id")

LIMITS = Limits(
    text=1000,
    # 300 texts a second for an account by the page of March 2026; none for one person.
    pace=Pace(1 / 250, 150),
    text_unit="bytes",
    buttons=13,
    button_title=20,
    human_window=dt.timedelta(days=7),
    asks_profile=True,
    reply_window=dt.timedelta(hours=24),
    button_id=1000,
    caption=0,
    attachments=frozenset({"image", "video", "audio"}),
    attachments_by_url=True,
)

ERRORS: _meta.ErrorTable = {
    (190, None): "alert_operator", (200, None): "alert_operator", (230, None): "alert_operator",
    (3, None): "alert_operator", (10, None): "alert_operator", (10, 1893063): "alert_operator",
    # Outside the window only a person may answer; there are no message templates.
    (10, 2534022): "fail_no_retry", (10, 2018278): "fail_no_retry",
    (551, None): "mark_unreachable", (551, 1545041): "mark_unreachable",
    (100, None): "fail_no_retry", (100, 2534014): "mark_unreachable", (100, 2018001): "mark_unreachable",
    (2534025, None): "fail_no_retry", (2534001, None): "fail_no_retry", (2534013, None): "fail_no_retry",
    (1, None): "retry_backoff", (2, None): "retry_backoff", (1200, None): "retry_backoff",
    (1545133, None): "retry_backoff", (1200, 1545133): "retry_backoff",
    (4, None): "retry_backoff_global", (17, None): "retry_backoff_global", (32, None): "retry_backoff_global",
    (613, None): "retry_backoff_global",
}  # fmt: skip
"""Meta's (code, subcode) for Instagram messaging; any other code is final."""

_KINDS: dict[str, Literal["image", "video", "audio", "document", "sticker", "other"]] = {
    "image": "image", "video": "video", "audio": "audio", "file": "document", "sticker": "sticker",
    "share": "other", "ig_post": "other", "post": "other", "ig_reel": "other", "reel": "other",
    "ig_story": "other", "story": "other", "story_mention": "other", "template": "other",
    "generic_template": "other", "ephemeral": "other", "animated_image": "image", "fallback": "other",
}  # fmt: skip
_EVENTS = ("message", "postback", "reaction", "read", "referral", "optin", "message_edit")
_COMMENT_FIELDS = ("comments", "live_comments", "mentions")


class Instagram(Channel):
    """The channel "instagram"."""

    name = "instagram"
    provider: Literal["meta", "twilio", "telegram"] = "meta"
    account_id_name = "account"
    limits = LIMITS
    credentials: Sequence[str] = CREDENTIALS
    stops: Mapping[str, Repair] = {**_meta.STOPS, "10/1893063": "restricted"}
    facts: Sequence[str] = ("account_id", "app_id")

    def proven(self, request: WebhookRequest, accounts: Sequence[InboxAccount]) -> list[InboxAccount]:
        """By the Meta or the Instagram app's secret: which one signs depends on how the account was connected."""
        return _meta.proven(request, accounts, ("app_secret", "instagram_app_secret"))

    def serves(self, account: InboxAccount, account_id: str) -> bool:
        """By the Instagram account's id."""
        return account_id in (account.external_id, account.credentials.get("account_id"))

    def split(self, request: WebhookRequest) -> list[KeptPayload]:
        """Every item of every entry, also those of threads that another app owns."""
        found = _meta.envelope(request.body)
        if fields.word(found, "object") != _meta.INSTAGRAM_OBJECT:
            return []
        return [kept for entry in fields.items(found, "entry") for kept in _split_entry(entry)]

    def parse(self, payload: Mapping[str, Any]) -> list[Incoming]:
        """One event per item."""
        kind = fields.word(payload, "kind")
        if kind == "change":
            return [_change(payload)]
        return [_messaging(payload, standby=kind == "standby")]

    def address_of(self, person: str) -> str:
        """Scoped ids have one form; nobody can be written to first."""
        return person

    def send(self, account: InboxAccount, message: Outgoing) -> Sent:
        """Within 24 hours of the person's message; a person of the staff has seven days."""
        message = rendering.fitted(message, LIMITS)
        body: dict[str, Any] = {"recipient": {"id": message.to}, "message": _content(message)}
        if message.human:
            # Seven days instead of 24 hours, for answers written by a person only.
            body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        else:
            body["messaging_type"] = "RESPONSE"
        answer = self._post(account, body)
        sent_id = fields.word(answer, "message_id")
        if not sent_id:
            raise SendFailed("answer without a message id", next="retry_backoff", uncertain=True)
        return Sent(sent_id)

    def seen(self, account: InboxAccount, address: str, message_id: str, *, answering: bool) -> None:  # noqa: ARG002
        """Instagram's documents are unsure of both actions: a refusal means nothing."""
        for action in ("mark_seen", "typing_on") if answering else ("mark_seen",):
            try:
                self._post(account, {"recipient": {"id": address}, "sender_action": action})
            except SendFailed:
                return

    def fetch(self, account: InboxAccount, attachment: Attachment, *, most: int) -> bytes:  # noqa: ARG002
        """From the CDN's address in the message, which is signed, needs no token and expires."""
        url = attachment.url or ""
        if not (_downloads.is_https(url) or _downloads.is_at(url, settings().instagram_base_url)):
            raise SendFailed("no address to fetch it from", next="fail_no_retry")
        return _downloads.download(url, most=most)

    def profile_name(self, account: InboxAccount, address: str) -> str | None:
        """Webhooks hold no names; the profile of somebody who has written may be asked for (IGSID node, ``name``)."""
        token = account.credentials.get("access_token")
        if not token:
            return None
        current = settings()
        url = f"{current.instagram_base_url.rstrip('/')}/{current.meta_api_version}/{address}"
        try:
            answer = _meta.GRAPH.get(url, token, ERRORS, {"fields": "name,username"})
        except SendFailed:
            return None
        return fields.word(answer, "name") or None

    def _post(self, account: InboxAccount, body: Mapping[str, Any]) -> Mapping[str, Any]:
        token = account.credentials.get("access_token")
        if not token:
            raise SendFailed("no access token configured", next="alert_operator", code="not_configured")
        current = settings()
        own = account.credentials.get("account_id") or account.external_id
        url = f"{current.instagram_base_url.rstrip('/')}/{current.meta_api_version}/{own}/messages"
        return _meta.GRAPH.post(url, token, ERRORS, json=body)


def _content(message: Outgoing) -> dict[str, Any]:
    attachment = message.attachment
    if attachment is not None:
        kind = "audio" if attachment.kind == "voice" else attachment.kind
        return {"attachment": {"type": kind, "payload": {"url": attachment.url}}}
    content: dict[str, Any] = {"text": message.text}
    if message.buttons:
        content["quick_replies"] = [
            {"content_type": "text", "title": button.title, "payload": button.id}
            for button in message.buttons
        ]
    return content


# The door


def _split_entry(entry: Mapping[str, Any]) -> Iterator[KeptPayload]:
    account_id = fields.word(entry, "id")
    told = {"entry_id": account_id, "time": entry.get("time")}
    for kind in ("messaging", "standby"):
        for item in fields.items(entry, kind):
            key = _key(item)
            if kind == "standby":
                # The same message comes again as ours when the other app hands the thread over.
                key = f"standby:{key}"
            waits = kind == "messaging" and _is_typed(item)
            sent_at = fields.instant(item, "timestamp") or fields.instant(entry, "time")
            payload = {"kind": kind, "item": item, **told}
            yield KeptPayload(key, account_id, _person(item, account_id), sent_at, payload, waits)
    for change in fields.items(entry, "changes"):
        value = fields.mapping(change, "value")
        address = fields.word(value, "from", "id") or fields.word(value, "sender", "id")
        own_id = (
            fields.word(value, "id")
            or fields.word(value, "comment_id")
            or fields.word(value, "message", "mid")
        )
        key = f"{fields.word(change, 'field')}:{own_id or fields.fingerprint(change, told)}"
        payload = {"kind": "change", "item": change, **told}
        yield KeptPayload(key, account_id, address, fields.instant(entry, "time"), payload, waits=False)


def _key(item: Mapping[str, Any]) -> str:
    """The mid; a deletion, an edit, a reaction or a receipt repeats the mid of the message it is about."""
    stamp = f"{fields.word(item, 'sender', 'id')}:{fields.word(item, 'timestamp')}"
    if mid := fields.word(item, "message", "mid"):
        return f"{mid}:deleted" if item["message"].get("is_deleted") is True else mid
    if postback := fields.mapping(item, "postback"):
        return fields.word(postback, "mid") or f"{stamp}:{fields.word(postback, 'payload')}"
    if reaction := fields.mapping(item, "reaction"):
        return f"{fields.word(reaction, 'mid')}:{fields.word(reaction, 'action')}:{stamp}"
    if read := fields.mapping(item, "read"):
        return f"{fields.word(read, 'mid')}:read:{stamp}"
    if edit := fields.mapping(item, "message_edit"):
        return f"{fields.word(edit, 'mid')}:edit:{fields.word(edit, 'num_edit') or stamp}"
    return f"{stamp}:{fields.fingerprint(item)}"


def _is_echo(item: Mapping[str, Any], own_id: str) -> bool:
    return (
        fields.mapping(item, "message").get("is_echo") is True or fields.word(item, "sender", "id") == own_id
    )


def _person(item: Mapping[str, Any], own_id: str) -> str:
    """Who the conversation is with: in an echo the recipient, because the business is the sender."""
    return fields.word(item, "recipient" if _is_echo(item, own_id) else "sender", "id")


def _is_typed(item: Mapping[str, Any]) -> bool:
    message = fields.mapping(item, "message")
    text = fields.text(message, "text")
    if not text or message.get("is_echo") is True or "quick_reply" in message or "attachments" in message:
        return False
    return chat_keyword(text) is None


# Reading


def _messaging(payload: Mapping[str, Any], *, standby: bool) -> Incoming:
    item = fields.mapping(payload, "item")
    own_id = fields.word(payload, "account", "account_id") or fields.word(payload, "entry_id")
    address = _person(item, own_id)
    told: dict[str, Any] = {
        "sender": f"ig:{address}" if address else "",
        "address": address,
        "sent_at": fields.instant(item, "timestamp"),
    }
    if message := fields.mapping(item, "message"):
        if _is_echo(item, own_id):
            return _echo(message, payload, told)
        return _message(message, told, standby=standby)
    action: Literal["handle", "ignore"] = "ignore" if standby else "handle"
    if postback := fields.mapping(item, "postback"):
        referral = _referral(postback)
        return Incoming(
            kind="choice", action=action, **told, message_id=fields.word(postback, "mid"),
            text=fields.text(postback, "title"), payload=fields.text(postback, "payload"),
            source=referral, extra=_extra(referral, standby=standby),
        )  # fmt: skip
    if reaction := fields.mapping(item, "reaction"):
        gone = fields.word(reaction, "action") == "unreact"
        emoji = "" if gone else fields.text(reaction, "emoji") or fields.text(reaction, "reaction") or ""
        return Incoming(
            kind="reaction",
            action="ignore" if fields.word(item, "sender", "id") == own_id else "record",
            **told,
            text=emoji,
            reply_to=fields.word(reaction, "mid") or None,
        )
    if read := fields.mapping(item, "read"):
        return Incoming(kind="seen", action="record", **told, reply_to=fields.word(read, "mid") or None)
    if edit := fields.mapping(item, "message_edit"):
        return Incoming(
            kind="edit", action="record", **told, text=fields.text(edit, "text"),
            reply_to=fields.word(edit, "mid") or None,
        )  # fmt: skip
    if "referral" in item:
        referral = _referral(item)
        extra = _extra(referral, standby=standby) | {
            key: referral[key] for key in ("source",) if key in referral
        }
        return Incoming(
            kind="referral", action=action, **told, payload=referral.get("ref"), source=referral, extra=extra
        )
    if optin := fields.mapping(item, "optin"):
        extra = {"scope": "marketing", "type": fields.word(optin, "type")}
        return Incoming(
            kind="optin", action=action, **told, payload=fields.text(optin, "payload"), extra=extra
        )
    what = next((key for key in item if key not in ("sender", "recipient", "timestamp")), "")
    return Incoming(kind="unknown", action="record", **told, extra={"type": what})


def _message(message: Mapping[str, Any], told: Mapping[str, Any], *, standby: bool) -> Incoming:
    mid = fields.word(message, "mid")
    if message.get("is_deleted") is True:
        return Incoming(kind="delete", action="record", **told, message_id=mid, reply_to=mid or None)
    referral = _referral(message)
    extra = _extra(referral, standby=standby)
    if story := fields.mapping(message, "reply_to", "story"):
        extra["story_id"] = fields.word(story, "id")
        if url := fields.text(story, "url"):
            extra["story_url"] = url
    text = fields.text(message, "text")
    attachments, unread = _attachments(message)
    if text is None and any(
        fields.word(one, "type") == "like_heart" for one in fields.items(message, "attachments")
    ):
        text = "❤️"
    kind: Literal["text", "media", "choice", "optout", "optin", "help", "unsupported", "unknown"]
    payload = None
    if quick_reply := fields.mapping(message, "quick_reply"):
        kind, payload = "choice", fields.text(quick_reply, "payload")
    elif attachments:
        kind = "media"
    elif text:
        kind = chat_keyword(text) or "text"
    elif message.get("is_unsupported") is True:
        kind = "unsupported"
    else:
        kind = "unknown"
        if unread:
            extra["type"] = unread
    action: Literal["handle", "record", "ignore"] = "record" if kind == "unknown" else "handle"
    return Incoming(
        kind=kind, action="ignore" if standby else action, **told, message_id=mid, text=text, payload=payload,
        reply_to=fields.word(message, "reply_to", "mid") or None, attachments=attachments,
        source=referral, extra=extra,
    )  # fmt: skip


def _echo(message: Mapping[str, Any], payload: Mapping[str, Any], told: Mapping[str, Any]) -> Incoming:
    """A message of the business itself. A foreign one means that a person answered.

    Without a known app id of ours, an echo that names an app cannot be told apart from
    our own; the caller then compares the message id with what it sent.
    """
    own_app, app = fields.word(payload, "account", "app_id"), fields.word(message, "app_id")
    own = bool(app) and app == own_app
    by_person = not app or bool(own_app and app != own_app)
    extra: dict[str, Any] = {"recipient": told["sender"], "pause_bot": by_person}
    if own or by_person:
        extra["own"] = own
    return Incoming(
        kind="delete" if message.get("is_deleted") is True else "echo",
        action="record",
        address=told["address"],
        sent_at=told["sent_at"],
        message_id=fields.word(message, "mid"),
        text=fields.text(message, "text"),
        attachments=_attachments(message)[0],
        extra=extra,
    )


def _attachments(message: Mapping[str, Any]) -> tuple[tuple[Attachment, ...], str]:
    """The attachments we know, and the type of the first that we do not."""
    found, unread = [], ""
    for one in fields.items(message, "attachments"):
        what = fields.word(one, "type")
        if what in _KINDS:
            found.append(
                Attachment(
                    kind=_KINDS[what],
                    provider_id=fields.word(one, "payload", "reel_video_id") or None,
                    url=fields.word(one, "payload", "url") or None,
                    filename=fields.text(one, "payload", "title"),
                    what=what,
                )
            )
        elif what != "like_heart":
            unread = unread or what
    return tuple(found), unread


def _referral(holder: Mapping[str, Any]) -> dict[str, str]:
    """The ad, link or product that brought the person, flattened."""
    referral = fields.mapping(holder, "referral")
    found = fields.flat(referral)
    if product := fields.word(referral, "product", "id"):
        found["product"] = product
    return found | fields.flat(fields.mapping(referral, "ads_context_data"))


def _extra(referral: Mapping[str, str], *, standby: bool) -> dict[str, Any]:
    return {**({"referral": dict(referral)} if referral else {}), **({"standby": True} if standby else {})}


def _change(payload: Mapping[str, Any]) -> Incoming:
    """Comments and mentions; message fields arrive here only from the dashboard's test button."""
    item = fields.mapping(payload, "item")
    field, value = fields.word(item, "field"), fields.mapping(item, "value")
    sent_at = fields.instant(payload, "time")
    if field in _EVENTS or field == "messages" or field.startswith("messaging_"):
        extra = {"reason": "app dashboard test button", "field": field}
        return Incoming(kind="test", action="ignore", sent_at=sent_at, extra=extra)
    if field not in _COMMENT_FIELDS:
        return Incoming(kind="unknown", action="record", sent_at=sent_at, extra={"field": field})
    person = fields.word(value, "from", "id")
    own_id = fields.word(payload, "account", "account_id") or fields.word(payload, "entry_id")
    extra = {"field": field}
    if username := fields.word(value, "from", "username"):
        extra["username"] = username
    if media := fields.word(value, "media", "id") or fields.word(value, "media_id"):
        extra["media"] = media
    return Incoming(
        kind="comment",
        action="ignore" if person and person == own_id else "record",
        sender=f"ig:{person}" if person else "",
        address=person,
        message_id=fields.word(value, "id") or fields.word(value, "comment_id"),
        text=fields.text(value, "text"),
        reply_to=fields.word(value, "parent_id") or None,
        sent_at=sent_at,
        extra=extra,
    )


CHANNEL = Instagram()
