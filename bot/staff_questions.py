"""Questions of staff that a command answers: "who's new?", "what's on tomorrow?", "how are we doing this week".

In a private chat any of them is for the bot. In the group most questions are for a colleague: only those that the
gym's records alone can answer count there, and what is in them must be a day or a lead that exists.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: the command that answers it, and the words for it."""

    command: str
    words: str


@dataclass(frozen=True, slots=True)
class _Form:
    command: str
    pattern: regex.Pattern[str]
    words: str | None = None
    """For the command, `{words}` what the pattern calls so; None: just that."""
    in_group: bool = True


_DAY = (
    r"(?P<words>(?:(?:on|for|at|over|this|next|the) )*(?:today|tonight|tomorrow|(?:the )?day after tomorrow|week|weekend"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?|\d{1,2}(?:st|nd|rd|th)?)"
    r"(?: (?:\d{1,2}(?:st|nd|rd|th)?|week|morning|afternoon|evening|of|january|february|march|april|may|june|july|august"
    r"|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec))*)"
)
_WHO = r"who(?:'?s| is| are| do i have| have i(?: got)?| have we(?: got)?| do we have| has)"
_WHAT = r"what(?:'?s| is| are| do i have| have i(?: got)?| have we(?: got)?| do we have)"
_PERIOD = r"(?: (?:today|so far|this week|this month|lately|now|at the moment|overall|business ?wise))*"
_COMING = (
    r"(?:on|in|coming(?: in)?|booked(?: in)?|there|up|scheduled|planned|a trial|trials?|sessions?|classes)"
)


def _form(command: str, pattern: str, words: str | None = None, *, in_group: bool = True) -> _Form:
    return _Form(command, regex.compile(pattern), words, in_group)


_OPENING = r"(?:free|available|availability|(?:open )?slots?|openings?|gaps?|spaces?|spots?|places|room|anything open|time)"
_ASKS_FOR_IT = (
    r"(?:any(?:one|body|thing)?|is|are|am|do|does|have|has|got|what(?:'?s)?|which|how many|when(?:'?s)?|who(?:'?s)?"
    r"|(?:the |our |my )?(?:next|first|soonest|earliest))"
)

_NAME = r"(?P<words>[\p{L}#][\p{L}\p{M}'.\-]*\d*(?: [\p{L}'.\-]+){0,2}?)"
_COUNTED = (
    r"(?:leads?|trials?|intros?|tasters?|bookings?|sessions?|appointments?|classes|people|no[- ]?shows?|enquir(?:y|ies)"
    r"|inquir(?:y|ies)|sign[- ]?ups?|members?|prospects?|conversions?|cancell?ations?|joined|didn'?t (?:show|come)|missed)"
)
_SINCE = (
    r"(?:today|tonight|yesterday|tomorrow|(?:this|last|next|past|the) (?:week|month|year|\d+ days)|so far"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)"
)

