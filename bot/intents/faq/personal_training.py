"""Personal and online coaching: who the trainers are and what it costs."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from bot import responses, wording
from bot.events import Events, Say, SlotSet
from bot.flows.prospects import own_bookings, places, trainer_wish
from bot.registry import Intent
from bot.turn import Turn
from crm.facts import StaffFact

SHE_OR_HE = re.compile(r"\b(s?he|her|him)\b", re.IGNORECASE)
OLDER = re.compile(
    r"\b(old(er)? (people|folks?|adults?|person|age)|elderly|retired|pensioners?|oap|over (50|60|65|70)s?|my age)\b"
)
WHO = re.compile(r"\bwho\W?s?\b.*\b(trainer|coach|instructor|with|teach|taking|see(ing)?)\b")


def answer(turn: Turn) -> Events:
    """The trainer or speciality that was named, else the team and the prices."""
    facts, language = turn.facts, turn.language
    if (
        WHO.search(turn.text.lower())
        and turn.entity("trainer") is None
        and (booked := own_bookings.upcoming(turn))
    ):
        yield Say("utter_your_booking", places.booking_params(turn, booked[0]))
        return
    trainer = turn.entity("trainer")
    key = (
        trainer.value
        if trainer is not None
        else turn.slot("talk_trainer")
        if SHE_OR_HE.search(turn.text)
        else None
    )
    person = facts.staff_by_key(str(key)) if key is not None else None
    if person is not None:
        # Who asks about one trainer and then for a time means a time with that one.
        yield SlotSet("talk_trainer", person.key)
        yield say_trainer(turn, person)
        return
    text = turn.text.lower()
    if trainer_wish.KIND.search(text):
        yield trainer_wish.all_trainers(turn)
        return
    suited = [(one, topic) for one in facts.trainers if (topic := speciality_in(one, text))]
    if suited:
        for topic in dict.fromkeys(found for _, found in suited):
            names = [one.first_name for one, found in suited if found == topic]
            yield Say(
                "utter_trainers_for",
                {"topic": responses.noun(language, topic), "trainers": wording.listing(names, language)},
            )
        if len({one.key for one, _ in suited}) == 1:
            # "Book me with him" has a meaning then.
            yield SlotSet("talk_trainer", suited[0][0].key)
        return
    if re.search(r"\bonline\b", text):
        for offering in (offering for offering in facts.offerings if offering.kind == "online"):
            price = wording.money(facts, offering.price or 0, language)
            yield Say(
                "utter_online",
                {
                    "service": wording.capitalised(responses.noun(language, "Online coaching")),
                    "price": price,
                    "minutes": offering.minutes,
                },
            )
        return
    lines = [
        responses.render(
            language,
            "utter_trainer_line",
            name=one.first_name,
            specialities=", ".join(responses.noun(language, each) for each in one.specialities),
        )
        for one in facts.trainers
    ]
    yield Say("utter_trainers", {"trainers": wording.listing(lines, language)})
    personal = [offering for offering in facts.offerings if offering.kind == "personal"]
    if personal:
        prices = [
            responses.render(
                language,
                "utter_pt_price_line",
                price=wording.money(facts, o.price or 0, language),
                minutes=o.minutes,
            )
            for o in personal
        ]
        turn.answered.append("personal_prices")
        yield SlotSet("talk_service", personal[0].key)
        yield Say("utter_pt_prices", {"prices": wording.listing(prices, language, either=True)})


def say_trainer(turn: Turn, person: StaffFact) -> Say:
    """What one trainer looks after, and when they are in."""
    specialities = [responses.noun(turn.language, one) for one in person.specialities]
    params = {
        "name": person.first_name,
        "specialities": wording.listing(specialities, turn.language),
        "days": places.trainer_days(turn, person.hours),
    }
    return Say("utter_trainer_one", params)


def speciality_in(person: StaffFact, text: str) -> str | None:
    """The trainer's speciality that the text speaks of."""
    for speciality in person.specialities:
        core = speciality.lower().rstrip("s")
        if core in text or (len(core) > 5 and fuzz.partial_ratio(core, text) > 90):
            return speciality
        if core.startswith("weight") and re.search(
            r"\b(los(e|ing) (some |a bit of )?(weight|fat|belly)|fat loss|slim)", text
        ):
            return speciality
        if core.startswith("strength") and re.search(r"\b(strong(er)?|muscle|lift(ing)?|bulk)", text):
            return speciality
        if core.startswith("beginner") and re.search(
            r"\b(beginner|never (trained|been)|newbie|starting out|total novice)", text
        ):
            return speciality
        if "natal" in core and re.search(r"\b(pregnan|postnatal|prenatal|post.?partum|baby)", text):
            return speciality
        if core.startswith("senior") and OLDER.search(text):
            return speciality
        if core.startswith("rehab") and re.search(
            r"\b(injur|rehab|surgery|knees?\b|shoulder|physio|arthrit|sciatica|slipped dis|hips?\b|acl\b|replacement|(bad|sore|lower|my|dodgy|upper|with) backs?\b|backs\b|back (pain|trouble|problem|issue|injur|ache))",
            text,
        ):
            return speciality
    return None


INTENT = Intent("faq/personal_training", answer, side=True)
