"""Secrets with a structure: JSON web tokens, PEM keys, credentials in URLs, bearer tokens, keys beside their names."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error
from json import loads
from typing import TYPE_CHECKING, Final

from rulewright.facts.detect.model import Hit
from rulewright.facts.detect.placeholders import entropy, is_placeholder, is_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.facts.detect.page import Page

__all__ = ["bearers", "jwts", "named_keys", "pems", "urls"]

_JWT: Final = r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+){0,2}"
_BEGIN: Final = r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
_END: Final = re.compile(rb"-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_BODY: Final = re.compile(rb"[A-Za-z0-9+/=]{16,}")
_URL: Final = (
    r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/?#@:\"'<>`]{0,64}:[^\s/#@\"'<>`]{1,256}@[A-Za-z0-9\[$%{_-]"
)
_DEFAULTS: Final = frozenset(
    [
        "password",
        "passwd",
        "pass",
        "pwd",
        "secret",
        "user",
        "username",
        "admin",
        "root",
        "postgres",
        "mysql",
        "guest",
        "test",
        "testing",
        "token",
        "key",
        "foo",
        "bar",
        "port",
        "pw",
        "p",
        "credentials",
        "oauth2",
        "x-oauth-basic",
        "x-access-token",
    ]
)
_BEARER: Final = r"(?i)\b(?:bearer|authorization:\s{0,3}token)[ :=\"']{1,3}[A-Za-z0-9._~+/-]{16,}={0,2}"
_AWS: Final = (
    r"(?i)\b(?:aws|secret|amazon)[a-z_ .-]{0,24}(?:key|secret|access|token)[a-z_ .-]{0,12}[\"'`]{0,2}\s{0,3}"
    r"(?:=>|:=|[:=]|\bis\b|>)?\s{0,3}[\"'`]{0,2}[A-Za-z0-9/+]{40}"
)
_AZURE: Final = r"(?i)\b(?:AccountKey|SharedAccessKey|sig)=[A-Za-z0-9+/%]{32,100}(?:=|%3d){0,2}"
_TWILIO: Final = (
    r"(?i)\btwilio[a-z_ .-]{0,30}[\"'`]{0,2}\s{0,3}(?:=>|:=|[:=]|\bis\b)?\s{0,3}[\"'`]{0,2}[0-9a-f]{32}\b"
)


def jwts(page: Page) -> Iterator[Hit]:
    """JSON web tokens (RFC 7519) whose header decodes to an object that names its algorithm."""
    if b"eyJ" not in page.data:
        return
    for start, end in page.spans(_JWT):
        header = page.data[start : page.data.index(b".", start, end)]
        try:
            decoded = loads(urlsafe_b64decode(header + b"=" * (-len(header) % 4)))
        except (ValueError, Error, RecursionError):
            continue
        if isinstance(decoded, dict) and isinstance(decoded.get("alg"), str):
            yield Hit("jwt", start, end, 0.97, validated=True)


def pems(page: Page) -> Iterator[Hit]:
    """Private keys as whole PEM blocks (RFC 7468), in files as well as in one line of JSON with `\\n`.

    A block whose end is missing goes as far as its lines are base64.
    """
    if b"-----BEGIN" not in page.data:
        return
    data, done = page.data, 0
    for start, begun in page.spans(_BEGIN):
        if start < done:
            continue
        until = data.find(b"-----BEGIN", begun, begun + 20_000)
        closed = _END.search(data, begun, until if until >= 0 else begun + 20_000)
        if closed is not None:
            body, end = data[begun : closed.start()], closed.end()
        else:
            lines = re.compile(rb"(?:[\s\\n>|\"',+]{0,20}[A-Za-z0-9+/=]{16,100}){1,200}").match(data, begun)
            if lines is None:
                continue
            body, end = lines[0], lines.end()
        done = end
        letters = b"".join(_BODY.findall(body)).decode("ascii")
        if len(letters) >= 40 and entropy(letters[:400]) > 3 and b"..." not in body:
            yield Hit("private_key", start, end, 0.98, validated=True)


def urls(page: Page) -> Iterator[Hit]:
    """`user:password` in the authority of a URL (RFC 3986), where the password is one."""
    if b"://" not in page.data or b"@" not in page.data:
        return
    for start, end in page.spans(_URL):
        text = page.read(start, end - 2)
        user, _, password = text.partition("://")[2].partition(":")
        if is_reference(password) or is_placeholder(password) or is_placeholder(user):
            continue
        plain = password.lower()
        if plain in _DEFAULTS or plain == user.lower() or len(password) < 4 or password.isdigit():
            continue
        at = end - 2 - len(user) - 1 - len(password)
        yield Hit("url_credentials", at, end - 2, 0.85 if len(password) >= 6 else 0.6)


def bearers(page: Page) -> Iterator[Hit]:
    """What stands behind `Bearer` (RFC 6750) and is random enough to be no word."""
    if b"bearer" not in page.lower and b"authorization" not in page.lower:
        return
    for start, end in page.spans(_BEARER):
        value = re.split("[ :=\"']", page.read(start, end).rstrip("="))[-1]
        pad = len(page.read(start, end)) - len(page.read(start, end).rstrip("="))
        at = end - len(value) - pad
        if is_placeholder(value) or is_reference(value) or value.isalpha() or entropy(value) < 3:
            continue
        if sum(map(str.isdigit, value)) >= 2:
            yield Hit("bearer_token", at, end, 0.8)


def named_keys(page: Page) -> Iterator[Hit]:
    """Keys of no form of their own that stand beside the vendor's name."""
    for kind, needles, pattern, value, least in (
        ("aws_key", (b"aws", b"secret", b"amazon"), _AWS, r"[A-Za-z0-9/+]{40}\Z", 4.0),
        (
            "azure_key",
            (b"accountkey=", b"sharedaccesskey=", b"sig="),
            _AZURE,
            r"(?<==)[A-Za-z0-9+/%]{32,100}(?:=|%3[dD]){0,2}\Z",
            4.0,
        ),
        ("twilio_key", (b"twilio",), _TWILIO, r"[0-9a-fA-F]{32}\Z", 3.0),
    ):
        if not page.holds(needles):
            continue
        for start, end in page.spans(pattern):
            found = re.search(value, page.read(start, end))
            if (
                found is None
                or page.data[end : end + 1].isalnum()
                or page.data[end : end + 1] in (b"/", b"+")
            ):
                continue
            if is_placeholder(found[0]) or entropy(found[0]) < least:
                continue
            if kind == "azure_key" and len(found[0]) < 43:
                continue
            yield Hit(kind, start + found.start(), end, 0.85)
