"""What people want from training and how much they have trained so far."""

from __future__ import annotations

import re

from nlu_models.entities.message import Message
from nlu_models.parse import Entity

_AIM = (
    r"(?:want(?:s|ing)?|wanna|wana|would (?:love|like)|i'?d (?:love|like|be hoping)|looking|trying|tryna|hoping|need|have|aim\w*|goals?(?: is| are|:|'s)?|keen|"
    r"like|love|mainly|mostly|mainly just|just|plan(?:ning)?|order|hope|help me|dying|be|in|for|and|,|is|maybe|really|interested|focus(?:ed|ing)?|about|wish)"
)
_PATTERNS: tuple[tuple[str, str, bool], ...] = (
    # meaning, words, whether they need a wish before them
    ("weight", r"(?:los(?:e|ing)|loose|drop(?:ping)?|shed(?:ding)?|shift(?:ing)?|burn(?:ing)?(?: off)?|cut(?:ting)?|get(?:ting)? rid of|lost)\s(?:\w+\s){0,3}?"
               r"(?:weight|kgs?|kilos?|lbs?|pounds|stone|fat|belly|tummy|inches|timber|dress sizes?|jean sizes?|love handles|spare tyre|gut|few pounds|chub)"
               r"(?:\sfor\s(?:the|my|a)\s\w+)?", False),
    ("weight", r"(?:los(?:e|ing)|drop(?:ping)?|shed(?:ding)?)\s(?:about |around |at least |a few |some |like )?\d+(?:\.\d+)?\s?(?:kgs?|kilos?|lbs?|pounds|stone|st|k)\b", False),
    ("weight", r"weight[\s-]?loss|fat[\s-]?loss|slim(?:ming)? down|get(?:ting)? (?:slimmer|lean(?:er)?|skinny|thin(?:ner)?)|lean out|lose a bit|lose (?:it|some)|trim down|"
               r"fit (?:back )?into (?:my|the|a) \w+(?: \w+)?", False),
    ("muscle", r"(?:build(?:ing)?|gain(?:ing)?|put(?:ting)? on|add(?:ing)?|grow(?:ing)?|get(?:ting)?|bulid)\s(?:\w+\s){0,2}?(?:muscles?|muscel|mass|size|strength|definition|abs|gains)", False),
    ("muscle", r"(?:get(?:ting)?|be(?:come)?|grow|feel)\s(?:\w+\s)?(?:strong(?:er)?|big(?:ger)?|bulky|ripped|jacked|shredded|hench|muscly|muscular|toned)|"
               r"bulk(?:ing)?(?: up)?|ton(?:e|ing)(?: up| my \w+)|hypertrophy|body\s?building|power\s?lifting|"
               r"(?:bigger|stronger|toned|bigger) (?:shoulders?|arms?|legs?|chest|back|glutes|bum|core|biceps)|lift (?:heavy|heavier)|muscle (?:gain|building|mass)|strength training"
               r"|(?:do|manage|get|achieve) (?:one|a|1|my first|an?|unassisted) (?:proper |full |unassisted )?(?:pull|chin|push|press)[\s-]?ups?", False),
    ("muscle", r"muscles?|strength|six pack|abs", True),
    ("fitness", r"(?:get(?:ting)?|be(?:come|coming)?|keep(?:ing)?|stay(?:ing)?|being)\s(?:(?:a|bit|more|much|really|properly|very|back|in|into|myself|physically|generally|my|body|little|some|lot|as|super|great|good|better|summer|wedding)\s){0,4}(?:fit(?:ter)?|healthy|healthier|active|moving|in shape|into shape|shape|mobile|supple|flexible|energy|back into it)\b"
                r"(?:\safter\s(?:\w+\s)?(?:baby|kids?|covid|christmas|birth|pregnancy|illness))?|"
                r"(?:improve|increase|better|build|work on|boost|more|raise)\s(?:\w+\s){0,2}?(?:fitness|stamina|cardio|endurance|health|energy|flexibility|mobility|posture|balance|conditioning)|"
                r"(?:general|overall) (?:fitness|health)|feel (?:\w+ )?(?:better(?! about)|healthier|fitter|good|like myself)|keep up with (?:my|the|our) (?:\w+ )?(?:kids|grandkids|grandchildren|dog|toddler|children)", False),
    ("fitness", r"fitness|stamina|flexibility|mobility|health(?! (?:details|data|info|record|insurance|issue|condition|problem|form))|cardio|posture", True),
    ("injury", r"(?:recover(?:y|ing)?|rehab(?:bing|ilitat\w+)?|come back|coming back|get(?:ting)? back|heal(?:ing)?|strengthen(?:ing)?|fix|sort out)\s(?:\w+\s)?(?:from|after|my|the|a|an|of)\s"
               r"(?:\w+\s){0,3}?(?:injur(?:y|ies)|surgery|operation|op|knee|shoulder|back|hip|ankle|acl|hamstring|accident|surgery|disc|fracture|achilles|wrist|neck|c-section|section)",
               False),
    ("injury", r"(?:\w+\s)?(?:injury|knee|shoulder|back|hip|ankle|acl)\s(?:rehab|recovery|rehabilitation)|rehab(?:ilitation)?\b(?:\s(?:for|of|on|after)\s(?:my|a|an|the)\s\w+(?:\s\w+)?)?|"
               r"recover(?:ing)? from (?:an? |my )?\w+(?: \w+)?|physio (?:told|said|recommended)", False),
    ("event", r"(?:run(?:ning)?|do(?:ing)?|train(?:ing)?|prepar(?:e|ing)|finish(?:ing)?|complete|get ready|ready|enter(?:ing|ed)?|signed up|build(?:ing)? up|prep)\s(?:for|to)?\s?(?:\w+\s){0,3}?"
              r"(?:marathon|half marathon|10\s?k|5\s?k|triathlon|hyrox|race|ironman|tough mudder|spartan|event|competition|comp|cycle|sportive|match|season|wedding|holiday|expedition|kilimanjaro|camino|parkrun)", False),
    ("event", r"(?:(?:the|a|my|sub)\s)?(?:\w+\s)?sub[\s-]?\d+(?:\shour)?\s(?:half|marathon|10k|5k)|train(?:ing)? for (?:an?|the|my)\s\w+(?:\s\w+)?", False),
    ("event", r"marathon|triathlon|hyrox|10\s?k|5\s?k|ironman", True),
    ("stress", r"(?:reduc(?:e|ing)|manag(?:e|ing)|relieve|relieving|less|release|cope with|deal(?:ing)? with|handle|get rid of|work off|burn off|beat|lower(?:ing)?|help with|lessen)\s"
               r"(?:\w+\s){0,2}?(?:stress|anxiety|tension|pressure)|de-?stress(?:ing)?|stress (?:relief|reduction|management|release)|unwind|switch off|clear my head|blow off steam|let off steam|"
               r"mental health|(?:my|for) (?:head|sanity)\b|sleep better|relax more|wind down", False),
    ("stress", r"stress|relaxing|relaxation", True),
)  # fmt: skip
_COMPILED = tuple(
    (meaning, re.compile(rf"(?<![\w-])(?:{words})(?!\w)"), wish) for meaning, words, wish in _PATTERNS
)
_MEANINGS: dict[str, tuple[str, ...]] = {
    "weight": ("lose weight", "weight", "fat", "slim", "lean"),
    "muscle": ("muscle", "strength", "strong", "tone", "bulk"),
    "fitness": ("fitter", "fit", "health", "shape", "active", "endurance", "mobility"),
    "injury": ("injury", "rehab", "recover"),
    "event": ("event", "race", "competition", "marathon", "sport"),
    "stress": ("stress", "relax", "wellbeing", "mental"),
}
_WISH = re.compile(
    rf"(?:\b{_AIM}\s?(?:to|my|some|a|the|for|at|on|is|of|just|it|up|with|get|it'?d be|be|bit)?\s?(?:a|some|my|the|to|bit of)?\s?)$"
)
_FREE = re.compile(
    r"\b(?:my goal is|goal'?s|goal is|goals are|the goal is|goal:|aim is|my aim is|target is)\s(?:to\s)?(?P<goal>[^.,!?;\n]{3,60})|"
    r"\b(?:whats?|what's|what is) (?:good|best) for (?P<for>[^.,!?;\n]{3,40})|"
    r"\bcoach for (?P<coach>\w+(?:\s\w+)?)"
)
# Somebody tells of results, asks about records or complains: no goal.
_NOT_WISHED = re.compile(
    r"\b(?:i'?ve|have i|i|have|she|he|we|already|has|how much)\s(?:\w+\s)?(?:lost|dropped|gained|put on)\b|\bfastest\b|\bso far\b|\bam i getting\b|\bwe offer\b|\bmy phone\b|"
    r"\bmembership\b.{0,12}\bshape\b|\bdo (?:you|i|we) (?:have|need) to be\b|\bshould i be\b|\bfit enough\b|\bneed to be fit\b"
)


