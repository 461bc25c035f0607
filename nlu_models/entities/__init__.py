"""Typed pieces of a message: names, numbers to call, goals, services. See `docs/nlu/entities.md`."""

from nlu_models.entities.addresses import email_suggestion
from nlu_models.entities.find import find

__all__ = ["email_suggestion", "find"]