_FORMS = (
    _form("agenda", r"(?:who|list|show me who|show me) (?:all )?(?:came|showed|turned|attended|didn'?t|did not|missed|no[- ]?showed)(?: show| come| turn| attend)?(?: up| in| it)? (?P<words>yesterday|today)"),
    _form("agenda", r"(?:list |show me |who were )?(?:the )?(?P<words>yesterday|today)'?s (?:no[- ]?shows|attendance)"),
    _form("health", r"(?:is|are) (?:the |our |my )?(?:system|bot|channels?|whatsapp|instagram|telegram|sms|everything)(?: still| all)? (?:ok(?:ay)?|working|up|down|connected|fine|all right|running)", in_group=False),
    _form("health", r"(?:the |our )?(?:channels?|whatsapp|instagram|telegram|sms) (?:is |are )?(?:not working|isn'?t working|aren'?t working|down|broken)", in_group=False),
    _form("help", r"(?:how (?:do|can|would|could|should) (?:i|we|you)|(?:can you )?help me(?: to)?|what'?s the command (?:for|to)) (?P<words>[\p{L}]+)\b.*", in_group=False),
    _form("help", r"what (?:can|could|should) i (?:say|ask|write|type|do)(?: to you| you| here)?", in_group=False),
    _form("timeoff", r"(?:who(?:'?s| is)|is any(?:one|body)|any(?:one|body)) (?:off|away|on holidays?|on leave|out sick|off sick)(?: (?:today|tomorrow|this week|next week|on \p{L}+|at the moment|soon))*", "list"),
    _form("timeoff", r"(?:(?:cancel|undo|remove|delete|take back|show|list|see) )?(?:my |the |all |[\p{L}]+'s )?(?:time off|days? off|holidays)(?: on .*| for .*)?|unblock\b.*", "list", in_group=False),
    _form("count", r"(?:how are we (?:for|on|with)|any) (?P<words>(?:leads|trials|bookings|sessions)\b.*)", in_group=False),
    _form("agenda", rf"is {_DAY} (?:busy|full|quiet|mad|mental)", in_group=False),
    _form("count", rf"(?:did anyone|who|has anyone|any) (?P<words>cancel(?:l?ed|l?ations?)?(?: (?:on |for |in )?{_SINCE})?)"),
    _form("hours", r"(?:when|what times?|what hours?) (?:do|are|is|does) (?:we|the gym|you) (?P<words>(?:open|close|closing|shut|closed|start|finish)\b.*)"),
    _form("hours", r"are we (?P<words>(?:open|closed|shut)\b.*)"),
    _form("hours", r"(?:what(?:'?s| is| are)|when(?:'?s| is| are)?) (?P<words>(?:our |the )?(?:opening )?(?:hours|times)(?: .*)?|[\p{L}]+'s (?:hours|shifts?|days|times)(?: .*)?)"),
    _form("hours", rf"(?:when(?:'?s| is| does)|what (?:days|times|hours) (?:is|does)) (?P<words>[\p{{L}}]+ (?:in|work|working|here|on|start|finish)(?: (?:in|on|next|{_DAY.replace('?P<words>', '?:')}))*)"),
    _form("hours", r"who are (?:my|our|the) (?P<words>trainers|coaches)"),
    _form("agenda", rf"(?:what time|when) (?:do|am|should) i (?:start|on|in|be in|finish|done|working|work)(?: work)?(?: {_DAY})?", in_group=False),
    # Whether the rest of the words belongs to it, `bot.commands.free` sees.
    _form("free", rf"(?P<words>{_ASKS_FOR_IT} (?:.* )?{_OPENING}\b.*)"),
    _form("free", r"(?P<words>(?:[\p{L}\p{N}']+ ){0,2}(?:free|available|availability|slots|openings|gaps|spaces)\b.*)"),
    _form("free", r"(?P<words>(?:who|when|which trainers?|what times?) (?:(?:can|could) .*\b(?:take|do|give|see|fit)|does .*\bhave)\b.*)"),
    _form("free", r"(?P<words>how (?:full|busy|booked) (?:is|are) .+)"),
    _form("inbox", r"(?:is |who'?s |who is |who are |are )?(?:there )?(?:any(?:body|one)? |people |still )?(?:(?:waiting|unanswered|left hanging|hanging)(?: (?:on|for) (?:us|me|an answer|a reply|anything))?)(?: today| now)?"),
    _form("inbox", r"who (?:hasn'?t|have(?:n'?t)?|has not|have not|have we not|haven'?t we|did we not|do i need to|do we need to|should i|must i) (?:been |got |we |i )*(?:answer(?:ed)?|repl(?:y|ied)|reply to|answer|heard|had a reply|get back to)(?: to| yet| from us| back| today)*"),
    _form("inbox", r"any (?:complaints?|problems?|issues?|unanswered(?: messages?)?|open chats?)(?: today| lately)?"),
    _form("reminders", r"(?:who|what) do (?:i|we) (?:need|have) to (?:call|ring|do|chase|follow up)(?: with| back| on)?(?: today| tomorrow| this week)?"),
    _form("reminders", r"(?:what'?s|what is) (?:on |still on )?(?:my|the) (?:list|to ?do list|plate|to ?dos?)(?: today)?"),
    _form("count", r"how did (?P<words>(?:the |we do )?(?:today|yesterday|last week|this week|the week|last month|this month|the month|(?:mon|tues|wednes|thurs|fri|satur|sun)day))(?: go| do| look)?", "{words} summary"),
    _form("count", r"how (?:was|were|has) (?P<words>(?:yesterday|today|last week|this week|the week|last month|this month|the month))(?: been)?", "{words} summary"),
    _form("count", r"(?:what(?:'?s| is| was) )?(?:our |the |my )?(?P<words>(?:show|no[- ]?show|attendance|conversion|close|closing|sign ?up)(?: up)? rate\b.*)"),
    _form("leads", r"(?:who(?:'?s| is| are)|which (?:is|are)|show me) (?:my |our |the )*hott?est(?: leads?| ones?)?", "hot"),
    _form("agenda", rf"who(?:'?s| is| are|'?ve| has| have)? (?:booked|signed up|coming|going|down|registered|in)(?: in)?(?: for| to| on)? (?:the )?[\p{{L}} ]+? (?:on |for )?{_DAY}"),
    _form("agenda", rf"what(?:'?s| is) [\p{{L}}]+ (?:up to|doing|at|working on)(?: {_DAY})?", in_group=False),
    _form("agenda", rf"do (?:i|we) have (?:anything|anyone|something|someone|any (?:sessions?|clients?|bookings?|trials?|classes))(?: on| in| for| booked)* ?{_DAY}"),
    _form("agenda", rf"who(?:'?s| is) my (?:\d{{1,2}}(?:[:.]\d\d)?(?: ?(?:am|pm|o'?clock))?|first|last|next one|morning|afternoon|evening)(?: session| client| one)?(?: {_DAY})?"),
    _form("agenda", rf"(?:{_WHO}|{_WHAT}) (?:{_COMING} )*{_DAY}", in_group=False),
    # "Who's on tomorrow?" asks colleagues for the one on duty.
    _form("agenda", rf"(?!who(?:'?s| is) (?:on|in|up|there) )(?:{_WHO}|{_WHAT}) (?:{_COMING} )*{_DAY}"),
    _form("agenda", rf"(?:{_WHO}|{_WHAT}|any(?:body|one|thing)?) (?:{_COMING} ?)+(?P<words>)", in_group=False),
    _form("agenda", rf"(?:any(?:body|one|thing)?|is there anything) (?:{_COMING} )+{_DAY}"),
    _form("agenda", rf"(?:how|what)(?:'?s| is| does) (?:my|the|our) (?:day|diary|week|schedule)(?: look(?:ing)?)?(?: like)?(?: {_DAY})?"),
    _form("agenda", r"(?:how|what)(?:'?s| is| does) (?:my|the|our) (?P<words>week)(?: look(?:ing)?)?(?: like)?"),
    _form("agenda", rf"(?:how|what) does {_DAY} look(?: like)?"),
    _form("agenda", rf"(?:am i|are we) (?:working|in|on|busy|full|free)(?: {_DAY})?", in_group=False),
    _form("agenda", rf"(?:and |what about |how about )?{_DAY}", in_group=False),
    _form("agenda", r"(?:my|the|our) (?P<words>week|day)", in_group=False),
    _form("leads", r"(?:who(?:'?s| is)|any(?:one|body)?|anything) new(?: (?:today|in))?(?: (?:leads?|people|faces|enquir(?:y|ies)|prospects?))?(?: today)?", "today"),
    _form("leads", r"(?:who(?:'?s| is)|any(?:one|body)?) new(?: (?:leads?|people|enquir(?:y|ies)|prospects?))? (?P<words>yesterday|(?:this )?week)"),
    _form("leads", r"who (?:wrote|messaged|contacted us|got in touch)(?: in)?(?: to us)?(?: (?P<words>today|yesterday|this week))?"),
    _form("leads", r"who(?:'?s| is| are) (?:the )?(?P<words>hot)(?: ones| leads?)?"),
    _form("stats", rf"how(?: are|'?re| is|'?s) (?:we|things|business|it|the gym|the week|the month|sales)(?: (?:doing|going|looking))?{_PERIOD}"),
    _form("count", rf"(?P<words>(?:and |so )?how many (?:[\p{{L}}]+ ){{0,2}}{_COUNTED}\b.*)"),
    _form("count", rf"(?P<words>(?:what(?:'?s| is) the )?(?:number|count|total) of (?:new )?{_COUNTED}(?: (?:for|on|in|over|of))?(?: {_SINCE})?)"),
    _form("count", rf"(?P<words>(?:any )?(?:bookings?|trials?|no[- ]?shows?|sign ?ups?|enquir(?:y|ies)|conversions) (?:for |on |in |over )?{_SINCE})"),
    _form("history", rf"what (?:did|has|does) {_NAME} (?:say|said|write|written|answer(?:ed)?|reply|replied|text(?:ed)?|tell us|told us|come back with)(?: to us| back| last| so far)*(?: (?:today|yesterday))?"),
    _form("history", rf"(?:show me |see |read |get )?(?:the |a )?(?:last|latest|newest|recent) (?:messages?|words?|lines?|texts?|repl(?:y|ies)|chat) (?:from|of|by|with) {_NAME}"),
    _form("history", rf"(?:did|has|have) {_NAME} (?:repl(?:y|ied)|answer(?:ed)?|written|write|text(?:ed)?|messaged?|respond(?:ed)?|get back|got back|come back|say anything|said anything)(?: back| yet| to us| already| us| today)*"),
    _form("history", rf"any(?:thing)? (?:word|news|reply|replies|answer|messages?|updates?|back)? ?from {_NAME}(?: yet| today)?"),
    _form("history", rf"(?:show me |see |read |get |what'?s )?(?:the |my |our )?(?:chat|conversation|thread|messages) (?:with|of|from) {_NAME}"),
    _form("lead", rf"what (?:does|did|is|was|were) {_NAME} (?:want(?:ing)?|wants|need(?:ing)?|look(?:ing)? for|after|interested in|ask(?:ing)?(?: for| about)?|say (?:she|he|they) wants?)"),
    _form("lead", rf"what'?s {_NAME} (?:after|looking for|interested in|asking(?: for| about)?|about)"),
    _form("lead", rf"when(?:'?s| is| does| did| are) {_NAME} (?:coming|come|booked|in|visiting|due|next|here)(?: in| back| next| again| over)*"),
    _form("lead", rf"(?:is|has) {_NAME} (?:coming|booked|due|visiting|been)(?: in| back| again| yet| a trial| (?:on |this |next )?{_SINCE})*"),
    _form("lead", rf"(?:where (?:is|are we|do we stand|are things)|what'?s (?:the story|the status|happening|up)|how (?:is|are) (?:we|things)(?: getting on| going)?) with {_NAME}"),
    _form("lead", r"(?:who(?:'?s| is| was)|tell me (?:more )?about|what do we know about|what have we on) (?P<words>[\p{L}#][\p{L}\p{M}'.\-]*\d*(?: [\p{L}'.\-]+){0,2})"),
    _form("lead", r"(?:what about|how about|info on|details (?:of|on|for)|pull up|bring up|open) (?P<words>[\p{L}#].{0,40})", in_group=False),
)  # fmt: skip
_ABOUT_US = regex.compile(
    r"(?:[\p{L}]+ing \S+|[\p{L}]+ [\p{L}]+ing|on|in|free|there|around|here|coming|that|this|it|up|next|working|the|a|an)\b.*"
)
"""Behind "who is", these are no name."""


def read(text: str, *, is_group: bool) -> Question | None:
    """The question in `text` if a command answers it."""
    said = plainly(text)
    for form in _FORMS:
        if is_group and not form.in_group:
            continue
        found = form.pattern.fullmatch(said)
        if found is None:
            continue
        words = (
            (found.groupdict().get("words") or "")
            if form.words is None
            else form.words.format(**found.groupdict())
        )
        if form.command == "lead" and _ABOUT_US.fullmatch(words):
            continue
        return Question(form.command, words or ("today" if form.command == "leads" else ""))
    return None


def plainly(text: str) -> str:
    """The words as the forms take them: lower case, without commas and the marks at the end."""
    return " ".join(text.lower().replace("’", "'").replace(",", " ").strip(" .!?").split())
