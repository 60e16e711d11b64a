"""Constants of the decision. Made by `benchmarks/calibrate.py` from generated reports; do not edit by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ADVISE", "CLOSE", "INTERCEPT", "MARGIN", "WEIGHTS"]

INTERCEPT: Final = -11.36
WEIGHTS: Final[Mapping[str, float]] = {
    "title": 0.0,
    "title_back": 0.0,
    "stated": 5.58,
    "stated_back": 5.029,
    "whole": 2.556,
    "whole_back": 1.951,
    "missing": 0.0,
    "missing_back": 0.0,
    "amount": 0.0,
    "frames": 4.283,
    "codes": 0.0,
    "clash": -1.037,
}
"""Field of `Evidence` → its weight in the logarithm of the odds that two issues are the same."""
CLOSE: Final = 0.93
"""The least score to close at."""
MARGIN: Final = 0.1
"""The least distance of the second candidate, unless that is close enough to close at as well."""
ADVISE: Final = 0.465
"""The least score to speak of a duplicate."""
