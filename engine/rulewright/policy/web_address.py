"""What the address of a server says of how safe it is to send a secret there."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = frozenset(("localhost", "127.0.0.1", "::1"))
"""Hosts that are this machine: no proxy can reach them, and what is sent to them needs no encryption."""


def is_unencrypted(url: str) -> bool:
    """Whether what is sent to `url` could be read on the way: no https, and another machine."""
    parts = urlsplit(url)
    return parts.scheme != "https" and parts.hostname not in LOOPBACK
