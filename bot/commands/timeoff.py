"""/timeoff: a trainer is away then. What is booked is shown first; a tap keeps others from being booked with them."""

from __future__ import annotations

import datetime as dt
import uuid

import regex

from bot import absences, cards, doors, gym_words, moments, payloads, questions, reversals, wording
from bot.answers import answer, is_plain, order, record, record_in, titled, words
from bot.channels.base import Button
from bot.roles import COACHES, EVERYBODY, LEADERS
from bot.staff_statements import OTHER
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import time_off
from crm.availability import last_bookable_day
from crm.facts import StaffFact
from crm.spans import DAY, Span, weekly_spans

SURE = "ok"
"""Last argument of the order that the tap gives."""
LISTED = 10
LONG_DAY = dt.timedelta(hours=25)
"""A day on which the clocks go back."""
LONGEST = dt.timedelta(days=120)
_INSTANT = regex.compile(r"\^([0-9a-z]+)")
_AWAY = regex.compile(
    r"\b(?:not (?:in|working|available|around|coming(?: in)?|able to (?:come|work|make)(?: it)?)(?: in\b)?"
    r"|on (?:my )?(?:holidays?|leave|vacation|annual leave)|away|off(?: work| duty)?|unavailable|out)\b",
    regex.IGNORECASE,
)
_FOR_SO_LONG = regex.compile(
    r"\bfor (?:the )?(a|one|two|three|four|\d{1,2}) (day|week)s?\b", regex.IGNORECASE
)
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4}
_FROM_THEN_ON = regex.compile(r"\b(?:from|after|at|since)\b")
_TODAY = regex.compile(r"\b(?:today|tonight|rest of the day)\b")
_ILL = regex.compile(r"\b(?:sick|ill|unwell|poorly|flu|fever|not well)\b")
_REASONS = frozenset(
    """sick ill flu fever cold unwell well poorly bug migraine sorry folks lads guys everyone because cause as have got get
    i i'm im my all whole day days entire off again still also too unfortunately holiday holidays leave annual vacation please
    pls work working shift doctor doctor's appointment dentist feeling a be will until till through rest in it then for one two three four week weeks""".split()  # noqa: SIM905
)
"""What goes with it; anything else makes it talk in the group."""


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """List what stands, show what a stretch would touch, block it, or take it back."""
    if (time_off_id := record_in(text, "t")) is not None:
        return [_take_back(turn, time_off_id)]
    if (staff_id := record_in(text, "s")) is not None:
        return [_coded(turn, staff_id, text)]
    if text.strip() == "list":
        return [_list(turn)]
    if not text.strip():
        return [] if is_plain(turn) and turn.is_group else [_list(turn)]
    return _asked(turn, text)


def _asked(turn: StaffTurn, text: str) -> list[StaffSay]:
    is_talk = is_plain(turn) and turn.is_group
    # "Not in friday" and "away next week" do not rule those days out: they are what is meant.
    text = _AWAY.sub(" ", text)
    named, rest = gym_words.staff_in(turn.facts, text)
    if OTHER in rest:
        about = None if is_talk else doors.about_somebody(turn, rest)
        return [] if is_talk else [about or answer("utter_staff_not_understood")]
    times = moments.times_in(turn, rest)
    stretch = _stretch(turn, rest)
    left = gym_words.left_over(turn.facts, moments.without_times(rest, times))
    trainer = named or turn.staff
    if is_talk and (
        stretch is None or trainer.role != "trainer" or any(word not in _REASONS for word in left)
    ):
        return []
    if named is None and turn.staff.role != "trainer" and left and not set(left) <= _REASONS:
        return [answer("utter_staff_away_who", said=" ".join(left)[:40])]
    if trainer.role != "trainer":
        return [
            answer(
                "utter_staff_away_no_trainer" if named else "utter_staff_away_whose", name=trainer.first_name
            )
        ]
    if (refused := _not_allowed(turn, trainer)) is not None:
        return [] if is_talk else [refused]
    if stretch is None:
        return [answer("utter_staff_away_when")]
    return [_ask(turn, trainer, *stretch)]


