"""How large the long tests are, in one place.

`RULEWRIGHT_TEST_SIZE` chooses the column: `usual` (default, what `make test` runs), `full` (what `.ci/run` runs), or
`most` (by hand: hours of GitHub's limits take minutes here).
"""

from __future__ import annotations

import os
from typing import Final, Literal

__all__ = ["size"]

Name = Literal[
    "backlog",
    "expression_pairs",
    "hostile_texts",
    "index_policies",
    "issues_under_faults",
    "killed_requests",
    "steps_of_people",
    "swept_issues",
    "deaths_apart",
    "pasts",
    "pauses_apart",
]

SIZES: Final[dict[Name, tuple[int, int, int]]] = {
    # What                          usual, full, most
    "backlog": (20, 60, 200),  # old issues of a repository that begins
    "issues_under_faults": (80, 160, 500),  # with 30 % of the requests failing, in every mode
    "swept_issues": (200, 300, 5000),  # against as large a share of GitHub's 5,000 requests an hour
    "steps_of_people": (60, 120, 200),  # by people and the bot in turn
    "deaths_apart": (12, 10, 1),  # a run dies at every so many-th of its steps, in four tests
    "pauses_apart": (
        4,
        2,
        1,
    ),  # a second run comes in before every so many-th request of another, in four tests
    "pasts": (1, 2, 5),  # generated repositories of each kind
    "hostile_texts": (150, 300, 1000),  # each of ten times
    "killed_requests": (120, 200, 500),
    "index_policies": (100, 300, 1000),  # generated, each with 100 events
    "expression_pairs": (400, 1000, 10_000),
}
COLUMNS: Final = ("usual", "full", "most")


def size(name: Name) -> int:
    """The size of a long test."""
    chosen = os.environ.get("RULEWRIGHT_TEST_SIZE", COLUMNS[0])
    if chosen not in COLUMNS:
        raise ValueError(f"RULEWRIGHT_TEST_SIZE is one of {', '.join(COLUMNS)}, not {chosen!r}")
    return SIZES[name][COLUMNS.index(chosen)]
