"""WhatsApp through Meta's Cloud API.

Required credentials: `app_secret`, `access_token`, `phone_number_id`. A person may
have no phone number here: the business-scoped id (`GB.1184...`) stands in its place
and is answered in the field `recipient` instead of `to`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from bot.channels import _downloads, _meta, rendering
from bot.channels import _fields as fields
from bot.channels import _whatsapp_events as events
from bot.channels._addresses import canonical_phone, digits_of, is_bsuid
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
    Review,
    SendFailed,
    Sent,
    TemplateStatus,
    TemplateText,
    WebhookRequest,
)

CREDENTIALS = (
    "app_secret",
    "verify_token",
    "access_token",
    "phone_number_id",
    "waba_id",
    "display_phone_number",
)

LIMITS = Limits(
    text=4096,
    # 80 a second for a number (in and out); 1 in 6 s to the same person, of which 45 may be borrowed at once.
    pace=Pace(1 / 75, 30),
    pace_person=Pace(6.0, 40),
    buttons=3,
    button_title=20,
    list_rows=10,
    list_title=24,
    interactive_text=1024,
    templates=True,
    reply_window=dt.timedelta(hours=24),
    echoes_reference=True,
    address_kind="phone",
    button_id=200,
    caption=1024,
    attachments=frozenset({"image", "video", "audio", "voice", "document", "sticker"}),
)

ERRORS: _meta.ErrorTable = {
    # Token, permission, account
    (0, None): "alert_operator", (3, None): "alert_operator", (10, None): "alert_operator",
    (190, None): "alert_operator", (368, None): "alert_operator", (130497, None): "alert_operator",
    (131005, None): "alert_operator", (131030, None): "alert_operator", (131031, None): "alert_operator",
    (131042, None): "alert_operator", (131045, None): "alert_operator", (131048, None): "alert_operator",
    (131063, None): "alert_operator", (131064, None): "alert_operator", (133010, None): "alert_operator",
    # Passing trouble
    (1, None): "retry_backoff", (2, None): "retry_backoff", (131000, None): "retry_backoff",
    (131016, None): "retry_backoff", (133004, None): "retry_backoff", (131057, None): "retry_later_once",
    # Pace
    (4, None): "retry_backoff_global", (80007, None): "retry_backoff_global",
    (130429, None): "retry_backoff_global", (131056, None): "retry_backoff_pair",
    # The person
    (131047, None): "send_template", (131026, None): "mark_unreachable", (131049, None): "wait_24h_no_retry",
    (131050, None): "opt_out_marketing", (130472, None): "fail_no_retry", (131021, None): "fail_no_retry",
    # The message
    (33, None): "fail_no_retry", (100, None): "fail_no_retry", (131008, None): "fail_no_retry",
    (131009, None): "fail_no_retry", (135000, None): "fail_no_retry", (131051, None): "fail_no_retry",
    (131052, None): "fail_no_retry", (131053, None): "fail_no_retry", (131062, None): "fail_no_retry",
    # Message templates
    (132000, None): "alert_operator", (132001, None): "alert_operator", (132005, None): "alert_operator",
    (132007, None): "alert_operator", (132012, None): "alert_operator", (132015, None): "alert_operator",
    (132016, None): "alert_operator",
}  # fmt: skip
"""Meta's error codes, from the API and from failed statuses. Any other code is final."""


STOPS: Mapping[str, Repair] = {
    **_meta.STOPS,
    "131005": "permission", "368": "restricted", "131031": "restricted", "131042": "payment",
    "131045": "registration", "133010": "registration",
}  # fmt: skip


