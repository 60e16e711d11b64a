"""IP addresses that lead to somebody: not private, loopback, link-local or documentation ones, and no versions."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Final

from rulewright.detection.model import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.detection.page import Page

_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_V4: Final = rf"\b(?:{_OCTET}\.){{3}}{_OCTET}\b"
_V6: Final = r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{0,40}(?:\.\d{1,3}){0,3}"
# IANA's special-purpose registries: nobody's own address.
_NOBODYS_V4: Final = tuple(
    IPv4Network(text)
    for text in [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "255.0.0.0/8",
    ]
)
_NOBODYS_V6: Final = tuple(
    IPv6Network(text)
    for text in [
        "::/8",
        "64:ff9b:1::/48",
        "100::/64",
        "2001:db8::/32",
        "3fff::/20",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    ]
)
_VERSION_BEFORE: Final = re.compile(
    rb"(?:\bv|version|release|build|driver|firmware|sdk|assembly|upgrade\w*|bump\w*|update\w*|chrome|firefox|safari|"
    rb"edge|nuget|package|==|>=|<=|~=|@|\^|~)[^0-9a-z]{0,12}(?:from|to|is|number|no\.?)?[^0-9a-z]{0,4}$"
)
_IP_BEFORE: Final = re.compile(
    rb"\bip\b|ipv[46]|address|host|server|client|from|ping|peer|remote|dns|addr|https?://$"
)
_OID: Final = re.compile(r"[0-2]\.\d")


def addresses(page: Page) -> Iterator[Hit]:
    """Addresses of both versions, without port and prefix length."""
    if page.digits >= 4 and page.data.count(b".") >= 3:
        yield from _four(page)
    if page.digits and page.data.count(b":") > 1:
        yield from _six(page)


def _four(page: Page) -> Iterator[Hit]:
    data = page.data
    for start, end in page.spans(_V4):
        if start and (
            data[start - 1 : start] in (b".", b"-", b"_", b"+") or data[start - 2 : start] == b"::"
        ):
            continue
        after = data[end : end + 2]
        if after[:1] in (b".", b"-", b"_", b"+") and after[1:].isalnum():
            continue
        number = IPv4Address(page.read(start, end))
        if any(number in network for network in _NOBODYS_V4):
            continue
        before = page.before(start, 40)
        named = _IP_BEFORE.search(before) is not None
        if not named or before[-1:] == b"v":
            if _VERSION_BEFORE.search(before):
                continue
            # All octets small: a version or a chapter more often than an address.
            if max(number.packed) < 20:
                continue
        elif _VERSION_BEFORE.search(before[-12:]):
            continue
        sure = 0.9 if named else 0.75 if max(number.packed) >= 100 else 0.6
        if after[:1] == b"/" and after[1:].isdigit() and data[end : end + 3] != b"/32":
            sure = 0.55  # a network: many people's address, or nobody's
        yield Hit("ip", start, end, sure, validated=sure > 0.8)


def _six(page: Page) -> Iterator[Hit]:
    data = page.data
    for start, end in page.spans(_V6):
        text = page.read(start, end)
        if text.count(":") < 2 or (start and (chr(data[start - 1]).isalnum() or data[start - 1] in b":._")):
            continue
        if data[end : end + 1].isalnum() or data[end : end + 1] == b"_":
            continue
        end -= len(text) - len(text.rstrip(":")) if not text.endswith("::") else 0
        try:
            number = IPv6Address(page.read(start, end))
        except AddressValueError:
            continue
        full = text.count(":") == 7 and "::" not in text
        if any(number in network for network in _NOBODYS_V6):
            continue
        # `a::b` is C++ as often as an address: short forms count where the Internet is numbered from.
        if not full and number not in IPv6Network("2000::/3"):
            continue
        if not full and len(text.split(":")[0]) < 4:
            continue
        yield Hit("ip", start, end, 0.9, validated=True)
