"""WhatsApp through Twilio.

Required credentials: `account_sid`, `auth_token`. Addresses carry the prefix
`whatsapp:`; a person without a visible phone number is `whatsapp:GB.1184...`.
Buttons exist only as content that is created first and then named in the message.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bot.channels import _fields as fields
from bot.channels import _twilio, _twilio_signature, rendering
from bot.channels._addresses import canonical_phone, digits_of, is_bsuid
from bot.channels._keywords import chat_keyword, stops_marketing
from bot.channels.base import (
    Attachment,
    Channel,
    InboxAccount,
    Incoming,
    IncomingAction,
    IncomingKind,
    KeptPayload,
    Limits,
    Outgoing,
    Pace,
    Review,
    SendFailed,
    Sent,
    TemplateStatus,
    TemplateText,
    WebhookRequest,
)

CREDENTIALS = _twilio.CREDENTIALS

LIMITS = Limits(
    text=1600,
    # WhatsApp's own limits, which Twilio only tells of afterwards (63018).
    pace=Pace(1 / 75, 30),
    pace_person=Pace(6.0, 40),
    buttons=3,
    button_title=20,
    list_rows=10,
    list_title=24,
    interactive_text=1024,
    templates=True,
    templates_by_id=True,
    reply_window=dt.timedelta(hours=24),
    address_kind="phone",
    button_id=200,
    caption=1024,
    attachments=frozenset({"image", "video", "audio"}),
    attachments_by_url=True,
)

ERRORS = _twilio.ERRORS

_PREFIX = "whatsapp:"
_OURS = "spotter_"
_REVIEWS: dict[str, TemplateStatus] = {
    "approved": "approved", "rejected": "rejected", "paused": "paused", "disabled": "disabled",
    "unsubmitted": "missing",
}  # fmt: skip
_REFERRAL = {
    "ReferralSourceType": "source_type", "ReferralSourceId": "source_id", "ReferralSourceUrl": "source_url",
    "ReferralHeadline": "headline", "ReferralBody": "body", "ReferralCtwaClid": "ctwa_clid",
    "ReferralMediaContentType": "media_type", "ReferralMediaUrl": "media_url",
}  # fmt: skip


class WhatsAppTwilio(Channel):
    """The channel "whatsapp-twilio"."""

    name = "whatsapp-twilio"
    provider: Literal["meta", "twilio", "telegram"] = "twilio"
    account_id_name = "number"
    limits = LIMITS
    credentials: Sequence[str] = CREDENTIALS
    stops = _twilio.STOPS
    template_errors: Mapping[str, TemplateStatus] = {
        "21654": "missing", "21655": "missing", "21656": "disabled", "63027": "missing", "63028": "disabled",
        "63040": "rejected", "63041": "paused", "63042": "disabled",
    }  # fmt: skip
    facts: Sequence[str] = ()

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contents: dict[tuple[str, ...], str] = {}

    def proven(self, request: WebhookRequest, accounts: Sequence[InboxAccount]) -> list[InboxAccount]:
        """By the account's token."""
        return _twilio_signature.proven(request, accounts)

    def serves(self, account: InboxAccount, account_id: str) -> bool:
        """By the sender, `whatsapp:` and all."""
        return _twilio.serves(account, account_id)

    def split(self, request: WebhookRequest) -> list[KeptPayload]:
        """One message or status per request."""
        return _twilio.split(request, whatsapp=True, waits=lambda form: _kind(form) == "text")

    def parse(self, payload: Mapping[str, Any]) -> list[Incoming]:
        """One event per payload."""
        form = fields.mapping(payload, "form")
        return [_twilio.delivery(form) if _twilio.status_of(form) else _message(form)]

    def address_of(self, person: str) -> str:
        """`whatsapp:+E164`, or `whatsapp:` and the business-scoped id."""
        bare = person.removeprefix(_PREFIX)
        return f"{_PREFIX}{bare}" if is_bsuid(bare) else f"{_PREFIX}+{digits_of(bare)}"

    def send(self, account: InboxAccount, message: Outgoing) -> Sent:
        """Plain text, media by URL, buttons and message templates by content."""
        message = rendering.fitted(message, LIMITS)
        to = self.address_of(message.to)
        if message.template is not None:
            told = _template(message.template, [button.id for button in message.buttons])
            return Sent(_twilio.TWILIO.create_message(account, to, **told))
        if message.attachment is not None:
            media = {
                "media_url": [message.attachment.url],
                **({"body": message.text} if message.text else {}),
            }
            return Sent(_twilio.TWILIO.create_message(account, to, **media))
        if message.buttons:
            return Sent(self._send_buttons(account, to, message))
        return Sent(_twilio.TWILIO.create_message(account, to, body=message.text))

    def _send_buttons(self, account: InboxAccount, to: str, message: Outgoing) -> str:
        """With buttons by way of a content; with numbers in the text where the content cannot be made."""
        form = rendering.form_of(message.buttons, LIMITS)
        shape = (
            account.credentials.get("account_sid", ""),
            form,
            message.menu,
            *[one.title for one in message.buttons],
        )
        values = _twilio.variables([message.text, *[button.id for button in message.buttons]])
        for attempt in (1, 2):
            try:
                content = self._content(account, shape, form, message)
            except SendFailed:
                break
            try:
                return _twilio.TWILIO.create_message(
                    account, to, content_sid=content, content_variables=values
                )
            except SendFailed as failed:
                # Someone may have deleted the content at Twilio since.
                if failed.code not in ("21654", "21655", "21656") or attempt == 2:
                    raise
                with self._lock:
                    self._contents.pop(shape, None)
        return _twilio.TWILIO.create_message(
            account,
            to,
            body=rendering.shorten(rendering.numbered_text(message.text, message.buttons), LIMITS.text),
        )

    def _content(self, account: InboxAccount, shape: tuple[str, ...], form: str, message: Outgoing) -> str:
        """The sid of the content with these titles; text and ids are its variables, so that shapes stay few."""
        with self._lock:
            known = self._contents.get(shape)
        if known:
            return known
        from twilio.rest.content.v1.content import ContentList

        types: dict[str, Any]
        if form == "buttons":
            actions = [
                {"type": "QUICK_REPLY", "title": button.title, "id": f"{{{{{index}}}}}"}
                for index, button in enumerate(message.buttons, start=2)
            ]
            types = {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}}
        else:
            rows = [
                {"item": button.title, "id": f"{{{{{index}}}}}", "description": description or button.title}
                for index, (button, description) in enumerate(
                    rendering.list_rows(message.buttons, LIMITS), start=2
                )
            ]
            label = rendering.shorten(message.menu, 20)
            types = {"twilio/list-picker": {"body": "{{1}}", "button": label, "items": rows}}
        samples = json.loads(
            _twilio.variables(["text", *[f"choice-{one}" for one in range(len(message.buttons))]])
        )
        client = _twilio.TWILIO.client(account)
        created = _twilio.TWILIO.call(
            lambda: client.content.v1.contents.create(
                ContentList.ContentCreateRequest(
                    {
                        "friendly_name": f"choices_{fields.fingerprint(shape)[:12]}",
                        "language": "en",
                        "variables": samples,
                        "types": types,
                    }
                )
            )
        )
        if not created.sid:
            raise SendFailed("content without a sid", next="retry_backoff")
        with self._lock:
            self._contents[shape] = str(created.sid)
        return str(created.sid)

    def fetch(self, account: InboxAccount, attachment: Attachment, *, most: int) -> bytes:
        """From Twilio, with the account's own token."""
        return _twilio.fetch(account, attachment, most=most)

    def forget(self, account: InboxAccount, attachment: Attachment) -> None:
        """Deletes Twilio's copy."""
        _twilio.forget(account, attachment)

    def submit_template(self, account: InboxAccount, template: TemplateText) -> Review:
        """Create it as content, then ask for WhatsApp's approval of it."""
        from twilio.rest.content.v1.content import ContentList
        from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

        samples = [*template.examples, *[f"choice-{number}" for number, _ in enumerate(template.buttons)]]
        # A button's id is a variable after those of the text, so that a tap says what it is about.
        actions = [
            {"type": "QUICK_REPLY", "title": title, "id": f"{{{{{number}}}}}"}
            for number, title in enumerate(template.buttons, start=len(template.examples) + 1)
        ]
        kind = "twilio/quick-reply" if actions else "twilio/text"
        request = ContentList.ContentCreateRequest(
            {
                "friendly_name": f"{_OURS}{template.name}_{template.language}",
                "language": template.language,
                "variables": json.loads(_twilio.variables(samples)),
                "types": {kind: {"body": template.body, **({"actions": actions} if actions else {})}},
            }
        )
        client = _twilio.TWILIO.client(account)
        created = _twilio.TWILIO.call(lambda: client.content.v1.contents.create(request))
        sid = str(created.sid)
        approval = ApprovalCreateList.ContentApprovalRequest(
            {"name": template.name, "category": template.category}
        )
        _twilio.TWILIO.call(lambda: client.content.v1.contents(sid).approval_create.create(approval))
        return self._review(account, sid, template.name, template.language)

    def reviews(self, account: InboxAccount) -> list[Review]:
        """Of the contents that are ours by their name; the account may hold others."""
        client = _twilio.TWILIO.client(account)
        found: dict[tuple[str, str], Review] = {}
        for content in _twilio.TWILIO.call(lambda: client.content.v1.contents.list()):
            name, language = str(content.friendly_name or ""), str(content.language or "")
            if name.startswith(_OURS) and name.endswith(f"_{language}"):
                bare = name.removeprefix(_OURS).removesuffix(f"_{language}")
                review = self._review(account, str(content.sid), bare, language)
                known = found.get((bare, language))
                if known is None or known.status != "approved":
                    found[bare, language] = review
        return list(found.values())

    def _review(self, account: InboxAccount, sid: str, name: str, language: str) -> Review:
        client = _twilio.TWILIO.client(account)
        fetched = _twilio.TWILIO.call(lambda: client.content.v1.contents(sid).approval_fetch().fetch())
        told: Mapping[str, Any] = fetched.whatsapp or {}
        return Review(
            name, language, _REVIEWS.get(fields.word(told, "status"), "pending"),
            category=fields.word(told, "category") or None, content_sid=sid,
            reason=fields.text(told, "rejection_reason") or None,
        )  # fmt: skip

    def find_sent(self, account: InboxAccount, message: Outgoing, since: dt.datetime) -> Sent | None:
        """By recipient, text and time in Twilio's list of messages."""
        text = None if message.template is not None else message.text
        try:
            return _twilio.TWILIO.find_message(account, self.address_of(message.to), text, since)
        except SendFailed:
            return None

    def seen(self, account: InboxAccount, address: str, message_id: str, *, answering: bool) -> None:  # noqa: ARG002
        """Twilio has one call for both, so a message that is not being answered is not marked either."""
        if not answering or not message_id.startswith(("SM", "MM")):
            return
        try:
            client = _twilio.TWILIO.client(account)
            _twilio.TWILIO.call(
                lambda: client.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=message_id)
            )
        except SendFailed:
            return


