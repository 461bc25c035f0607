"""Webhooks as Twilio sends them: forms, blank fields kept, signed over the public URL and the sorted parameters."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from urllib.parse import urlencode

from simulator import addresses
from simulator.accounts import Account
from simulator.phones import Message, Phone
from simulator.talking import Said
from simulator.webhooks import Webhook
from simulator.world import World

OPT_OUT = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
OPT_IN = {"START", "UNSTOP", "YES"}
HELP = {"HELP", "INFO"}
# Outside GSM-7 a whole message becomes UCS-2 and its parts shorter.
_GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
FAILURES = {
    63016: "Failed to send freeform message because you are outside the allowed window.",
    63018: "Rate limit exceeded for Channel",
    63005: "Channel did not accept given content",
    30004: "Message blocked",
}


def new_sid(prefix: str) -> str:
    """A sid: two letters and 32 hex digits."""
    return prefix + secrets.token_hex(16)


def segments(text: str) -> int:
    """How many SMS a text is sent and billed as."""
    single, joined = (160, 153) if set(text) <= _GSM7 else (70, 67)
    size = len(text) if single == 160 else len(text.encode("utf-16-le")) // 2
    return 1 if size <= single else -(-size // joined)


def written(channel: str, address: str) -> str:
    """An address as Twilio writes it."""
    return f"whatsapp:{address}" if channel == "whatsapp-twilio" else address


def signed(
    account: Account, phone: Phone, url: str, form: dict[str, str], message: Message | None, lane: str
) -> Webhook:
    """A form posted to a URL, signed with the account's auth token."""
    text = url.partition("#")[0] + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(account.secret("auth_token").encode(), text.encode(), hashlib.sha1).digest()
    headers = [
        ("content-type", "application/x-www-form-urlencoded; charset=UTF-8"),
        ("i-twilio-idempotency-token", str(uuid.uuid4())),
        ("user-agent", "TwilioProxy/1.1"),
        ("accept", "*/*"),
        ("x-twilio-signature", base64.b64encode(digest).decode()),
    ]
    return Webhook(phone, account.reachable(url), headers, urlencode(form).encode(), lane, message)


def inbound(world: World, account: Account, phone: Phone, said: Said) -> Webhook:
    """The webhook that tells the app what a person wrote or tapped."""
    media = said.message.media
    has_file = media is not None and media["type"] != "location"
    sid = said.message.provider_id = new_sid("MM" if has_file else "SM")
    whatsapp = account.channel == "whatsapp-twilio"
    form = _whatsapp_fields(phone, said) if whatsapp else _sms_fields(account, phone)
    form |= {
        "SmsMessageSid": sid,
        "NumMedia": "1" if has_file else "0",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": said.message.text,
        "To": written(account.channel, account.secret("from").removeprefix("whatsapp:")),
        "NumSegments": str(segments(said.message.text)),
        "MessageSid": sid,
        "AccountSid": account.secret("account_sid"),
        "From": _from(phone),
        "ApiVersion": "2010-04-01",
    }
    if said.button:
        listed = said.button.kind == "list"
        names = ("ListTitle", "ListId") if listed else ("ButtonText", "ButtonPayload")
        form |= {names[0]: said.button.title, names[1]: said.button.id}
    if said.of and whatsapp:
        own = written(account.channel, account.secret("from").removeprefix("whatsapp:"))
        form["OriginalRepliedMessageSid"] = said.of.provider_id
        form["OriginalRepliedMessageSender"] = own if said.of.sender == "gym" else _from(phone)
    if media and media["type"] == "location":
        form |= {"Latitude": str(media["latitude"]), "Longitude": str(media["longitude"])}
        form |= {name.title(): str(media[name]) for name in ("address", "label") if media.get(name)}
    elif media:
        media_id = new_sid("ME")
        mime = "text/vcard" if media["type"] == "contact" else str(media["mime_type"]).partition(";")[0]
        world.media[media_id] = {**media, "mime_type": mime, "account": account.secret("account_sid")}
        path = f"/2010-04-01/Accounts/{account.secret('account_sid')}/Messages/{sid}/Media/{media_id}"
        form |= {"MediaContentType0": mime, "MediaUrl0": f"{world.own_url}/twilio{path}"}
    service = account.secret("messaging_service_sid")
    if service:
        form["MessagingServiceSid"] = service
        if sort := opt_word(said.message.text):
            form["OptOutType"] = sort
    return signed(account, phone, account.public_url, form, said.message, "messages")


def opt_word(text: str) -> str:
    """STOP, START or HELP where the whole message is such a word; else nothing."""
    word = text.strip().upper()
    return "STOP" if word in OPT_OUT else "START" if word in OPT_IN else "HELP" if word in HELP else ""


def _from(phone: Phone) -> str:
    return written(phone.channel, phone.address)


def _whatsapp_fields(phone: Phone, said: Said) -> dict[str, str]:
    kind = said.message.media["type"] if said.message.media else "text"
    if said.button:
        kind = "interactive" if said.button.kind == "list" else "button"
    form = {"MessageType": "audio" if kind == "voice" else kind, "ReferralNumMedia": "0"}
    context: dict[str, str] = {}
    if phone.name:
        context["ProfileName"] = phone.name
    if addresses.is_bsuid(phone.address):
        form["ExternalUserId"] = phone.address
    else:
        context["WaId"] = addresses.wa_id(phone.address)
    form["ChannelMetadata"] = json.dumps(
        {"type": "whatsapp", "data": {"context": context}}, separators=(",", ":")
    )
    return form | context


def _sms_fields(account: Account, phone: Phone) -> dict[str, str]:
    def region(address: str) -> str:
        found = addresses.country(address)
        return "" if found == "ZZ" else found

    form = {f"{side}{part}": "" for side in ("To", "From") for part in ("City", "State", "Zip")}
    return form | {"ToCountry": region(account.secret("from")), "FromCountry": region(phone.address)}


def status(account: Account, phone: Phone, url: str, sid: str, what: str, code: int = 0) -> Webhook:
    """The callback that tells what became of a message."""
    form = {
        "SmsSid": sid,
        "SmsStatus": what,
        "MessageStatus": what,
        "To": _from(phone),
        "MessageSid": sid,
        "AccountSid": account.secret("account_sid"),
        "From": written(account.channel, account.secret("from").removeprefix("whatsapp:")),
        "ApiVersion": "2010-04-01",
    }
    if account.channel == "whatsapp-twilio":
        form |= {
            "ChannelPrefix": "whatsapp",
            "ChannelInstallSid": "XE77777777777777777777777777777777",
            "ChannelToAddress": phone.address[:8] + "XXXXX",
            "StructuredMessage": "false",
        }
        if what in ("sent", "delivered", "read"):
            form["EventType"] = what.upper()
    if code:
        form["ErrorCode"] = str(code)
        if account.channel == "whatsapp-twilio":
            form["ErrorMessage"] = f"Twilio Error: {FAILURES[code]}"
            form["ChannelStatusMessage"] = FAILURES[code]
    return signed(account, phone, url, form, None, "statuses")
