"""Messages in other languages, word for word in the words that our grammars are written in (English).

The grammar of times, the entities and the narrow questions know one language. A second one is a table, `glosses/<lang>.yml`:
phrases and what stands for them. What is in no phrase stays as it was written, so names stay names. The
gloss is for rules and models to read; nobody else ever sees it.
"""

from nlu_models.glosses.reading import GLOSSED_IN, gloss, has_gloss

__all__ = ["GLOSSED_IN", "gloss", "has_gloss"]
