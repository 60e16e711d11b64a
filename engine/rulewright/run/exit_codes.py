"""The exit codes, the same for every command, and how several of them combine.

| code | meaning |
|---|---|
| 0 | done; pass, warn, waived; nothing to do |
| 1 | a negative verdict |
| 2 | usage or configuration error |
| 3 | undetermined gate or promotion |
| 4 | a source or provider failed |
| 5 | partly applied: budget spent, or a precondition no longer held |
| 130 | interrupted |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.policy.kinds import Outcome

DONE: Final = 0
NEGATIVE: Final = 1
USAGE: Final = 2
UNDETERMINED: Final = 3
FAILED: Final = 4
PARTLY: Final = 5
INTERRUPTED: Final = 130

OF_OUTCOMES: Final[Mapping[Outcome, int]] = {
    "negative": NEGATIVE,
    "undetermined": UNDETERMINED,
    "failed": FAILED,
}
"""Outcome of a verdict → exit code; a verdict without an outcome is 0."""
STRONGEST_FIRST: Final = (INTERRUPTED, USAGE, NEGATIVE, FAILED, UNDETERMINED, PARTLY)


def combine(codes: Iterable[int]) -> int:
    """The one code for a run in which several hold: 130, 2, 1, 4, 3, 5, in this order; 0 when none does.

    A code outside the table counts as 4: something failed that nobody foresaw.
    """
    held = set(codes) - {DONE}
    for code in STRONGEST_FIRST:
        if code in held:
            return code
    return FAILED if held else DONE
