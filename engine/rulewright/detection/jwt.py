"""JSON web tokens: three parts in base64url whose first decodes to an object that names its algorithm.

Sources: RFC 7519 (JWT), RFC 7515 (JWS, three parts), RFC 7516 (JWE, five parts), RFC 7518 section 3 (algorithms and
the lengths of their signatures).
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error
from json import loads
from typing import TYPE_CHECKING, Final

from rulewright.detection.model import Hit
from rulewright.detection.vendor_tokens import begins_token, is_emphasised
from rulewright.detection.wrapped_lines import join_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.detection.page import TextView

_RUN: Final = re.compile(rb"[A-Za-z0-9_-]*")
_REST: Final = re.compile(rb"(?:\.[A-Za-z0-9_-]*){1,4}")
_LONGEST: Final = 8000
_TRIES: Final = 3
"""Places in one run of characters at which a header may begin."""
_SIGNATURES: Final = frozenset((43, 64, 86, 128, 176, 342, 512, 683))
"""Characters of a whole signature, by the algorithms and usual key sizes: nothing of it is on the next line."""


def find_jwts(page: TextView) -> Iterator[Hit]:
    """Signed, encrypted and unsigned tokens; an unsigned one (`alg` is `none`) may lack its last dot."""
    data, at = page.data, 0
    while (at := data.find(b"eyJ", at)) >= 0:
        run = _RUN.match(data, at)
        until = at + 3 if run is None else run.end()
        starts = [at]
        while len(starts) < _TRIES and (other := data.find(b"eyJ", starts[-1] + 3, until)) >= 0:
            starts.append(other)
        for start in starts:
            end = _end(data, start, min(start + _LONGEST, len(data)))
            if end:
                if end > 0:
                    yield Hit("jwt", start, end, 0.97, validated=True)
                until = max(until, abs(end))
                break
        at = until


def _end(data: bytes, start: int, limit: int) -> int:
    """Where the token ends; 0 for none, the negative end for a published sample."""
    end = _unbroken_end(data, start, limit)
    following = abs(end)
    if end:
        signature = data.rfind(b".", start, following)
        if following - signature - 1 in _SIGNATURES:
            return end
    joined = join_lines(data, start, start, limit, begins_token)
    if joined is None:
        return end
    size = _unbroken_end(joined.data[: joined.sure], 0, joined.sure)
    if not size:
        return end
    place = joined.at(abs(size) - 1) + 1
    return (place if size > 0 else -place) if place > following else end


def _unbroken_end(data: bytes, start: int, limit: int) -> int:
    run = _RUN.match(data, start, limit)
    first = start if run is None else run.end()
    rest = _REST.match(data, first, limit)
    if rest is None or first - start < 11:
        return 0
    header = _read(data[start:first])
    algorithm = None if header is None else header.get("alg")
    if not isinstance(algorithm, str):
        return 0
    parts = rest[0].split(b".")[1:]
    sizes = _part_sizes(parts, unsigned=algorithm.lower() == "none")
    if not sizes:
        return 0
    end = first + sum(sizes) + len(sizes)
    if is_emphasised(data, start, end):
        end -= 1
    payload = _read(parts[0])
    is_sample = payload is not None and payload.get("sub") == "1234567890" and "name" in payload
    return -end if is_sample else end


def _part_sizes(parts: list[bytes], *, unsigned: bool) -> list[int]:
    """The lengths of the token's parts behind the header: four when it is encrypted, two when it is signed; an unsigned
    one has no signature, and may lack its last dot. Empty for what is no token."""
    sizes = list(map(len, parts))
    if len(parts) == 4 and parts[2] and parts[3]:
        return sizes
    if sizes[0] < 2:
        return []
    if unsigned and len(parts) > 1 and parts[1]:
        # A sentence goes on behind the token, or `_emphasis_` ends.
        return [sizes[0], 0] if parts[1] == b"_" else sizes[:1]
    if len(parts) > 1 and (parts[1] or unsigned):
        return sizes[:2]
    return sizes[:1] if unsigned else []


def _read(part: bytes) -> dict[str, object] | None:
    try:
        decoded = loads(urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (ValueError, Error, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) else None
