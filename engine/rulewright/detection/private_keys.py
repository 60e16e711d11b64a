"""Private keys as blocks of lines (PEM, PuTTY), and keys of no form of their own beside their vendor's name.

Sources: RFC 7468 (PEM), PuTTY's documentation, appendix "PPK file format"; Microsoft on shared access signatures.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.detection.model import Hit
from rulewright.detection.placeholders import entropy, is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.detection.page import TextView

_BEGIN: Final = r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
_END: Final = re.compile(rb"-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_BODY: Final = re.compile(rb"[A-Za-z0-9+/=]{16,}")
_LINES: Final = re.compile(rb"(?:[\s\\n>|\"',+]{0,20}[A-Za-z0-9+/=]{16,100}){1,200}")
_PUTTY: Final = b"PuTTY-User-Key-File-"
_PUTTY_BODY: Final = re.compile(
    rb"Private-Lines:[ \t]{0,4}[0-9]{1,4}(?:[\s\\n>|]{1,20}[A-Za-z0-9+/=]{2,100}(?=[\s\\\"'`]|\Z)){1,200}"
)
_PUTTY_END: Final = re.compile(rb"(?:\s|\\[rn]|>){1,20}Private-(?:MAC|Hash):[ \t]{0,4}[0-9a-f]{16,128}")
_LONGEST: Final = 20_000
"""Characters of the longest block that is looked at."""

_GIVEN: Final = r"[\"'`]{0,2}\s{0,3}(?:=>|:=|[:=]|\bis\b|>)?\s{0,3}[\"'`]{0,2}"
_AWS: Final = (
    r"(?i)(?:aws|secret|amazon)[a-z_ .-]{0,24}(?:key|secret|access|token)[a-z_ .-]{0,12}"
    rf"{_GIVEN}[A-Za-z0-9/+]{{40}}"
)
_AZURE: Final = r"(?i)(?:AccountKey|SharedAccessKey|\bsig)=[A-Za-z0-9+/%]{32,100}(?:=|%3d){0,2}"
_TWILIO: Final = rf"(?i)twilio[a-z_ .-]{{0,30}}{_GIVEN}[0-9a-f]{{32}}\b"
_NAMED: Final = (
    ("aws_key", (b"aws", b"secret", b"amazon"), _AWS, re.compile(r"[A-Za-z0-9/+]{40}\Z"), 4.0),
    (
        "azure_key",
        (b"accountkey=", b"sharedaccesskey=", b"sig="),
        _AZURE,
        re.compile(r"(?<==)[A-Za-z0-9+/%]{43,100}(?:=|%3[dD]){0,2}\Z"),
        4.0,
    ),
    ("twilio_key", (b"twilio",), _TWILIO, re.compile(r"[0-9a-fA-F]{32}\Z"), 3.0),
)
"""(type, what the page must hold, pattern of name and value, pattern of the value, entropy)."""


def find_pem_keys(page: TextView) -> Iterator[Hit]:
    """Private keys as whole PEM blocks (RFC 7468), in files as well as in one line of JSON with `\\n`.

    A block whose end is missing goes as far as its lines are base64.
    """
    if b"-----BEGIN" not in page.data:
        return
    data, done = page.data, 0
    for start, begun in page.spans(_BEGIN):
        if start < done:
            continue
        until = data.find(b"-----BEGIN", begun, begun + _LONGEST)
        closed = _END.search(data, begun, until if until >= 0 else begun + _LONGEST)
        if closed is not None:
            body, end = data[begun : closed.start()], closed.end()
        else:
            lines = _LINES.match(data, begun)
            if lines is None:
                continue
            body, end = lines[0], lines.end()
        done = end
        letters = b"".join(_BODY.findall(body)).decode("ascii")
        if len(letters) >= 40 and entropy(letters[:400]) > 3 and b"..." not in body:
            yield Hit("private_key", start, end, 0.98, validated=True)


def find_putty_keys(page: TextView) -> Iterator[Hit]:
    """PuTTY's private keys, from their first line to the checksum behind the private part."""
    data, at = page.data, 0
    while (at := data.find(_PUTTY, at)) >= 0:
        until = data.find(_PUTTY, at + 1, at + _LONGEST)
        limit = until if until >= 0 else at + _LONGEST
        body = _PUTTY_BODY.search(data, at, limit)
        if body is None:
            at += len(_PUTTY)
            continue
        closed = _PUTTY_END.match(data, body.end(), limit)
        end = body.end() if closed is None else closed.end()
        letters = b"".join(_BODY.findall(body[0])).decode("ascii")
        if len(letters) >= 40 and entropy(letters[:400]) > 3:
            yield Hit("private_key", at, end, 0.98, validated=True)
        at = end


def find_vendor_keys(page: TextView) -> Iterator[Hit]:
    """Keys of no form of their own that stand beside the vendor's name."""
    for kind, needles, pattern, value, least in _NAMED:
        if not page.holds(needles):
            continue
        for start, end in page.spans(pattern):
            following = page.data[end : end + 1]
            found = value.search(page.read(start, end))
            if found is None or following.isalnum() or following in (b"/", b"+"):
                continue
            if not is_placeholder(found[0]) and entropy(found[0]) >= least:
                yield Hit(kind, start + found.start(), end, 0.85)
