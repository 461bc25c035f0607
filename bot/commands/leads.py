"""/leads: lists of leads, page by page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot import cards, gym_words, wording
from bot.answers import answer, order, titled, words
from bot.channels import CHANNELS
from bot.roles import DESK
from bot.staff_turn import Command, StaffSay, StaffTurn
from crm import clock, directory, lead_lists
from crm.models import Contact, Lead

PAGE = 10
_SOURCES = {"insta": "instagram", "ig": "instagram", "wa": "whatsapp", "tg": "telegram", "text": "sms"}
_DROPPED = frozenset("""leads lead the our for from on of this with me us please pls and""".split())  # noqa: SIM905


@dataclass(slots=True)
class _Filter:
    """What was asked for."""

    code: str = ""
    title: str = ""
    stage: str | None = None
    source: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    is_open: bool | None = True
    is_hot: bool = False
    is_mine: bool = False
    unknown: str | None = None


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """The list, ten at a time, newest first."""
    offset = 0
    said = text.lower().split()
    if said and said[-1].startswith("+") and said[-1][1:].isdigit():
        offset = int(said.pop()[1:])
    wanted = _read(turn, said)
    if wanted.unknown is not None:
        return [answer("utter_staff_leads_filter", said=wanted.unknown[:40])]
    rows, total = _page(turn, wanted, offset)
    if offset >= total > 0:
        offset = (total - 1) // PAGE * PAGE
        rows, total = _page(turn, wanted, offset)
    if not rows:
        return [answer("utter_staff_leads_none", title=wanted.title)]
    lines = "\n".join(_line(turn, lead, contact) for lead, contact in rows)
    buttons = [
        order(f"#{lead.number} {cards.name_of(contact)}"[:40], "lead", f"#{lead.number}")
        for lead, contact in rows[:3]
    ]
    if offset:
        buttons.append(
            titled("utter_staff_button_previous", "leads", *wanted.code.split(), f"+{max(0, offset - PAGE)}")
        )
    if offset + len(rows) < total:
        buttons.append(titled("utter_staff_button_next", "leads", *wanted.code.split(), f"+{offset + PAGE}"))
    return [
        answer(
            "utter_staff_leads", buttons, title=wanted.title, first=offset + 1, last=offset + len(rows), total=total,
            lines=lines,
        )
    ]  # fmt: skip


def _page(turn: StaffTurn, wanted: _Filter, offset: int) -> tuple[Sequence[tuple[Lead, Contact]], int]:
    if wanted.is_hot:
        return lead_lists.hot(turn.session, limit=PAGE, offset=offset)
    page = directory.leads(
        turn.session, stage=wanted.stage, source=wanted.source, created_from=wanted.since,
        created_until=wanted.until, is_open=wanted.is_open, assigned_to=turn.staff.key if wanted.is_mine else None,
        limit=PAGE, offset=offset,
    )  # fmt: skip
    return [(row.lead, row.contact) for row in page.rows], page.total


def _line(turn: StaffTurn, lead: Lead, contact: Contact) -> str:
    local = turn.facts.local(lead.created_at)
    today = turn.facts.local(turn.now).date()
    shown = (
        wording.clock(turn.facts, local) if local.date() == today else wording.short_day(turn.facts, local)
    )
    return words(
        "utter_staff_leads_line", number=lead.number, name=cards.name_of(contact), source=lead.source,
        stage=cards.stage_word(lead.stage), score=lead.score, when=f" · {shown}",
    )  # fmt: skip


def _read(turn: StaffTurn, said: list[str]) -> _Filter:
    found = _Filter()
    codes: list[str] = []
    titles: list[str] = []
    today = turn.facts.local(turn.now).date()
    rest: list[str] = []
    for raw in said:
        key, _, value = raw.partition(":")
        if key in ("stage", "source") and value:
            rest.append(value)
        elif raw not in _DROPPED and raw not in ("stage", "source"):
            rest.append(raw.removesuffix("'s"))
    for word in list(rest):
        start, end = clock.local_day(today, turn.facts.zone)
        day = dt.timedelta(days=1)
        if gym_words.likeness(word, "today") >= 88 or word == "todays":
            found.since, found.until, found.is_open = start, end, None
            codes, titles = [*codes, "today"], [*titles, words("utter_staff_leads_today")]
        elif word in ("yesterday", "yesterdays"):
            found.since, found.until = clock.local_day(today - day, turn.facts.zone)[0], start
            found.is_open = None
            codes, titles = [*codes, "yesterday"], [*titles, words("utter_staff_leads_yesterday")]
        elif word in ("week", "weekly"):
            found.since, found.is_open = clock.local_day(today - 6 * day, turn.facts.zone)[0], None
            codes, titles = [*codes, "week"], [*titles, words("utter_staff_leads_week")]
        elif word in ("hot", "warm"):
            found.is_hot = True
            codes, titles = [*codes, "hot"], [*titles, words("utter_staff_leads_hot")]
        elif word in ("mine", "my"):
            found.is_mine = True
            codes, titles = [*codes, "mine"], [*titles, words("utter_staff_leads_mine")]
        elif word in ("all", "everyone", "everybody"):
            found.is_open = None
            codes, titles = [*codes, "all"], [*titles, words("utter_staff_leads_all")]
        elif word in ("open", "fresh", "latest", "current"):
            continue
        elif (source := _SOURCES.get(word, word)) in CHANNELS:
            found.source = source
            codes, titles = [*codes, source], [*titles, source]
        else:
            continue
        rest.remove(word)
    left = " ".join(word for word in rest if word not in ("open", "fresh", "latest", "current"))
    if left:
        found.stage = gym_words.stage_in(turn.facts, left)
        if found.stage is None:
            found.unknown = left
            return found
        found.is_open = None
        codes.append(found.stage)
        titles.append(cards.stage_word(found.stage))
    found.code = " ".join(codes)
    found.title = _title(titles)
    return found


def _title(titles: list[str]) -> str:
    if not titles:
        return words("utter_staff_leads_open")
    if len(titles) == 1 and titles[0][:1].isupper():
        return titles[0]
    return words(
        "utter_staff_leads_filtered", filters=", ".join(title[:1].lower() + title[1:] for title in titles)
    )


COMMAND = Command(
    "leads", "Lists leads: of today, hot, new, yours, all, at a stage or from a channel.",
    "/leads [today|hot|new|mine|all|stage:..|source:..]", DESK, handle, aliases=("~leads", "~lead"),
)  # fmt: skip
