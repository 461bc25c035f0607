"""WhatsApp Cloud API items → `Incoming`: messages, echoes, statuses, preferences and account notices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from bot.channels import _fields as fields
from bot.channels import _meta
from bot.channels._addresses import canonical_phone, is_bsuid
from bot.channels._keywords import chat_keyword, stops_marketing
from bot.channels.base import (
    Attachment,
    DeliveryStatus,
    Incoming,
    IncomingAction,
    IncomingKind,
    Review,
    TemplateStatus,
)

STATUSES: dict[str, DeliveryStatus] = {
    "sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed",
}  # fmt: skip
TEMPLATE_FIELDS = (
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
)
SYSTEM_FIELDS = (
    "account_update", "account_alerts", "account_review_update", "phone_number_quality_update",
    "phone_number_name_update", "business_capability_update", "security",
)  # fmt: skip
_UNREADABLE = (131051, 131052)
"""A type that the API does not pass on, and a file that is too big for it: the person has said something."""
_MEDIA: dict[str, Literal["image", "video", "audio", "document", "sticker"]] = {
    "image": "image", "video": "video", "audio": "audio", "document": "document", "sticker": "sticker",
}  # fmt: skip


def address_of(*ids: str) -> str:
    """Who to answer: the phone as received where one is told, else the business-scoped id."""
    told = [value for value in ids if value]
    return next((value for value in told if not is_bsuid(value)), told[0] if told else "")


def ids_of_contact(contact: Mapping[str, Any]) -> set[str]:
    """Everything by which an item of `contacts[]` can be known."""
    found = {fields.word(contact, key) for key in ("wa_id", "user_id", "parent_user_id")}
    return {one for one in found if one}


def address_of_message(item: Mapping[str, Any], contact: Mapping[str, Any] | None) -> str:
    """Who to answer for an item of `messages[]`: phone, own scoped id, and at last the parent's."""
    return address_of(
        fields.word(item, "from"),
        fields.word(contact, "wa_id"),
        fields.word(item, "from_user_id"),
        fields.word(contact, "user_id"),
        fields.word(item, "from_parent_user_id"),
        fields.word(contact, "parent_user_id"),
        # Older notices of a changed number name the person in their own words only.
        fields.word(item, "system", "customer"),
    )


def sender_of(address: str) -> str:
    """`wa:+E164` or `wa:<BSUID>`; '' where nobody is told."""
    return f"wa:{canonical_phone(address) or address}" if address else ""


def message(payload: Mapping[str, Any]) -> Incoming:
    """The event of one item of `messages[]`."""
    item = fields.mapping(payload, "item")
    contact = fields.mapping(payload, "contact")
    bsuid = _bsuid(item, "from_user_id", "from") or _bsuid(contact, "user_id", "wa_id")
    address = address_of_message(item, contact)
    extra: dict[str, Any] = {}
    if bsuid:
        extra["bsuid"] = bsuid
    if parent := _bsuid(item, "from_parent_user_id") or _bsuid(contact, "parent_user_id"):
        extra["parent_bsuid"] = parent
    if address:
        extra["reply_field"] = "recipient" if is_bsuid(address) else "to"
    if username := fields.word(contact, "profile", "username"):
        extra["username"] = username
    content = _content(item, payload, address)
    extra |= _context(item) | content.extra
    source = _source(item)
    if source:
        extra["referral"] = source
        if source.get("source_type") == "ad":
            extra["free_entry_point"] = True
    group = fields.word(item, "group_id")
    if group:
        extra["group"] = group
    return Incoming(
        kind=content.kind,
        action="ignore" if group else content.action,
        sender=sender_of(address),
        address=address,
        message_id=fields.word(item, "id"),
        name=fields.text(contact, "profile", "name") or None,
        text=content.text,
        payload=content.payload,
        reply_to=content.reply_to or fields.word(item, "context", "id") or None,
        attachments=content.attachments,
        sent_at=fields.instant(item, "timestamp"),
        error_code=str(extra["code"]) if "code" in extra else None,
        source=source,
        group_id=group or None,
        extra=extra,
    )


