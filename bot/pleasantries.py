"""Greetings, thanks and nods that staff write to the bot in private: a short word back, and what comes next in their day."""

from __future__ import annotations

import datetime as dt

import regex

from bot import day_lines, orders, wording
from bot.answers import answer, titled, words
from bot.roles import DESK
from bot.staff_turn import StaffSay, StaffTurn
from crm import booking_lists, lead_lists

AHEAD = 7
"""Days among which the next thing is looked for."""
_TO_WHOM = r"(?: (?:there|all|team|folks|everyone|everybody|guys|lads|spotter|bot|again|to you|mate|so much|a lot|very much|a million|for that|then|now|that))*"
_KINDS = tuple(
    (kind, regex.compile(rf"(?:{pattern}){_TO_WHOM}"))
    for kind, pattern in (
        ("morning", r"(?:good )?mornin[g']?|gm|top of the morning"),
        ("afternoon", r"(?:good )?afternoon"),
        ("evening", r"(?:good )?evening"),
        ("night", r"(?:good ?)?night|nite|(?:good)?bye|see (?:you|ya)(?: tomorrow| later)?|cya|i'?m off home|done for (?:today|the day)|clocking off"),
        ("hi", r"(?:oh )?(?:hi+|hey+|hello+|hiya|heya|yo+|howya|howdy|hallo|hola|sup|what'?s up|how are (?:you|ye|things)(?: doing)?|how'?s (?:it going|things)|what'?s the (?:craic|story)|you there|are you there|test(?:ing)?)"),
        ("next", r"(?:what'?s|what is|who'?s|who is|when'?s|when is) (?:my |the |up )*next(?: one| session| client| appointment| person| up| for me| today)?|next(?: one| up| session)?|(?:is there )?anything (?:i should know|new|else|up|happening)(?: today| for me)?|what should i know"),
        ("thanks", r"(?:ok(?:ay)? |great |perfect |ah |cool )?(?:many )?(?:thanks?|thank you|thx|tnx|ty|cheers|ta|much appreciated|appreciate it|you'?re (?:a star|the best|great)|legend|nice one|good (?:bot|job|work)|well done)"),
        ("nod", r"(?:ah |oh )?(?:ok(?:ay|ey)?|k+|kk|cool|great|grand|nice|brilliant|lovely|super|perfect|sound|fine|good|alright|all right|all good|no (?:problem|worries|bother)|got it|gotcha|understood|noted|right|will do|on it|deadly|sweet|yes+|yep|yeah|yup|sure|done|excellent|amazing|ha(?:ha)*|lol)"),
    )
)  # fmt: skip


def reply(turn: StaffTurn) -> StaffSay | None:
    """The word back; None where the words are none of these."""
    kind = _kind(turn.text) or _kind(orders.without_lead_in(turn.text))
    if kind is None:
        return None
    buttons = (titled("utter_staff_button_today", "today"),) if kind not in ("nod", "thanks") else ()
    return answer(
        f"utter_staff_{kind}",
        buttons,
        name=turn.staff.first_name,
        next=" ".join((_next(turn), *_waiting(turn))),
    )


def _kind(text: str) -> str | None:
    said = regex.sub(r"[^\p{L}\p{N}' ]+", " ", text.lower().replace("’", "'"))
    said = " ".join(said.split())
    if not said:
        # An emoji and nothing else.
        return "nod" if regex.search(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}", text) else None
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(said)), None)


def _next(turn: StaffTurn) -> str:
    """The first thing of theirs that has not begun; for the desk the gym's."""
    facts = turn.facts
    own = turn.staff.id if turn.staff.role not in DESK else None
    today = facts.local(turn.now).date()
    for number in range(AHEAD):
        day = today + dt.timedelta(days=number)
        for line in booking_lists.agenda(turn.session, facts, own, day):
            if line.starts_at < turn.now or not any(one.booking.status == "booked" for one in line.attendees):
                continue
            shown = day_lines.briefly(facts, line, with_trainer=own is None)
            if day == today:
                return words("utter_staff_next_today", line=shown)
            return words("utter_staff_next_later", day=wording.short_day(facts, day), line=shown)
    return words("utter_staff_next_nothing")


def _waiting(turn: StaffTurn) -> list[str]:
    """How many people wait for an answer of the desk."""
    if turn.staff.role not in DESK:
        return []
    waiting = sum(one.since is not None for one in lead_lists.threads_with_staff(turn.session))
    if not waiting:
        return []
    return [
        words("utter_staff_next_waiting_one" if waiting == 1 else "utter_staff_next_waiting", count=waiting)
    ]
