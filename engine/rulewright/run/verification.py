"""Whether journals are as they were written: an unbroken chain of hashes that still holds the anchor's record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.policy.diagnostics import UsageError
from rulewright.run.anchor import format_tip
from rulewright.run.hash_chain import ChainError, Head
from rulewright.run.state.store import lines_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.run.anchor import Anchor
    from rulewright.run.state.store import Store


class JournalCheck(NamedTuple):
    """What verifying came to.

    `wrong`: the first thing that is not as it was written. `anchored`: whether the anchor's record is there, None
    where none was asked for. `torn`: the files whose last line has no end.
    """

    records: int
    head: Head
    wrong: UsageError | None
    anchor: Anchor | None
    anchored: bool | None
    torn: tuple[str, ...] = ()

    @property
    def tip(self) -> str | None:
        """`SEQ:HASH` of the last record; None for a journal without records."""
        return format_tip(self.head)


def verify_journals(stores: Sequence[Store], anchor: Anchor | None) -> JournalCheck:
    """Check each journal's chain, and look for the record of the anchor."""
    count, head, at_anchor = 0, Head(), None
    wrong: UsageError | None = None
    try:
        for store in stores:
            for line in lines_of(store.segments()):
                count, head = count + 1, line.head
                if anchor is not None and line.seq == anchor.seq:
                    at_anchor = line.hash
    except ChainError as error:
        wrong = error
    torn = tuple(name for store in stores for name in store.torn())
    if anchor is None:
        return JournalCheck(count, head, wrong, None, None, torn)
    why = anchor.mismatch(at_anchor, count)
    if wrong is None and why is not None:
        wrong = UsageError(
            f"The journal does not match the anchor: {why}.",
            hint="It was rewritten or truncated. Restore it from its history or a copy.",
        )
    return JournalCheck(count, head, wrong, anchor, why is None, torn)
