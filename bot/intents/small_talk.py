"""Words that carry no want: greetings, thanks, chat, and questions about the bot itself."""

from __future__ import annotations

import datetime as dt
import re

from bot import languages, own_questions, responses, wording
from bot.channels.base import Button
from bot.events import Events, Say, Silence, SlotSet, StaffTold
from bot.flows.prospects import book_place, cancel_booking, own_bookings, parking
from bot.intents import in_flow, own_answers, people
from bot.payloads import write
from bot.registry import Intent
from bot.turn import Turn
from crm import contacts
from crm.models import Booking

DAYTIME = re.compile(
    r"\W*(?:good |gd |top of the )?(?:morn(?:in[g']?)?|mornin|afternoon|aftie|arvo|eve|even(?:in[g']?)?|evenin)"
    r"(?:[ ,]+(?:to (?:you|ye|yous|all)(?: all)?|all|lads?|ladies|folks?|guys|girls|gang|team|there|everyone|everybody|mate|sir|madam|boss|ye|yous|you|y'?all))*\W*",
    re.IGNORECASE,
)
"""A time of day, which by itself is a greeting unless a time is being talked about."""
LONG_AGO = dt.timedelta(hours=3)
JOKE = re.compile(r"\b(jokes?|riddle|make me (laugh|smile)|something funny|knock.knock)\b", re.IGNORECASE)
PRAISES = re.compile(
    r"\b(was|were|are|is|so|such|really|what an?) \w*.{0,14}\b(great|brilliant|amazing|class|lovely|deadly|fantastic|super\w*|love\w*|legend|gem|sound)\b",
    re.IGNORECASE,
)
MORE = re.compile(r"\b(another|again|one more|more)\b", re.IGNORECASE)
HOW_ARE_YOU = re.compile(
    r"\bhow('?s| is| are|re| r)?\b.{0,16}\b(you|ye|yous|u|ya|yourself|things|it going|life|day|form|keeping|craic)\b|\bhow'?(s|ya|yis|zit|sagoin)\w*\b|\bwhat'?s (up|the craic|new)\b|\bwassup\b",
    re.IGNORECASE,
)


def greet(turn: Turn) -> Events:
    """A first hello gets told what can be done here; a later one is just returned."""
    if not turn.slot("introduced"):
        yield Say("utter_greet_first", asks=True)
        return
    name = contacts.first_name(turn.contact)
    yield Say("utter_greet_again", {"name": name}) if name else Say("utter_greet_again_nameless")


def is_daytime_hello(turn: Turn) -> bool:
    """Whether "evening" is a hello: with nothing open, to which it would be an answer."""
    if turn.tracker.flow is not None or turn.asked or DAYTIME.fullmatch(turn.text) is None:
        return False
    said_at = turn.conversation.last_outbound_at
    is_fresh = not turn.slot("introduced") or said_at is None or turn.now - said_at > LONG_AGO
    return is_fresh or not (turn.slot("invited") or turn.slot("talk_offering"))


def goodbye(turn: Turn) -> Events:
    """The end of the talk."""
    yield Say("utter_goodbye")


def thank(turn: Turn) -> Events:
    """Thanks need a word, not a paragraph, and not twice."""
    yield Silence() if has_closed(turn, "utter_welcome", "utter_goodbye") else Say("utter_welcome")


def chitchat(turn: Turn) -> Events:
    """Friendly and short; a smile at the end of a talk needs no answer."""
    if not turn.slot("introduced") and is_wordless(turn):
        yield from greet(turn)
        return
    if is_wordless(turn):
        yield Silence()
        return
    told = turn.slot("told") or ()
    if set(told) & {"goal", "experience"}:
        yield from in_flow.inform(turn)
    elif JOKE.search(turn.text) or (MORE.search(turn.text) and has_closed(turn, "utter_joke")):
        yield Say("utter_joke_again" if has_closed(turn, "utter_joke") else "utter_joke")
    elif HOW_ARE_YOU.search(turn.text):
        yield Say("utter_what_for" if has_closed(turn, "utter_chitchat_how") else "utter_chitchat_how")
    else:
        yield Say("utter_what_for" if has_closed(turn, "utter_chitchat") else "utter_chitchat")


def is_wordless(turn: Turn) -> bool:
    """Emoji and signs only."""
    return not any(character.isalnum() for character in turn.said)


def has_closed(turn: Turn, *keys: str) -> bool:
    """Whether our last word was one of these and ended the talk: then "ok" and "thanks" are not answered again."""
    return turn.last_words in {responses.render(turn.language, key) for key in keys or CLOSING}


def bot_challenge(turn: Turn) -> Events:
    """Said plainly: it is a machine."""
    yield Say("utter_bot")


def help_(turn: Turn) -> Events:
    """What can be asked here."""
    yield Say("utter_help", {}, doors(turn), asks=True)


def doors(turn: Turn) -> tuple[Button, ...]:
    """Two ways on for somebody who is stuck."""
    return (
        Button(write("start", "trial"), responses.render(turn.language, "button_book")),
        Button(write("team"), responses.render(turn.language, "button_team")),
    )


def repeat(turn: Turn) -> Events:
    """The last thing said, once more."""
    last = turn.slot("last_said")
    if not last and not any(character.isalpha() for character in turn.said):
        yield from greet(turn)
    elif last:
        yield Say(
            "utter_faq", {"answer": last["text"]}, tuple(Button(b["id"], b["title"]) for b in last["buttons"])
        )
    else:
        yield Say("utter_nothing_to_repeat")


