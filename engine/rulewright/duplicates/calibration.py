"""Constants of the decision, made by `benchmarks/calibrate.py` from generated reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERCEPT: Final = -11.9766
WEIGHTS: Final[Mapping[str, float]] = {
    "stated": 5.8974,
    "stated_back": 5.2363,
    "whole": 2.7583,
    "whole_back": 2.0265,
    "frames": 5.1892,
    "codes": 0.2248,
    "clash": -1.2890,
}
"""Field of `Evidence` → its weight in the logarithm of the odds that two issues are the same."""
CLOSE: Final = 0.955
"""The least score to close at: 126 of 126 were right in training."""
MARGIN: Final = 0.0
"""The least distance of the second candidate, unless that is close enough to close at as well."""
ADVISE: Final = 0.41
"""The least score to speak of a duplicate: 582 of 773 were right in training."""
