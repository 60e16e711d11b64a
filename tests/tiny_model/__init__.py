"""A GGUF model that is written in milliseconds: its answers are valid and meaningless. It proves the path.

Its vocabulary holds the control tokens of Llama 3, all bytes, printable ASCII, and `<e`, `<eo`, …: pieces by which
merging alone, without control tokens being read, would build the marker `<eot>` out of plain text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["CONTROL", "TEMPLATE", "TRAP", "write_model"]

CONTROL: Final = (
    "<s>",
    "</s>",
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<|im_start|>",
    "<|im_end|>",
    "[INST]",
    "[/INST]",
    "<eot>",
)
TRAP: Final = ("<e", "<eo", "<eot")
TEMPLATE: Final = (
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m['role'] }}<|end_header_id|>\n\n"
    "{{ m['content'] | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)


def vocabulary(size: int) -> tuple[list[bytes], list[float], list[int]]:
    """(tokens, scores, types): unknown, control, bytes, a space, ASCII, the trap, and words up to `size`."""
    from gguf import TokenType

    rows: list[tuple[str, float, int]] = [("<unk>", 0.0, int(TokenType.UNKNOWN))]
    rows += [(text, 0.0, int(TokenType.CONTROL)) for text in CONTROL]
    rows += [(f"<0x{byte:02X}>", 0.0, int(TokenType.BYTE)) for byte in range(256)]
    plain = ["▁", *(chr(code) for code in range(0x21, 0x7F)), *TRAP]
    rows += [(text, -float(at), int(TokenType.NORMAL)) for at, text in enumerate(plain)]
    # Words of consonants and vowels that no English text holds, only to make the vocabulary as large as a real one.
    number = 0
    while len(rows) < size:
        rows.append((f"qz{number:x}", -1000.0 - number, int(TokenType.NORMAL)))
        number += 1
    return [row[0].encode() for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def write_model(
    path: Path,
    *,
    vocabulary_size: int = 0,
    width: int = 32,
    layers: int = 1,
    context: int = 4096,
    template: str | None = TEMPLATE,
    seed: int = 0,
) -> Path:
    """A Llama with random weights. `vocabulary_size`: at least the tokens named above."""
    import gguf
    import numpy as np

    tokens, scores, types = vocabulary(vocabulary_size)
    random = np.random.default_rng(seed)
    feed, heads = width * 2, 4
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("tiny")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_rope_dimension_count(width // heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_space_prefix(False)
    if template is not None:
        writer.add_chat_template(template)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (random.standard_normal((rows, columns)) / columns**0.5).astype(np.float32)

    writer.add_tensor("token_embd.weight", matrix(len(tokens), width) * 4)
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for layer in range(layers):
        block = f"blk.{layer}"
        writer.add_tensor(f"{block}.attn_norm.weight", np.ones(width, np.float32))
        writer.add_tensor(f"{block}.ffn_norm.weight", np.ones(width, np.float32))
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"{block}.{name}.weight", matrix(width, width))
        writer.add_tensor(f"{block}.ffn_gate.weight", matrix(feed, width))
        writer.add_tensor(f"{block}.ffn_up.weight", matrix(feed, width))
        writer.add_tensor(f"{block}.ffn_down.weight", matrix(width, feed))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
