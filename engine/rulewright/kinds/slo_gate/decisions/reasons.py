"""Numbers as words, for the reasons of findings."""

from __future__ import annotations

from math import isinf


def format_share(share: float, limit: float, least: int = 2) -> str:
    """`0.3 %`: a share with as few digits as show on which side of the limit it lies, `least` at least."""
    for digits in range(least, 15):
        text = f"{100 * share:.{digits}g}"
        rounded, end = float(text), 100 * limit
        if (rounded < end, rounded > end) == (share < limit, share > limit):
            break
    return f"{_write_out(text)} %"


def format_change(ratio: float, limit: float) -> str:
    """`12 % worse`, `3.1 % better`, `unchanged`: a ratio for the worse (1.12: 12 % worse), on its side of the limit."""
    change = ratio - 1
    if isinf(change):
        return "infinitely worse"
    if abs(change) < 5e-5:
        return "unchanged"
    return f"{format_share(abs(change), abs(limit - 1))} {'worse' if change > 0 else 'better'}"


def count_of(number: float, noun: str) -> str:
    """`1 run`, `3 runs`, `1,200 values`."""
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def _write_out(text: str) -> str:
    """A number without an exponent."""
    if "e" not in text:
        return text
    value = float(text)
    return f"{value:.0f}" if abs(value) >= 1 else f"{value:.15f}".rstrip("0")
