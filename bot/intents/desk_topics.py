"""Topics of people who have never been here: who this is, sums, passes, pets, the way by bus."""

from __future__ import annotations

import re

from bot.intents import desk_answers as desk
from bot.intents import topic_answers as answers
from bot.intents.faq import price, price_total
from bot.intents.topic import Topic
from bot.own_questions import is_question
from bot.turn import Turn

MISREAD = frozenset({
    "out_of_scope", "chitchat", "help", "inform", "bot_challenge", "ask_program", "ask_progress", "repeat", "log_measurement",
    "log_workout", "log_meal", "check_in",
})  # fmt: skip
"""What short and odd questions are taken for."""
FEW_WORDS = 5
_PETS = r"(?:dogs?|dogg(?:y|ie|o)s?|pupp(?:y|ies)|pups?|cats?|pets?|labrador|lab|terrier|guide dog|assistance dog)"


def _names_plan_only(turn: Turn) -> bool:
    text = turn.text.lower()
    is_order = turn.wants(
        "join_gym", "cancel_membership", "freeze_membership", "billing_issue", "faq/price", "affirm"
    )
    return (
        len(text.split()) <= FEW_WORDS
        and not is_order
        and turn.entity("service") is None
        and turn.asked not in ("name", "guest")
        and bool(price.named_plans(turn, text))
    )


