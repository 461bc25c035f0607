"""Which language a message is written in: common words and letters of each language, kept as data.

A language has a file of its own: words that most messages in it hold, letters that give it away, its script
where that does, and short messages that tell the language by themselves. Precision comes first: a language is named only where at
least two words speak for it, so "ok", a name or "yoga" tell nothing.
"""

from nlu_models.languages.detection import Known, detect, known

__all__ = ["Known", "detect", "known"]
