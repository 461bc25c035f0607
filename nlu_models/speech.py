"""Voice notes to text, by a speech model that lies in a local folder. Without one, nothing is transcribed.

Any model that transformers' speech recognition reads will do (Whisper and its relatives,
downloaded beforehand). It needs torch and the program ffmpeg beside it, which a plain
installation does not have.
"""

from __future__ import annotations

import functools
import importlib.util
import shutil
from pathlib import Path
from typing import Any, Protocol

LONGEST_WORDS = 2000
"""Characters of a transcript that are kept."""


class CannotListen(Exception):
    """The voice note was not transcribed; the message says why and how to mend it."""


class Transcriber(Protocol):
    """Hears what is said in a recording."""

    def transcribe(self, recording: bytes) -> str:
        """The words, '' for silence; raises `CannotListen`."""


class LocalModel(Transcriber):
    """A speech model in a folder, loaded when the first voice note comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._recogniser: Any = None

    def transcribe(self, recording: bytes) -> str:
        """Runs on this machine; nothing is sent anywhere."""
        for problem in problems(self.folder):
            raise CannotListen(problem)
        try:
            if self._recogniser is None:
                from transformers import pipeline

                self._recogniser = pipeline("automatic-speech-recognition", model=str(self.folder))
            heard = self._recogniser(recording, return_timestamps=False)
        except Exception as error:  # whatever a model, torch or ffmpeg may raise about a stranger's file
            raise CannotListen(f"the speech model failed: {type(error).__name__}: {error}") from error
        return " ".join(str(heard.get("text", "")).split())[:LONGEST_WORDS]


def problems(folder: Path) -> list[str]:
    """What keeps the model in that folder from working, and how to mend it."""
    found = []
    if not (folder / "config.json").is_file():
        found.append(f"{folder} holds no speech model (no config.json); put a downloaded Whisper model there")
    if importlib.util.find_spec("torch") is None:
        found.append("torch is not installed; install it beside Spotter to transcribe voice notes")
    if shutil.which("ffmpeg") is None:
        found.append("ffmpeg is not installed; the speech model needs it to read recordings")
    return found


@functools.cache
def transcriber_in(folder: Path) -> Transcriber:
    """The transcriber of a folder, once a process."""
    return LocalModel(folder)
