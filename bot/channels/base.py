"""The one shape all channels share: what came in, what goes out, what became of it.

A channel is one file. It verifies and splits the provider's request at the door,
parses one kept payload into `Incoming` values in the worker, and sends one
`Outgoing`. Nothing past this folder sees a provider's dict. What a platform can do
is data (`Limits`): there is no `if channel ==` anywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

IncomingKind = Literal[
    "text", "media", "location", "contact", "choice", "form", "order", "reaction", "edit", "delete",
    "seen", "status", "optout", "optin", "help", "echo", "referral", "comment", "system", "membership",
    "migration", "template_status", "unsupported", "unknown", "test",
]  # fmt: skip
IncomingAction = Literal["handle", "record", "ignore"]
"""handle: the bot may answer; record: store, no answer; ignore: acknowledge, no effect."""

DeliveryStatus = Literal["accepted", "sent", "delivered", "read", "failed"]
NextStep = Literal[
    "send_template", "mark_unreachable", "mark_landline", "wait_24h_no_retry", "opt_out",
    "opt_out_marketing", "retry_backoff_pair", "retry_backoff_global", "retry_later_once",
    "filtered_review", "alert_operator", "fail_no_retry", "retry_backoff", "migrate_address", "ignore",
]  # fmt: skip
"""What a failed send asks for; the vocabulary of the providers' error tables in the channel files."""


Repair = Literal["credentials", "permission", "restricted", "payment", "registration", "sender"]
"""What has to be put right before a provider takes anything of an account again; each has words for staff."""


@dataclass(frozen=True, slots=True)
class InboxAccount:
    """A gym's account on a channel, as a channel needs it. Secrets are decrypted by the caller."""

    key: str
    """The `{inbox}` in webhook paths; unique over all gyms."""
    channel: str
    external_id: str
    """The provider's id of the account: phone_number_id, Instagram account id, bot id, Twilio number."""
    credentials: Mapping[str, str] = field(default_factory=dict)
    """Channel-specific secrets and ids; each channel file lists its names in `CREDENTIALS`."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A provider's HTTP request exactly as received."""

    method: str
    url: str
    """The public URL the provider called (configured public base + path + query)."""
    headers: Mapping[str, str]
    """Lower-case names."""
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptPayload:
    """One provider message out of a request body, ready to be kept once."""

    external_id: str
    """The provider's idempotency key (wamid, mid, update_id, MessageSid, (id, status) ...)."""
    account_id: str
    """The provider's id of the receiving account, for finding the inbox."""
    address: str
    """Orders the queue: who the conversation is with (chat id, phone, scoped id); '' where nobody is."""
    provider_at: dt.datetime | None
    """The provider's own timestamp; aware."""
    payload: Mapping[str, Any]
    """What `parse` needs: the provider's item plus the envelope facts around it."""
    waits: bool = True
    """Whether a burst wait applies: typed text waits, a tap or a status never does."""
    service_id: str = ""
    """Where several numbers send and receive as one (Twilio's messaging service): the id that they share."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file or pointer that came with a message."""

    kind: Literal["image", "video", "audio", "voice", "document", "sticker", "other"]
    provider_id: str | None = None
    url: str | None = None
    mime_type: str | None = None
    filename: str | None = None
    size: int | None = None
    """Bytes, where told."""
    what: str | None = None
    """The platform's own word for it where `kind` is coarser: share, ig_reel, story_mention, video_note ..."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One normalised inbound event."""

    kind: IncomingKind
    action: IncomingAction
    sender: str = ""
    """`wa:+E164`, `wa:<BSUID>`, `sms:+E164`, `ig:<IGSID>`, `tg:<user id>`; canonical phone numbers."""
    address: str = ""
    """Exact provider address to answer to (the chat id on Telegram)."""
    message_id: str = ""
    name: str | None = None
    """The profile's display name, if the platform tells it."""
    text: str | None = None
    payload: str | None = None
    """The opaque button payload that we chose ourselves."""
    reply_to: str | None = None
    """Provider id of the quoted, reacted-to or edited message."""
    attachments: tuple[Attachment, ...] = ()
    sent_at: dt.datetime | None = None
    status: DeliveryStatus | None = None
    error_code: str | None = None
    error_detail: str | None = None
    next: NextStep | None = None
    source: Mapping[str, str] = field(default_factory=dict)
    """Ad, story or deep-link referral that brought the person, as told by the platform."""
    group_id: str | None = None
    """Chat id of the group in which this was said, else None."""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Button:
    """A choice to tap; `id` is versioned and ours, `title` is what the person would say."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send, in channel-neutral terms."""

    to: str
    """Provider address."""
    text: str
    buttons: tuple[Button, ...] = ()
    reply_to: str | None = None
    edit_of: str | None = None
    """Provider id of an earlier message to edit instead, where the platform can."""
    attachment: Attachment | None = None
    attachment_bytes: bytes | None = None
    template: Mapping[str, Any] | None = None
    reference: str = ""
    """Our delivery id, passed to the provider where it echoes one back."""
    human: bool = False
    """Written by a person (Instagram's human-agent tag)."""
    menu: str = "Options"
    """Label of the button that opens a list, in the person's language."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider accepted the message."""

    external_id: str
    status: DeliveryStatus = "accepted"


