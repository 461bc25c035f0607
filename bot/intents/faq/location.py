"""Where the gym is, how to get in, where to park."""

from __future__ import annotations

import re

from bot.events import Events, Say
from bot.registry import Intent
from bot.turn import Turn

PARKING = re.compile(r"\b(park(ing)?|car\b|drive|driving|bikes?|cycle|bicycle)\b")


def answer(turn: Turn) -> Events:
    """Parking where that was asked, else address and directions."""
    gym = turn.facts.gym
    text = turn.text.lower()
    asks_parking = bool(PARKING.search(text)) and gym.parking
    if asks_parking:
        yield Say("utter_parking", {"parking": gym.parking})
    if not asks_parking or re.search(
        r"\b(where|address|find|get there|direction|located?)\b",
        text.replace("where can i park", "").replace("where do i park", ""),
    ):
        yield Say("utter_location", {"address": gym.address or gym.name, "directions": gym.directions or ""})


INTENT = Intent("faq/location", answer, side=True)
