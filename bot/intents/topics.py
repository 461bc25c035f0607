"""Questions that words settle better than guesswork: narrower than an intent, and each with an answer of its own.

A topic answers in place of the intents it covers, so that every question of a message
gets its answer and none gets the answer to another.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from bot import own_questions
from bot.flows.prospects import again, own_bookings, trainer_wish
from bot.intents import desk_topics, own_answers
from bot.intents import session_answers as sessions
from bot.intents import topic_answers as answers
from bot.intents.faq import price, price_total, simple
from bot.intents.faq.facilities import is_named
from bot.intents.topic import Topic
from bot.turn import Turn


def named(turn: Turn) -> Iterator[Topic]:
    """The topics of a message, in the order in which they are answered; what the gym answers in its own words first."""
    own = turn.own_answers
    for asked in own:
        yield Topic(ANYTHING, asked.covers, functools.partial(own_answers.say, asked=asked))
    rest = own_questions.without(turn.parse, own) if own else turn.text
    text = " ".join(rest.lower().replace("’", "'").replace("cansel", "cancel").split())
    for topic in (*TOPICS, *desk_topics.TOPICS):
        is_meant = topic.adds or turn.wants(*topic.covers)
        if is_meant and topic.pattern.search(text) and (topic.applies is None or topic.applies(turn)):
            yield topic


def _asks_about_plan(turn: Turn) -> bool:
    """A membership by its name: not what it holds, and not to be bought, changed or reduced."""
    is_other = turn.wants(
        "faq/discounts", "join_gym", "cancel_membership", "freeze_membership", "billing_issue", "complaint"
    )
    return (
        not is_other
        and not price_total.is_asked(turn)
        and turn.entity("service") is None
        and PLAN_PARTS.search(turn.text.lower()) is None
        and bool(price.named_plans(turn, turn.text.lower()))
    )


def _has_packages(turn: Turn) -> bool:
    return any(plan.kind == "package" for plan in turn.facts.plans)


def _asks(turn: Turn) -> bool:
    """A question or a condition, not an order to cancel."""
    return "please" not in turn.text.lower()


def _wants_to_come(turn: Turn) -> bool:
    return turn.times.expected is not None and not turn.wants(
        "book_trial", "book_session", "reschedule_booking"
    )


def _is_new(turn: Turn) -> bool:
    return turn.tracker.flow is None and _wants_to_come(turn)


_KIN = r"(kids?|child|children|toddler|baby|babies|little (one|fella|girl|lad)s?|buggy|pram|newborn)"
_PARENT = r"mam|mum|mom|mammy|mummy|dad|daddy|parents?|guardian|mother|father"
_FRIENDS = r"(friends?|mates?|pals?|buddy|partner|girlfriend|boyfriend|wife|husband|sister|brother|mum|mam|mom|dad|cousin|colleagues?|someone|somebody|plus one)"


def _names_trainer(turn: Turn) -> bool:
    is_known = turn.entity("trainer") is not None or turn.slot("talk_trainer") is not None
    return is_known and not turn.wants("book_trial", "book_session", "affirm")


def _waits(turn: Turn) -> bool:
    return turn.conversation.status == "pending"


def _is_plain_thing(turn: Turn) -> bool:
    """Not understood, yet a thing of the gym's is named."""
    text = turn.text.lower()
    vague = turn.parse.intent.name == "out_of_scope" or turn.parse.intent.confidence < VAGUE
    things = (*turn.facts.facilities, *turn.facts.not_available)
    return (
        vague and turn.asked not in ("name", "guest", "goal") and any(is_named(one, text) for one in things)
    )


def _asks_price_of(turn: Turn) -> bool:
    return bool(turn.parse.all("service")) and not turn.wants(
        "faq/price", "faq/trial_details", "faq/personal_training", "book_session", "book_trial"
    )


def _names_plan(turn: Turn) -> bool:
    return bool(price.named_plans(turn, turn.text.lower())) and not turn.wants("faq/price", "join_gym")


