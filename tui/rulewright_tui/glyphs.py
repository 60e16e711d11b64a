"""The signs that stand before words, for terminals with and without UTF-8. A sign never stands alone."""

from __future__ import annotations

from typing import Final, NamedTuple


class Glyphs(NamedTuple):
    """One set of signs; each field is one column wide, but for `flip` of the ASCII set."""

    matched: str = "✓"
    failed: str = "✗"
    not_matched: str = "·"
    unknown: str = "?"
    error: str = "!"
    stopped: str = "–"
    skipped: str = "»"
    undecided: str = "…"
    changed: str = "Δ"
    edited: str = "•"
    flip: str = "⇄"
    arrow: str = "→"
    separator: str = "·"
    cursor: str = "▌"
    branch: str = "├─ "
    last_branch: str = "└─ "
    stem: str = "│  "
    bars: str = " ▁▂▃▄▅▆▇█"
    block: str = "█"
    track: str = "░"
    limit: str = "│"
    point: str = "●"
    rule: str = "─"
    minus: str = "−"
    ellipsis: str = "…"


UNICODE: Final = Glyphs()
ASCII: Final = Glyphs(
    matched="v",
    failed="x",
    not_matched=".",
    unknown="?",
    error="!",
    stopped="-",
    skipped=">",
    undecided="~",
    changed="D",
    edited="*",
    flip="<>",
    arrow=">",
    separator="-",
    cursor=">",
    branch="|- ",
    last_branch="`- ",
    stem="|  ",
    bars=" .,:;+=o#",
    block="#",
    track=".",
    limit="|",
    point="o",
    rule="-",
    minus="-",
    ellipsis="~",
)


def choose_glyphs(encoding: str | None) -> Glyphs:
    """The set for a terminal of that encoding; the ASCII set where the encoding is unknown."""
    return (
        UNICODE
        if (encoding or "").lower().replace("-", "").replace("_", "") in ("utf8", "utf8sig")
        else ASCII
    )
