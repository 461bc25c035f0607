"""What staff say of themselves or of a trainer that a command takes up: "can't do sunday", "Marcus is off", "20 minutes late".

They are offers to do something about it and change nothing by themselves, so that a wrong guess costs a line to read.
In the group the command looks whether the words hold anything else; then they are talk.
"""

from __future__ import annotations

import regex

from bot.staff_questions import Question, plainly

_AWAY = (
    r"(?:off(?: work| sick| duty)?|away|sick|ill|unwell|poorly|not (?:in|working|available|around|well|coming(?: in)?|able to (?:come|work|make it))"
    r"|unavailable|out(?: sick)?|on (?:my )?(?:holidays?|leave|vacation|annual leave|paternity leave|maternity leave))"
)
_CANNOT = r"(?:can'?t|cannot|can not|cant|couldn'?t|won'?t(?: be able to)?|wont(?: be able to)?|will not(?: be able to)?|(?:am|is|are|'m|'s) (?:not able|unable) to)"
_COME = r"(?:do|make|work|come|be (?:in|there|here|around|working)|teach|train|manage)(?: it| in)*"
_WHO = r"(?P<who>i|we|[\p{L}][\p{L}\p{M}\-]*(?: [\p{L}\-]+)?)"
_HI = r"(?:(?:hi|hey|hello|sorry|so sorry|morning|lads|all|guys|folks|just to say|fyi|heads up|unfortunately|bad news|afraid|i'm afraid) )*"

_OFF = tuple(
    regex.compile(_HI + pattern)
    for pattern in (
        rf"{_WHO}(?:'?m|'s| am| is|'?ll be| will be| has to be| have to be) (?:still |feeling |going to be |also )*(?P<rest>{_AWAY}\b.*)",
        rf"(?:{_WHO} )?{_CANNOT} {_COME}\b(?P<rest>.*)",
        r"(?:i'?m |i am |i'll be )?(?:i )?(?:taking|take|need|want|have|booking|get|i'?d like|would like|have to take|need to take|want to take)(?: to have)? (?P<rest>.+) off(?: please| work)?",
        r"(?:can|could|may) i (?:have|take|get) (?P<rest>.+) off(?: please)?",
        r"give (?P<who>[\p{L}][\p{L}\-]*) (?P<rest>.+) off(?: work)?",
        rf"(?:{_WHO} )?{_CANNOT} (?P<rest>(?:today|tonight|tomorrow|this|next|on|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)\b.*)",
        r"(?P<rest>off|sick|off sick|ill|(?:a )?day off|holidays?)",
        rf"{_WHO} (?:has|needs|is taking|takes|took|got|wants) (?P<rest>.+) off(?: work)?",
        r"(?:(?:my )?day off|days off|time off|off(?: sick| work)?|calling in sick|out sick|annual leave|holidays?|leave)\b(?P<rest>.*)",
        r"(?:block|close) (?P<rest>.+?)(?: for me| off)?",
        r"i (?:need to|have to|must|want to|gotta|got to|am going to|'m going to) (?:leave|go|finish|head off|knock off)(?: home)?(?: early)? (?P<rest>.+)",
        r"i(?:'m|'ll| am| will)? (?:finish(?:ing)?|leav(?:e|ing)|heading off|knocking off)(?: early)? (?P<rest>.+)",
    )
)
_LATE = tuple(
    regex.compile(_HI + pattern)
    for pattern in (
        rf"(?:{_WHO}(?:'?m|'s| am| is|'?ll| will|'?ll be| will be| might be| may be|'ll probably be) )?(?:be )?(?:running |gonna be |going to be )?(?:a (?:bit|little) |slightly |about |around |roughly |maybe |some |probably )*(?P<rest>(?:\d{{1,3}}|ten|fifteen|twenty|thirty|five|half an hour|an hour|a quarter of an hour)?(?: ?(?:-|to|or) ?\d{{1,3}})? ?(?:m|mins?|minutes?|hours?)? ?)(?:late|behind|delayed)\b.*",
        r"(?:i'?m |i am )?(?:stuck (?:in|on|at) (?:traffic|the (?:bus|train|luas|dart|m50|motorway))|the (?:bus|train|luas|dart) is (?:late|delayed))(?P<rest>.*)",
    )
)


OTHER = "@"
"""Stands before whoever is spoken of, where it is not the speaker."""
_ORDERS = tuple(
    (command, regex.compile(pattern, regex.IGNORECASE))
    for command, pattern in (
        ("giveback", r"(?:give|hand|pass) (?P<who>[\p{L}#].*?) back(?: to (?:you|the bot|spotter))?(?P<rest>)"),
        ("book", r"(?:can you |could you |please )?(?:put|pop|stick|squeeze|sign|get|fit) (?P<who>[\p{L}#].*?) (?:in|down|up)(?: for| to| into| on)? (?P<rest>.+)"),
        ("remind", r"(?:please )?(?:call|ring|phone|chase) (?P<who>[\p{L}#].*?)(?: back| up)? (?P<rest>(?:tomorrow|today|tonight|on |at |in |next |this |mon|tue|wed|thu|fri|sat|sun|\d).*)"),
        ("lead", r"(?:please )?(?:can you )?(?:add|create|enter|make)(?: me)?(?: an?)?(?: new)? (?:lead|enquiry|prospect)[ :,]+(?P<rest>.+)"),
        ("lead", r"new (?:lead|enquiry|prospect)[ :,]+(?P<rest>.+)"),
    )
)  # fmt: skip


def read(text: str) -> Question | None:
    """The command that takes the statement up, with whom and when it says."""
    said = plainly(text)
    if "?" in text and not said.startswith(("can i ", "could i ", "may i ")):
        return None
    for command, forms in (("late", _LATE), ("timeoff", _OFF)):
        for form in forms:
            found = form.fullmatch(said)
            if found is None:
                continue
            who = found.groupdict().get("who") or "i"
            rest = found.group("rest").strip()
            if command == "timeoff" and not rest:
                continue
            return Question(command, f"{'' if who in ('i', 'we') else OTHER + who} {rest}".strip())
    return None


def order_in(text: str) -> Question | None:
    """The order that has its verb on both sides of the name: "put Nora in for yoga", "ring Mark back at 5"."""
    said = " ".join(text.replace("’", "'").strip(" .!?").split())
    for command, form in _ORDERS:
        found = form.fullmatch(said)
        if found is not None:
            who = "add" if command == "lead" else found.group("who")
            return Question(command, f"{who} {found.group('rest')}".strip())
    return None