BARGAINS = re.compile(
    r"\b(can|could|would|will) (you|ye|yous|u|yis) (do|take|accept|give me|make it|let me have)\b.{0,16}([€£$]\s?\d+|\d+\s?(euros?|quid|pounds?|dollars?|bucks|€|£|(a|per|/)\s?(month|week|session|class|go)\b))|"
    r"\b(can|could|would|will|any chance) (you|ye|u|i|we)\b.{0,20}\b(do (any )?better|(price )?match|beat (that|it|their)|go lower|knock|lower (the|that|your)|haggle|negotiate|special price|cheaper (than|price)|for less)\b|"
    r"\b(best price|better (deal|price|offer)|any wiggle room|price match)\b"
)
ANYTHING = re.compile("")
PLAN_PARTS = re.compile(
    r"\b(has|have|includes?|including|with|get|cover|covers|for|does)\b.{0,20}\b(class(es)?|pt|sauna|personal training|weekends?|everything)\b"
)
"""Asks whether a membership holds something."""
VAGUE = 0.45
FEW_WORDS = 6
UNSURE = 0.6
SHE_OR_HE = re.compile(r"\b(s?he|they)\b", re.IGNORECASE)
TOPICS = (
    Topic(
        re.compile(r"\b(what|wha|wat|whats?) (happens )?if (the|my|a|an|your|ye'?re|it|that)\b.{0,20}\b(is|gets?|was|'s|be) (cancell?ed|called off|full up)|\bif (you|ye|yous|the gym|the trainer|the coach|the instructor|he|she|they)\b.{0,12}\b(cancels?|calls? (it )?off|(is|are|gets?) sick)|\b(do|would|will) (you|ye|i) (get told|tell (me|us)|let (me|us) know|hear) if\b.{0,24}\b(cancell?ed|called off)"),
        frozenset({"faq/membership_terms", "faq/classes", "join_waitlist", "cancel_booking", "complaint", "out_of_scope", "help", "cancel_membership", "check_booking", "faq/trial_details"}),
        sessions.if_we_cancel,
        adds=True,
    ),
    Topic(
        re.compile(r"\bwho('?s| is| are| does| do| will| would|'?ll)?\b.{0,20}\b(trainer|coach|instructor|teach\w*|tak(es?|ing)|runs?|running|gives?|giving|leads?|do(es|ing) (it|that|the)|with)\b"),
        frozenset({"faq/classes", "faq/personal_training", "faq/trial_details", "check_booking", "out_of_scope", "chitchat", "bot_challenge", "ask_availability", "inform"}),
        sessions.who_gives_it,
        applies=lambda turn: turn.entity("trainer") is None and sessions.spoken_of(turn) is not None,
    ),
    Topic(
        re.compile(r"\b(will|would|is|'?ll|am i) (it|that|this|i|with)\b.{0,6}\b(be )?(with |getting |taken by )?\b"),
        frozenset({"bot_challenge", "out_of_scope", "chitchat", "faq/personal_training", "faq/classes", "faq/trial_details", "check_booking"}),
        sessions.who_gives_it,
        applies=lambda turn: turn.entity("trainer") is not None and sessions.spoken_of(turn) is not None,
    ),
    Topic(
        re.compile(r"\bhow (long|many (minutes|mins|hours))\b.{0,8}\b(is|does|do|are|will|would|'s|'ll|wud|for)\b.{0,16}\b(it|that|this|they|one|take|last|class(es)?|session|sesh|trial|thing|lesson|workout)\b|\bhow long('?s| is| are) (it|the|a)\b"),
        frozenset({"faq/classes", "faq/trial_details", "greet", "out_of_scope", "faq/personal_training", "faq/facilities", "faq/opening_hours", "faq/membership_terms", "chitchat", "ask_availability"}),
        sessions.how_long,
        applies=lambda turn: turn.conversation.status != "pending" and not re.search(r"\b(contract|member|notice|freeze|walk|drive|minimum)", turn.text.lower()),
    ),
    Topic(
        re.compile(r"\b(hard ?core|intense|intimidating|too (hard|tough|advanced)|very (hard|tough)|(is|are|does|how|would|will)\b.{0,16}\b(hard|tough|difficult|scary|gentle|beginner.?friendly|suitable|doable))\b"),
        frozenset({"faq/classes", "bot_challenge", "out_of_scope", "chitchat", "faq/facilities", "faq/trial_details", "ask_program"}),
        simple.suitability,
    ),
    Topic(
        PLAN_PARTS,
        frozenset({"faq/classes", "faq/membership_terms", "faq/personal_training", "faq/facilities", "affirm", "out_of_scope", "inform", "chitchat"}),
        sessions.plan_named,
        applies=_names_plan,
    ),
    Topic(
        re.compile(r"\bwhich( (one|plan|membership|of (them|those)))? (would|wud|do|should|shud|can) (you|ye|i|u) (pick|choose|recommend|go (for|with)|get|suggest|take|advise)\b|\bwhat (would|do) (you|ye|u) (recommend|suggest|advise)\b|\bwhich (membership|plan|one|option) (is|would|suits?|wud)\b.{0,16}\b(best|suit|me|better|right)\b"),
        frozenset({"faq/price", "affirm", "faq/discounts", "out_of_scope", "faq/membership_terms", "chitchat", "help", "inform", "faq/classes", "faq/suitability", "join_gym"}),
        sessions.recommend,
        applies=lambda turn: turn.tracker.flow is None and not turn.parse.all("service"),
    ),
    Topic(
        re.compile(r"\bshow (me|us|him|her) (a?round|round|the (place|gym|ropes))\b|\b(a |quick |guided )tours?\b|\b(have|take|get) a (quick |wee |little )?(look|nosey?|gander) (a?round|round|first)\b"),
        frozenset({"request_human", "faq/trial_details", "faq/personal_training", "faq/suitability", "out_of_scope", "inform", "faq/facilities", "chitchat", "help"}),
        answers.trial,
        applies=lambda turn: turn.times.expected is None and not turn.wants("book_trial", "book_session"),
    ),
    Topic(
        re.compile(r"\b(really|actually|completely|totally|fully|100%|is it|it'?s) free\b|\b(what'?s the|no|any|a) (catch|strings|hidden)\b|\bfree\b.{0,6}\breally\b"),
        frozenset({"faq/trial_details", "faq/price", "deny", "chitchat", "out_of_scope", "affirm", "faq/discounts", "faq/membership_terms", "inform"}),
        answers.trial_is_free,
        applies=answers.is_trial_free,
    ),
    Topic(
        re.compile(r"\b(christmas|xmas|(st\.? ?)?(stephen|patrick|paddy)'?s|new year'?s?|nye|good friday|easter|(bank|public) holidays?|halloween|boxing day|thanksgiving|diwali|eid)\b"),
        frozenset({"faq/what_to_bring", "faq/discounts", "out_of_scope", "chitchat", "inform", "faq/classes", "help", "faq/facilities", "greet", "book_trial"}),
        answers.hours,
        applies=lambda turn: len(turn.text.split()) <= FEW_WORDS and not turn.wants("faq/opening_hours") and "happy" not in turn.text.lower(),
    ),
    Topic(
        re.compile(r"\b(gift|present)s? ?(cards?|vouchers?|certs?|certificates?)?\b.{0,16}|\bvouchers?\b|\b(kids?'?|birthday|hen|stag|children'?s?) (part(y|ies)|do)\b|\bteam.?building\b|\b(hire|rent|book) (out )?(the|your|a) (hall|studio|room|space|gym|ring)\b"),
        frozenset({"out_of_scope", "faq/discounts", "faq/price", "faq/classes", "faq/facilities", "faq/payment_methods", "refer_friend", "faq/personal_training", "help", "chitchat"}),
        answers.not_in_the_records,
        applies=lambda turn: turn.conversation.status != "pending",
    ),
    Topic(
        re.compile(rf"\b(my|a|his|her|their|the) ({_PARENT})\b.{{0,24}}\b(sign|consent|permission|agree|allow|come with|there with|supervis\w+)|\b(with|if) (parental|my parents?'?) (consent|permission)|\bparental (consent|permission)"),
        frozenset({"faq/suitability", "refer_friend", "out_of_scope", "faq/membership_terms", "inform", "chitchat", "book_trial", "faq/what_to_bring", "join_gym", "request_human"}),
        sessions.signed_by_parent,
        applies=lambda turn: isinstance(turn.facts.terms.get("minimum_age"), int),
        adds=True,
    ),
    Topic(
        re.compile(
            r"\b(what|wha|wat|whats?) (happens |about )?if (i|we|one|he|she|they|someone|somebody|my \w+)\b.{0,16}?\b(can'?t|cant|cannot|can not|couldn'?t|don'?t|dont|didn'?t|have to|need to|want to) (make|come|show|cancel|change|move|get there)|\bif i (sleep|oversleep|miss|forget)\b|"
            r"\bcancell?ation (policy|fee|rules?|charge)|\bif (something|anything) comes up|\b(is it|can i|could i) (ok |possible )?(to )?(cancel|move|change|reschedule)( it| that)? (later|if|any ?time|last minute|after)|"
            r"\b(charge|fee|penalty|fine) (for|if) .{0,20}(cancel|no.?show|miss)|\bno.?show (fee|charge|policy)|\bhow (do|can|would) i (cancel|move|change) (it|a booking|a class|if)"
        ),
        frozenset({"faq/membership_terms", "faq/suitability", "cancel_booking", "faq/trial_details", "running_late", "reschedule_booking", "out_of_scope", "help", "cancel_membership", "check_booking"}),
        answers.cancelling,
        applies=_asks,
        adds=True,
    ),
    Topic(
        re.compile(rf"\b(bring|brin|with|take|leave|mind|along|look after)\b.{{0,18}}\b{_KIN}\b|\bcr[eè]che|\bchild ?care|\bchild ?minding|\b{_KIN}\b.{{0,12}}\b(minded|looked after|watched)\b|\b{_KIN} (come|welcome|allowed|with me)\b|\bkid.?friendly"),
        frozenset({"faq/what_to_bring", "faq/suitability", "faq/facilities", "refer_friend", "faq/membership_terms", "out_of_scope", "book_trial", "faq/trial_details"}),
        answers.children,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(how old|what age|which age|age (limit|restriction|requirement)|min(imum)? age|youngest|from what age|old enough)\b"),
        frozenset({"faq/suitability", "faq/membership_terms", "out_of_scope", "faq/trial_details"}),
        answers.minimum_age,
        applies=lambda turn: turn.entity("trainer") is None,
        adds=True,
    ),
    Topic(
        answers.WOMEN,
        frozenset({"faq/opening_hours", "faq/facilities", "faq/classes", "faq/suitability", "bot_challenge", "out_of_scope", "ask_availability", "chitchat", "faq/membership_terms", "faq/personal_training"}),
        answers.women_only,
    ),
    Topic(
        re.compile(rf"\b(come|bring|along|join|train|try( it)?)\b.{{0,14}}\b(with|along|my|a|the)\b (my |a |me )?{_FRIENDS}\b(?!.*\b(at|on) \d)|\bcan (my|a) {_FRIENDS} (come|join|watch|tag)\b"),
        frozenset({"refer_friend", "faq/what_to_bring", "faq/membership_terms", "faq/suitability", "out_of_scope", "faq/trial_details", "inform"}),
        answers.bring_friend,
        applies=lambda turn: turn.times.expected is None and not turn.wants("book_session"),
        adds=True,
    ),
    Topic(
        re.compile(r"\b(cheap|low)est\b|\bleast expensive\b|\bcheapest\b|\bwhat'?s the (minimum|least)\b.*\b(month|pay|cost)"),
        frozenset({"faq/price", "faq/discounts"}),
        answers.cheapest,
        applies=lambda turn: not turn.parse.all("service"),
    ),
    Topic(
        BARGAINS,
        frozenset({"faq/discounts", "faq/price", "faq/payment_methods", "faq/membership_terms", "out_of_scope", "complaint", "chitchat", "deny", "inform", "billing_issue"}),
        answers.bargaining,
    ),
    Topic(
        re.compile(r"\b(buy|get|book|take|pay for)( \w+){0,2} (a few|several|lots|ten|10|block|bundle|pack|more than one)\b|\b(in )?bulk\b|\bbundles?\b|\bblock of\b|\bpackages?\b|\bmulti.?pack"),
        frozenset({"faq/discounts", "faq/price", "faq/personal_training"}),
        answers.in_bulk,
        applies=_has_packages,
    ),
    Topic(
        re.compile(r"\b(need|have to|must|should|do i|give|giving)\b.{0,20}\b(card|bank|payment) (details|info)|\b(need|have) to pay (now|first|up ?front|anything|a deposit|in advance)|\bdeposit\b|\b(pay|payment) (up ?front|in advance) for the trial"),
        frozenset({"faq/payment_methods", "faq/trial_details", "faq/price", "faq/membership_terms"}),
        answers.paying_ahead,
        applies=answers.is_trial_free,
    ),
    Topic(
        re.compile(r"\b(phone|contact|telephone|landline) (number|no)\b|\bnumber (i can|to|can i|for) (call|ring|reach|the gym)|\b(what|whats|what's|have|get|give|send|got|find)\b.{0,20}\b(your|ye'?re|yer|the gym'?s?|an) (e-?mail|number)\b|\bcan i (ring|phone|email) (ye|you|the gym)"),
        frozenset({"request_human", "faq/location", "out_of_scope", "help", "chitchat", "inform"}),
        answers.how_to_reach,
    ),
    Topic(
        re.compile(
            r"\b(my|the) (fob|key ?card|access card|membership card|locker key|tag|app|pin|door code|login|log in|password)\b.{0,30}\b(isn'?t|not|won'?t|doesn'?t|lost|broke\w*|stopped|forgot\w*|wont|isnt|doesnt|work)|"
            r"\b(lost|left|forgot\w*) (my|a) \w+( \w+)? (in|at) (the|your|ye'?re) (gym|locker|changing)|\b(lost|broke|forgot|forgotten|forget) my (fob|card|key|tag|pin|code|locker)\b|\bi'?m (already |actually )?a member\b.{0,60}\b(can'?t|cannot|problem|issue|isn'?t|isnt|wrong|broken|need|help|stopped)"
        ),
        frozenset({"out_of_scope", "faq/facilities", "complaint", "chitchat", "inform", "faq/membership_terms", "help", "billing_issue"}),
        answers.member_trouble,
        side=False,
    ),
    Topic(
        re.compile(r"\b(can|could|may) (i|we) (just )?(come|pop|call|drop|swing|train|start)\b"),
        frozenset({"faq/opening_hours", "ask_availability", "inform", "out_of_scope", "faq/trial_details"}),
        answers.short_notice,
        side=False,
        applies=_is_new,
    ),
    Topic(
        again.AGAIN,
        frozenset({"ask_progress", "reschedule_booking", "book_session", "book_trial", "inform", "correct", "ask_availability", "out_of_scope", "check_booking", "check_in", "repeat", "ask_program"}),
        again.begin,
        side=False,
        applies=lambda turn: turn.tracker.flow is None,
    ),
    Topic(
        re.compile(r"\b(stare|staring|judge[ds]?|judging|laugh(ed|ing)? at|look(ed|ing)? at me|intimidat\w+|embarrass\w+|self.?conscious|anxious about|nervous|scared of|gymtimidat\w+)\b"),
        frozenset({"faq/suitability", "chitchat", "inform", "out_of_scope", "complaint", "log_measurement", "cancel_booking", "cancel_membership", "deny", "request_human"}),
        answers.stared_at,
        applies=lambda turn: not turn.wants("complaint"),
        adds=True,
    ),
    Topic(
        re.compile(r"\b(do you (know|remember)|what'?s) my name\b|\bwhat name (do you have|am i under|is it under)\b|\bwhat name is (it|that|the booking)\b"),
        frozenset({"chitchat", "out_of_scope", "check_booking", "privacy_request", "bot_challenge", "inform", "repeat"}),
        answers.greet_by_name,
    ),
    Topic(
        re.compile(r"\b(just|only|can i|could i|possible to)\b.{0,16}\b(pay|come|use it|train|do)\b.{0,10}\b(per|by the|for (a|one|the)|each) (day|visit|session|go|time|class|lesson)\b|\bday ?pass(es)?\b(?!.*\?.*\?)|\bpay as (you|i|u) go\b|\bpayg\b|\bone.?off (visit|session)|\b(use|train|visit|gym)\b.{0,20}\b(for )?(one|a|1|single) (day|visit)\b|\bdrop.?in (rate|price|fee)s?\b"),
        frozenset({"faq/payment_methods", "faq/price", "faq/membership_terms", "book_trial", "out_of_scope", "inform"}),
        answers.single_visit,
        applies=lambda turn: turn.wants("faq/payment_methods")
        or turn.parse.intent.confidence < UNSURE
        or "pay" in turn.text.lower(),
    ),
    Topic(
        re.compile(r"\bclass(es)?\b.{0,16}\b(included|extra|free with|part of)\b|\binclude.{0,12}\bclass|\bget (the |all )?classes\b|\bclasses with (that|it)\b"),
        frozenset({"affirm", "faq/classes", "faq/price", "faq/membership_terms", "deny", "inform", "chitchat"}),
        answers.classes_included,
    ),
    Topic(
        re.compile(r"\b(when|what (days?|times?|hours)|which days?|is|are|does|do|did)\b.{0,24}\b(work(s|ing)?|in|there|around|on|do(es)?|available|free|days?|hours|evenings?|mornings?|weekends?)\b"),
        frozenset({"out_of_scope", "faq/personal_training", "faq/opening_hours", "chitchat", "inform", "faq/classes"}),
        answers.trainer_days,
        applies=lambda turn: _names_trainer(turn) and (turn.entity("trainer") is not None or bool(SHE_OR_HE.search(turn.text))),
    ),
    Topic(
        re.compile(r"\bhow (many|big|full|small)\b.{0,20}\b(people|class(es)?|group|in it|places|spaces|usually)\b|\b(max(imum)?|most) (number|people|size|places|amount)\b|\bclass sizes?\b|\bgroup size"),
        frozenset({"faq/classes", "ask_availability", "out_of_scope", "faq/facilities"}),
        answers.how_big,
        applies=lambda turn: turn.times.expected is None and "left" not in turn.text.lower(),
    ),
    Topic(
        re.compile(r"\bhow long (will|does|is|until|till|before)\b.{0,20}\b(that|it|this|they|take|be)\b|\bwhen (will|can) (they|someone|somebody|i|you)\b.{0,12}\b(hear|answer|reply|get back|call|write|expect|contact)|\bany (update|news|word)\b|\bstill waiting\b|\bno(body| one)('s)? (answered|replied)|\bhello+\s*\?+"),
        frozenset({"affirm", "chitchat", "out_of_scope", "greet", "faq/trial_details", "request_human", "complaint", "help", "check_booking", "running_late", "billing_issue", "join_waitlist", "ask_availability", "inform"}),
        answers.still_waiting,
        applies=_waits,
    ),
    Topic(
        re.compile(r"\bi'?m (already |actually )?(a |an existing )?member\b|\bmember already\b|\bexisting member\b"),
        frozenset({"inform", "greet", "chitchat", "out_of_scope", "join_gym"}),
        answers.member,
        applies=lambda turn: turn.parse.intent.name in ("inform", "greet", "chitchat", "join_gym"),
    ),
    Topic(
        re.compile(r"\b(is|are|have|has) (there|they) (a|an|any|some|somewhere|anywhere)\b|\bsomewhere (to|for)\b|\b(do|have|can) (you|ye|u|i) (have|got|rent|provide|get|do|leave|hang|use)\b|\b(have|got) (you|ye|u|a|an|any)\b|^(any|got|what about)\b"),
        frozenset({"out_of_scope", "faq/what_to_bring", "faq/membership_terms", "help"}),
        answers.thing,
        applies=_is_plain_thing,
    ),
    Topic(
        re.compile(r"\b(what('?s| is| are| does| do)|whats|tell (me|us)|explain|info|more on|story with|details|difference|include[sd]?|cover[sd]?|get with|with (the )?|is|does)\b"),
        frozenset({
            "faq/price", "faq/classes", "faq/membership_terms", "faq/facilities", "faq/trial_details", "out_of_scope", "chitchat",
            "help", "inform", "ask_program", "ask_progress", "log_measurement", "check_booking", "repeat", "faq/personal_training",
        }),
        sessions.plan_named,
        applies=_asks_about_plan,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(how much|price|cost|rate|fee)s?\b"),
        frozenset({"faq/classes", "out_of_scope", "help", "chitchat", "inform"}),
        answers.price_of_named,
        applies=_asks_price_of,
    ),
    Topic(
        re.compile(r"\b(too|very|bit|so|fierce|awful(ly)?|quite|pretty|that'?s|thats|it'?s) (dear|expensive|pricey|steep|a lot)\b|\bbit much\b|\brip.?off\b|\bexpensive\b|\bout of my (price|budget)|\bcan'?t afford\b|\btoo much (money|for me)\b"),
        frozenset({"affirm", "thank", "complaint", "deny", "faq/price", "faq/discounts", "out_of_scope", "chitchat", "inform", "billing_issue"}),
        answers.cheapest,
        applies=lambda turn: not BARGAINS.search(turn.text.lower()),
    ),
    Topic(
        re.compile(r"\b(when|what time|what day)('?s| is| was|s)? (it|that|my \w+( \w+)?|the (trial|session|class))( again)?\b"),
        frozenset({"repeat", "check_booking", "faq/opening_hours", "out_of_scope", "faq/trial_details", "chitchat", "faq/classes"}),
        answers.when_is_it,
        applies=lambda turn: turn.wants("repeat", "out_of_scope", "chitchat") and bool(own_bookings.upcoming(turn)),
    ),
    Topic(
        re.compile(r"\b(contracts?|tied in|commitment)\b"),
        frozenset({"faq/suitability", "out_of_scope", "inform", "chitchat"}),
        answers.commitment,
        applies=lambda turn: turn.parse.intent.confidence < UNSURE and not turn.wants("faq/membership_terms", "cancel_membership"),
    ),
    Topic(
        re.compile(r"\b(corporate|student|company|group|team|staff|family|couple'?s?|senior) (rates?|prices?|deals?|discounts?|memberships?|offers?|plans?)\b"),
        frozenset({"faq/price", "faq/membership_terms", "out_of_scope"}),
        answers.discounts_for,
        applies=lambda turn: not turn.wants("faq/discounts"),
    ),
    Topic(
        trainer_wish.KIND,
        frozenset({"faq/classes", "faq/personal_training", "faq/facilities", "ask_availability", "job_inquiry", "out_of_scope", "chitchat", "inform"}),
        answers.choose_trainer,
        applies=lambda turn: turn.entity("trainer") is None and not answers.WOMEN.search(turn.text.lower()),
    ),
    Topic(
        re.compile(r"\bhow (late|early)\b|\b(what time|when) (do|are|does|d'?) (you|ye|u|yis|the gym|it|yous)\b.{0,12}\b(close|open|shut)"),
        frozenset({"faq/membership_terms", "inform", "ask_availability", "out_of_scope", "book_trial"}),
        answers.hours,
        applies=lambda turn: not turn.wants("faq/opening_hours", "running_late"),
    ),
    Topic(
        re.compile(r"\b(calend[ae]r|ical|\.?ics|outlook|google cal)\b|\bsend (me )?(an? )?(invite|invitation)\b"),
        frozenset({"out_of_scope", "check_booking", "repeat", "help", "request_human", "faq/classes", "inform", "chitchat", "faq/opening_hours", "refer_friend"}),
        answers.calendar,
        applies=lambda turn: "class" not in turn.text.lower() and bool(own_bookings.upcoming(turn)),
        adds=True,
    ),
    Topic(
        re.compile(r"(?<!one )(?<!body )\bwho (sees|reads|gets|can see|can read|has access|knows (about )?(this|that|it|me|what|my))\b(?! (kind|sort|type|stuff|thing))|\b(is|will) (it|that|this) (be )?(confidential|private|kept private)\b"),
        frozenset({"privacy_request", "out_of_scope", "faq/personal_training", "faq/suitability", "chitchat", "bot_challenge"}),
        answers.who_sees,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(what|wat|how much|again|price)\b"),
        frozenset({"repeat", "out_of_scope", "help"}),
        answers.price_of_named,
        applies=lambda turn: bool(price.named_plans(turn, turn.text.lower())),
    ),
)  # fmt: skip
