"""Matters for a person: asked for one, unhappy, money gone wrong, hurt, or a member's affairs."""

from __future__ import annotations

import re

from bot import nlu, own_questions, responses
from bot.events import Events, HandedOff, Say, Silence, SlotSet, StaffTold
from bot.flows.prospects import book_place, own_bookings
from bot.intents.faq import membership_terms
from bot.intents.own_answers import unknown
from bot.registry import Intent
from bot.turn import Turn
from bot.when_read import read_by

HISTORY = re.compile(
    r"\b(years? ago|months? ago|last year|a while (ago|back)|used to|in (19|20)\d\d|operated|operation|surgery|replace(d|ment)|slipped dis[ck]|arthritis|asthma\w*|"
    r"diabet\w+|(high|low) blood pressure|blood pressure|scoliosis|sciatica|(heart|medical|health) (condition|problem)|bad (back|knees?|hips?|"
    r"shoulders?|neck|ankles?)|pacemaker|condition)\b",
    re.IGNORECASE,
)
PAPERS = re.compile(r"\b(receipts?|invoices?|vat|proof of payment)\b", re.IGNORECASE)
"""Wanted without anything having gone wrong."""
HURTS = re.compile(
    r"\b(hurts?|hurting|pain\w*|sore|aches?|aching|swollen|agony|at me|today|since|still)\b", re.IGNORECASE
)


CLAIMS_BOOKING = re.compile(
    r"(?<!everything )(?<!all )(?<!what )(?<!anything )\b(i|we|i'?ve|we'?ve)( have| had| already| just)* (booked|reserved|made a booking|signed up)\b|\bno confirmation\b|"
    r"\b(didn'?t|haven'?t|never|not) (get|got|received?|seen?)\b.{0,10}\b(confirmation|email|text)\b",
    re.IGNORECASE,
)
"""Says that they have a booking."""
TRAINING = ("log_workout", "log_measurement", "log_meal", "check_in", "ask_program", "ask_progress")
"""Matters of training and food that somebody who trains here already speaks of."""
MEMBER_MATTERS = ("freeze_membership", "cancel_membership", *TRAINING)
MEMBERS = frozenset({"converted"})


def when(turn: Turn) -> dict[str, str]:
    """By when somebody will read it."""
    return {"when": read_by(turn.facts, turn.now, turn.language)}


def hand_over(turn: Turn, reason: str, key: str) -> Events:
    """A person is wanted; said in full once, while they wait only that their message has arrived."""
    waits_already = turn.conversation.status == "pending" and turn.conversation.handoff_reason == reason
    yield HandedOff(reason)
    yield Say("utter_handoff_waiting" if waits_already else key, when(turn))


def is_for_the_team(turn: Turn) -> bool:
    """Whether what they say now is for the person who was asked for, and not an answer to us."""
    thread = turn.conversation
    return thread.status == "pending" and thread.handoff_reason != "question"


def waits(turn: Turn) -> Events:
    """More words for the person who was asked for: said once that they arrive."""
    words = responses.render(turn.language, "utter_handoff_waiting", **when(turn))
    is_said = words == turn.last_words
    yield Silence() if is_said else Say("utter_handoff_waiting", when(turn))


def request_human(turn: Turn) -> Events:
    """The first time, without an argument."""
    yield from hand_over(turn, "asked", "utter_handoff")


def complaint(turn: Turn) -> Events:
    """Sorry, and a person."""
    yield from hand_over(turn, "complaint", "utter_handoff_sorry")


def billing_issue(turn: Turn) -> Events:
    """Money is for people."""
    yield from hand_over(
        turn, "billing", "utter_handoff" if PAPERS.search(turn.text) else "utter_handoff_sorry"
    )


def report_injury(turn: Turn) -> Events:
    """Care first; staff are told. What is over and done with is kept for the trainer instead."""
    if turn.wants("faq/suitability") and not HURTS.search(turn.text):
        # "Slipped disc last year, can I still train?" is a question; its answer says who keeps what they told.
        return
    if HISTORY.search(turn.text) and not HURTS.search(turn.text):
        yield Say("utter_noted_health")
        if not own_bookings.upcoming(turn) and turn.tracker.flow is None:
            yield SlotSet("invited", "book_trial")
            yield Say("utter_invite_trial", asks=True)
        return
    yield HandedOff("injury")
    yield Say("utter_injury" if own_bookings.upcoming(turn) else "utter_injury_new", when(turn))


def member_matter(turn: Turn) -> Events:
    """Something a member may want that chats cannot do yet: the team does it. What is only asked about is a question."""
    if turn.handling in TRAINING and own_questions.is_question(turn.text) and turn.lead.stage not in MEMBERS:
        told = [text for text, intent in turn.parse.clauses if intent.name == turn.handling]
        if not told or len(turn.parse.intents) == 1 or any(own_questions.is_question(text) for text in told):
            yield from unknown(turn)
        return  # told beside what is asked
    if turn.handling == "freeze_membership" and "freeze" in turn.facts.terms:
        yield from membership_terms.say(turn, "freeze")
    if turn.handling == "cancel_membership" and "notice_days" in turn.facts.terms:
        yield from membership_terms.say(turn, "notice_days")
    yield from hand_over(turn, "member", "utter_member_matter")


def job_inquiry(turn: Turn) -> Events:
    """A short ending of its own; no trial is pushed."""
    yield StaffTold("job", {"words": turn.said})
    yield Say("utter_job", {"email": turn.facts.gym.email or turn.facts.gym.phone or turn.facts.gym.name})


def refer_friend(turn: Turn) -> Events:
    """Friends are welcome (unless they were just told that they are too young)."""
    if "too_young" in turn.answered:
        return
    yield Say("utter_refer")
    comes = turn.times.expected is not None and nlu.COMES_THEN.search(turn.text.lower())
    if comes and turn.tracker.flow is None and not own_bookings.upcoming(turn):
        # "I come tomorrow with my wife, is it possible?"
        yield from book_place.begin_trial(turn)


INTENT = (
    Intent("request_human", request_human),
    Intent("complaint", complaint),
    Intent("billing_issue", billing_issue),
    Intent("report_injury", report_injury),
    Intent("job_inquiry", job_inquiry),
    Intent("refer_friend", refer_friend, side=True),
    *(Intent(name, member_matter) for name in MEMBER_MATTERS),
)
