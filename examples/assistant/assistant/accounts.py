"""Users and their passwords. A password is kept as its PBKDF2 hash, a session as a token that names its user."""

from __future__ import annotations

import hmac
import os
from hashlib import pbkdf2_hmac

ITERATIONS = 20_000
"""Few, for the sake of an example. OWASP's cheat sheet on storing passwords asks for 600,000 with SHA-256."""


class Accounts:
    """The users of one service."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._hashes: dict[str, tuple[bytes, bytes]] = {}

    def register(self, user: str, password: str) -> None:
        """Add a user."""
        salt = os.urandom(16)
        self._hashes[user] = salt, pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)

    def log_in(self, user: str, password: str) -> str | None:
        """A token, or None when the user is unknown or the password is wrong. Both take equally long."""
        salt, expected = self._hashes.get(user, (b"", b""))
        given = pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
        if not hmac.compare_digest(given, expected):
            return None
        return f"{user}.{hmac.digest(self._key, user.encode(), 'sha256').hex()}"