def find_goals(message: Message) -> list[Entity]:
    """Goals; the value is the gym's goal of that meaning, else the words themselves."""
    found: list[Entity] = []
    lower = message.lower
    answering = message.context.asked == "goal"
    if not answering and _NOT_WISHED.search(lower):
        return []
    for meaning, pattern, needs_wish in _COMPILED:
        for match in pattern.finditer(lower):
            start, end = match.span()
            if any(start < other.end and other.start < end for other in found):
                continue
            before = lower[:start].rstrip() + " " if lower[:start].strip() else ""
            if (needs_wish and not (answering or (before == "" and end >= len(lower.rstrip(" .!?"))))) and (
                not _WISH.search(before)
                or not re.search(
                    r"\b(?:want|wanna|goal|looking|trying|hoping|mainly|mostly|training|focus|aim|work on|help with)\b",
                    before[-40:],
                )
            ):
                continue
            if (
                re.search(
                    r"\b(?:was|were|don't want to|not to|you'll|your|we help|helps?|won't|would it|will i|how do i not)\s$",
                    before,
                )
                and not answering
            ):
                continue
            value = _gym_goal(message, meaning) or message.text[start:end].lower()
            sure = 0.7 if needs_wish else 0.9
            found.append(Entity("goal", value, message.text[start:end], start, end, sure))
    for match in _FREE.finditer(lower):
        group = next(name for name in ("goal", "for", "coach") if match.group(name))
        start, end = match.span(group)
        if not any(start < other.end and other.start < end for other in found):
            found.append(
                Entity("goal", message.text[start:end].strip(), message.text[start:end], start, end, 0.6)
            )
    if answering and not found:
        free = message.text.strip(" .!?")
        words = free.split()
        if (
            1 <= len(words) <= 12 and "?" not in message.text and not message.times.spans and len(free) > 2
        ) and words[0].lower() not in (
            "yes",
            "no",
            "yeah",
            "nope",
            "skip",
            "stop",
            "what",
            "why",
            "how",
            "cancel",
            "none",
            "not",
            "dunno",
            "idk",
            "nah",
            "rather",
            "who",
            "where",
            "never",
        ):
            start = message.text.find(free)
            found.append(Entity("goal", free, free, start, start + len(free), 0.4))
    return sorted(found, key=lambda entity: entity.start)


