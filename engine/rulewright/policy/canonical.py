"""One way to write JSON, so that equal data has equal bytes and equal hashes everywhere."""

from __future__ import annotations

import json
from typing import Any

from rulewright.policy.sha256 import sha256


def canonical_json(value: Any) -> bytes:
    """Sorted keys, no spaces, UTF-8; lone surrogates are kept as they are (`surrogatepass`).

    Raises ValueError for NaN and infinities, which JSON does not have.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def digest(value: Any) -> str:
    """SHA-256 over `canonical_json`, as 64 hexadecimal digits."""
    return sha256(canonical_json(value)).hexdigest()
