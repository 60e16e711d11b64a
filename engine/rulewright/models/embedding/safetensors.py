"""Tensors out of a safetensors file: eight bytes of length, a header in JSON, the numbers.

The form: https://github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy
    from numpy.typing import NDArray

LONGEST_HEADER: Final = 16 << 20
"""Bytes; a longer one is no header."""


def read_tensors(data: bytes, name: str) -> Mapping[str, NDArray[numpy.float32]]:
    """Name → float32 array, read-only views into `data`. Tensors of other types are left out.

    Raises SourceError when the file is damaged.
    """
    import numpy

    head = int.from_bytes(data[:8], "little")
    if len(data) < 8 or head > min(LONGEST_HEADER, len(data) - 8):
        raise SourceError(f"{name} is not a safetensors file")
    try:
        header = json.loads(data[8 : 8 + head])
        found = {}
        for key, said in header.items():
            if key == "__metadata__" or said["dtype"] != "F32":
                continue
            first, last = (8 + head + int(place) for place in said["data_offsets"])
            shape = tuple(int(size) for size in said["shape"])
            if not 8 + head <= first <= last <= len(data) or last - first != 4 * math.prod(shape):
                raise ValueError(key)
            found[key] = numpy.frombuffer(data, "<f4", math.prod(shape), first).reshape(shape)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(f"the safetensors file {name} is damaged") from error
    return found
