"""The encoder's tensors and vocabulary to GGUF, on one of two layers that is made here."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from rulewright.models.embedding.gguf_conversion import (
    EncoderConfig,
    convert_encoder,
    convert_vocabulary,
    list_tensors,
    read_tensors,
)
from rulewright.policy.diagnostics import SourceError

numpy = pytest.importorskip("numpy", reason="numpy comes with the llama extra")
gguf = pytest.importorskip("gguf", reason="gguf comes with the llama extra")

ENCODER = EncoderConfig("tiny", 16, 32, 2, 2, 64, 1e-12, "MIT", "https://example.com/tiny")
VOCABULARY = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "app", "##s", "crash"]


def weights() -> dict[str, Any]:
    rng = numpy.random.default_rng(1)
    out = {}
    for theirs in list_tensors(ENCODER.layers):
        width, inner = ENCODER.width, ENCODER.inner
        if theirs.endswith("word_embeddings.weight"):
            shape: tuple[int, ...] = (len(VOCABULARY), width)
        elif "position" in theirs:
            shape = (ENCODER.context, width)
        elif "token_type" in theirs:
            shape = (2, width)
        elif theirs.endswith("bias") or "LayerNorm" in theirs:
            shape = (inner,) if "intermediate" in theirs else (width,)
        else:
            module = theirs.split(".", 3)[-1].removesuffix(".weight")
            shape = {"intermediate.dense": (inner, width), "output.dense": (width, inner)}.get(
                module, (width, width)
            )
        out[theirs] = rng.normal(size=shape).astype("f4")
    return out


def test_names_and_numbers_arrive(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    given = weights()
    convert_encoder(ENCODER, given, VOCABULARY, str(path))
    found = gguf.GGUFReader(path)
    assert found.get_field("general.architecture").contents() == "bert"
    assert found.get_field("bert.attention.causal").contents() is False
    assert found.get_field("bert.pooling_type").contents() == gguf.PoolingType.MEAN
    assert found.get_field("tokenizer.ggml.tokens").contents()[6:] == ["▁app", "s", "▁crash"]
    kept = {tensor.name: tensor for tensor in found.tensors}
    assert len(kept) == 5 + 16 * ENCODER.layers
    assert kept["blk.0.ffn_up.weight"].tensor_type == gguf.GGMLQuantizationType.Q8_0
    matrix = gguf.dequantize(kept["blk.1.attn_q.weight"].data, gguf.GGMLQuantizationType.Q8_0)
    assert numpy.abs(matrix - given["encoder.layer.1.attention.self.query.weight"]).max() < 0.02
    assert numpy.array_equal(
        kept["blk.1.attn_q.bias"].data, given["encoder.layer.1.attention.self.query.bias"]
    )


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        convert_encoder(ENCODER, weights(), VOCABULARY, str(tmp_path / name))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_missing_tensor_and_a_wrong_vocabulary_are_told(tmp_path: Path) -> None:
    given = weights()
    with pytest.raises(SourceError, match="does not fit"):
        convert_encoder(ENCODER, given, VOCABULARY[:-1], str(tmp_path / "x"))
    del given["encoder.layer.1.output.dense.bias"]
    with pytest.raises(SourceError, match=r"encoder\.layer\.1\.output\.dense\.bias is missing"):
        convert_encoder(ENCODER, given, VOCABULARY, str(tmp_path / "x"))
    with pytest.raises(SourceError, match=r"no token \[MASK\]"):
        convert_vocabulary([token for token in VOCABULARY if token != "[MASK]"])


def packed(header: Any, data: bytes = b"") -> bytes:
    head = json.dumps(header).encode()
    return struct.pack("<Q", len(head)) + head + data


def test_safetensors_are_read() -> None:
    data = numpy.arange(6, dtype="<f4").tobytes()
    whole = packed(
        {
            "__metadata__": {"format": "pt"},
            "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
            "ids": {"dtype": "I64", "shape": [3], "data_offsets": [0, 24]},
        },
        data,
    )
    assert {name: array.tolist() for name, array in read_tensors(whole, "x").items()} == {
        "a": [[0, 1, 2], [3, 4, 5]]
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 20,
        packed([1]),
        packed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}),
        packed({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}, bytes(8)),
        packed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}}, bytes(8)),
        packed({"a": {"dtype": "F32"}}, bytes(8)),
    ],
    ids=["empty", "huge header", "no object", "cut", "wrong size", "outside", "no shape"],
)
def test_damaged_safetensors_are_told(data: bytes) -> None:
    with pytest.raises(SourceError, match="safetensors"):
        read_tensors(data, "x")
