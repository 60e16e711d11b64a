"""GitHub's tokens. The classic ones end in a checksum: CRC32 of the 30 random characters, in base 62, six digits.

Source: github.blog, "Behind GitHub's new authentication token formats" (2021). npm uses the same form.
"""

from __future__ import annotations

from binascii import crc32
from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checksum(random: str) -> str:
    """The six characters that belong behind `random`."""
    number, out = crc32(random.encode("ascii")), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        out = _DIGITS[digit] + out
    return out


def has_checksum(token: str) -> bool:
    """Whether `ghp_…` or `npm_…` (40 characters) ends in the checksum of what stands between."""
    return len(token) == 40 and checksum(token[4:34]) == token[34:]