CLOSING = ("utter_ok", "utter_welcome", "utter_goodbye", "utter_glad", "utter_anything_else")
"""Words of ours that end a talk."""
SOON = dt.timedelta(hours=26)
"""A reminder of the booking has been sent by then."""
COMING = re.compile(r"\b(coming|(be|see (you|ye)) there|see (you|ye) (then|tomorrow|later)|will be in)\b")
"""Says that they come, whatever was asked last."""


def affirm(turn: Turn) -> Events:
    """A yes to what we invited to; with nothing open it does no harm."""
    invited = str(turn.slot("invited") or "")
    reminded = asked_to_confirm(turn)
    if reminded is not None and (
        invited.startswith("coming:")
        or (COMING.search(turn.text.lower()) and reminded.starts_at - turn.now < SOON)
    ):
        yield SlotSet("invited", None)
        yield from own_bookings.coming(turn, reminded)
    elif invited:
        yield SlotSet("invited", None)
        if invited == "team":
            yield from people.request_human(turn)
        elif invited == "resume":
            yield from parking.resume(turn)
        elif invited.startswith("book:"):
            yield SlotSet("talk_offering", invited.removeprefix("book:"))
            yield from book_place.begin_session(turn)
        else:
            yield from book_place.begin_trial(turn)
    elif turn.slot("undo") or own_bookings.upcoming(turn) or turn.conversation.status == "pending":
        yield Silence() if has_closed(turn) else Say("utter_ok")
    else:
        yield Say("utter_help", {}, doors(turn), asks=True)


def asked_to_confirm(turn: Turn) -> Booking | None:
    """The booking of which a reminder asked whether they come, or else their next one."""
    upcoming = own_bookings.upcoming(turn)
    _, _, asked = str(turn.slot("invited") or "").partition("coming:")
    return next((row for row in upcoming if str(row.id) == asked), upcoming[0] if upcoming else None)


def deny(turn: Turn) -> Events:
    """A no to an invitation, or to nothing in particular; to "are you coming?" it gives the place up, if they say so."""
    if (
        str(turn.slot("invited") or "").startswith("coming:")
        and (booking := asked_to_confirm(turn)) is not None
    ):
        yield SlotSet("invited", None)
        yield from cancel_booking.begin_with(turn, booking)
        return
    if MORE.search(turn.text) and has_closed(turn, "utter_joke"):
        yield Say("utter_joke_again")
        return
    yield SlotSet("invited", None)
    yield SlotSet("requested_slot", None)
    yield Say("utter_anything_else")


def praise(turn: Turn) -> Events:
    """Passed on; "which is the best?" praises nobody."""
    if own_questions.is_question(turn.text) and PRAISES.search(turn.text) is None:
        yield from own_answers.unknown(turn)
        return
    yield StaffTold("praise", {"words": turn.said})
    yield Say("utter_glad")


def change_language(turn: Turn) -> Events:
    """One of ours from here on; of another it is said that it isn't spoken, and a person is offered."""
    # "English isn't my first language, is there Portuguese?" asks for the other one.
    others = [one for one in turn.parse.all("language") if one.value != turn.contact.language]
    asked_for = others[-1] if others else turn.entity("language")
    code = str(asked_for.value) if asked_for is not None else turn.heard
    if code is None:
        ours = [wording.language_name(one) for one in responses.languages()]
        yield Say("utter_languages", {"languages": wording.listing(ours, turn.language, either=True)})
        return
    if languages.is_spoken(code):
        turn.switched = turn.switched or code != turn.contact.language
        languages.speak(turn.contact, code)
        # In the middle of something the open question follows, and says it well enough.
        yield Say("utter_language_changed", asks=turn.tracker.flow is None)
        return
    yield from unspoken(turn, code)


def unspoken(turn: Turn, code: str) -> Events:
    """A language that isn't spoken here: said in that language where we have the words, with a person offered.

    Staff hear of it at once. Who goes on writing in it gets the person.
    """
    if turn.conversation.status == "pending":
        yield from people.waits(turn)
        return
    if turn.slot("unspoken") == code:
        yield SlotSet("invited", None)
        yield from people.hand_over(turn, "language", "utter_handoff")
        return
    languages.speak(turn.contact, code)
    yield SlotSet("unspoken", code)
    yield SlotSet("invited", "team")
    yield StaffTold("language", {"words": turn.said, "language": wording.language_name(code, "en")})
    their_own = responses.catalogue(code).get("button_team")
    buttons = (Button(write("team"), their_own or responses.render(turn.language, "button_team")),)
    named = wording.language_name(code, turn.language)
    yield Say("utter_language_unspoken", {"language": named}, buttons, asks=True)


def out_of_scope(turn: Turn) -> Events:
    """Not a gym's business."""
    yield Say("utter_out_of_scope")


INTENT = (
    Intent("greet", greet),
    Intent("goodbye", goodbye),
    Intent("thank", thank),
    Intent("chitchat", chitchat),
    Intent("bot_challenge", bot_challenge, side=True),
    Intent("help", help_),
    Intent("repeat", repeat, side=True),
    Intent("affirm", affirm),
    Intent("deny", deny),
    Intent("praise", praise),
    Intent("change_language", change_language, side=True),
    Intent("out_of_scope", out_of_scope),
)