class _Content:
    """What a message says, apart from who said it."""

    def __init__(
        self, kind: IncomingKind = "unknown", action: IncomingAction = "record", **extra: Any
    ) -> None:
        self.kind = kind
        self.action = action
        self.text: str | None = None
        self.payload: str | None = None
        self.reply_to: str | None = None
        self.attachments: tuple[Attachment, ...] = ()
        self.extra = extra


def _content(item: Mapping[str, Any], payload: Mapping[str, Any], address: str) -> _Content:
    what = fields.word(item, "type")
    body = fields.mapping(item, what)
    content = _Content(type=what)
    if what == "text" and (text := fields.text(body, "body")):
        content = _Content(chat_keyword(text) or "text", "handle")
        content.text = text
    elif what in _MEDIA and body:
        content = _media(what, body)
    elif what == "location" and (place := _location(body)):
        content = _Content("location", "handle", location=place)
    elif what == "contacts":
        content = _cards(item, address)
    elif what == "interactive":
        content = _interactive(body, content)
    elif what == "button" and body:
        content = _button(body)
    elif what == "reaction" and body:
        content = _Content("reaction")
        # A removed reaction comes without an emoji or with an empty one.
        content.text = fields.text(body, "emoji") or ""
        content.reply_to = fields.word(body, "message_id") or None
    elif what == "order" and body:
        content = _Content("order", "handle", items=_ordered(body))
        content.text = fields.text(body, "text")
    elif what == "edit" and body:
        content = _edited(body, payload, address)
    elif what == "revoke" and body:
        content = _Content("delete")
        content.reply_to = fields.word(body, "original_message_id") or None
    elif what == "system":
        content = _system(body)
    elif what == "unsupported":
        content = _Content("unsupported", "handle")
        if detail := fields.word(body, "type"):
            content.extra["what"] = detail
    if content.kind in ("unknown", "unsupported") and (code := _first_code(item, payload)) is not None:
        content.extra["code"] = code
        if code in _UNREADABLE and content.kind == "unknown":
            content.kind, content.action = "unsupported", "handle"
    return content


def _media(what: str, body: Mapping[str, Any]) -> _Content:
    content = _Content("media", "handle")
    content.text = fields.text(body, "caption") or None
    content.attachments = (
        Attachment(
            kind="voice" if what == "audio" and body.get("voice") is True else _MEDIA[what],
            provider_id=fields.word(body, "id") or None,
            url=fields.word(body, "url") or None,
            mime_type=fields.word(body, "mime_type").partition(";")[0].strip() or None,
            filename=fields.text(body, "filename"),
        ),
    )
    return content


def _location(body: Mapping[str, Any]) -> dict[str, Any]:
    latitude, longitude = fields.decimal(body, "latitude"), fields.decimal(body, "longitude")
    if latitude is None or longitude is None:
        return {}
    names = {key: found for key in ("name", "address", "url") if (found := fields.text(body, key))}
    return {"lat": latitude, "lon": longitude, **names}


def _cards(item: Mapping[str, Any], address: str) -> _Content:
    cards, requested = [], fields.word(item, "origin") == "contact_request"
    for card in fields.items(item, "contacts"):
        requested = requested or fields.word(card, "origin") == "contact_request"
        told = {}
        if name := fields.text(card, "name", "formatted_name"):
            told["name"] = name
        for entry in fields.items(card, "phones"):
            raw = fields.word(entry, "wa_id") or fields.word(entry, "phone")
            if raw:
                told["phone"] = canonical_phone(raw) or raw
                break
        cards.append(told)
    own = canonical_phone(address)
    # A number sent on request, or the very number they write from, is proven by the platform.
    own_number = requested or (own is not None and any(card.get("phone") == own for card in cards))
    return _Content("contact", "handle", contacts=cards, own_number=own_number)


def _interactive(body: Mapping[str, Any], fallback: _Content) -> _Content:
    for key in ("button_reply", "list_reply"):
        if reply := fields.mapping(body, key):
            content = _Content("choice", "handle")
            content.text = fields.text(reply, "title")
            content.payload = fields.text(reply, "id")
            return content
    if answer := fields.mapping(body, "nfm_reply"):
        return _Content("form", "handle", data=fields.decoded(fields.text(answer, "response_json")))
    fallback.extra["type"] = fields.word(body, "type") or "interactive"
    return fallback


