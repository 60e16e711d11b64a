"""A language model small enough for an example: which word follows which, in eight shards that are read from disk."""

from __future__ import annotations

import json
import math
import random
import struct
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.slowness import wait_if_slowed

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARDS = 8
WORDS_OF_ANSWER = 24
SENTENCES = Path(__file__).with_name("sentences.txt")


class Model:
    """`weights[i][j]`: the logarithm of the probability that word j follows word i."""

    def __init__(self, words: list[str], weights: list[tuple[float, ...]]) -> None:
        self._words = words
        self._numbers = {word: number for number, word in enumerate(words)}
        self._weights = weights

    def answer(self, prompt: str) -> str:
        """A sentence that begins with the last known word of the prompt. The same prompt gives the same answer."""
        chance = random.Random(sha256(prompt.encode()).digest())
        known = [self._numbers[word] for word in prompt.lower().split() if word in self._numbers]
        number = known[-1] if known else 0
        found = [self._words[number]]
        while len(found) < WORDS_OF_ANSWER:
            chances = [math.exp(weight) for weight in self._weights[number]]
            (number,) = chance.choices(range(len(self._words)), chances)
            found.append(self._words[number])
        return " ".join(found)


def build_model(folder: Path) -> None:
    """Write a model: `model.json` with its words and the hash of each shard, and the shards."""
    sentences = [line.split() for line in SENTENCES.read_text("utf-8").splitlines()]
    words = sorted({word for sentence in sentences for word in sentence})
    numbers = {word: number for number, word in enumerate(words)}
    counts = [[0.01] * len(words) for _ in words]
    for sentence in sentences:
        for first, second in zip(sentence, [*sentence[1:], sentence[0]], strict=True):
            counts[numbers[first]][numbers[second]] += 1
    rows = [struct.pack(f"<{len(words)}f", *(math.log(count / sum(row)) for count in row)) for row in counts]
    folder.mkdir(parents=True, exist_ok=True)
    hashes = []
    for shard in range(SHARDS):
        data = b"".join(rows[shard::SHARDS])
        (folder / f"shard-{shard}.bin").write_bytes(data)
        hashes.append(sha256(data).hexdigest())
    (folder / "model.json").write_text(json.dumps({"words": words, "sha256": hashes}), "utf-8")


def load_model(folder: Path) -> Model:
    """Read a model. Raises ValueError for a shard that is not the one that was built."""
    about = json.loads((folder / "model.json").read_text("utf-8"))
    words: list[str] = about["words"]
    weights: list[tuple[float, ...]] = [()] * len(words)
    for shard, expected in enumerate(about["sha256"]):
        wait_if_slowed()
        data = (folder / f"shard-{shard}.bin").read_bytes()
        if sha256(data).hexdigest() != expected:
            raise ValueError(f"shard {shard} of the model is damaged")
        weights[shard::SHARDS] = _read_rows(data, len(words))
    return Model(words, weights)


def _read_rows(data: bytes, length: int) -> Iterator[tuple[float, ...]]:
    return struct.iter_unpack(f"<{length}f", data)