def _gym_goal(message: Message, meaning: str) -> str | None:
    """The goal in the gym's own words that has this meaning."""
    for word in _MEANINGS[meaning]:
        for goal in message.context.vocabulary.goals:
            if re.search(rf"\b{word}", goal.lower()):
                return goal
    return None


_OTHERS = re.compile(
    r"\b(?:my|our|his|her|a|the)\s(?:\w+\s)?(?:son|daughter|wife|husband|mother|father|mam|mum|mom|dad|friend|mate|sister|brother|partner|girlfriend|boyfriend|colleague|gf|bf|lad|kid|cousin|granny|nan)\b"
    r"[^.!?;]{0,30}$|\b(?:he|she|they|he's|she's|they're|hes|shes)\s(?:is |are |has |have )?(?:\w+\s)?$"
)
_EXPERIENCE: tuple[tuple[str, str], ...] = (
    ("none", r"never(?: (?:ever|really|actually|once))? (?:been (?:in|to|inside|near|a member|training|lifting)[^.,!?;]{0,20}|trained|lifted|set foot[^.,!?;]{0,16}|worked out|exercised|"
             r"gone to (?:a|the) gym|used (?:a|the) gym|done (?:any|weights|gym|this|it|anything|a workout|this before|any of this)[^.,!?;]{0,20}|touched a[^.,!?;]{0,14}|stepped[^.,!?;]{0,16}|"
             r"joined a gym|tried (?:a gym|it|weights|lifting))|(?:total(?:ly)?|complete(?:ly)?|absolute|pure|utter|real|true|full|proper|such a) (?:beginner|newbie|novice|noob|rookie|new)|"
             r"(?:i'?m|i am|am|as|im|,|^|just|myself|only|bit of) an? (?:\w+ )?(?:beginner|newbie|novice|noob|first[\s-]?timer|rookie)|^beginner\b|^(?:a )?(?:newbie|novice)|"
             r"(?:no|zero|0|any|without) (?:gym |training |previous |prior |real )?experience|(?:brand )?new to (?:this|the gym|gyms?|training|lifting|it all|all this|weights|exercise|fitness)|"
             r"first time (?:in|at|ever|going to|joining|to) (?:a|the|any)? ?gym|haven'?t (?:ever )?(?:trained|lifted|exercised|been (?:in|to) (?:a|the) gym)(?! (?:since|in|for))|starting from (?:zero|scratch|nothing)|"
             r"don'?t (?:train|exercise|work out)(?: at all)?|not trained before|only (?:doing )?walking"),
    ("regular", r"(?:i|we|im|i'm|been|and|,|^|currently|already|still)\s?(?:already |currently |usually |normally |do |go |'ve been |have been |ve been )?"
                r"(?:train(?:ing)?|lift(?:ing)?|go(?:ing)?(?: to (?:a|the|another) gym)?|work(?:ing)? out|exercis(?:e|ing)|run(?:ning)?|gym|swim|cycle|do (?:weights|crossfit|yoga|gym|pilates|cardio)|play \w+|box)\s"
                r"(?:\w+\s){0,3}?(?:(?:[2-7]|two|three|four|five|six|seven|couple of|few|several)\s?(?:x|times|days|nights|mornings|sessions|or \w+ times)\b(?:\s(?:a|per|each|every) (?:week|wk))?|twice (?:a|per|each) week|twice weekly|"
                r"every (?:single )?(?:day|other day|morning|evening)|most days|daily|regular(?:ly)?|all the time|constantly)|"
                r"(?:train|lift|exercise|work out|gym|training|lifting) (?:regularly|often|a lot|daily|consistently)|regular(?:ly)? (?:gym[\s-]?goer|train(?:er|ing)?|at the gym|lifter|exerciser)|"
                r"(?:i'?m|am|very|quite|pretty|fairly) experienced|been (?:training|lifting|going to the gym|at it|working out) (?:regularly )?(?:for|since) (?:\w+ ){0,2}?(?:years?|\d+|ages|a year|months|20\d\d)|"
                r"(?:years|lots|plenty|loads) of (?:training|lifting|gym|experience)|gym[\s-]?goer|gym[\s-]?rat|advanced|competitive (?:lifter|athlete|runner)"),
    ("some", r"on and off|on & off|on n off|off and on|on[/-]off|(?:a |wee |little |small )?bit of (?:gym|training|experience|lifting|weights|cardio|running|crossfit|yoga|boxing)(?:\sbefore)?|"
             r"(?:done|did|had) (?:a )?(?:bit|little|some)(?: (?:of )?\w+)?(?: before)?|some (?:gym |training |previous |prior )?experience|(?:used to|use to) (?:train|lift|go|gym|work out|run|play|do|be)[^.,!?;]{0,24}|"
             r"(?:a )?(?:little|bit|tiny bit|small bit|few months) (?:of )?(?:gym |training )?experience|trained (?:a bit|before|a little|years ago|in the past|as a|when|for a)[^.,!?;]{0,16}|"
             r"(?:been|went|go|gone) (?:to (?:a|the) gym )?(?:a few|couple of|some|now and) (?:times|then)(?: before)?|now and (?:then|again)|once a week|occasional(?:ly)?|rusty|out of practice|"
             r"getting back (?:into|to) (?:it|the gym|training|lifting|exercise)|back (?:to|into) (?:the gym|training) after|haven'?t (?:trained|lifted|been (?:in|to) (?:a|the) gym|exercised) (?:since|in|for)[^.,!?;]{0,20}|"
             r"it'?s been (?:a while|years|ages|a long time)|(?:a )?few years ago|from time to time|intermediate|did (?:crossfit|weights|gym|boxing|yoga|pilates)[^.,!?;]{0,24}|some (?:gym|training|lifting)(?: before)?|"
             r"semi[\s-]regular(?:ly)?|i know my way around|sometimes"),
)  # fmt: skip
_EXPERIENCE_COMPILED = tuple(
    (level, re.compile(rf"(?<![\w'])(?:{words})(?!\w)")) for level, words in _EXPERIENCE
)


