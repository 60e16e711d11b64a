"""Untrusted text in Markdown: as a code span, or as prose without markup."""

from __future__ import annotations

from typing import Final

from rulewright.evaluate.masking import mask_line

MARKUP: Final = str.maketrans(
    {mark: f"\\{mark}" for mark in "\\`*_[]~|$^!#<>"} | {"&": "&amp;", "@": "@\u200b"}
)


def code(text: object, limit: int = 160) -> str:
    """Untrusted text, masked, as a code span that is valid in a table cell; empty for empty text."""
    line = mask_line(str(text), limit)
    if not line:
        return ""
    longest = max((len(run) for run in "".join(c if c == "`" else " " for c in line).split()), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")


def prose(text: str, limit: int = 400) -> str:
    """Text of a policy, masked, on one line, with escaped markup and inactive mentions."""
    return mask_line(text, limit).translate(MARKUP).replace("://", ":\u200b//")
