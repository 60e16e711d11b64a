"""The lower tier: a value beside a word such as `password` or `api_key`, judged by its randomness.

Most of it is only suspected, and never edits a text by itself. An exception is a value that begins like a vendor's
key and is called one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.facts.detect.model import Hit
from rulewright.facts.detect.placeholders import entropy, is_placeholder, is_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.facts.detect.page import Page

__all__ = ["keywords"]

_NEEDLES: Final = (b"passw", b"pwd", b"passphrase", b"secret", b"token", b"api", b"key", b"credential")
_NAMES: Final = (
    "passw(?:or)?d|passwd|pwd|passphrase|secret|token|api[ _-]?key|access[ _-]?key|auth[ _-]?key|"
    "encryption[ _-]?key|signing[ _-]?key|private[ _-]?key|credentials?"
)
_SIGNS: Final = r"(?::=|=>|={1,2}|:|\bis\b)[ \t]{0,3}"
_VALUES: Final = r"""\"[^\"\n]{4,200}\"|'[^'\n]{4,200}'|`[^`\n]{4,200}`|[^\s\"'`,;)\]}]{4,200}"""
_PATTERN: Final = rf"(?i)(?:{_NAMES})[a-z0-9_-]{{0,20}}[\"'`\])]{{0,2}}[ \t]{{0,3}}{_SIGNS}(?:{_VALUES})"
_SPLIT: Final = re.compile(r"(?::=|=>|={1,2}|:|\bis\b)[ \t]{0,3}[\"'`]?", re.IGNORECASE)
_PREFIXED: Final = re.compile(r"(?:sk|pk|rk|key|api|tok|pat|live|prod)[-_][A-Za-z0-9_-]{12,}")
_WORDS: Final = frozenset(
    [
        "true",
        "false",
        "null",
        "none",
        "nil",
        "undefined",
        "required",
        "optional",
        "string",
        "password",
        "secret",
        "token",
        "test",
        "testing",
        "default",
        "empty",
        "admin",
        "root",
        "user",
        "username",
        "hunter2",
    ]
)
_SHAPES: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\d.*|[./~].*|https?://.*|\d+(?:\.\d+)*"
    r"|[A-Za-z_]+(?:\.[A-Za-z_]+)+|[A-Za-z_-]+|sha\d+[-:].*",
    re.IGNORECASE,
)
"""What a value looks like that is no secret: an id, a date, a path, an address, a number, a name."""
_CODE: Final = re.compile(r"[()\[\]{}<>|]")
_HARMLESS: Final = (
    b"next",
    b"page",
    b"next_",
    b"page_",
    b"continuation",
    b"previous",
    b"pagination",
    b"public_",
    b"::",
)
"""What makes of a token or key one that anybody may know: `nextToken`, `page_token`, `public_key`."""
_CLASSES: Final = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"), re.compile("[^A-Za-z0-9]"))


def keywords(page: Page) -> Iterator[Hit]:
    """Values beside a telling word. `start` and `end` are those of the value, without its quotes."""
    if not page.holds(_NEEDLES):
        return
    for start, end in page.spans(_PATTERN):
        text = page.read(start, end)
        sign = _SPLIT.search(text)
        if sign is None:
            continue
        name, value = text[: sign.start()].lower(), text[sign.end() :]
        quoted = text[sign.end() - 1] in "\"'`"
        if quoted:
            value = value[:-1]
        value = value.rstrip(".,;:!?") if not quoted else value
        if (not quoted and _CODE.search(value)) or page.before(start, 16).endswith(_HARMLESS):
            continue
        at = start + sign.end()
        sure = _judged(name, value, quoted)
        if sure:
            yield Hit(_kind(name), at, at + len(value), sure)


def _kind(name: str) -> str:
    if name.startswith(("passw", "pwd", "passphrase")):
        return "password"
    return "api_key" if re.match(r"api[ _-]?key|access[ _-]?key|auth[ _-]?key", name) else "secret"


def _judged(name: str, value: str, quoted: bool) -> float:
    """How sure a value is a secret; 0 for one that is none."""
    if len(value) < 6 or " " in value.strip() or value.lower() in _WORDS:
        return 0.0
    if is_placeholder(value) or is_reference(value):
        return 0.0
    if _PREFIXED.fullmatch(value) and any(map(str.isdigit, value)):
        return 0.8
    if _SHAPES.fullmatch(value):
        return 0.0
    bits, kinds = entropy(value), sum(kind.search(value) is not None for kind in _CLASSES)
    if name.startswith(("passw", "pwd", "passphrase")):
        return 0.55 if kinds >= 2 and bits >= 2.3 and (quoted or kinds >= 3 or len(value) >= 8) else 0.0
    if len(value) >= 12 and bits >= 3 and kinds >= 2:
        return 0.6 if len(value) >= 20 and bits >= 3.5 else 0.5
    return 0.0
