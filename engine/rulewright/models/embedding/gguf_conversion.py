"""A BERT sentence encoder, from safetensors and its vocabulary to GGUF.

What the names and keys must be is said by llama.cpp's own converter (`convert_hf_to_gguf.py`, class BertModel):
causal attention off, mean pooling, word pieces without `##`, whole words with a leading `▁`.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy
    from numpy.typing import NDArray

SPACE: Final = "\u2581"
ENCODER_TENSORS: Final = (
    "word_embeddings.weight position_embeddings.weight token_type_embeddings.weight LayerNorm"
)
"""The encoder's tensors, without `embeddings.`; one without `.weight` has a `.bias` too."""
LAYER_TENSORS: Final = (
    "attention.self.query attention.self.key attention.self.value attention.output.dense attention.output.LayerNorm "
    "intermediate.dense output.dense output.LayerNorm"
)
"""The same of one layer, without `encoder.layer.NUMBER.`."""
LONGEST_HEADER: Final = 16 << 20
"""Bytes of a safetensors header; a longer one is no header."""
SPECIAL: Final = ("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]")
NORMAL, UNKNOWN, CONTROL, UNUSED = 1, 2, 3, 5
"""GGUF's types of tokens."""


class EncoderConfig(NamedTuple):
    """What stands in `config.json`, as far as it is needed; lengths in tokens, sizes in numbers."""

    name: str
    context: int
    width: int
    layers: int
    heads: int
    inner: int
    epsilon: float
    licence: str
    source: str


def convert_encoder(
    encoder: EncoderConfig,
    weights: Mapping[str, NDArray[numpy.float32]],
    vocabulary: Sequence[str],
    path: str,
    *,
    quantise: bool = True,
) -> None:
    """Write the GGUF file `path`; matrices as Q8_0 where `quantise`, the rest as float32.

    Raises SourceError when a tensor is missing or of another shape, or the `gguf` package is.
    """
    try:
        import gguf
    except ImportError as error:
        raise SourceError(
            "the package gguf is not installed", hint="pip install 'rulewright[llama]'"
        ) from error

    names = list(list_tensors(encoder.layers))
    missing = [name for name in names if name not in weights]
    if missing:
        raise SourceError(f"{encoder.name}: the tensor {missing[0]} is missing")
    if weights[names[0]].shape != (len(vocabulary), encoder.width):
        raise SourceError(f"{encoder.name}: the vocabulary does not fit the tensors")
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name(encoder.name)
    writer.add_license(encoder.licence)
    writer.add_source_url(encoder.source)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if quantise else gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(encoder.context)
    writer.add_embedding_length(encoder.width)
    writer.add_block_count(encoder.layers)
    writer.add_feed_forward_length(encoder.inner)
    writer.add_head_count(encoder.heads)
    writer.add_layer_norm_eps(encoder.epsilon)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    tokens, kinds = convert_vocabulary(vocabulary)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_type_count(weights["embeddings.token_type_embeddings.weight"].shape[0])
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    places = {token: place for place, token in enumerate(vocabulary)}
    unknown, separator, padding, first, mask = (places[token] for token in SPECIAL)
    writer.add_unk_token_id(unknown)
    writer.add_sep_token_id(separator)
    writer.add_eos_token_id(separator)
    writer.add_pad_token_id(padding)
    writer.add_bos_token_id(first)
    writer.add_mask_token_id(mask)
    gguf_names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, encoder.layers)
    for theirs in names:
        tensor, ours = weights[theirs], str(gguf_names.get_name(theirs, (".weight", ".bias")))
        kept = tensor.ndim < 2 or ours in ("position_embd.weight", "token_types.weight")
        if kept or not quantise:
            writer.add_tensor(ours, tensor)
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(ours, gguf.quantize(tensor, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def list_tensors(layers: int) -> Iterator[str]:
    """The tensors of an encoder of so many layers, in the order of the GGUF file."""
    names = [f"embeddings.{name}" for name in ENCODER_TENSORS.split()]
    names += [f"encoder.layer.{layer}.{name}" for layer in range(layers) for name in LAYER_TENSORS.split()]
    for name in names:
        yield from (name,) if name.endswith(".weight") else (f"{name}.weight", f"{name}.bias")


def convert_vocabulary(vocabulary: Sequence[str]) -> tuple[list[bytes], list[int]]:
    """The tokens as llama.cpp looks them up, and their types. Raises SourceError when one it needs is missing."""
    absent = [token for token in SPECIAL if token not in vocabulary]
    if absent:
        raise SourceError(f"the vocabulary has no token {absent[0]}")
    tokens, kinds = [], []
    for token in vocabulary:
        if token.startswith("[unused") and token.endswith("]"):
            kinds.append(UNUSED)
        elif token == "[UNK]":
            kinds.append(UNKNOWN)
        elif token in SPECIAL:
            kinds.append(CONTROL)
        else:
            kinds.append(NORMAL)
            token = token[2:] if token.startswith("##") else SPACE + token
        tokens.append(token.encode())
    return tokens, kinds


def read_tensors(data: bytes, name: str) -> Mapping[str, NDArray[numpy.float32]]:
    """Name → float32 array, read-only views into `data`, a safetensors file. Tensors of other types are left out.

    The form: eight bytes of length, a header in JSON, the numbers; see https://github.com/huggingface/safetensors,
    "Format". Raises SourceError when the file is damaged.
    """
    import numpy

    head = int.from_bytes(data[:8], "little")
    if len(data) < 8 or head > min(LONGEST_HEADER, len(data) - 8):
        raise SourceError(f"{name} is not a safetensors file")
    try:
        header = json.loads(data[8 : 8 + head])
        found = {}
        for key, said in header.items():
            if key == "__metadata__" or said["dtype"] != "F32":
                continue
            first, last = (8 + head + int(place) for place in said["data_offsets"])
            shape = tuple(int(size) for size in said["shape"])
            if not 8 + head <= first <= last <= len(data) or last - first != 4 * math.prod(shape):
                raise ValueError(key)
            found[key] = numpy.frombuffer(data, "<f4", math.prod(shape), first).reshape(shape)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(f"the safetensors file {name} is damaged") from error
    return found