TOPICS = (
    Topic(
        re.compile(""),
        MISREAD | {"faq/price", "faq/membership_terms", "freeze_membership", "faq/discounts", "faq/payment_methods"},
        price_total.answer,
        applies=price_total.is_asked,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(is (this|that)|have i reached|did i reach|am i (through to|(talking|speaking|texting|writing) (to|with)))\b .{2,40}$|\bwho('?s| is| are|se)? (this|dis|you|ye|yous)\b|\bwhat (is this|place is this|number is this)\b|\bwho am i (talking|speaking|texting|chatting)"),
        frozenset({"bot_challenge", "out_of_scope", "chitchat", "greet", "help", "ask_program", "faq/location"}),
        desk.who_we_are,
        applies=desk.takes_us_for_another,
    ),
    Topic(
        re.compile(r"\b(wrong|incorrect) (number|person|chat|place|one|group)\b|\b(meant|was|intended) for (someone|somebody) else\b|\b(texted|messaged|wrote) (you )?by (mistake|accident)\b|\bnot meant for (you|ye)\b"),
        frozenset({"out_of_scope", "chitchat", "deny", "goodbye", "correct", "stop_flow", "inform", "opt_out", "thank", "greet", "faq/location"}),
        desk.wrong_number,
        applies=lambda turn: turn.entity("phone") is None,
        adds=True,
    ),
    Topic(
        re.compile(rf"\b(bring|with|take|leave|tie)\b.{{0,14}}\b{_PETS}\b|\b{_PETS}\b.{{0,24}}\b(come|in|inside|allowed|welcome|friendly|ok|okay|along|outside)\b"),
        frozenset({"out_of_scope", "faq/what_to_bring", "faq/suitability", "refer_friend", "faq/facilities", "faq/membership_terms", "chitchat", "book_trial", "help", "inform"}),
        answers.not_in_the_records,
        applies=lambda turn: "hot dog" not in turn.text.lower(),
    ),
    Topic(
        re.compile(r"\b(am i|is it|are we|is|are|can i|may i|could i|can we)\b.{0,30}\b(allowed|permitted|ok to|okay to|alright to)\b"),
        frozenset({"out_of_scope", "chitchat", "help", "bot_challenge", "inform"}),
        answers.not_in_the_records,
        applies=lambda turn: turn.conversation.status != "pending",
    ),
    Topic(
        re.compile(r"\b(film(ing)?|videos?|record(ing)?|photos?|pictures|selfies|tripod|chalk|barefoot|vap(e|ing)|smok(e|ing)|own music|speaker)\b.{0,24}\b(my|myself|in|there|inside|allowed|ok|okay|lifts?|sets?|workouts?|gym)\b|\b(use|allow|take) (chalk|photos?|pictures|selfies|videos?)\b"),
        MISREAD | {"book_trial", "privacy_request", "faq/facilities", "faq/what_to_bring", "faq/suitability"},
        answers.not_in_the_records,
        applies=lambda turn: is_question(turn.text) and turn.conversation.status != "pending",
        adds=True,
    ),
    Topic(
        re.compile(r"\b(meals?|diets?|dietary|nutrition(al)?|food|eating|macros?|calorie)s?( and \w+)? (plans?|plann?ing|advice|coach(es|ing)?|programmes?|programs?|help|guidance|guides?|support|tips)\b|\b(nutritionist|dietici?tian|dietician)s?\b"),
        MISREAD | {"faq/personal_training", "faq/facilities", "faq/payment_methods", "faq/classes", "job_inquiry"},
        answers.not_in_the_records,
        applies=lambda turn: is_question(turn.text) and not turn.parse.all("service"),
        adds=True,
    ),
    Topic(
        re.compile(r"\b(pay|paying|payment|take|accept)\b.{0,16}\b(cash|card|visa|mastercard|amex|revolut|apple pay|google pay|paypal|bank transfer|direct debit|sepa|klarna|bitcoin|crypto|contactless)\b"),
        frozenset({"faq/payment_methods", "out_of_scope"}),
        desk.payment,
        applies=lambda turn: not turn.wants("billing_issue", "complaint"),
        adds=True,
    ),
    Topic(
        re.compile(r"\b(week(ly)?|7.?days?|seven.?days?|fortnight(ly)?|two.?weeks?|2.?weeks?|10.?days?|short.?term|temporary|tourist|holiday|visitors?'?|guest|summer)[ -](pass(es)?|tickets?|memberships?|rates?)\b|\b(pass|membership) for (a|one|1|two|2|three|3|the) (weeks?|fortnight|few days|summer|\d+ days)\b"),
        MISREAD | {"faq/price", "faq/membership_terms", "book_trial", "faq/trial_details", "join_gym", "faq/payment_methods", "faq/discounts", "faq/opening_hours"},
        desk.no_such_pass,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(which|what) (one|ones|plan|membership|option|package)s?\b.{0,24}\bclass(es)?\b|\bdo(es)? (any|all|the) (of them|memberships?|plans?) (come with|have|include|cover)\b.{0,12}\bclass"),
        frozenset({"faq/classes", "faq/price", "faq/membership_terms", "out_of_scope"}),
        answers.classes_included,
    ),
    Topic(
        re.compile(r"\b(what|how much) (would|does|do|will|wud|is|are)?( all)?( that| this| it| something like that)?( all)? ?(be |roughly |normally |actually )*(cost|set me back|come to)\b|\bhow much (is (it|membership|a membership)|do (you|ye|u) charge|does it cost|would (it|that|i) (be|cost|pay)|to join)\b|\b(fees?|prices?|rates?) (structure|details|list|please|pls)\b"),
        frozenset(),
        desk.price_beside,
        applies=lambda turn: not turn.wants("faq/price", "faq/trial_details", "faq/discounts", "join_gym", "billing_issue", "faq/membership_terms", "cancel_membership", "freeze_membership", "faq/personal_training", "complaint") and not price_total.is_asked(turn) and not turn.parse.all("service"),
        adds=True,
    ),
    Topic(
        re.compile(r"\b(and|,|&|\+|also|plus)\W*(the |your |ur |gym |ye'?re )*(timings?|opening (hours|times)|open(ing)? (time|hour)s?|hours|what time(s)? (do|are) (you|ye|u) (open|close))\b"),
        frozenset(),
        desk.hours_beside,
        applies=lambda turn: not turn.wants("faq/opening_hours", "ask_availability", "faq/classes", "check_booking") and turn.times.expected is None,
        adds=True,
    ),
    Topic(
        re.compile(r"\b(any(one|body)|some(one|body)|(a|any|which) (trainer|coach|pt)s?|trainers?|coach(es)?)\b( there| here| on staff)? ?(who |that |whos |who's )?(can |could |would |is |are |'s )?(really )?(know|knows|speciali[sz]es?|speciali[sz]ed|deals?|works? with|experienced?|good (with|for|at)|helps? (with|me)|qualified|trained|looks? after)\b"),
        frozenset({"faq/personal_training", "job_inquiry", "out_of_scope", "request_human"}),
        desk.who_knows,
        applies=lambda turn: turn.entity("trainer") is None,
        adds=True,
    ),
    Topic(
        desk.TRANSPORT,
        frozenset({"faq/location", "out_of_scope", "chitchat"}),
        desk.getting_here,
        applies=lambda turn: not turn.wants("running_late", "cancel_booking"),
    ),
    Topic(
        re.compile(r"\b(\d+|ten|five|twenty|a (block|pack|bundle) of) (pt |personal training |one.to.one |1.?1 )?(sessions|lessons|sesh(es)?)\b"),
        MISREAD | {"faq/price", "faq/discounts", "faq/personal_training", "faq/membership_terms"},
        answers.in_bulk,
        applies=lambda turn: turn.times.expected is None and any(plan.kind == "package" for plan in turn.facts.plans),
    ),
    Topic(
        re.compile(""),
        MISREAD | {"faq/opening_hours", "faq/facilities", "faq/classes", "faq/location", "faq/membership_terms", "faq/payment_methods"},
        desk.plan_in_short,
        applies=_names_plan_only,
    ),
)  # fmt: skip
