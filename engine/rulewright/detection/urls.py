"""Credentials in the authority of a URL (RFC 3986 section 3.2.1): `user:password@host`, `token@host`.

Passwords are found as people write them, not only percent-encoded: with `$`, `#`, `/`, `'` and `@`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.detection.model import Hit
from rulewright.detection.placeholders import is_placeholder, is_random, is_reference, is_sample, is_words
from rulewright.detection.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.detection.page import TextView

_USER: Final = r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/?#@:\"'<>`|()\[\]\\]{0,256}[:@]"
_HOST: Final = re.compile(
    rb"@(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]|\$?\{+[^{}\s]{1,60}\}+|\$[A-Za-z_]\w*|%[A-Z_]+%|<[^<>\s]{1,60}>)"
    rb"(?=[:/?#\s\"'`,;)\]}>|\\&]|[.!](?:\s|\Z)|\Z)"
)
_PORT: Final = re.compile(rb"[0-9]{1,5}(?:[/?#,]|\Z)|\{|\$\{?[A-Z_]*PORT")
_QUOTED: Final = re.compile(r"'[,:;)\]]")
"""The end of a quoted text: what follows is no part of the password."""
_MOST: Final = 256
"""Characters of the longest password that is looked for."""
_DEFAULTS: Final = frozenset(read_table("default_url_passwords"))
_STAND_INS: Final = frozenset(read_table("token_users"))
"""User names that only say that a token follows."""
_PUBLIC: Final = re.compile(rb"@[a-z0-9.-]*(?:sentry|glitchtip|bugsnag)", re.IGNORECASE)
"""Hosts whose URLs hold a public key in the place of the user."""


def find_url_credentials(page: TextView) -> Iterator[Hit]:
    """`user:password` in the authority of a URL, where the password is one, and tokens in the place of the user."""
    data = page.data
    if b"://" not in data or b"@" not in data:
        return
    for start, end in page.spans(_USER):
        begin = data.index(b"://", start, end) + 3
        if data[end - 1 : end] == b":":
            hit = _password(page, begin, end)
        else:
            hit = _token(page, begin, end - 1)
        if hit is not None:
            yield hit


def _password(page: TextView, begin: int, start: int) -> Hit | None:
    """The credentials whose user is from `begin` on and whose password is from `start` on."""
    end = _end(page.data, start)
    if end <= start or _PORT.match(page.data, start, end):
        return None
    user, password = page.read(begin, start - 1).lower(), page.read(start, end)
    if is_reference(password) or is_placeholder(password) or _QUOTED.search(password):
        return None
    if len(password) < 4 or password.isdigit() or password.lower() in _DEFAULTS | {user}:
        return None
    sure = 0.85 if len(password) >= 5 else 0.6
    return Hit("url_credentials", begin if user and user not in _STAND_INS else start, end, sure)


def _end(data: bytes, start: int) -> int:
    """Where the password ends: at the first `@` that a host follows; -1 for none on the way to the next blank."""
    at = data.find(b"@", start, start + _MOST)
    while at >= 0:
        if any(sign in b' \t\r\n"<>`' for sign in data[start:at]) or b"://" in data[start:at]:
            return -1
        if _HOST.match(data, at, at + _MOST):
            return at
        at = data.find(b"@", at + 1, start + _MOST)
    return -1


def _token(page: TextView, start: int, end: int) -> Hit | None:
    value = page.read(start, end)
    if (
        not is_random(value, 20)
        or not any(map(str.isdigit, value))
        or is_reference(value)
        or is_placeholder(value)
    ):
        return None
    if _PUBLIC.match(page.data, end, end + _MOST) or is_words(value) or is_sample(value):
        return None
    return Hit("url_credentials", start, end, 0.75)
