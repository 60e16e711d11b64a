"""Holm's correction for many tests ("A Simple Sequentially Rejective Multiple Test Procedure", 1979)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction


def select_significant(ps: Mapping[str, Fraction], alpha: Fraction) -> frozenset[str]:
    """The names whose p is significant when the chance of any false one is at most alpha: the least p is compared with
    alpha / m, the next with alpha / (m - 1), until the first that is greater."""
    chosen: set[str] = set()
    for name in sorted(ps, key=lambda name: (ps[name], name)):
        if ps[name] * (len(ps) - len(chosen)) > alpha:
            break
        chosen.add(name)
    return frozenset(chosen)
