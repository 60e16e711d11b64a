"""The tip of a journal as text that is kept elsewhere, and compared later.

A chain of hashes proves the order of its records, and not who wrote them: whoever may write the file can write another
chain, or leave out the end. A tip that is kept where that writer cannot reach (a job's log, an audit system) shows it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from rulewright.run.hash_chain import Head

FORM: Final = re.compile(r"(0|[1-9][0-9]{0,14}):([0-9a-f]{64})")


class Anchor(NamedTuple):
    """A record that a journal had: its place and its hash."""

    seq: int
    hash: str

    def mismatch(self, found: str | None, count: int) -> str | None:
        """Why a journal of `count` records is not the one of the anchor, None where it is.

        `found`: the hash of the record at the anchor's place, None where there is no such record.
        """
        if found is None:
            return f"it ends after {count:,} record{'' if count == 1 else 's'}, and had record {self.seq}"
        if found != self.hash:
            return f"record {self.seq} is {found}, and was {self.hash}"
        return None


def format_tip(head: Head) -> str | None:
    """`SEQ:HASH` of the last record; None for a journal without records."""
    return f"{head.seq - 1}:{head.hash}" if head.seq else None


def describe_tip(head: Head) -> str | None:
    """The line that ends a run's summary; None for a journal without records."""
    tip = format_tip(head)
    return None if tip is None else f"journal tip {tip}"


def parse_anchor(text: str) -> Anchor:
    """`SEQ:HASH`. Raises UsageError."""
    found = FORM.fullmatch(text)
    if found is None:
        raise UsageError(
            "--anchor is not a journal tip", hint="use SEQ:HASH, as printed by `rulewright journal verify`"
        )
    return Anchor(int(found[1]), found[2])
