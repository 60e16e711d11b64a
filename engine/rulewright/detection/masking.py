"""A text without what `detect` finds in it, for a server, a process or a cassette."""

from __future__ import annotations

from typing import Final

MASK: Final = "[masked]"


def masked(text: str) -> str:
    """The text with every finding replaced by `[masked]`."""
    from rulewright.detection.detector import detect

    for finding in sorted(detect(text), key=lambda found: -found.start):
        text = text[: finding.start] + MASK + text[finding.end :]
    return text