def _not_allowed(turn: StaffTurn, trainer: StaffFact) -> StaffSay | None:
    """Trainers say it of themselves, owners and managers of anybody."""
    if turn.staff.role in LEADERS or turn.staff.id == trainer.id:
        return None
    if turn.staff.role not in COACHES:
        return answer("utter_staff_away_desk", role=turn.staff.role)
    return answer("utter_staff_away_not_yours", name=trainer.first_name)


def _stretch(turn: StaffTurn, text: str) -> tuple[dt.datetime, dt.datetime] | None:
    """From when to when: whole local days where no clock time was said."""
    facts = turn.facts
    today = dt.datetime.combine(facts.local(turn.now).date(), dt.time())
    lasting = _FOR_SO_LONG.search(text)
    wish = moments.times_in(turn, _FOR_SO_LONG.sub(" ", text)).expected
    if lasting is not None:
        count = _NUMBERS.get(lasting.group(1).lower()) or int(lasting.group(1))
        first = dt.datetime.combine(wish.start.date(), dt.time()) if wish is not None else today
        return facts.instant(first), facts.instant(
            first + count * (7 * DAY if lasting.group(2) == "week" else DAY)
        )
    if wish is None:
        if _TODAY.search(text.lower()) or _ILL.search(text.lower()):
            return facts.instant(today), facts.instant(today + DAY)
        return None
    start = wish.start
    end = wish.end
    if end is None:
        if not wish.named_clock:
            end = start + DAY
        elif _FROM_THEN_ON.search(text.lower()):
            end = dt.datetime.combine(start.date() + DAY, dt.time())
        else:
            end = start + dt.timedelta(hours=1)
    return facts.instant(start), facts.instant(end)


def _ask(turn: StaffTurn, trainer: StaffFact, starts_at: dt.datetime, ends_at: dt.datetime) -> StaffSay:
    """What is booked with them then, and that nothing has changed yet."""
    facts = turn.facts
    if ends_at <= turn.now:
        return answer("utter_staff_not_past", when=absences.when(turn, starts_at, ends_at))
    if ends_at - starts_at > LONGEST:
        return answer("utter_staff_away_too_long", days=LONGEST.days)
    when = absences.when(turn, starts_at, ends_at)
    standing = time_off.list_ahead(turn.session, now=turn.now, trainer_id=trainer.id)
    if any(row.starts_at <= starts_at and row.ends_at >= ends_at for row in standing):
        return answer("utter_staff_away_already", name=trainer.first_name, when=when)
    lines = absences.booked(turn, trainer, starts_at, ends_at)
    if not lines and not _is_in(turn, trainer, starts_at, ends_at):
        return answer("utter_staff_away_not_in", name=trainer.first_name, when=when)
    arguments = (
        record("s", trainer.id),
        f"^{payloads.minute(starts_at)}",
        f"^{payloads.minute(ends_at)}",
        SURE,
    )
    is_day = (
        facts.local(ends_at) - facts.local(starts_at) == DAY and facts.local(starts_at).time() == dt.time()
    )
    yes = titled(
        "utter_staff_button_block_day" if is_day else "utter_staff_button_block", "timeoff", *arguments
    )
    no = Button(payloads.write("no"), words("utter_staff_button_no"))
    key = "utter_staff_away_ask" if lines else "utter_staff_away_ask_empty"
    return answer(
        key, questions.ask_yes_no(turn, yes, no), name=trainer.first_name, when=when,
        lines=absences.listed(turn, lines, with_days=ends_at - starts_at > LONG_DAY),
    )  # fmt: skip


