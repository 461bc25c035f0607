"""Bookings for somebody else: who comes, and what one person cannot book for two."""

from __future__ import annotations

import re

from bot.events import Events, Say, SlotSet, StaffTold
from bot.turn import Turn
from crm import bookings, notes
from crm.models import Booking
from nlu_models.parse import Entity

_WHO = (
    r"(?:mum|mam|mom|mammy|mother|dad|daddy|father|da|son|daughter|wife|husband|hubby|partner|fianc[eé]e?|boyfriend|girlfriend|bf|gf|"
    r"sister|brother|cousin|aunt(?:ie)?|uncle|nan|nana|granny|grandad|grandmother|grandfather|friend|mate|pal|colleague|flatmate|housemate|neighbou?r|nephew|niece|other half)"
)
FOR_SOMEBODY = re.compile(
    rf"\b(?:for|put|book|sign|get|bring|send)\s+(?:up\s+)?(?P<whose>my|our|a)\s+(?:\w+\s)?(?P<who>{_WHO})\b(?!'s name)|\bit'?s (?:actually )?for (?:my|our|a) (?P<them>{_WHO})\b",
    re.IGNORECASE,
)
"""Names somebody else as the one who comes."""
TWO = re.compile(
    rf"\b(?:me|myself|i)\s+(?:and|&|\+|plus|n)\s+(?:my|a|the)\s+(?:\w+\s)?{_WHO}\b|\b(?:my|a)\s+(?:\w+\s)?{_WHO}\s+and\s+(?:me|i|myself)\b|"
    r"\bboth of us\b|\bwe (can |could )?both\b|\bus both\b|\b(book|put|sign|squeeze|fit|get) us\b|\b(place|spot|space|slot)s? for us\b|\bthe (?:two|2|three|3) of us\b|\b(?:two|2|three|3) (?:people|persons|of us)\b|\bfor two\b",
    re.IGNORECASE,
)
"""More than the writer alone."""
ALONE = re.compile(r"\b(just|only) (me|myself)\b|\bon my own\b|\bby myself\b", re.IGNORECASE)
NAMED = re.compile(r"\b(her|his|their)( first)? name('?s| is)?\b|\bs?he'?s called\b", re.IGNORECASE)
"""Tells the name of somebody else."""
THEIRS = re.compile(
    rf"\b(?:his|hers?|their|(?:my|the) (?:\w+ )?{_WHO}'?s?|(?!it|that|what|here|there|who)[^\W\d_]+['’]s) (?:phone |mobile |cell |contact |tel\w* |whatsapp |e-?mail )*(?:number|no|num|nr|phone|mobile|cell|e-?mail|address)\b|"
    r"\b(?:call|text|ring|phone|reach|contact|get|message) (?:him|her|them)\b",
    re.IGNORECASE,
)
"""Tells how somebody else can be reached."""
BARE_NAME = re.compile(
    r"(?:(?:her|his|their)(?: first)? name(?:'s| is)|she'?s|he'?s|it'?s|its)?\s*(?P<name>[^\W\d_][\w'’-]{1,20}(?: [^\W\d_][\w'’-]{1,20})?)[.!]?",
    re.IGNORECASE,
)


def take_in(turn: Turn) -> Events:
    """Keep who comes, as far as the message tells it."""
    if is_for_two(turn):
        if not turn.slot("for_two"):
            yield SlotSet("for_two", True)
            yield StaffTold("for_two", {"words": turn.said})
            yield Say("utter_for_two")
        return
    if turn.slot("for_two") and NAMED.search(turn.text):
        # The name of who comes along: the place stays the writer's.
        yield StaffTold("for_two", {"words": turn.said})
        yield Say("utter_told_team")
        return
    found = FOR_SOMEBODY.search(turn.text)
    guest = turn.slot("guest")
    if found is None and guest is None and not NAMED.search(turn.text):
        return
    who = (found["who"] or found["them"]).lower() if found is not None else (guest or {}).get("who", "")
    name = name_in(turn, after=found.end() if found is not None else 0) or (guest or {}).get("name")
    yield SlotSet("guest", {**(guest or {}), "who": who, "name": name})


def are_told_of(turn: Turn) -> bool:
    """Whether the message says that somebody else comes."""
    return bool(FOR_SOMEBODY.search(turn.text) or NAMED.search(turn.text))


def is_for_two(turn: Turn) -> bool:
    """Whether the writer comes, and brings somebody."""
    party = turn.entity("party_size")
    return bool(TWO.search(turn.text)) or (
        party is not None and isinstance(party.value, int) and party.value > 1
    )


def name_in(turn: Turn, *, after: int) -> str | None:
    """The guest's first name in the message; a bare word counts where it was asked for."""
    entity = next((one for one in turn.parse.all("person_name") if one.start >= after), None)
    if entity is not None:
        return str(entity.value)
    bare = BARE_NAME.fullmatch(turn.text.strip()) if turn.asked == "guest" else None
    return bare["name"].title() if bare is not None and not turn.wants("affirm", "deny") else None


def is_nameless(turn: Turn) -> bool:
    """Whether somebody else comes whose name nobody has told yet."""
    guest = turn.slot("guest")
    return bool(guest) and not guest["name"]


def put_down(turn: Turn, booking: Booking) -> None:
    """The place is for the guest; a moved one stays for whom it was."""
    guest = turn.slot("guest")
    if guest and guest["name"]:
        booking.guest_name, booking.guest_phone = guest["name"], guest.get("phone")


def number(turn: Turn) -> Entity | None:
    """A phone number or an address for mail in the message."""
    return turn.entity("phone") or turn.entity("email")


def is_theirs(turn: Turn) -> bool:
    """Whether the number in the message is not the writer's own."""
    return THEIRS.search(turn.text) is not None


def take_number(turn: Turn) -> Events:
    """Keep how somebody can be reached: the guest with their place, the writer with their own record.

    What finds no field of its own is a note. Numbers never stand on the cards of the group.
    """
    found = number(turn)
    if found is None:
        return
    if not is_theirs(turn):
        if getattr(turn.contact, found.entity) != found.value:
            _note(turn)
        yield Say("utter_noted_number" if found.entity == "phone" else "utter_noted_email")
        return
    guest = turn.slot("guest")
    booked = [row for row in bookings.upcoming(turn.session, turn.contact.id, now=turn.now) if row.guest_name]
    name = (guest or {}).get("name") or (booked[0].guest_name if booked else None)
    if found.entity == "phone" and guest:
        yield SlotSet("guest", {**guest, "phone": str(found.value)})
    elif found.entity == "phone" and booked:
        booked[0].guest_phone = str(found.value)
    else:
        _note(turn)
    yield Say("utter_noted_number_of", {"name": name}) if name else Say("utter_noted_their_number")


def _note(turn: Turn) -> None:
    notes.add(
        turn.session, turn.said, contact_id=turn.contact.id, lead_id=turn.lead.id, actor="contact", now=turn.now
    )  # fmt: skip
