"""What a gym's own Rasa assistant has to declare to use our steps: the domain, made from what there is."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

import yaml

from bot import responses
from bot.assistant.messages import ENTITIES, TAP, rasa_name
from bot.assistant.slots import SLOTS
from bot.registry import flows, intents

FORMAT = "3.1"
"""Version of Rasa's training data format."""
GO_ON = "action_spotter_go_on"
"""The open flow, with the latest message or tap."""
WHOLE_TURN = "action_spotter_turn"
"""The whole router: understand, answer, lead on."""
FORM = "book_trial_form"
VALIDATION = f"validate_{FORM}"
FORM_ENTITIES: Mapping[str, str] = {
    "name": "person_name",
    "time": "time",
    "goal": "goal",
    "experience": "experience",
}
"""What fills each slot of the form; the bare answer to its question does too."""
FORM_SLOTS = tuple(FORM_ENTITIES)
FORM_QUESTIONS = (
    "utter_ask_book_trial_form_name",
    "utter_ask_book_trial_form_time",
    "utter_ask_book_trial_form_goal",
    "utter_ask_book_trial_form_experience",
)
"""Rasa finds a form's question by its name."""


def action_name(intent: str) -> str:
    """The action that answers an intent: `faq/price` is `action_faq_price`."""
    return f"action_{rasa_name(intent)}"


def action_names() -> list[str]:
    """Every action served. A flow's own name is the action of its loop, so that Rasa goes on with it by itself."""
    return [*map(action_name, intents()), *flows(), GO_ON, WHOLE_TURN, VALIDATION]


def button(ours: Mapping[str, str]) -> dict[str, str]:
    """A button of ours as Rasa has them: what it sends back when tapped is an intent with our payload."""
    told = json.dumps({"payload": ours["id"]}, separators=(",", ":"), ensure_ascii=False)
    return {"title": ours["title"], "payload": f"/{TAP}{told}"}


@functools.cache
def as_yaml() -> str:
    """The domain file."""
    return yaml.safe_dump(domain(), sort_keys=False, allow_unicode=True, width=110)


def domain() -> dict[str, Any]:
    """The domain: what can be meant, held, done and said."""
    return {
        "version": FORMAT,
        "intents": [*map(rasa_name, intents()), TAP],
        "entities": [*sorted(ENTITIES), "payload"],
        "slots": {**{name: _slot(kind.rasa_type) for name, kind in sorted(SLOTS.items())}, **_form_slots()},
        "forms": {FORM: {"required_slots": list(FORM_SLOTS)}},
        "responses": _responses(),
        "actions": action_names(),
        "session_config": {"session_expiration_time": 0, "carry_over_slots_to_new_session": True},
    }


def _slot(rasa_type: str) -> dict[str, Any]:
    return {"type": rasa_type, "influence_conversation": False, "mappings": [{"type": "custom"}]}


def _form_slots() -> dict[str, Any]:
    return {
        name: {
            "type": "text",
            "influence_conversation": False,
            "mappings": [
                {"type": "from_entity", "entity": FORM_ENTITIES[name]},
                {"type": "from_text", "conditions": [{"active_loop": FORM, "requested_slot": name}]},
            ],
        }
        for name in FORM_SLOTS
    }


def _responses() -> dict[str, list[dict[str, str]]]:
    """All our words that need nothing filled in, the form's questions first; the others arrive with the answers."""
    words = responses.catalogue(responses.DEFAULT_LANGUAGE)
    plain = (
        key
        for key, text in words.items()
        if key.startswith("utter_")
        and not key.startswith("utter_staff_")
        and not responses.placeholders(text)
    )
    return {key: [{"text": words[key]}] for key in dict.fromkeys((*FORM_QUESTIONS, *plain))}
