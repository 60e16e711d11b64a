"""Memories, found by the parts of their words: a query may have typing mistakes."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import NamedTuple

from assistant.slowness import wait_if_slowed

PART = 3


class Memory(NamedTuple):
    """What the assistant remembers. `number` is its identity."""

    number: int
    text: str


class MemoryStore:
    """An index from parts of words to the memories that have them."""

    def __init__(self) -> None:
        self._memories: dict[int, Memory] = {}
        self._index: dict[str, set[int]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._memories)

    def add(self, text: str) -> Memory:
        """Remember a text."""
        memory = Memory(max(self._memories, default=0) + 1, text)
        self._memories[memory.number] = memory
        for part in split_parts(text):
            self._index[part].add(memory.number)
        return memory

    def forget(self, number: int) -> None:
        """Remove a memory."""
        memory = self._memories.pop(number)
        for part in split_parts(memory.text):
            self._index[part].discard(number)

    def memories(self) -> list[Memory]:
        """All memories, oldest first."""
        return list(self._memories.values())

    def search(self, query: str, limit: int = 5) -> list[Memory]:
        """The memories that are nearest to the query: a part counts the more, the fewer memories have it."""
        wait_if_slowed()
        scores: dict[int, float] = defaultdict(float)
        for part in split_parts(query):
            holders = self._index.get(part, set())
            for number in holders:
                scores[number] += math.log(1 + len(self._memories) / len(holders))
        for number in scores:
            scores[number] /= math.sqrt(len(self._memories[number].text))
        best = sorted(scores, key=lambda number: (-scores[number], number))
        return [self._memories[number] for number in best[:limit]]


def split_parts(text: str) -> set[str]:
    """The parts of all words: `tea` gives ` te`, `tea`, `ea `."""
    padded = [f" {word} " for word in text.lower().split()]
    return {word[start : start + PART] for word in padded for start in range(len(word) - PART + 1)}
