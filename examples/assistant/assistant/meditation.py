"""The nightly job: forgets memories that say what another one says."""

from __future__ import annotations

from typing import NamedTuple

from assistant.memory import MemoryStore, split_parts

ALIKE = 0.8
"""The share of parts that two memories have in common when they say the same."""
NEIGHBOURS = 5


class Insight(NamedTuple):
    """What a meditation did."""

    kept: int
    forgotten: int


def meditate(store: MemoryStore) -> Insight:
    """Compare each memory with those near it, and forget the newer one of two that are alike."""
    forgotten: set[int] = set()
    for memory in store.memories():
        if memory.number in forgotten:
            continue
        parts = split_parts(memory.text)
        for other in store.search(memory.text, NEIGHBOURS):
            others = split_parts(other.text)
            if other.number > memory.number and len(parts & others) >= ALIKE * len(parts | others):
                forgotten.add(other.number)
    for number in sorted(forgotten):
        store.forget(number)
    return Insight(len(store), len(forgotten))