def _button(body: Mapping[str, Any]) -> _Content:
    label, payload = fields.text(body, "text"), fields.text(body, "payload")
    content = _Content("choice", "handle")
    if stops_marketing(label, payload):
        content = _Content("optout", "handle", scope="marketing")
    elif payload in (None, label) and (word := chat_keyword(label)):
        # The payload equals the label unless we set one: a bare STOP button is the word itself.
        content = _Content(word, "handle")
    content.text, content.payload = label, payload if payload is not None else label
    return content


def _ordered(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "sku": fields.word(product, "product_retailer_id"),
            "qty": fields.number(product, "quantity"),
            "price": fields.decimal(product, "item_price"),
            "currency": fields.word(product, "currency"),
        }
        for product in fields.items(body, "product_items")
    ]


def _edited(body: Mapping[str, Any], payload: Mapping[str, Any], address: str) -> _Content:
    changed = fields.mapping(body, "message")
    inner = _Content()
    if fields.word(changed, "type") not in ("edit", "revoke", "system"):
        inner = _content(changed, payload, address)
    content = _Content("edit")
    content.text, content.attachments = inner.text, inner.attachments
    content.reply_to = fields.word(body, "original_message_id") or None
    return content


def _system(body: Mapping[str, Any]) -> _Content:
    content = _Content("system", type=fields.word(body, "type"))
    content.text = fields.text(body, "body")
    # customer_changed_number and `new_wa_id` are the names of older API versions.
    new_address = fields.word(body, "new_wa_id") or fields.word(body, "wa_id")
    if new_address and not is_bsuid(new_address):
        content.extra["new_address"] = new_address
        content.extra["new_phone"] = canonical_phone(new_address) or new_address
    if new_bsuid := _bsuid(body, "user_id", "wa_id"):
        content.extra["new_bsuid"] = new_bsuid
    return content


def _context(item: Mapping[str, Any]) -> dict[str, Any]:
    context = fields.mapping(item, "context")
    found: dict[str, Any] = {}
    if context.get("frequently_forwarded") is True:
        found = {"forwarded": True, "frequently_forwarded": True}
    elif context.get("forwarded") is True:
        found = {"forwarded": True}
    if product := fields.word(context, "referred_product", "product_retailer_id"):
        found["product"] = product
    return found


def _source(item: Mapping[str, Any]) -> dict[str, str]:
    """The click-to-WhatsApp referral; told once, on the first message, of any type."""
    referral = fields.mapping(item, "referral")
    found = fields.flat(referral)
    if greeting := fields.text(referral, "welcome_message", "text"):
        found["welcome_message"] = greeting
    return found


def _first_code(item: Mapping[str, Any], payload: Mapping[str, Any]) -> int | None:
    for holder in (item, payload):
        for error in fields.items(holder, "errors"):
            if (code := fields.number(error, "code")) is not None:
                return code
    return None


def _bsuid(holder: Mapping[str, Any], *keys: str) -> str:
    return next((value for key in keys if is_bsuid(value := fields.word(holder, key))), "")


def echo(payload: Mapping[str, Any]) -> Incoming:
    """A message that staff typed on the phone app: a person has taken over."""
    item = fields.mapping(payload, "item")
    bsuid = _bsuid(item, "to_user_id", "to")
    address = address_of(fields.word(item, "to"), bsuid)
    content = _content(item, payload, address)
    return Incoming(
        kind="echo",
        action="record",
        address=address,
        message_id=fields.word(item, "id"),
        text=content.text,
        reply_to=fields.word(item, "context", "id") or None,
        attachments=content.attachments,
        sent_at=fields.instant(item, "timestamp"),
        extra={"recipient": sender_of(address), "pause_bot": True, **({"bsuid": bsuid} if bsuid else {})},
    )


