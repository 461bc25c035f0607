"""/teach: messages that were not understood, one after the other, and what they mean at a tap."""

from __future__ import annotations

from bot import registry, teaching
from bot.answers import answer, record, record_in, titled, words
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import reviews
from crm.errors import NotFound
from crm.models import ReviewItem
from nlu_models.parse import OUT_OF_SCOPE


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Show the next one, or do what a button under one says and show the next."""
    item_id = record_in(text, "r")
    if item_id is None:
        return [teaching.next_one(turn)]
    try:
        item = reviews.get(turn.session, item_id)
    except NotFound:
        # The person was erased, or it has become too old.
        return [teaching.next_one(turn, words("utter_staff_teach_gone"))]
    said = text.split()[1:]
    match said:
        case ["more", begin] if begin.isdigit():
            return [teaching.more(item, int(begin))]
        case ["skip"]:
            reviews.skip(turn.session, item_id, actor=turn.actor, now=turn.now)
            return [teaching.next_one(turn)]
        case ["again"]:
            reviews.unlabel(turn.session, item_id)
            return [teaching.show(turn, reviews.get(turn.session, item_id))]
        case [name] if name in registry.intents():
            return [_label(turn, item, name)]
    return [answer("utter_staff_gone")]


def _label(turn: StaffTurn, item: ReviewItem, name: str) -> StaffSay:
    text = item.text
    if not reviews.label(turn.session, item.id, [name], actor=turn.actor, now=turn.now):
        return teaching.next_one(turn, words("utter_staff_teach_done_before", words=text))
    meaning = words("utter_staff_teach_outside") if name == OUT_OF_SCOPE else teaching.title(name)
    shown = teaching.next_one(turn, words("utter_staff_teach_learnt", words=text, meaning=meaning))
    again = titled("utter_staff_button_teach_again", "teach", record("r", item.id), "again")
    return StaffSay(shown.text, (*shown.buttons, again))


COMMAND = Command(
    "teach",
    "Shows messages I did not understand, so that you can tell me what they mean.",
    "/teach",
    DESK,
    handle,
)
