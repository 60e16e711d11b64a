"""Text with findings masked: what takes their place, and how long it may become."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Protocol

from rulewright.events.line_ends import unix_lines
from rulewright.policy.actions.argument_schema import BODY_LIMIT, TITLE_LIMIT
from rulewright.policy.lazy import defer_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LONGEST: Final = 2000
"""Characters of an address that are looked at before a finding."""
_ADDRESS: Final = defer_pattern(
    r"(?i)(?:[a-z][a-z0-9+.-]{0,20}://[^\s<>\"'`]*|\]\(\s*<?[^\s<>()]*|(?:href|src)=[\"']?[^\s<>\"']*)\Z"
)


class Maskable(Protocol):
    """A span of a text, in code points, and the kind of what is found there."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def type(self) -> str: ...


def mask_text(text: str, findings: Iterable[Maskable], limit: int | None = None) -> str:
    """The text with every finding masked; overlapping ones become one mask, named by the first.

    Where that would be longer than `limit` characters, each mask is only asterisks, no longer than what it stands for.
    """
    return _replace_spans(text, _masked_spans(text, findings, limit))


def mask_field_as_stored(stored: str, field: str, findings: Iterable[Maskable]) -> str:
    """The same for a field whose findings were found in its text with `\\n` as line ends: those of the stored stay."""
    text = unix_lines(stored)
    if text == stored:
        return mask_field(text, field, findings)
    places = list(accumulate((2 if pair else 1 for pair in _line_ends(stored)), initial=0))
    # Each line end takes one character more of what GitHub takes.
    limit = _limit_of(field) - (len(stored) - len(text))
    spans = _masked_spans(text, findings, limit)
    return _replace_spans(stored, [(places[start], places[end], mask) for start, end, mask in spans])


def _replace_spans(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, mask in spans:
        parts += (text[at:start], mask)
        at = end
    return "".join((*parts, text[at:]))


def _line_ends(stored: str) -> Iterator[bool]:
    """For each character of the text with `\\n` as line ends, whether two stand for it in the stored one."""
    at = 0
    while at < len(stored):
        pair = stored.startswith("\r\n", at)
        yield pair
        at += 1 + pair


def _masked_spans(text: str, findings: Iterable[Maskable], limit: int | None) -> list[tuple[int, int, str]]:
    """(start, end, what stands there then), in order."""
    spans: list[tuple[int, int, str]] = []
    for found in sorted(findings, key=lambda found: (found.start, -found.end)):
        start, end, kind = found.start, found.end, found.type
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]), spans[-1][2])
        else:
            spans.append((start, end, kind))
    masks = _masks(text, spans)
    if (
        limit is not None
        and len(text) + sum(len(m) - (e - s) for m, (s, e, _) in zip(masks, spans, strict=True)) > limit
    ):
        masks = ["*" * min(3, end - start) for start, end, _ in spans]
    return [(start, end, mask) for mask, (start, end, _) in zip(masks, spans, strict=True)]


def mask_field(text: str, field: str, findings: Iterable[Maskable]) -> str:
    """The text of a field masked, no longer than GitHub takes it (or than it was)."""
    return mask_text(text, findings, _limit_of(field))


def _limit_of(field: str) -> int:
    return TITLE_LIMIT if field.rpartition(".")[2] == "title" else BODY_LIMIT


def _masks(text: str, spans: Sequence[tuple[int, int, str]]) -> list[str]:
    """What stands for each finding: `[masked: kind]`; in an address without brackets and blanks, so that it stays one;
    and in round brackets where square ones would begin a link."""
    starts = {start for start, _, _ in spans}
    kinds = {kind for _, _, kind in spans}
    defined = {kind: re.search(rf"(?i)\[\s*masked:\s+{re.escape(kind)}\s*\]:", text) for kind in kinds}
    out = []
    for start, end, kind in spans:
        links = (
            text[end : end + 1] in ("(", "[", ":")
            or end in starts
            or text[max(0, start - 1) : start] in ("!", "]")
        )
        if _is_in_address(text[max(0, start - _LONGEST) : start]):
            out.append(f"masked-{kind}")
        elif links or defined[kind] is not None:
            out.append(f"(masked: {kind})")
        else:
            out.append(f"[masked: {kind}]")
    return out


def _is_in_address(before: str) -> bool:
    """Whether what follows this text is a part of an address, by its last word or a link's bracket."""
    at = max(before.rfind(blank) for blank in " \n\t\r") + 1
    return _ADDRESS.search(before, at) is not None or (at > 0 and before[:at].rstrip().endswith("]("))
