"""The contract of a reader: the bytes of one file of a tool in, its runs out.

Readers are pure: files are found and read by `facts/measure/`, which also joins several files into one sample.
A reader never trusts a verdict that the tool wrote; it reads measurements alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.measurements.sample import Run
    from rulewright.policy.json_types import Json


class Selection(NamedTuple):
    """What an objective asks of a file.

    `select`: the series, case or column; "" where the policy names none. `aggregate`: of the objective (`p95`), which
    tells what figure of a summary is meant. `arguments`: all of the policy's `source:`, such as `runs`, `bad` and
    `total`. `pair_by`: the member that holds the id of a case; "" outside of suites. `direction`: which values are
    better, `lower` or `higher`; a rate whose events may be good or bad is read by it. `window`: the period of the
    objective's error budget as written (`30d`), "" without one.
    """

    select: str = ""
    aggregate: str = "mean"
    arguments: Mapping[str, Json] = {}
    pair_by: str = ""
    direction: str = "lower"
    window: str = ""


class Reading(NamedTuple):
    """What a file says. The fields are those of `Sample`; `warnings` one line each, without the path."""

    runs: tuple[Run, ...]
    unit: str = ""
    time: str = ""
    commit: str = ""
    machine: Mapping[str, Json] = {}
    tool: str = ""
    warnings: tuple[str, ...] = ()
    is_paired: bool = False


class UnusableSource(Exception):
    """A source that gives no sample. `code` is a key of `VERDICT_CODES`; the reason is one line, with the place
    inside the file (`line 3, column 7`, `row 12`, `benchmarks[2].stats`) and without the path."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


Reader = Callable[[bytes, Selection], Reading]
"""Raises UnusableSource."""
