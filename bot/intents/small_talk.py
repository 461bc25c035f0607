"""Words that carry no want: greetings, thanks, chat, and questions about the bot itself."""

from __future__ import annotations

from bot import responses
from bot.channels.base import Button
from bot.events import Events, Say, Silence, SlotSet, StaffTold
from bot.payloads import write
from bot.registry import Intent
from bot.turn import Turn
from crm import contacts


def greet(turn: Turn) -> Events:
    """A first hello gets told what can be done here; a later one is just returned."""
    if not turn.slot("introduced"):
        yield Say("utter_greet_first", asks=True)
        return
    name = contacts.first_name(turn.contact)
    yield Say("utter_greet_again", {"name": name}) if name else Say("utter_greet_again_nameless")


def goodbye(turn: Turn) -> Events:
    """The end of the talk."""
    yield Say("utter_goodbye")


def thank(turn: Turn) -> Events:
    """Thanks need a word, not a paragraph."""
    yield Say("utter_welcome")


def chitchat(turn: Turn) -> Events:
    """Friendly and short."""
    yield Say("utter_chitchat")


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
    if last:
        yield Say(
            "utter_faq", {"answer": last["text"]}, tuple(Button(b["id"], b["title"]) for b in last["buttons"])
        )
    else:
        yield Say("utter_nothing_to_repeat")


def affirm(turn: Turn) -> Events:
    """A yes with nothing open does no harm."""
    invited = turn.slot("invited")
    if invited:
        from bot.flows.prospects import book_place, parking

        yield SlotSet("invited", None)
        if invited == "resume":
            yield from parking.resume(turn)
        elif str(invited).startswith("book:"):
            yield SlotSet("talk_offering", str(invited).removeprefix("book:"))
            yield from book_place.begin_session(turn)
        else:
            yield from book_place.begin_trial(turn)
        return
    if turn.slot("undo"):
        yield Say("utter_ok")
    else:
        yield Say("utter_help", {}, doors(turn), asks=True)


def deny(turn: Turn) -> Events:
    """A no to an invitation, or to nothing in particular."""
    yield SlotSet("invited", None)
    yield SlotSet("requested_slot", None)
    yield Say("utter_anything_else")


def praise(turn: Turn) -> Events:
    """Passed on."""
    yield StaffTold("praise", {"words": turn.text})
    yield Say("utter_glad")


def change_language(turn: Turn) -> Events:
    """Said honestly while there is no other language."""
    yield SlotSet("invited_team", True)
    buttons = (Button(write("team"), responses.render(turn.language, "button_team")),)
    yield Say("utter_english_only", {}, buttons, asks=True)


def out_of_scope(turn: Turn) -> Events:
    """Not a gym's business."""
    yield Say("utter_out_of_scope")


def nothing(turn: Turn) -> Events:
    """Needs no answer."""
    yield Silence()


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
    Intent("change_language", change_language),
    Intent("out_of_scope", out_of_scope),
)
