"""SHA-256 without OpenSSL: `hashlib` loads it, which is a twentieth of a warm run.

The interpreter carries its own implementation under a name that changed with 3.12; where it has neither,
`hashlib` serves. All three give the same digests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import sha256
else:
    try:
        from _sha2 import sha256
    except ImportError:
        try:
            from _sha256 import sha256
        except ImportError:
            from hashlib import sha256

__all__ = ["sha256"]
