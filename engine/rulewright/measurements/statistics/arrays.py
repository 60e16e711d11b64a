"""Values as NumPy arrays where they are. NumPy is never needed: every formula has a way without it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    import numpy
    from numpy.typing import NDArray

    FloatArray: TypeAlias = NDArray[numpy.float64]


def as_numpy(values: Sequence[float] | FloatArray) -> FloatArray | None:
    """The values when they are a NumPy array; None for a list or an `array.array`. Imports nothing."""
    numpy = sys.modules.get("numpy")
    return cast("FloatArray", values) if numpy is not None and isinstance(values, numpy.ndarray) else None