def _is_in(turn: StaffTurn, trainer: StaffFact, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
    facts = turn.facts
    last = min(facts.local(ends_at).date(), last_bookable_day(facts, turn.now))
    spans = weekly_spans(
        trainer.hours, facts.zone, facts.local(starts_at).date() - DAY, last, facts.closed_dates
    )
    return any(span.overlaps(Span(starts_at, ends_at)) for span in spans)


def _coded(turn: StaffTurn, staff_id: uuid.UUID, text: str) -> StaffSay:
    """What the button under the question says, from the present state."""
    trainer = turn.facts.staff_by_id(staff_id)
    coded = [payloads.Payload("", (code,)).instant(0) for code in _INSTANT.findall(text)]
    if trainer is None or len(coded) != 2 or coded[0] is None or coded[1] is None:
        return answer("utter_staff_gone")
    if (refused := _not_allowed(turn, trainer)) is not None:
        return refused
    return _block(turn, trainer, coded[0], coded[1])


def _block(turn: StaffTurn, trainer: StaffFact, starts_at: dt.datetime, ends_at: dt.datetime) -> StaffSay:
    """Block the time, and put those who are booked in it to who can move them."""
    when = absences.when(turn, starts_at, ends_at)
    if ends_at <= turn.now:
        return answer("utter_staff_not_past", when=when)
    try:
        row = time_off.add(turn.session, trainer.id, starts_at, ends_at, now=turn.now, actor=turn.actor)
    except time_off.AwayAlready:
        return answer("utter_staff_away_already", name=trainer.first_name, when=when)
    lines = absences.booked(turn, trainer, starts_at, ends_at)
    has_class = any(line.offering.is_class for line in lines)
    params = {
        "name": trainer.first_name, "when": when, "by": turn.staff.first_name, "lines": absences.listed(turn, lines, with_days=ends_at - starts_at > LONG_DAY),
        "cover": "\n" + words("utter_staff_away_cover") if has_class else "",
    }  # fmt: skip
    end = "" if lines else "_empty"
    buttons = absences.buttons(lines)
    if not turn.is_group:
        cards.tell_group(turn.session, turn.facts, f"utter_staff_line_away{end}", params, turn.now, buttons)
    if turn.staff.id != trainer.id:
        cards.tell_trainer(
            turn.session, turn.facts, trainer.id, f"utter_staff_trainer_away{end}", params, turn.now
        )
    undo = reversals.remember(turn, "time_off", time_off=row.id)
    return answer(f"utter_staff_away_blocked{end}", (*buttons, undo), **params)


def _take_back(turn: StaffTurn, time_off_id: uuid.UUID) -> StaffSay:
    row = time_off.get(turn.session, time_off_id)
    trainer = turn.facts.staff_by_id(row.trainer_id)
    if trainer is not None and (refused := _not_allowed(turn, trainer)) is not None:
        return refused
    if row.taken_back_at is not None:
        return answer("utter_staff_gone")
    row = time_off.take_back(turn.session, row.id, now=turn.now, actor=turn.actor)
    return StaffSay(absences.tell_of_return(turn, row))


def _list(turn: StaffTurn) -> StaffSay:
    """What stands: one's own, for the desk everybody's."""
    own = turn.staff.id if turn.staff.role == "trainer" else None
    rows = time_off.list_ahead(turn.session, now=turn.now, trainer_id=own)[:LISTED]
    if not rows:
        return answer("utter_staff_away_none")
    lines, buttons = [], []
    for row in rows:
        trainer = turn.facts.staff_by_id(row.trainer_id)
        name = trainer.first_name if trainer else "?"
        when = absences.when(turn, row.starts_at, row.ends_at)
        lines.append(when if own else words("utter_staff_away_line", name=name, when=when))
        if turn.staff.role in COACHES:
            day = wording.short_day(turn.facts, turn.facts.local(row.starts_at))
            title = words("utter_staff_button_away_back", name=name, day=day)
            buttons.append(order(title[:40], "timeoff", record("t", row.id)))
    return answer("utter_staff_away_list", buttons, lines="\n".join(lines))


COMMAND = Command(
    "timeoff", "Blocks a trainer's time, so that nobody can be booked then; alone it lists what is blocked.",
    "/timeoff [trainer] friday", EVERYBODY, handle, aliases=("@time off",),
)  # fmt: skip
