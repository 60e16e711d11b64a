"""IP addresses that lead to somebody: not private, loopback, link-local or documentation ones, and no versions."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Final

from rulewright.detection.model import Hit
from rulewright.detection.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.detection.page import TextPage

_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_V4: Final = rf"\b(?:{_OCTET}\.){{3}}{_OCTET}\b"
_V6: Final = r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{0,40}(?:\.\d{1,3}){0,3}"
# IANA's special-purpose registries: nobody's own address.
_NOBODYS_V4: Final = tuple(map(IPv4Network, read_table("reserved_ipv4")))
_NOBODYS_V6: Final = tuple(map(IPv6Network, read_table("reserved_ipv6")))
_VERSION_BEFORE: Final = re.compile(
    rb"(?:\bv|version|release|build|driver|firmware|sdk|assembly|upgrade\w*|bump\w*|update\w*|chrome|firefox|safari|"
    rb"edge|nuget|package|==|>=|<=|~=|@|\^|~)[^0-9a-z]{0,12}(?:from|to|is|number|no\.?)?[^0-9a-z]{0,4}$"
)
_IP_BEFORE: Final = re.compile(
    rb"\bip\b|ipv[46]|address|host|server|client|from|ping|peer|remote|dns|addr|https?://$"
)
_JOINTS: Final = (b".", b"-", b"_", b"+")
"""Signs that join the parts of a version, a name or a path."""
_NUMBERED_V6: Final = IPv6Network("2000::/3")


def find_addresses(page: TextPage) -> Iterator[Hit]:
    """Addresses of both versions, without port and prefix length."""
    if page.digits >= 4 and page.data.count(b".") >= 3:
        yield from _four(page)
    if page.digits and page.data.count(b":") > 1:
        yield from _six(page)


def _four(page: TextPage) -> Iterator[Hit]:
    for start, end in page.spans(_V4):
        if _is_part_of_more(page.data, start, end):
            continue
        number = IPv4Address(page.read(start, end))
        if any(number in network for network in _NOBODYS_V4):
            continue
        sure = _judge_four(number, page.before(start, 40))
        after = page.data[end : end + 3]
        if sure and after[:1] == b"/" and after[1:2].isdigit() and after != b"/32":
            sure = 0.55  # a network: many people's address, or nobody's
        if sure:
            yield Hit("ip", start, end, sure, validated=sure > 0.8)


def _is_part_of_more(data: bytes, start: int, end: int) -> bool:
    """Whether four octets are a part of a longer number, a word or an address of version 6."""
    if start and (data[start - 1 : start] in _JOINTS or data[start - 2 : start] == b"::"):
        return True
    return data[end : end + 1] in _JOINTS and data[end + 1 : end + 2].isalnum()


def _judge_four(number: IPv4Address, before: bytes) -> float:
    """How sure four octets are an address, by the words before them; 0 for a version."""
    named = _IP_BEFORE.search(before) is not None
    if named and before[-1:] != b"v":
        return 0.0 if _VERSION_BEFORE.search(before[-12:]) else 0.9
    # All octets small: a version or a chapter more often than an address.
    if _VERSION_BEFORE.search(before) or max(number.packed) < 20:
        return 0.0
    return 0.9 if named else 0.75 if max(number.packed) >= 100 else 0.6


def _six(page: TextPage) -> Iterator[Hit]:
    data = page.data
    for start, end in page.spans(_V6):
        text = page.read(start, end)
        if text.count(":") < 2 or (start and (chr(data[start - 1]).isalnum() or data[start - 1] in b":._")):
            continue
        if data[end : end + 1].isalnum() or data[end : end + 1] == b"_":
            continue
        if not text.endswith("::"):
            end -= len(text) - len(text.rstrip(":"))
        if _is_address_of_six(text, page.read(start, end)):
            yield Hit("ip", start, end, 0.9, validated=True)


def _is_address_of_six(text: str, address: str) -> bool:
    """Whether an address of version 6 leads to somebody. `text`: with the colon that may end it."""
    try:
        number = IPv6Address(address)
    except AddressValueError:
        return False
    if any(number in network for network in _NOBODYS_V6):
        return False
    # `a::b` is C++ as often as an address: short forms count where the Internet is numbered from.
    full = text.count(":") == 7 and "::" not in text
    return full or (number in _NUMBERED_V6 and len(text.split(":")[0]) >= 4)
