"""Addresses of channels, as secrets and rulewright.yaml give them: nothing is sent to what is none."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

WEB: Final = ("http", "https")
MAIL: Final = ("smtp", "smtps")
_HOST: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?")
_HINTS: Final[dict[tuple[str, ...], str]] = {
    WEB: "it begins with https://",
    MAIL: "write it as smtps://user:password@host:465",
}


def read_address(text: str, schemes: tuple[str, ...] = WEB) -> SplitResult:
    """The parts of an address with one of these schemes, blanks around it left out. Raises UsageError without naming
    the address, which may be a secret."""
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in schemes and _is_host(parts.hostname or "", parts.netloc) and parts.port != 0
    except ValueError:  # brackets or a port that are none
        usable = False
    if not usable or not _visible(text.strip()):
        raise UsageError("a channel's address is none", hint=_HINTS.get(schemes))
    return parts


def _is_host(name: str, place: str) -> bool:
    if "[" in place:
        IPv6Address(name.partition("%")[0])
        return True
    return _HOST.fullmatch(name) is not None


def _visible(text: Collection[str]) -> bool:
    return all("!" <= sign <= "~" for sign in text)
