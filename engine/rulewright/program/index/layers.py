"""What is not false of one event, in layers: mappings of entry number → truth, of which a later one speaks last.

Most of them are made once and shared by all events (what a missing path leaves undecided, what holds unless
something is seen), so that an event pays for what is its own, not for the number of rules. `False` in a later layer
takes back what an earlier one lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.program.truth import Truth

    Layer = Mapping[int, Truth]


def merged(layers: Iterable[Layer]) -> dict[int, Truth]:
    """Entry number → truth, for every entry that is not false. In no particular order."""
    found: dict[int, Truth] = {}
    for layer in layers:
        found.update(layer)
    for number in [number for number, truth in found.items() if truth is False]:
        del found[number]
    return found
