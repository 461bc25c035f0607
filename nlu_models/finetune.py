# ruff: noqa: S311 - nothing here is a secret
"""Fine-tuning the encoder on our sentences, offline: needs torch, which nothing else here does.

    pip install torch && python -m nlu_models.finetune --runs 2 --target tuned.safetensors

An hour or so on two cores. Writes weights and, beside them, the int8 graph to be shipped as `published/encoder-<lang>.onnx`; the
classifier must then be trained anew (`spotter nlu train`). The kept-back eighth of the sentences is never shown to the encoder.
Several runs are averaged weight by weight, which is worth about a point and costs nothing at run time.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found, unused-ignore]
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional as F  # type: ignore[import-not-found, unused-ignore] # noqa: N812

from nlu_models.build import package_dir, quantise
from nlu_models.data import clean, data_dir, read_dir
from nlu_models.graph import EPSILON, HEADS, depth
from nlu_models.learn import JOINTS, LEADS, kept_back
from nlu_models.text import plain

BATCH = 32
PROGRESS_EVERY = 50
DROPOUT = 0.1
RATE = 1e-4
SHARPNESS = 20.0
SMOOTHING = 0.05
TYPO_SHARE = 0.15
FROZEN = ("embeddings.word", "embeddings.position", "embeddings.token")
"""Word vectors stay: most words of the world are not in our sentences."""

Message = tuple[str, tuple[str, ...]]


class TrainableEncoder(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """The graph of `graph.py` with gradients; the last layer's mean only."""

    def __init__(self, weights: dict[str, Any]) -> None:
        super().__init__()
        self.names = {name: name.replace(".", "/") for name in weights if "pooler" not in name}
        self.weights = torch.nn.ParameterDict(
            {inner: torch.nn.Parameter(torch.tensor(weights[name])) for name, inner in self.names.items()}
        )
        for name, inner in self.names.items():
            self.weights[inner].requires_grad = not name.startswith(FROZEN)
        self.layers = depth(weights)

    def forward(self, ids: Any, mask: Any) -> Any:
        """Unit vectors of a padded batch."""
        count, length = ids.shape
        drop = DROPOUT if self.training else 0.0
        x = F.embedding(ids, self._get("embeddings.word_embeddings.weight"))
        x = x + self._get("embeddings.position_embeddings.weight")[:length]
        x = self._norm(x + self._get("embeddings.token_type_embeddings.weight")[0], "embeddings.LayerNorm")
        x = F.dropout(x, drop, self.training)
        penalty = (1 - mask[:, None, None, :].float()) * -10_000
        for layer in range(self.layers):
            name = f"encoder.layer.{layer}"
            query, key, value = (
                self._dense(x, f"{name}.attention.self.{part}").view(count, length, HEADS, -1).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            scores = torch.softmax(query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5 + penalty, -1)
            mixed = (
                (F.dropout(scores, drop, self.training) @ value).transpose(1, 2).reshape(count, length, -1)
            )
            mixed = F.dropout(self._dense(mixed, f"{name}.attention.output.dense"), drop, self.training)
            x = self._norm(x + mixed, f"{name}.attention.output.LayerNorm")
            inner = F.gelu(self._dense(x, f"{name}.intermediate.dense"))
            outer = F.dropout(self._dense(inner, f"{name}.output.dense"), drop, self.training)
            x = self._norm(x + outer, f"{name}.output.LayerNorm")
        weight = mask[..., None].float()
        return F.normalize((x * weight).sum(1) / weight.sum(1), dim=1)

    def trained(self) -> dict[str, Any]:
        """The weights by their published names."""
        return {name: self.weights[inner].detach().numpy().copy() for name, inner in self.names.items()}

    def _get(self, name: str) -> Any:
        return self.weights[self.names[name]]

    def _dense(self, x: Any, name: str) -> Any:
        return F.linear(x, self._get(f"{name}.weight"), self._get(f"{name}.bias"))

    def _norm(self, x: Any, name: str) -> Any:
        return F.layer_norm(x, x.shape[-1:], self._get(f"{name}.weight"), self._get(f"{name}.bias"), EPSILON)


def finetune(
    messages: Sequence[Message],
    weights: dict[str, Any],
    tokenizer: Any,
    *,
    epochs: int,
    rate: float,
    seed: int,
) -> dict[str, Any]:
    """One run over plain messages: each intent against the others, and each by itself (for several in a message)."""
    torch.manual_seed(seed)
    random.seed(seed)
    labels = sorted({intent for _, intents in messages for intent in intents})
    model = TrainableEncoder(weights)
    middles = _middles(model, messages, labels, tokenizer)
    against, alone = torch.nn.Parameter(middles.clone()), torch.nn.Parameter(middles.clone())
    bias = torch.nn.Parameter(torch.full((len(labels),), -6.0))
    body = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(
        [
            {"params": body, "lr": rate, "weight_decay": 0.01},
            {"params": [against, alone, bias], "lr": 20 * rate, "weight_decay": 0.0},
        ]
    )
    steps = epochs * len(epoch_of(messages)) // BATCH
    slope = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: max(0.0, min((step + 1) / (0.06 * steps), (steps - step) / (0.94 * steps)))
    )
    model.train()
    for epoch in range(epochs):
        total = 0.0
        for batch in _batches(epoch_of(messages), tokenizer):
            ids, mask = _padded([tokens for tokens, _ in batch])
            truths = torch.tensor([[float(label in intents) for label in labels] for _, intents in batch])
            vectors = model(ids, mask)
            shares = truths / truths.sum(1, keepdim=True) * (1 - SMOOTHING) + SMOOTHING / len(labels)
            logits = SHARPNESS * vectors @ F.normalize(against, dim=1).T
            odds = SHARPNESS / 2 * vectors @ alone.T + bias
            loss = -(F.log_softmax(logits, 1) * shares).sum(1).mean()
            loss = loss + 0.5 * F.binary_cross_entropy_with_logits(odds, truths, reduction="sum") / len(batch)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(body, 1.0)
            optimiser.step()
            slope.step()
            total += float(loss.detach())
            if slope.last_epoch % PROGRESS_EVERY == 0:
                print(f"seed {seed}: step {slope.last_epoch} of {steps}", flush=True)
        print(f"seed {seed} epoch {epoch}: loss {total * BATCH / len(messages):.3f}", flush=True)
    return model.trained()