class WhatsAppCloud(Channel):
    """The channel "whatsapp"."""

    name = "whatsapp"
    provider: Literal["meta", "twilio", "telegram"] = "meta"
    account_id_name = "phone_number_id"
    limits = LIMITS
    credentials: Sequence[str] = CREDENTIALS
    stops = STOPS
    template_errors: Mapping[str, TemplateStatus] = {
        "132000": "disabled", "132001": "missing", "132005": "disabled", "132007": "rejected", "132012": "disabled",
        "132015": "paused", "132016": "disabled",
    }  # fmt: skip
    facts: Sequence[str] = ("phone_number_id",)

    def proven(self, request: WebhookRequest, accounts: Sequence[InboxAccount]) -> list[InboxAccount]:
        """By the Meta app's secret."""
        return _meta.proven(request, accounts, ("app_secret",))

    def serves(self, account: InboxAccount, account_id: str) -> bool:
        """By phone_number_id; notices about the business account name its WABA instead."""
        known = (
            account.external_id,
            account.credentials.get("phone_number_id"),
            account.credentials.get("waba_id"),
        )
        return account_id in known

    def split(self, request: WebhookRequest) -> list[KeptPayload]:
        """Every item of every change of every entry; Meta sends up to a thousand in one request."""
        found = _meta.envelope(request.body)
        if fields.word(found, "object") != _meta.WHATSAPP_OBJECT:
            return []
        return [
            kept
            for entry in fields.items(found, "entry")
            for change in fields.items(entry, "changes")
            for kept in _split_change(entry, change)
        ]

    def parse(self, payload: Mapping[str, Any]) -> list[Incoming]:
        """One event per item."""
        kind = fields.word(payload, "kind")
        if kind == "message":
            return [events.message(payload)]
        if kind == "status":
            return [events.status(payload, ERRORS)]
        if kind == "echo":
            return [events.echo(payload)]
        if kind == "preference":
            return [events.preference(payload)]
        return [events.notice(payload)]

    def address_of(self, person: str) -> str:
        """Digits without plus, as WhatsApp's own ids; business-scoped ids stay as they are."""
        return person if is_bsuid(person) else digits_of(person)

    def send(self, account: InboxAccount, message: Outgoing) -> Sent:
        """Accepted means accepted only: what became of it comes as statuses."""
        body = _body(account, rendering.fitted(message, LIMITS))
        answer = _meta.GRAPH.post(_url(account, "messages"), _token(account), ERRORS, json=body)
        first: Mapping[str, Any] = next(fields.items(answer, "messages"), {})
        sent_id = fields.word(first, "id")
        if not sent_id:
            raise SendFailed("answer without a message id", next="retry_backoff", uncertain=True)
        return Sent(sent_id)

    def fetch(self, account: InboxAccount, attachment: Attachment, *, most: int) -> bytes:
        """By the media's id: its URL lives five minutes, so a new one is asked for each time, twice where it is gone."""
        if not attachment.provider_id:
            raise SendFailed("no media id", next="fail_no_retry")
        current = settings()
        where = f"{current.meta_base_url.rstrip('/')}/{current.meta_api_version}/{attachment.provider_id}"
        bearer = {"Authorization": f"Bearer {_token(account)}"}
        for attempt in (1, 2):
            told = _meta.GRAPH.get(where, _token(account), ERRORS, {})
            if (fields.number(told, "file_size") or 0) > most:
                raise SendFailed("more bytes than are taken", next="fail_no_retry", code=_downloads.TOO_BIG)
            try:
                return _downloads.download(fields.word(told, "url"), most=most, headers=bearer)
            except SendFailed as failed:
                if failed.code != "404" or attempt == 2:
                    raise
        raise AssertionError

    def submit_template(self, account: InboxAccount, template: TemplateText) -> Review:
        """Create it at the business account; review takes up to a day."""
        components: list[dict[str, Any]] = [{"type": "BODY", "text": template.body}]
        if template.examples:
            components[0]["example"] = {"body_text": [list(template.examples)]}
        if template.buttons:
            quick = [{"type": "QUICK_REPLY", "text": title} for title in template.buttons]
            components.append({"type": "BUTTONS", "buttons": quick})
        body = {
            "name": template.name, "language": template.language, "category": template.category,
            "components": components,
        }  # fmt: skip
        answer = _meta.GRAPH.post(_templates_url(account), _token(account), ERRORS, json=body)
        return events.review({"name": template.name, "language": template.language, **answer})

    def reviews(self, account: InboxAccount) -> list[Review]:
        """All templates of the business account, page by page."""
        found: list[Review] = []
        asked = {"fields": "name,language,status,category,rejected_reason", "limit": "100"}
        while True:
            answer = _meta.GRAPH.get(_templates_url(account), _token(account), ERRORS, asked)
            found += [events.review(item) for item in fields.items(answer, "data")]
            after = fields.word(answer, "paging", "cursors", "after")
            if not after or not fields.word(answer, "paging", "next"):
                return found
            asked = {**asked, "after": after}

    def seen(self, account: InboxAccount, address: str, message_id: str, *, answering: bool) -> None:  # noqa: ARG002
        """Marks the message and all before it as read; the indicator lasts 25 s or until the answer."""
        if not message_id.startswith("wamid."):
            return
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        if answering:
            body["typing_indicator"] = {"type": "text"}
        try:
            _meta.GRAPH.post(_url(account, "messages"), _token(account), ERRORS, json=body)
        except SendFailed:
            return


