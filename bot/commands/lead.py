"""/lead: the card of one lead, or a new lead that staff know of."""

from __future__ import annotations

import uuid

import phonenumbers
import regex
from sqlmodel import select

from bot import cards, gym_words, names
from bot.answers import AnswerHere, answer, order, titled
from bot.channels import CHANNELS
from bot.channels.base import Button
from bot.roles import DESK, EVERYBODY
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import contacts, leads
from crm.models import ContactInbox, Inbox, Lead

_ADD = regex.compile(r"\s*(?:add|new|\+)\b[\s:]*(.*)", regex.IGNORECASE | regex.DOTALL)
_QUOTED = regex.compile(r"[\"“”„']([^\"“”„]+)[\"“”]|[\"“„](.+)$", regex.DOTALL)
_PHONE = regex.compile(r"(?<![\w@])\+?\d[\d\s().\-/]{5,18}\d(?!\w)")


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Show the card; the phone number and words about health are not on it."""
    adding = _ADD.fullmatch(text)
    if adding is not None:
        return _add(turn, adding.group(1))
    person = names.person_in(turn, text)
    if gym_words.left_over(turn.facts, person.rest) and not turn.text.startswith("/"):
        return []
    if person.lead is None:
        return [answer("utter_staff_no_lead", name=person.name)]
    return [card_answer(turn, person.lead)]


def card_answer(turn: StaffTurn, lead: Lead) -> StaffSay:
    """The card in full, with what can be done; a reply that quotes it goes to the person."""
    full = cards.card_text(turn.session, turn.facts, lead, turn.now, in_full=True)
    buttons: tuple[Button, ...] = ()
    if turn.staff.role in DESK:
        buttons = (
            *cards.card_buttons(lead),
            titled("utter_staff_button_history", "history", f"#{lead.number}"),
        )
    return AnswerHere(full, buttons, lead.contact_id if turn.staff.role in DESK else None)


def _add(turn: StaffTurn, text: str) -> list[StaffSay]:
    """A person that staff know of, by name, phone, channel and first words in any order. Nothing is sent to them."""
    if turn.staff.role not in DESK:
        from bot import staff

        return [staff.wrong_role(turn, COMMAND_ADD)]
    said = None
    if (quoted := _QUOTED.search(text)) is not None:
        said = (quoted.group(1) or quoted.group(2)).strip()
        text = text[: quoted.start()] + " " + text[quoted.end() :]
    if (
        said is None
        and "," in text
        and (parts := text.split(",", 1))[0].strip()
        and not _PHONE.search(parts[1])
    ):
        # "Sarah Kim, walked in, wants boxing": the name, then the words.
        text, said = parts[0], parts[1].strip() or None
    phone, raw, text = _phone_in(turn, text)
    if raw is not None and phone is None:
        return [answer("utter_staff_lead_bad_phone", phone=raw)]
    channel, text = _channel_in(text)
    name = " ".join(text.replace(",", " ").split()).strip(" :;-")
    if not any(character.isalpha() for character in name):
        return [answer("utter_staff_lead_add_how")]
    channel = channel or (_default_channel(turn) if phone else "telegram")
    contact = contacts.add(turn.session, name=name, phone=phone, now=turn.now)
    before = leads.find_open(turn.session, contact.id)
    if before is not None:
        buttons = (order(f"#{before.number} {cards.name_of(contact)}"[:40], "lead", f"#{before.number}"),)
        return [answer("utter_staff_lead_known", buttons, name=cards.name_of(contact), number=before.number)]
    has_inbox = _put_on_channel(turn, contact.id, phone, channel) if phone else True
    lead = leads.capture(
        turn.session, contact, source=channel, referral={}, first_words=said, now=turn.now, actor=turn.actor
    )
    cards.lead_changed(turn.session, turn.facts, lead.id, turn.now)
    buttons = (order(f"#{lead.number} {cards.name_of(contact)}"[:40], "lead", f"#{lead.number}"),)
    key = "utter_staff_lead_added" if has_inbox else "utter_staff_lead_no_inbox"
    return [
        answer(key, buttons, number=lead.number, name=cards.name_of(contact), source=channel, channel=channel)
    ]


def _phone_in(turn: StaffTurn, text: str) -> tuple[str | None, str | None, str]:
    """(E.164 or None, as it was written or None, the text without it)."""
    match = _PHONE.search(text)
    if match is None:
        return None, None, text
    raw = match.group()
    rest = text[: match.start()] + " " + text[match.end() :]
    try:
        number = phonenumbers.parse(raw, turn.facts.gym.phone_region)
    except phonenumbers.NumberParseException:
        return None, raw, rest
    if not phonenumbers.is_possible_number(number):
        return None, raw, rest
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)), raw, rest


_CHANNEL_WORDS = {"wa": "whatsapp", "insta": "instagram", "ig": "instagram", "text": "sms", "tg": "telegram"}


def _channel_in(text: str) -> tuple[str | None, str]:
    kept: list[str] = []
    found: str | None = None
    for word in text.split():
        plain = word.lower().strip(",.;:")
        channel = _CHANNEL_WORDS.get(plain, plain)
        if found is None and channel in CHANNELS:
            found = channel
        else:
            kept.append(word)
    if kept and kept[-1].lower() in ("on", "via", "by"):
        kept.pop()
    return found, " ".join(kept)


def _default_channel(turn: StaffTurn) -> str:
    """A channel of the gym's on which a phone number can be written to."""
    for row in turn.session.exec(select(Inbox).where(Inbox.active)).all():
        if CHANNELS[row.channel].limits.address_kind == "phone":
            return row.channel
    return "sms"


def _put_on_channel(turn: StaffTurn, contact_id: uuid.UUID, phone: str, channel: str) -> bool:
    """Remember where they can be written to; whether the gym has an account there."""
    inbox = turn.session.exec(select(Inbox).where(Inbox.active, Inbox.channel == channel)).first()
    if inbox is None:
        return False
    if CHANNELS[channel].limits.address_kind != "phone":
        return True
    sender = f"{'sms' if channel == 'sms' else 'wa'}:{phone}"
    known = turn.session.exec(
        select(ContactInbox).where(ContactInbox.inbox_id == inbox.id, ContactInbox.sender == sender)
    ).first()
    if known is None:
        turn.session.add(
            ContactInbox(
                gym_id=turn.session.gym_id, contact_id=contact_id, inbox_id=inbox.id, sender=sender,
                address=CHANNELS[channel].address_of(phone),
            )
        )  # fmt: skip
        turn.session.flush()
    return True


COMMAND = Command(
    "lead", "Shows a lead's card: by name or number.", "/lead <name>",
    EVERYBODY, handle, aliases=("lead", "show me lead", "show lead", "card of", "card"),
)  # fmt: skip
COMMAND_ADD = Command("lead add", "Adds a lead.", '/lead add <name> phone channel "words"', DESK, handle)
