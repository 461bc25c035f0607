"""Whether somebody wants no more messages, or wants them again: every wording, three languages, no model.

The law asks that any reasonable wording is enough (in the United States 47 CFR 64.1200(a)(10), in Europe
Directive 2002/58/EC, article 13), so this stands beside the classifier and is sure where it speaks. The phrases
are data: a file for each language. All languages are read always, since nobody has to find the right one to be
left in peace.
"""

from nlu_models.consent.reading import Purpose, Wish, read
from nlu_models.consent.weighing import weigh

__all__ = ["Purpose", "Wish", "read", "weigh"]