# The door


def _split_change(entry: Mapping[str, Any], change: Mapping[str, Any]) -> Iterator[KeptPayload]:
    value = fields.mapping(change, "value")
    field = fields.word(change, "field")
    phone_number_id = fields.word(value, "metadata", "phone_number_id")
    account_id = phone_number_id or fields.word(entry, "id")
    errors = list(fields.items(value, "errors"))
    told = {"field": field, "time": entry.get("time")}

    def contact_of(*ids: str) -> Mapping[str, Any] | None:
        # By id and not by position: the two lists have orders of their own.
        known = {one for one in ids if one}
        people = [(one, events.ids_of_contact(one)) for one in fields.items(value, "contacts")]
        for contact, theirs in people:
            if theirs & known:
                return contact
        # One number has older forms: the two lists need not spell it alike.
        numbers = {number for one in known if (number := canonical_phone(one))}
        for contact, theirs in people:
            if numbers & {canonical_phone(one) for one in theirs}:
                return contact
        return people[0][0] if not known and len(people) == 1 else None

    def kept(key: str, address: str, kind: str, item: Any, waits: bool = False, **more: Any) -> KeptPayload:
        payload = {"kind": kind, "item": item, **told, **more}
        sent_at = fields.instant(item, "timestamp") or fields.instant(told, "time")
        return KeptPayload(key, account_id, address, sent_at, payload, waits)

    empty = True
    for item in fields.items(value, "messages"):
        empty = False
        phone, bsuid = fields.word(item, "from"), fields.word(item, "from_user_id")
        contact = contact_of(phone, bsuid, fields.word(item, "from_parent_user_id"))
        address = events.address_of_message(item, contact)
        key = fields.word(item, "id") or f"message:{fields.fingerprint(item)}"
        group = fields.word(item, "group_id")
        yield kept(key, group or address, "message", item, _is_typed(item), contact=contact, errors=errors)
    for item in fields.items(value, "message_echoes"):
        empty = False
        address = events.address_of(fields.word(item, "to"), fields.word(item, "to_user_id"))
        yield kept(fields.word(item, "id") or f"echo:{fields.fingerprint(item)}", address, "echo", item)
    for item in fields.items(value, "statuses"):
        empty = False
        address = events.address_of(fields.word(item, "recipient_id"), fields.word(item, "recipient_user_id"))
        own_id = fields.word(item, "id") or fields.fingerprint(item)
        yield kept(f"{own_id}:{fields.word(item, 'status')}", address, "status", item)
    for item in fields.items(value, "user_preferences"):
        empty = False
        address = events.address_of(fields.word(item, "wa_id"), fields.word(item, "user_id"))
        contact = contact_of(fields.word(item, "wa_id"), fields.word(item, "user_id"))
        key = f"preference:{fields.fingerprint(item)}"
        yield kept(key, address, "preference", item, contact=contact)
    about = {
        key: found for key, found in value.items() if key not in ("messaging_product", "metadata", "contacts")
    }
    if empty and (errors or any(found not in ([], None) for found in about.values())):
        yield kept(f"notice:{fields.fingerprint(field, about, told)}", "", "notice", about)


def _is_typed(item: Mapping[str, Any]) -> bool:
    return fields.word(item, "type") == "text" and chat_keyword(fields.text(item, "text", "body")) is None


# Sending


def _url(account: InboxAccount, what: str) -> str:
    current = settings()
    number = account.credentials.get("phone_number_id") or account.external_id
    return f"{current.meta_base_url.rstrip('/')}/{current.meta_api_version}/{number}/{what}"


def _templates_url(account: InboxAccount) -> str:
    waba = account.credentials.get("waba_id")
    if not waba:
        raise SendFailed(
            "no waba_id among the inbox's credentials", next="alert_operator", code="not_configured"
        )
    current = settings()
    return f"{current.meta_base_url.rstrip('/')}/{current.meta_api_version}/{waba}/message_templates"


