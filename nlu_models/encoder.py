"""Sentences to vectors: all-MiniLM-L6-v2 on ONNX Runtime, int8, on the CPU.

1 to 2 ms a message on one thread; torch and transformers are never imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnxruntime

MAX_TOKENS = 128
MEANING = 384
"""The last so many numbers of a vector are the sentence embedding proper; the others are of earlier layers."""
WIDTH = 3 * MEANING

Vectors = NDArray[np.float32]


class Encoder:
    """Turns texts into vectors; alike meanings lie close together.

    A vector is three unit vectors side by side (see `graph.POOLED`), the sentence embedding proper last.

    `threads` is how many cores one call may use: 1 by default, because many workers
    share a machine and a message takes 1 to 2 ms anyway.

    The graph is opened when it is first used, so that a parent can load everything else and fork: the runtime's own
    threads and locks would not survive that.
    """

    def __init__(self, graph: Path, tokenizer: Path, *, threads: int = 1) -> None:
        # Both imports together cost some 100 ms: paid by those who load a model, not by those who import the package.
        import onnxruntime  # noqa: F401  here, so that children that are forked find it imported
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        # The published tokenizer pads everything to 128 tokens, which costs ten times as much.
        self._tokenizer.no_padding()
        self._begin, self._end = (self._tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
        self._graph, self._threads = graph, threads

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Spinning threads would take the cores of the other workers between two messages.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(str(self._graph), options, providers=["CPUExecutionProvider"])

    @classmethod
    def load(cls, directory: Path | None = None, *, threads: int = 1) -> Encoder:
        """The encoder of an artefact folder, built there first if need be."""
        from nlu_models.build import ensure_encoder

        return cls(*ensure_encoder(directory), threads=threads)

    def vocabulary(self) -> Iterable[str]:
        """The whole words that the encoder knows."""
        return (word for word in self._tokenizer.get_vocab() if word.isalpha())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One vector a text, in the given order."""
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        # One by one: on one thread a batch is no faster, and a text's vector must not depend on its neighbours
        # (activations are quantised over the whole batch).
        return np.concatenate([self.read([text], [False]) for text in texts])

    def read(self, parts: Sequence[str], own: Sequence[bool]) -> Vectors:
        """The vector of a text given in parts, then one for each part that `own` marks, all by one run.

        A part's vector is the mean of its tokens as they stand in the text, so its neighbours tinge it. Parts that begin after
        the last token that is read (`MAX_TOKENS`) have none.
        """
        tokens, spans = [self._begin], []
        for encoding, marked in zip(
            self._tokenizer.encode_batch(list(parts), add_special_tokens=False), own, strict=True
        ):
            begin = len(tokens)
            tokens += encoding.ids
            if marked and begin < min(len(tokens), MAX_TOKENS - 1):
                spans.append((begin, min(len(tokens), MAX_TOKENS - 1)))
        tokens = [*tokens[: MAX_TOKENS - 1], self._end]
        weights = np.zeros((1, 1 + len(spans), len(tokens)), np.float32)
        weights[0, 0] = 1 / len(tokens)
        for row, (begin, end) in enumerate(spans, 1):
            weights[0, row, begin:end] = 1 / (end - begin)
        (vectors,) = self._session.run(
            ["embedding"], {"input_ids": np.array([tokens], np.int64), "spans": weights}
        )
        return np.asarray(vectors[0], np.float32)
