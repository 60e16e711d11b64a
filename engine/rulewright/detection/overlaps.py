"""Which of several findings on one place counts: validated before pattern, sure before suspected, then longer."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from rulewright.detection.model import CERTAIN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.detection.model import Hit


def resolved(hits: Iterable[Hit]) -> list[Hit]:
    """The hits that stay, by their place: no two of them overlap."""
    out: list[Hit] = []
    chain: list[Hit] = []
    reach = 0
    for hit in sorted(set(hits), key=lambda h: (h.start, h.end, h.type)):
        if hit.start >= hit.end:
            continue
        if chain and hit.start >= reach:
            out += _best(chain)
            chain = []
        chain.append(hit)
        reach = max(reach, hit.end)
    return out + _best(chain)


def _best(chain: list[Hit]) -> list[Hit]:
    """Out of hits that touch each other, the best ones that do not."""
    if len(chain) < 2:
        return chain
    kept: list[tuple[int, int, Hit]] = []
    for hit in sorted(chain, key=_rank):
        at = bisect_left(kept, (hit.start,))
        clear = (at == 0 or kept[at - 1][1] <= hit.start) and (at == len(kept) or kept[at][0] >= hit.end)
        if clear:
            insort(kept, (hit.start, hit.end, hit))
    return [hit for _, _, hit in kept]


def _rank(hit: Hit) -> tuple[bool, bool, int, float, int, str]:
    return (
        not hit.validated,
        hit.confidence < CERTAIN,
        hit.start - hit.end,
        -hit.confidence,
        hit.start,
        hit.type,
    )
