"""Constants of the decision, made by `benchmarks/calibrate.py` from generated reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERCEPT: Final = -11.3353
WEIGHTS: Final[Mapping[str, float]] = {
    "stated": 5.5614,
    "stated_back": 5.0775,
    "whole": 2.6010,
    "whole_back": 1.7931,
    "frames": 5.6501,
    "codes": 0.3882,
    "clash": -0.9815,
    "differs": -6.8674,
}
"""Field of `Evidence` → its weight in the logarithm of the odds that two issues are the same."""
CLOSE: Final = 0.95
"""The least score to close at: 153 of 153 were right in training."""
MARGIN: Final = 0.0
"""The least distance of the second candidate, unless that is close enough to close at as well."""
ADVISE: Final = 0.425
"""The least score to speak of a duplicate: 568 of 752 were right in training."""
