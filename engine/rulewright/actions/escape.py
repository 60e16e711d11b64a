"""Hostile text made safe to stand in Markdown, in a title, and in a label.

What GitHub does after Markdown is rendered (mentions, references, autolinks) is not stopped by a backslash:
it looks at the finished text. So a zero-width space stands behind each `@`, each `#` before a digit, and in
each `://`; as the entity `&#8203;` in Markdown, as the character itself in plain text. What Markdown itself
does (emphasis, links, images, HTML, code, tables) is stopped by backslashes and entities, and a value never
brings a line break, so it can open no block.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from rulewright.policy.characters import drop_hidden

VALUE_LIMIT: Final = 1000
"""Characters of one value; what is longer is cut and ends with an ellipsis."""

_SURROGATES: Final = "[\ud800-\udfff]"
_SPACE: Final = r"\s+"
_LIVE: Final = r"(?i)@|#(?=\d)|(?<=[A-Za-z]):(?=//|[A-Za-z0-9])|\bwww(?=\.)|\bGH-(?=\d)"
_MARKS: Final = r"([\\`*_\[\]~|$^])"
_OPENS: Final = r"^([#+\-=>:!?.)/]|\d+(?=[.)]))"
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ZERO: Final = "\u200b"


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compiled when the first value is shown: most runs that plan nothing never need them."""
    return re.compile(text)


def normalise_text(text: str, limit: int | None = None) -> str:
    """`text` without hidden characters (joiners, variation selectors and combining marks stay), line breaks as
    `\\n`, at most `limit` characters."""
    text = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = drop_hidden(text if text.isascii() else _pattern(_SURROGATES).sub("", text))
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def escape_plain(text: str, limit: int = VALUE_LIMIT) -> str:
    """One line of plain text for titles: no hidden characters, mentions and references broken."""
    line = _pattern(_SPACE).sub(" ", normalise_text(text)).strip()
    return _pattern(_LIVE).sub(lambda found: found[0] + _ZERO, normalise_text(line, limit))


def escape_markdown(text: str, limit: int = VALUE_LIMIT) -> str:
    """One line that Markdown shows as the text itself: no markup, no mention, no link, no HTML."""
    line = escape_plain(text, limit)
    line = "".join(_ENTITIES.get(c, c) for c in line)
    line = _pattern(_MARKS).sub(r"\\\1", line)
    line = _pattern(_OPENS).sub(lambda found: f"&#8203;{found[0]}", line)
    return line.replace(_ZERO, "&#8203;")