def find_experience(message: Message) -> list[Entity]:
    """How much the writer has trained: ``none``, ``some`` or ``regular``; not what is said of somebody else."""
    lower = message.lower
    found: list[Entity] = []
    for level, pattern in _EXPERIENCE_COMPILED:
        for match in pattern.finditer(lower):
            start, end = match.span()
            while start < end and lower[start] in " ,":
                start += 1
            if any(start < other.end and other.start < end for other in found) or _OTHERS.search(
                lower[:start]
            ):
                continue
            if (
                re.search(r"\b(?:you|are there|is there|have|suit|for|would|your) (?:\w+ )?$", lower[:start])
                and "?" in lower[end:]
                and level == "none"
                and not re.search(r"\bi(?:'m|'ve|m|ve| have| am)\b", lower[:end])
            ):
                continue
            if (
                level == "some"
                and match.group() in ("sometimes", "intermediate", "rusty")
                and message.context.asked != "experience"
            ):
                continue
            found.append(Entity("experience", level, message.text[start:end], start, end, 0.9))
    if not found and message.context.asked == "experience":
        found = _answered_experience(message)
    return sorted(found, key=lambda entity: entity.start)


def _answered_experience(message: Message) -> list[Entity]:
    """Short answers to the open question: "none", "a bit", "never", "loads"."""
    match = re.search(
        r"\b(?:(?P<none>none|never|no|nope|nothing|zero|beginner|newbie|not (?:really|much|at all)|nah)|"
        r"(?P<regular>loads|lots|plenty|regular\w*|yes|yeah|years|always|a lot|often|every day|experienced|\w+ times a week)|"
        r"(?P<some>some|a bit|a little|bit|little|a while ago|sometimes|few times|once or twice|kind of|sort of|kinda))\b",
        message.lower,
    )
    if match is None or not match.lastgroup:
        return []
    return [
        Entity("experience", match.lastgroup, message.text[match.start() : match.end()], *match.span(), 0.7)
    ]
