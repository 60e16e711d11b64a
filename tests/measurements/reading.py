"""Shared by the tests of readers: a reading asked for, and what a reader refuses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rulewright.measurements.codes import VERDICT_CODES
from rulewright.measurements.reader import Selection, UnusableSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.measurements.reader import Reader, Reading
    from rulewright.policy.json_types import Json

RECORDED = Path(__file__).parent / "recorded"
"""What real tools wrote."""


def recorded_folder(tool: str) -> Path:
    """The records of a tool: those of the repository, or those that `.ci/real-tools/run` has just made."""
    return Path(os.environ.get("RULEWRIGHT_RECORDED", RECORDED)) / tool


def choose(
    select: str = "",
    aggregate: str = "mean",
    *,
    pair_by: str = "",
    arguments: Mapping[str, Json] | None = None,
) -> Selection:
    """What an objective asks for."""
    return Selection(select, aggregate, arguments or {}, pair_by)


def read_values(reader: Reader, data: bytes, selection: Selection) -> list[float]:
    """The values of the only run of a file."""
    (run,) = reader(data, selection).runs
    return list(run.values)


def refuse(reader: Reader, data: bytes, selection: Selection) -> tuple[str, str]:
    """The code and the reason with which a reader refuses a file."""
    with pytest.raises(UnusableSource) as caught:
        reader(data, selection)
    assert caught.value.code in VERDICT_CODES
    assert "\n" not in caught.value.reason
    return caught.value.code, caught.value.reason


def values_of(reading: Reading) -> list[list[float]]:
    """The values of every run."""
    return [list(run.values) for run in reading.runs]