def _template(template: Mapping[str, Any], button_ids: Sequence[str]) -> dict[str, Any]:
    """`{content_sid, variables: [..] or {"1": ..}}`: Twilio knows a message template by its content sid.

    The buttons' ids are the variables after those of the text.
    """
    sid = template.get("content_sid")
    if not isinstance(sid, str) or not sid:
        raise SendFailed("message template without a content sid", next="alert_operator", code="21654")
    values = template.get("variables") or []
    told = (
        dict(values)
        if isinstance(values, Mapping)
        else json.loads(_twilio.variables([*[str(v) for v in values], *button_ids]))
    )
    return {
        "content_sid": sid,
        **({"content_variables": json.dumps(told, ensure_ascii=False)} if told else {}),
    }


# Reading


def _is_button(form: Mapping[str, Any]) -> bool:
    return any(fields.word(form, name) for name in ("ButtonPayload", "ButtonText", "ListId"))


def _kind(form: Mapping[str, Any]) -> IncomingKind:
    body = fields.text(form, "Body") or ""
    if told := _twilio.opt_out_type(form):
        return told
    if _is_button(form):
        label, payload = fields.text(form, "ButtonText"), fields.text(form, "ButtonPayload")
        if stops_marketing(label, payload):
            return "optout"
        bare = label if payload in (None, "", label) else None
        return chat_keyword(bare) or "choice"
    if fields.word(form, "MessageType").lower() == "reaction":
        return "reaction"
    if _filled_in(form):
        return "form"
    if fields.decimal(form, "Latitude") is not None and fields.decimal(form, "Longitude") is not None:
        return "location"
    if _twilio.attachments(form):
        return "media"
    return chat_keyword(body) or ("text" if body.strip() else "unknown")