class TemplateText(Protocol):
    """A text to be approved, with numbered variables; see `bot.message_templates`."""

    @property
    def name(self) -> str:
        """Lower case with underscores."""

    @property
    def language(self) -> str:
        """Two letters."""

    @property
    def category(self) -> str:
        """UTILITY or MARKETING."""

    @property
    def body(self) -> str:
        """With {{1}}, {{2}} ..."""

    @property
    def examples(self) -> Sequence[str]:
        """What the variables may be, for the reviewers."""

    @property
    def buttons(self) -> Sequence[str]:
        """Titles of quick replies."""


TemplateStatus = Literal["approved", "pending", "rejected", "paused", "disabled", "missing"]


@dataclass(frozen=True, slots=True)
class Review:
    """What the provider says of a template."""

    name: str
    language: str
    status: TemplateStatus
    category: str | None = None
    content_sid: str | None = None
    """The id by which it is sent, where the provider knows it by one."""
    reason: str | None = None


class SendFailed(Exception):
    """The provider refused or could not be reached.

    `uncertain` is true where the message may have been accepted all the same (a
    timeout after the request was written): such a send is never repeated blindly.
    """

    def __init__(
        self, detail: str, *, next: NextStep, code: str | None = None,  # noqa: A002
        retry_after: float | None = None, uncertain: bool = False, migrate_to: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.detail = detail
        self.next = next
        self.code = code
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.migrate_to = migrate_to


class Unverified(Exception):
    """The request is not proven to be the provider's; answered with `status` and nothing is kept."""

    def __init__(self, reason: str, *, status: int = 403) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class MalformedPayload(Exception):
    """The body cannot be read; answered with `status` and nothing is kept.

    The status is 400, except where a refusal does harm: Telegram repeats a refused
    update for a day and holds back everything behind it in that chat.
    """

    def __init__(self, reason: str, *, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a provider lets us write: `burst` messages at once, one more every `each` seconds.

    Somewhat tighter than what the provider says: between our count and its own lie up to
    sixteen requests a worker that overtake each other.
    """

    each: float
    burst: int


@dataclass(frozen=True, slots=True)
class Limits:
    """A platform's abilities as data. Lengths in characters unless said otherwise."""

    text: int
    pace: Pace = Pace(1.0, 1)
    """For all that an account sends; another rate of an account is kept on its inbox, with as many seconds of burst."""
    pace_person: Pace | None = None
    """For what one address is sent."""
    pace_group: Pace | None = None
    """For what a group is sent, in place of `pace_person`."""
    group_addresses: str | None = None
    """What addresses of groups look like, as a pattern of SQL's LIKE."""
    counts_segments: bool = False
    """Whether a long text counts as several messages, as SMS does."""
    text_unit: Literal["characters", "bytes", "utf16"] = "characters"
    buttons: int = 0
    """Most reply buttons on one message; 0: choices are numbered in the text."""
    button_title: int = 20
    list_rows: int = 0
    list_title: int = 24
    interactive_text: int | None = None
    """Text limit of a message with buttons, where it is tighter."""
    reply_window: dt.timedelta | None = None
    """How long after the person's last message a free reply may be sent."""
    human_window: dt.timedelta | None = None
    """The longer window for words written by a person, where the platform has one."""
    can_edit: bool = False
    asks_profile: bool = False
    """Webhooks tell no names: `profile_name` has to be asked for."""
    asks_form: bool = False
    """Webhooks tell only the id of what somebody filled in: `form` has to be asked for."""
    templates: bool = False
    """Whether a text approved beforehand may be sent outside the reply window, by its name."""
    templates_by_id: bool = False
    """Whether such a text goes by an id of the provider's, so that it can only be used once it was submitted."""
    shows_typing: bool = True
    """Whether it can show that an answer is being written."""
    writes_first: bool = False
    """Whether somebody may be written to who has never written, given their number."""
    echoes_reference: bool = False
    """Whether statuses name our own reference, so that a send without an answer can still be proven."""
    address_kind: Literal["phone", "opaque"] = "opaque"
    button_id: int = 256
    """Bytes of a button's id."""
    caption: int = 1024
    """Text that may ride on an attachment."""
    attachments: frozenset[str] = frozenset()
    """Kinds of attachment it can send as such; any other becomes a link in the text, or is left out."""
    attachments_by_url: bool = False
    """Whether the platform fetches attachments from a URL instead of taking their bytes."""


class Channel(Protocol):
    """What a channel file's `CHANNEL` constant offers."""

    name: str
    provider: Literal["meta", "twilio", "telegram"]
    """Whose webhook route its requests arrive at."""
    account_id_name: str
    """What the provider calls the id in `KeptPayload.account_id`."""
    limits: Limits
    credentials: Sequence[str]
    """Names that `InboxAccount.credentials` may hold; the file says which are required."""
    stops: Mapping[str, Repair] = {}
    """Error codes that are about the account as a whole: nothing else would leave either."""
    template_errors: Mapping[str, TemplateStatus] = {}
    """Error codes that are about the message template: it can't be used until the provider says otherwise."""
    facts: Sequence[str]
    """Those of them that are no secrets and that `parse` needs to know; the door adds them to the payload."""

    def proven(self, request: WebhookRequest, accounts: Sequence[InboxAccount]) -> list[InboxAccount]:
        """The accounts whose secret proves the raw request genuine; an account without a secret proves nothing."""

    def verify(self, request: WebhookRequest, accounts: Sequence[InboxAccount]) -> None:
        """Raise `Unverified` unless the raw request is proven genuine; a missing secret closes the door."""
        if not self.proven(request, accounts):
            raise Unverified("signature")

    def split(self, request: WebhookRequest) -> list[KeptPayload]:
        """Cut a verified request into single messages; raise `MalformedPayload` where it cannot be read."""

    def parse(self, payload: Mapping[str, Any]) -> list[Incoming]:
        """Turn one kept payload into normalised events."""

    def serves(self, account: InboxAccount, account_id: str) -> bool:
        """Whether a `KeptPayload.account_id` (or `service_id`) means this account."""

    def address_of(self, person: str) -> str:
        """The channel's own form of a phone number or id, for writing first: the form that `Incoming.address` has."""

    def send(self, account: InboxAccount, message: Outgoing) -> Sent:
        """Send one message; raise `SendFailed`."""

    def repair(self, code: str | None) -> Repair | None:
        """What has to be put right where an error is about the account and not about the message; else None."""
        return self.stops.get(code or "") or self.stops.get((code or "").partition("/")[0])

    def find_sent(self, account: InboxAccount, message: Outgoing, since: dt.datetime) -> Sent | None:  # noqa: ARG002
        """What became of a request whose answer was lost, where the provider can be asked; None where it cannot tell.

        Best effort: no failure is raised.
        """
        return None

    def submit_template(self, account: InboxAccount, template: TemplateText) -> Review:  # noqa: ARG002
        """Ask the provider to approve a template; raise `SendFailed`."""
        raise SendFailed("this channel has no message templates", next="fail_no_retry", code="no_templates")

    def reviews(self, account: InboxAccount) -> list[Review]:  # noqa: ARG002
        """What the provider says of all templates of the account; raise `SendFailed`."""
        return []

    def fetch(self, account: InboxAccount, attachment: Attachment, *, most: int) -> bytes:
        """The bytes of a file that somebody sent; raise `SendFailed`, with code ``too_big`` beyond `most` bytes.

        Slow, and to be repeated where `next` says so: for a worker, never for a webhook or a transaction.
        """

    def forget(self, account: InboxAccount, attachment: Attachment) -> None:  # noqa: ARG002
        """Delete the provider's own copy once ours is kept, where the provider would keep it for ever. Best effort."""
        return

    def profile_name(self, account: InboxAccount, address: str) -> str | None:  # noqa: ARG002
        """The display name of somebody who has written, where webhooks do not tell it; None where it is not told.

        Best effort: no failure is raised.
        """
        return None

    def form(self, account: InboxAccount, address: str) -> Mapping[str, str] | None:  # noqa: ARG002
        """What somebody filled in, where the webhook names only its id; None where it cannot be had now.

        Best effort: no failure is raised.
        """
        return None

    def seen(self, account: InboxAccount, address: str, message_id: str, *, answering: bool) -> None:
        """Show that the message was read, and settle a tapped button; `answering`: also that an answer is coming.

        Best effort: a platform without it does nothing, and no failure is raised.
        """
