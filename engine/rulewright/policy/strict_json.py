"""JSON that somebody else may have written, read strictly: what two readers could take for two things is refused."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, Final, NoReturn

MAX_DEPTH: Final = 100
"""Levels of nesting. The bound keeps every later recursion over the value safe."""


def decode_utf8(data: bytes) -> str:
    """The text of a file in UTF-8; a byte order mark is left out, lone surrogates are kept (`canonical_json`).

    Raises ValueError with the reason.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:4]:
        raise ValueError("it is UTF-16 or UTF-32, not UTF-8")
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8") from None


def parse_strictly(text: str) -> Any:
    """A JSON value of RFC 8259, where keys are unique, numbers finite, and nesting is bounded (`MAX_DEPTH`).

    Raises ValueError with the reason, on one line.
    """
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        message = f"{error.msg[:1].lower()}{error.msg[1:]}"
        raise ValueError(f"line {error.lineno}, column {error.colno}: {message}") from None
    except RecursionError:
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep") from None
    except ValueError as error:
        if isinstance(error, _Refused):
            raise
        # Python's own message about a number with too many digits speaks of its settings.
        raise ValueError("it contains a number with too many digits") from None
    if is_deep(value):
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
    return value


class _Refused(ValueError):
    """Legal for Python's parser, and refused here."""


class DuplicateKeyError(_Refused):
    """Readers differ in which of the values counts."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DuplicateKeyError(f"the key {json.dumps(key[:60])} appears twice in one object")
            seen.add(key)
    return out


def refuse_constant(text: str) -> NoReturn:
    """`parse_constant` of a decoder: NaN and infinities are no JSON. Raises ValueError."""
    raise _Refused(f"{text} is not a JSON number")


def read_finite(text: str) -> float:
    """`parse_float` of a decoder. Raises ValueError for a number that no float holds."""
    number = float(text)
    if not isfinite(number):
        raise _Refused(f"the number {text[:20]} is out of range")
    return number


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=refuse_constant, parse_float=read_finite
)


def is_deep(value: Any) -> bool:
    """Whether a JSON value is nested more than MAX_DEPTH levels. Walks level by level, so that depth costs no
    recursion."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
    return bool(level)