def _filled_in(form: Mapping[str, Any]) -> str:
    """The answers of a flow, as a JSON object."""
    return fields.text(form, "FlowData") or fields.text(form, "InteractiveData") or ""


def _message(form: Mapping[str, Any]) -> Incoming:
    address = fields.word(form, "From")
    bare = address.removeprefix(_PREFIX)
    kind = _kind(form)
    action: IncomingAction = "record" if kind in ("unknown", "reaction") else "handle"
    extra: dict[str, Any] = {"provider_replied": True} if _twilio.opt_out_type(form) else {}
    told = [fields.word(form, "ExternalUserId"), fields.word(form, "ExternalUserIdentifier"), address]
    bsuid = next((one for value in told if is_bsuid(one := value.removeprefix(_PREFIX))), "")
    if bsuid:
        extra["bsuid"] = bsuid
    for name, ours in (("Forwarded", "forwarded"), ("FrequentlyForwarded", "frequently_forwarded")):
        if fields.word(form, name).lower() == "true":
            extra |= {"forwarded": True, ours: True}
    source = {ours: value for name, ours in _REFERRAL.items() if (value := fields.word(form, name))}
    if source:
        extra["referral"] = source
        if source.get("source_type") == "ad":
            extra["free_entry_point"] = True
    text, payload = fields.text(form, "Body") or None, None
    if _is_button(form):
        label = fields.text(form, "ButtonText") or fields.text(form, "ListTitle") or text
        text = label
        payload = fields.text(form, "ButtonPayload") or fields.text(form, "ListId") or label
        if stops_marketing(label, payload):
            extra["scope"] = "marketing"
    if kind == "location":
        names = {"name": fields.text(form, "Label"), "address": fields.text(form, "Address")}
        extra["location"] = {
            "lat": fields.decimal(form, "Latitude"),
            "lon": fields.decimal(form, "Longitude"),
            **{key: value for key, value in names.items() if value},
        }
    if kind == "form":
        extra["data"] = fields.decoded(_filled_in(form))
    if kind == "unknown":
        extra["type"] = fields.word(form, "MessageType")
    return Incoming(
        kind=kind,
        action=action,
        sender=f"wa:{canonical_phone(bare) or bare}",
        address=address,
        message_id=fields.word(form, "MessageSid")
        or fields.word(form, "SmsMessageSid")
        or fields.word(form, "SmsSid"),
        name=fields.text(form, "ProfileName") or None,
        text=text,
        payload=payload,
        reply_to=fields.word(form, "OriginalRepliedMessageSid") or None,
        attachments=_twilio.attachments(form),
        source=source,
        extra=extra,
    )


CHANNEL = WhatsAppTwilio()
