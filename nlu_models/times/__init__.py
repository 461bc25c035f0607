"""Appointment times: a grammar that reads when somebody wants to come. The rules are in `docs/nlu/times.md`."""

from nlu_models.times.read import read

__all__ = ["read"]
