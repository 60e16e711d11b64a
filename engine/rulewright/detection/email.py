"""E-mail addresses: RFC 5321 sizes, a domain with a top-level domain, international letters on either side."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.detection.model import Hit
from rulewright.detection.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.detection.page import TextPage

_LOCAL: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}"
_LABELS: Final = r"[A-Za-z0-9?](?:[A-Za-z0-9?-]{0,62}\.){1,8}[A-Za-z?][A-Za-z0-9?-]{1,62}"
_PATTERN: Final = f"{_LOCAL}@{_LABELS}"
_FILES: Final = frozenset(read_table("file_endings"))
"""Endings of `icon@2x.png` and `name@chunk.js`: no top-level domains, or none that anybody meant."""
_AUTHORITY: Final = re.compile(
    rb"://(?:[^\s/@\"'<>]*|[^\s/?#@:\"'<>]{0,64}:(?![0-9]{1,5}[/?#])(?:[^\s@\"<>]*|[^\s/\"<>]*))$"
)
"""What stands before the user of a URL: `https://mona:…@host` holds no address."""
_USUAL: Final = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9._%+-]*@[A-Za-z0-9.-]+[A-Za-z]")
"""What needs no second look at where it begins and ends."""
_LEADING: Final = b"!#$%&'*+/=?^`{|}~.-"
"""Signs that no local part begins with."""


def find_emails(page: TextPage) -> Iterator[Hit]:
    """Every address. `git@host:path` is a remote, no address."""
    if b"@" not in page.data:
        return
    urls = b"://" in page.data
    for start, end in page.spans(_PATTERN):
        at = page.data.index(b"@", start, end)
        if page.data[start - 1 : start] == b"?" or _USUAL.fullmatch(page.data, start, end) is None:
            start, end = _left(page, start, at), _right(page, at, end)
        local, domain = page.read(start, at), page.read(at + 1, end)
        if not local or ".." in local or not _is_domain(domain):
            continue
        is_remote = local == "git" and page.data[end : end + 1] in (b":", b"/")
        if is_remote or (urls and _AUTHORITY.search(page.before(start, 100))):
            continue
        yield Hit("email", start, end, 0.95 if "?" not in local + domain else 0.8)


def _left(page: TextPage, start: int, at: int) -> int:
    """The beginning of the local part: letters of other scripts belong to it, leading signs do not."""
    while start > 0 and at - start < 64 and _is_foreign_letter(page, start - 1):
        start -= 1
    for index in range(at - 1, start - 1, -1):
        # What stands between the last character that no address has (`to=mona@…`, `mailto:/…`, quotes) and the `@`.
        if _is_foreign_sign(page, index) or page.data[index] in b"=/|`{}&'":
            start = index + 1
            break
    while start < at and page.data[start] in _LEADING and not _is_foreign_letter(page, start):
        start += 1
    return start


def _is_foreign_letter(page: TextPage, index: int) -> bool:
    """Whether a character beyond ASCII, `?` in the page, is a letter or a digit."""
    return page.data[index] == 0x3F and page.original(index).isalnum()


def _is_foreign_sign(page: TextPage, index: int) -> bool:
    return page.data[index] == 0x3F and not page.original(index).isalnum()


def _right(page: TextPage, at: int, end: int) -> int:
    """The end of the domain: sentence signs and characters that are no letters end it."""
    end = next((index for index in range(at + 1, end) if _is_foreign_sign(page, index)), end)
    while end > at + 1 and page.data[end - 1] in b".-":
        end -= 1
    return end


def _is_domain(domain: str) -> bool:
    """Whether a text is a domain with a top-level domain, within RFC 5321's sizes."""
    labels = domain.split(".")
    last = labels[-1].lower()
    if len(labels) < 2 or len(domain) > 253 or not all(labels) or len(last) < 2:
        return False
    if any(label[0] == "-" or label[-1] == "-" for label in labels):
        return False
    if last in _FILES or not (last.replace("?", "a").isalpha() or last.startswith("xn--")):
        return False
    # `package@1.2.beta`, `action@v4.alpha`: a version.
    return not (labels[0].lstrip("vV").isdigit() and labels[1][:1].isdigit())