def _middles(model: Any, messages: Sequence[Message], labels: list[str], tokenizer: Any) -> Any:
    """Where the general encoder sees each label: the mean of its messages. A far better start than chance."""
    model.eval()
    sums = torch.zeros(len(labels), model.trained()["embeddings.word_embeddings.weight"].shape[1])
    alone = [(tokenizer.encode(text).ids, intents[0]) for text, intents in messages if len(intents) == 1]
    alone.sort(key=lambda pair: len(pair[0]))
    with torch.no_grad():
        for begin in range(0, len(alone), 4 * BATCH):
            batch = alone[begin : begin + 4 * BATCH]
            vectors = model(*_padded([tokens for tokens, _ in batch]))
            sums.index_add_(0, torch.tensor([labels.index(intent) for _, intent in batch]), vectors)
    return F.normalize(sums, dim=1)


def epoch_of(messages: Sequence[Message]) -> list[Message]:
    """The messages, some misspelt; pairs of wants joined to one; wants opened by a greeting."""
    wants = [message for message in messages if len(message[1]) == 1 and message[1][0] not in LEADS]
    greetings = [text for text, intents in messages if intents == ("greet",)]
    made = [(_misspelt(text), intents) for text, intents in messages]
    for _ in range(len(messages) // 7):
        (one, its), (other, theirs) = random.sample(wants, 2)
        if its != theirs and len(one) + len(other) < 170:
            made.append((one.rstrip(" .!") + random.choice(JOINTS) + other, its + theirs))
    for _ in range(len(messages) // 14 if greetings else 0):
        text, intents = random.choice(wants)
        made.append((random.choice(greetings).rstrip(".") + random.choice((" ", ", ", "! ")) + text, intents))
    return made


def _misspelt(text: str) -> str:
    words = text.split(" ")
    at = random.randrange(len(words))
    word = words[at]
    if random.random() > TYPO_SHARE or len(word) < 4:
        return text
    place = random.randrange(1, len(word) - 1)
    words[at] = random.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        )
    )
    return " ".join(words)


def _batches(messages: list[Message], tokenizer: Any) -> Iterator[list[tuple[list[int], tuple[str, ...]]]]:
    random.shuffle(messages)
    encoded = [
        (encoding.ids, intents)
        for encoding, (_, intents) in zip(
            tokenizer.encode_batch([text for text, _ in messages]), messages, strict=True
        )
    ]
    encoded.sort(key=lambda pair: len(pair[0]) // 6)  # alike lengths together: little padding
    batches = [encoded[begin : begin + BATCH] for begin in range(0, len(encoded) - BATCH + 1, BATCH)]
    random.shuffle(batches)
    yield from batches


def _padded(tokens: list[list[int]]) -> tuple[Any, Any]:
    ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
    mask = np.zeros_like(ids)
    for row, mine in enumerate(tokens):
        ids[row, : len(mine)] = mine
        mask[row, : len(mine)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def main() -> None:
    """Fine-tune, average the runs, write weights and graph."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--lang", default="en")
    options.add_argument("--runs", type=int, default=2)
    options.add_argument("--seed", type=int, default=0, help="of the first run; the next ones count on")
    options.add_argument("--epochs", type=int, default=5)
    options.add_argument("--rate", type=float, default=RATE, help="of learning, at its highest")
    options.add_argument("--start", type=Path, help="weights to go on from; the general encoder's if none")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--target", type=Path, required=True, help="weights file (.safetensors) to write")
    told = options.parse_args()
    torch.set_num_threads(told.threads)
    weights = load_file(told.start or package_dir() / "model.safetensors")
    weights = {name: value for name, value in weights.items() if value.dtype == np.float32}
    tokenizer = Tokenizer.from_file(str(package_dir() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(64)
    examples = [example for example in clean(read_dir(data_dir(told.lang))) if not kept_back(example.text)]
    messages = [(plain(example.text, told.lang), example.intents) for example in examples]
    runs = [
        finetune(messages, weights, tokenizer, epochs=told.epochs, rate=told.rate, seed=seed)
        for seed in range(told.seed, told.seed + told.runs)
    ]
    mean = {name: np.asarray(np.mean([run[name] for run in runs], axis=0), np.float32) for name in runs[0]}
    save_file(mean, told.target)
    quantise(told.target, told.target.with_suffix(".onnx"))


if __name__ == "__main__":
    main()