def _token(account: InboxAccount) -> str:
    token = account.credentials.get("access_token")
    if not token:
        raise SendFailed("no access token configured", next="alert_operator", code="not_configured")
    return token


def _body(account: InboxAccount, message: Outgoing) -> dict[str, Any]:
    body: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    if is_bsuid(message.to):
        body["recipient"] = message.to
    else:
        # Without the plus, the business number's country code may be put before it.
        body["to"] = f"+{digits_of(message.to)}"
    if message.reply_to and message.reply_to.startswith("wamid."):
        body["context"] = {"message_id": message.reply_to}
    if message.reference:
        body["biz_opaque_callback_data"] = message.reference[:512]
    if message.template is not None:
        return body | {"type": "template", "template": _template(message.template, message)}
    if message.attachment is not None:
        return body | _media(account, message)
    form = rendering.form_of(message.buttons, LIMITS)
    if form == "text":
        return body | {"type": "text", "text": {"body": message.text, "preview_url": False}}
    return body | {"type": "interactive", "interactive": _interactive(message, form)}


def _interactive(message: Outgoing, form: rendering.Form) -> dict[str, Any]:
    text = {"text": message.text}
    if form == "buttons":
        buttons = [{"type": "reply", "reply": {"id": one.id, "title": one.title}} for one in message.buttons]
        return {"type": "button", "body": text, "action": {"buttons": buttons}}
    rows = [
        {"id": button.id, "title": button.title, **({"description": description} if description else {})}
        for button, description in rendering.list_rows(message.buttons, LIMITS)
    ]
    label = rendering.shorten(message.menu, 20)
    return {"type": "list", "body": text, "action": {"button": label, "sections": [{"rows": rows}]}}


def _template(template: Mapping[str, Any], message: Outgoing) -> dict[str, Any]:
    """`{name, language, variables: [..] or {name: value}}`, its quick replies' payloads from the buttons."""
    if isinstance(template.get("components"), list):
        components = list(template["components"])
    else:
        values = template.get("variables") or []
        named = values.items() if isinstance(values, Mapping) else [("", value) for value in values]
        parameters = [
            {"type": "text", **({"parameter_name": name} if name else {}), "text": str(value)}
            for name, value in named
        ]
        components = [{"type": "body", "parameters": parameters}] if parameters else []
        components += [
            {
                "type": "button", "sub_type": "quick_reply", "index": str(index),
                "parameters": [{"type": "payload", "payload": button.id}],
            }
            for index, button in enumerate(message.buttons)
        ]  # fmt: skip
    language = {"code": str(template.get("language", "en"))}
    return {"name": str(template.get("name", "")), "language": language, "components": components}


def _media(account: InboxAccount, message: Outgoing) -> dict[str, Any]:
    attachment = message.attachment
    assert attachment is not None
    kind = "audio" if attachment.kind == "voice" else attachment.kind
    media: dict[str, Any] = {}
    if message.attachment_bytes:
        media["id"] = _upload(account, message)
    elif attachment.provider_id:
        media["id"] = attachment.provider_id
    else:
        media["link"] = attachment.url
    if message.text and kind in ("image", "video", "document"):
        media["caption"] = message.text
    if attachment.filename and kind == "document":
        media["filename"] = attachment.filename
    return {"type": kind, kind: media}


def _upload(account: InboxAccount, message: Outgoing) -> str:
    attachment = message.attachment
    assert attachment is not None
    assert message.attachment_bytes is not None
    mime = attachment.mime_type or "application/octet-stream"
    if mime.startswith("text/"):
        # Of the text types the media endpoint takes only plain text; a calendar opens by its file name.
        mime = "text/plain"
    try:
        answer = _meta.GRAPH.post(
            _url(account, "media"),
            _token(account),
            ERRORS,
            data={"messaging_product": "whatsapp", "type": mime},
            files={"file": (attachment.filename or "file", message.attachment_bytes, mime)},
        )
    except SendFailed as failed:
        failed.uncertain = False  # nothing reaches the person before the message that names the upload
        raise
    media_id = fields.word(answer, "id")
    if not media_id:
        raise SendFailed("upload without an id", next="retry_backoff")
    return media_id


CHANNEL = WhatsAppCloud()