def status(payload: Mapping[str, Any], errors: _meta.ErrorTable) -> Incoming:
    """What became of a message of ours; statuses come late, early and in any order."""
    item = fields.mapping(payload, "item")
    raw = fields.word(item, "status")
    extra: dict[str, Any] = {"status": raw}
    if tracker := fields.text(item, "biz_opaque_callback_data"):
        extra["tracker"] = tracker
    pricing = fields.mapping(item, "pricing")
    if isinstance(pricing.get("billable"), bool):
        extra["billable"] = pricing["billable"]
    if pricing:
        extra["pricing"] = fields.flat(pricing)
        extra |= {key: told for key in ("category",) if (told := fields.word(pricing, key))}
    code = _first_code(item, {})
    if code is not None:
        extra["code"] = code
    first: Mapping[str, Any] = next(fields.items(item, "errors"), {})
    known = STATUSES.get(raw)
    return Incoming(
        kind="status",
        action="record",
        address=address_of(fields.word(item, "recipient_id"), fields.word(item, "recipient_user_id")),
        message_id=fields.word(item, "id"),
        sent_at=fields.instant(item, "timestamp"),
        status=known,
        error_code=None if code is None else str(code),
        error_detail=fields.text(first, "error_data", "details") or fields.text(first, "title"),
        next=_meta.next_step(errors, code) if known == "failed" else None,
        extra=extra,
    )


def preference(payload: Mapping[str, Any]) -> Incoming:
    """A person's marketing switch in WhatsApp itself."""
    item = fields.mapping(payload, "item")
    contact = fields.mapping(payload, "contact")
    bsuid = _bsuid(item, "user_id")
    address = address_of(fields.word(item, "wa_id"), bsuid)
    kinds: dict[str, IncomingKind] = {"stop": "optout", "resume": "optin", "signup": "optin"}
    value = fields.word(item, "value")
    kind = kinds.get(value, "unknown")
    return Incoming(
        kind=kind,
        action="handle" if kind != "unknown" else "record",
        sender=sender_of(address),
        address=address,
        name=fields.text(contact, "profile", "name") or None,
        sent_at=_first_instant(item, payload),
        extra={"scope": "marketing", "value": value, **({"bsuid": bsuid} if bsuid else {})},
    )


def notice(payload: Mapping[str, Any]) -> Incoming:
    """What Meta says about the account, a message template, or something we do not follow."""
    field = fields.word(payload, "field")
    value = fields.mapping(payload, "item")
    sent_at = _first_instant({}, payload)
    if field in TEMPLATE_FIELDS:
        extra: dict[str, Any] = {"name": fields.word(value, "message_template_name"), "field": field}
        names = {
            "status": "event", "category": "new_category", "quality": "new_quality_score",
            "language": "message_template_language", "reason": "reason",
        }  # fmt: skip
        extra |= {ours: found for ours, theirs in names.items() if (found := fields.word(value, theirs))}
        if "status" in extra:
            extra["review"] = review_status(str(extra["status"]))
        return Incoming(kind="template_status", action="record", sent_at=sent_at, extra=extra)
    code = _first_code(value, {})
    if code is not None or field in SYSTEM_FIELDS:
        extra = {"field": field, "details": fields.flat(value)}
        if code is not None:
            extra["code"] = code
        error_code = None if code is None else str(code)
        return Incoming(kind="system", action="record", sent_at=sent_at, error_code=error_code, extra=extra)
    return Incoming(kind="unknown", action="record", sent_at=sent_at, extra={"field": field})


def _first_instant(item: Mapping[str, Any], payload: Mapping[str, Any]) -> dt.datetime | None:
    return fields.instant(item, "timestamp") or fields.instant(payload, "time")


_REVIEWS: dict[str, TemplateStatus] = {
    "APPROVED": "approved", "REINSTATED": "approved", "REJECTED": "rejected", "PAUSED": "paused",
    "FLAGGED": "approved", "DISABLED": "disabled", "LIMIT_EXCEEDED": "disabled", "LOCKED": "disabled",
    "PENDING_DELETION": "missing", "DELETED": "missing", "ARCHIVED": "missing",
}  # fmt: skip


def review_status(word: str) -> TemplateStatus:
    """Meta's word for a template's state in ours; anything new is a wait."""
    return _REVIEWS.get(word.upper(), "pending")


def review(item: Mapping[str, Any]) -> Review:
    """One template as Meta lists it."""
    reason = fields.text(item, "rejected_reason")
    return Review(
        fields.word(item, "name"),
        fields.word(item, "language"),
        review_status(fields.word(item, "status")),
        category=fields.word(item, "category") or None,
        reason=None if reason in (None, "", "NONE") else reason,
    )
