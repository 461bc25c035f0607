"""What looks like a time and is none: each kind with its pattern; what matches is not read as time.

Prices, weights, scores, sets, frequencies, ages, head counts, house and phone numbers, bus routes, birth
dates, greetings and wishes.
"""

from __future__ import annotations

import re

from nlu_models.times.tokens import Tape

_N = r"(?:\d{1,4}(?:[.,]\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty)"
_FEW = r"(?:a )?(?:couple|few)(?: of)?|several"

_ANYWHERE = re.compile(
    "|".join(
        (
            r"\S+@\S+\.\w+",
            r"(?:https?://|www\.)(?:(?!\d{4}-\d\d-\d\d)\S)+",
            # codes with letters and digits joined by dashes
            r"\b[a-z]{1,4}-\d{5,}[\w-]*",
            # phone numbers: from a plus or a leading 0 on, nine digits or more
            r"(?<![\w/.:])(?:\+|00?)(?!\d{1,3}[-.]\d{1,2}[-.]\d{2,4}\b)(?:[\s().-]*\d){8,}",
            r"(?<![\w/.:-])\d{10,}",
            # prices
            r"[€£$₹]\s?\d[\d.,]*k?",
            r"\b(?:rs\.?|inr|eur|usd|gbp)\s?\d[\d.,]*",
            r"\b\d[\d.,]*\s?(?:€|£|₹|(?:euros?|eur|quid|pounds?|bucks|dollars?|rupees?|rs|inr|usd|gbp|cents?)\b)",
            r"\b\d+\.\d\d(?=\s+(?:fee|charge|customs|deposit|each|for the (?:trial|session|class|month)))",
            r"\b(?:costs?|charged?|charging|pay|paid|paying|billed|fee|price)\s(?:me\s)?(?:of\s|is\s|was\s)?\d[\d.,]*",
            # weights, lengths and other measures
            r"\b\d+(?:[.,]\d+)?\s?(?:kgs?|kilos?|kgz|lbs?|stone|kms?|kilomet\w+|miles?|cms?|mm|ft|feet|foot|inch\w*|"
            r"kcals?|calories|cals|grams?|ml|litres?|bpm|watts?|steps|percent|degrees|bed|plates?|eggs?|rotis?|slices?)\b",
            r"\b\d+(?:[.,]\d+)?(?:k|m|g|l)\b(?!\.)",
            r"\b\d+(?:[.,]\d+)?\s?%",
            r"\b(?:[4-9]|1\d|2[02-9])\s?st(?:one)?\b(?:\s?\d{1,2}(?:\.\d)?\b(?:\s?lbs?)?)?",
            # sets, repetitions, loads
            r"\b\d+\s?[x×*]\s?\d+[a-z]*(?:[^.?!,;]{0,24}?(?:@|\bat\b)\s?\d+(?:\.\d+)?)?",
            r"\bx\s?\d+\b(?!:)",
            rf"\b{_N}\s(?:more\s)?(?:sets?|reps?|rounds?|burpees|swings|push-?ups?|pull-?ups?|pullups?|squats?|laps?|lengths?)\b"
            r"(?:\s(?:of|x)\s\d+)?",
            r"\b(?:squats?|bench|deadlifts?|press|rows?|lunges?|curls?|clean|snatch)\b[\w\s]{0,16}?(?:@|\bat\b|\bfor\b)\s?"
            r"\d+(?:\.\d+)?\b(?!\s?(?:am|pm|:\d|o'?clock))",
            # scores
            r"\b\d{1,3}(?:\.\d)?\s?out of\s?\d+",
            r"(?<!on )(?<!on the )\b(?:10|\d(?:\.\d)?)\s?/\s?10\b(?!\s?(?:/|at\b|@))",
            r"(?:energy|mood|sleep|slept|motivation|stress|soreness|hunger|rating|rate|score|pain)\W+(?:\w+\W+){0,3}?\d{1,2}"
            r"(?:\.\d)?\s?/\s?(?:5|10)\b",
            r"\b24\s?[/-]\s?7\b",
            r"\b24\s?(?:hrs?|hours?|h)\b(?!\s(?:from|later|time|notice))",
            # frequencies
            rf"\b(?:once|twice|thrice|(?:{_N}|{_FEW})(?:\s?(?:-|to|or)\s?{_N})?\s?(?:x|times?|days?|sessions?|nights?|mornings?|"
            r"evenings?|workouts?|class(?:es)?|hours?|hrs?)?)\s?(?:a|an|per|each|every|/|in a|in the|out of the)\s?"
            r"(?:week|wk|month|mth|day|fortnight|year)\b",
            r"\b(?:once|twice|thrice)\b",
            rf"\b(?:{_N}|{_FEW})\s?(?:x|times)\b(?:\s(?:weekly|monthly|daily))?",
            rf"\b{_N}\s(?:days?|sessions?)\s(?:weekly|in|on|off)\b(?!\s(?:a|the)\b)",
            # ages
            r"\b(?:i'?m|i am|am|aged?|age of|over|under|turn(?:s|ed|ing)?|(?:s?he|son|daughter|mother|father|mam|mum|mom|dad|kid|"
            r"boy|girl|lad|wife|husband)(?:'s| is| are)|they'?re|we'?re)\s(?:only |just |now |nearly |almost |about |over )?"
            r"\d{2}\b(?!\s?(?:min|hour|hr|sec|h\b|:|\.\d|am\b|pm\b|o'?clock|late|behind|weeks?|days?|months?|wks?))"
            r"(?:(?<=turns \d\d)[^.?!,;\n]{0,24}|(?<=turning \d\d)[^.?!,;\n]{0,24})?",
            r"\b(?:i'?m|i am)\s(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|eighteen|nineteen|seventeen|sixteen|fifteen)"
            r"(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?\b(?!\s(?:min|past|to|minutes))",
            rf"\b(?:son|daughter|kid|boy|girl|lad)(?:'s| is)\s(?:only |just )?{_N}\b",
            rf"\b{_N}\s?-?\s?(?:(?:years?|yrs?|yr)[\s-]*(?:olds?|of age)|yo|y/o)\b",
            rf"\b{_N}\s?-?\s?(?:months?|weeks?|wks?)[\s-]+(?:olds?|pregnant|postpartum|along|gone)\b",
            r"\b(?:born|dob|d\.o\.b\.?|date of birth|(?:birthday|bday|b-day)(?! (?:party|dinner|drinks|do|session|class|present|gift)\b))\b(?:(?!\b(?:can|could|so|and|but|book|free)\b)[^.?!,\n]){0,40}",
            # head counts
            rf"\b(?:table|party|group|family|room|space|places?|spots?) (?:for|of) {_N}\b(?!\s?(?:am|pm|:|o'?clock))",
            rf"\b{_N} (?:or {_N} )?(?:of (?:us|them|ye|you|my|our|the)|people|persons?|ppl|friends?|mates?|lads|adults?|kids?|children|"
            r"guests?|members|others?|girls|guys|women|men|spots?|places|spaces|tickets?|students?|colleagues|clients|"
            r"words|beds?|things|questions|options|classes|sessions|trials?|visits?|months?|weeks?|new|pt|more)\b"
            r"(?!(?:'|s)?\s?(?:from|later|time|on|today|tomorrow|earlier|after|before|before|ago)\b)(?<!in \d weeks)(?<!in \d\d weeks)"
            r"(?<!in two weeks)(?<!in three weeks)(?<!in four weeks)(?<!in \d months)(?<!in two months)(?<!in three months)"
            r"(?<!last \d months)(?<!past \d weeks)(?<!last \d weeks)(?<!next \d weeks)(?<!few weeks)(?<!past \d months)",
            # settings of a machine, ranges of plain numbers
            r"\b(?:volume|temperature|oven|thermostat|brightness|speed|incline|resistance)\b"
            r"[^.?!,\d]{0,24}\b(?:at|to|by|on)\s(?:about\s)?\d+(?:\.\d+)?\b(?!\s?(?:am|pm|:|o'?clock))",
            rf"\b(?:numbers?|limit|score|range|dice?)\b[^.?!\d]{{0,24}}\b(?:between|from)\s{_N}\s(?:and|to)\s{_N}\b(?!\s?(?:am|pm))",
            r"\bsat (?:scores?|exams?|tests?|prep)\b",
            # numbered things, bus routes, addresses
            r"\b(?:bus|route|tram|line|luas|no\.?|number|platform|flight|room|studio|unit|flat|apt|apartment|floor|gate|level|size|"
            r"page|chapter|iphone|order|locker|terminal|article|step|option|building|under|error|version|covid|form)\s?#?"
            r"\d+(?:\.\d+)?[a-z]?\b(?!\s?(?:am|pm|:))",
            r"\b(?:the\s)?\d{1,3}[a-z]?\s(?:bus|tram|train|luas)\b",
            r"\b(?:the\s)?\d{2,3}[b-gi-oq-z]\b",
            r"\b\d{1,4}[a-z]?,?\s(?:[a-z][\w']+\s){1,3}(?:street|road|rd|avenue|ave|row|lane|drive|terrace|quay|court|"
            r"crescent|grove)\b",
            # greetings, wishes and set phrases
            r"\b(?:good|gud|gd|g'?d|lovely|nice|great|grand|happy|have an?|enjoy (?:your|the|ur)|bon)\s(?:(?:good|nice|great|lovely|"
            r"wonderful|blessed)\s)?(?:mornin\w*|mrng|morn|evenin\w*|evng|eve|afternoon|arvo|night|nite|day|weekend|week|month|"
            r"lunch)\b(?!\s(?:for|would|is)\b)",
            r"\b(?:have an?|enjoy (?:your|the|ur)) (?:\w+ )?(?:sunday|saturday|friday|monday|tuesday|wednesday|thursday)\b",
            r"\b(?:happy|tgif|its|it's) (?:fri-?yay|friday|monday|hump day)\b(?=\W*(?:$|[!.,]))",
            r"\b(?:five|5|six|7|seven)[\s-]a[\s-]side\b",
            r"\bnigh?te?,? ?nigh?te?\b|\bnite\s?,?nite\b",
            r"^\W*(?:(?:this is )?(?:[a-z][\w'’-]* ){1,3}here\b\W+)?(?:mornin\w*|mrng|evenin\w*|afternoon)\b(?=\W*(?:[,.!🙂😊👋🙏]|all\b|team|lads|folks|guys|there|can |could |is |just |"
            r"hi\b|hello|how |do |are |what |hope ))",
            r"\bday after day\b|\bday (?:in|by) day\b|\bone day\b|\bthese days\b|\bsome day\b|\bat the moment\b|\bany minute\b"
            r"|\bany moment\b|\bjust a (?:minute|sec|second|moment)\b|\b(?:one|a|two) (?:sec|second|min|mins|minute|moment)s?\b(?! (?:later|earlier))"
            r"|\bday pass(?:es)?\b|\bfirst time\b|\blast time\b|\bnext time\b|\bthis time\b(?! (?:t[om]|2m|next|on|mon|tue|wed|thu|fri|sat|sun))|\brest day\b",
        )
    ),
    re.IGNORECASE,
)
_DISTANCE = re.compile(
    r"\b(?:\d+(?:\.\d+)?\s?(?:k|km|m|miles?)|ran|run|rowed|row|5k|10k|marathon|parkrun|half)\b", re.I
)
_RUN_TIME = re.compile(
    r"\b(?:in|of|under|sub|pb|took)\s\d{1,3}[:.]\d{2}(?:[:.]\d{2})?\b|\b(?:in|under|sub)\s\d+\s?min\w*", re.I
)


def mask(tape: Tape) -> None:
    """Mark the tokens that belong to something else than time."""
    spans = [found.span() for found in _ANYWHERE.finditer(tape.text)]
    if _DISTANCE.search(tape.text):
        spans += [found.span() for found in _RUN_TIME.finditer(tape.text)]
    if not spans:
        return
    for at, token in enumerate(tape.tokens):
        if any(start < token.end and token.start < end for start, end in spans):
            tape.mask(at)
