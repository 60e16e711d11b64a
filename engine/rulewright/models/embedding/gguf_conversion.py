"""A BERT sentence encoder, from safetensors and its vocabulary to GGUF.

What the names and keys must be is said by llama.cpp's own converter (`convert_hf_to_gguf.py`, class BertModel):
causal attention off, mean pooling, word pieces without `##`, whole words with a leading `▁`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy
    from numpy.typing import NDArray

SPACE: Final = "\u2581"
ENCODER_TENSORS: Final[Mapping[str, str]] = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm": "token_embd_norm",
}
"""The encoder's name → GGUF's."""
LAYER_TENSORS: Final[Mapping[str, str]] = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
"""The same within one layer."""
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

    names = list(list_tensor_names(encoder))
    missing = [theirs for theirs, _ in names if theirs not in weights]
    if missing:
        raise SourceError(f"{encoder.name}: the tensor {missing[0]} is missing")
    if weights[names[0][0]].shape != (len(vocabulary), encoder.width):
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
    for theirs, ours in names:
        tensor = weights[theirs]
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


def list_tensor_names(encoder: EncoderConfig) -> list[tuple[str, str]]:
    """Each tensor's name in the encoder and in GGUF."""
    out = []
    for theirs, ours in ENCODER_TENSORS.items():
        if theirs.endswith("weight"):
            out.append((theirs, ours))
        else:
            out += [(f"{theirs}.{part}", f"{ours}.{part}") for part in ("weight", "bias")]
    for layer in range(encoder.layers):
        for theirs, ours in LAYER_TENSORS.items():
            out += [
                (f"encoder.layer.{layer}.{theirs}.{part}", f"blk.{layer}.{ours}.{part}")
                for part in ("weight", "bias")
            ]
    return out


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
