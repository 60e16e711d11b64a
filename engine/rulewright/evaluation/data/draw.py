"""The data files of suites, and draws from a seed that are the same on every machine and in every Python version."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def read_data(name: str) -> Any:
    """The content of a JSON file beside this module."""
    return json.loads((Path(__file__).parent / name).read_bytes())


class SeededDraw:
    """Uses `Random.random` only, whose sequence Python promises to keep for a seed; `choice` and `shuffle` may
    change."""

    def __init__(self, seed: int, stream: str) -> None:
        number = int.from_bytes(sha256(f"{stream}\0{seed}".encode()).digest()[:8])
        self._random = Random(number).random

    def below(self, count: int) -> int:
        """An integer from 0 to `count` - 1."""
        return int(self._random() * count)

    def one(self, among: Sequence[T]) -> T:
        return among[self.below(len(among))]

    def order(self, items: Sequence[T]) -> list[T]:
        """All items in a random order (Fisher and Yates)."""
        out = list(items)
        for last in range(len(out) - 1, 0, -1):
            other = self.below(last + 1)
            out[last], out[other] = out[other], out[last]
        return out
