"""The journal: one record per effect and what came of it, append-only, each record bound to the one before.

A record is JSON with `seq` (from 0), `prev` (hash of the record before, 64 zeros for the first), `at`, `plan`
(its hash), `status`, `reason` where it was not applied, what the effect says (`action`, `target`, `rule`,
`key`, `arguments`, `preconditions`, `emission`), `undo` (the effects that take it back) and `hash` over all
of that.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from rulewright.actions.plan_json import effect_json, read_effect
from rulewright.actions.table import ACTIONS
from rulewright.policy.canonical import canonical_json, digest
from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rulewright.actions.plan import Effect

__all__ = ["FIRST", "Journal", "Record", "Status", "append", "read_journal", "verify"]

Status = Literal["applied", "unchanged", "precondition_failed", "failed", "held_back"]
FIRST: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Record:
    """What came of one effect. `at` is an ISO 8601 moment in UTC; `plan` is the plan's hash."""

    effect: Effect
    status: Status
    plan: str
    at: str
    reason: str | None = None
    seq: int = 0
    prev: str = FIRST
    hash: str = ""

    def as_json(self) -> dict[str, Any]:
        return {**self._content(), "hash": self.hash}

    def _content(self) -> dict[str, Any]:
        effect = effect_json(self.effect)
        undo = ACTIONS[self.effect.action].inverse(self.effect) if self.status == "applied" else ()
        out = {
            "seq": self.seq,
            "prev": self.prev,
            "at": self.at,
            "plan": self.plan,
            "status": self.status,
            **effect,
        }
        if self.reason is not None:
            out["reason"] = self.reason
        out["undo"] = {"effects": [effect_json(one) for one in undo]} if undo else None
        return out

    def sealed(self, seq: int, prev: str) -> Record:
        """The record at its place in the chain."""
        placed = replace(self, seq=seq, prev=prev, hash="")
        return replace(placed, hash=digest(placed._content()))


@dataclass(frozen=True, slots=True)
class Journal:
    """Sealed records in order. `add` returns a longer journal; nothing is ever changed or taken out."""

    records: tuple[Record, ...] = ()
    first: int = field(default=0)
    before: str = FIRST
    """Where the chain goes on from: the sequence number and the hash of what is on disk already."""

    @property
    def head(self) -> str:
        """The hash of the last record."""
        return self.records[-1].hash if self.records else self.before

    def add(self, records: Iterable[Record]) -> Journal:
        out = list(self.records)
        prev = self.head
        for record in records:
            out.append(record.sealed(self.first + len(out), prev))
            prev = out[-1].hash
        return replace(self, records=tuple(out))

    @property
    def exit_code(self) -> int:
        """0; 1 after a `fail`, 4 after a failed write, 5 where something was refused or held back."""
        statuses = {record.status for record in self.records}
        if any(record.effect.action == "fail" for record in self.records if record.status != "held_back"):
            return 1
        if "failed" in statuses:
            return 4
        return 5 if statuses & {"precondition_failed", "held_back"} else 0

    def lines(self) -> bytes:
        """JSON Lines."""
        return b"".join(canonical_json(record.as_json()) + b"\n" for record in self.records)


def read_journal(data: bytes) -> Journal:
    """A journal out of JSON Lines. Raises UsageError at the first line that breaks the chain."""
    import json

    records = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            found = json.loads(line)
        except ValueError:
            raise UsageError(f"Line {number} of the journal is not JSON.") from None
        records.append(_record(found, number))
    journal = Journal(tuple(records))
    verify(journal)
    return journal


def verify(journal: Journal) -> None:
    """Raises UsageError at the first record whose place, predecessor or content its hash does not name."""
    prev = journal.before
    for place, record in enumerate(journal.records, journal.first):
        if record.seq != place or record.prev != prev or record.sealed(place, prev).hash != record.hash:
            raise UsageError(
                f"Record {place} of the journal is not what was written: the chain of hashes breaks there.",
                hint="A record was changed, added or taken out. Restore the journal from its history.",
            )
        prev = record.hash


_OWN: Final = frozenset({"seq", "prev", "at", "plan", "status", "reason", "undo", "hash"})


def _record(found: Any, number: int) -> Record:
    if not isinstance(found, dict) or found.get("status") not in get_args(Status):
        raise UsageError(f"Line {number} of the journal is no record.")
    texts = [found.get(name) for name in ("plan", "at", "prev", "hash")]
    reason = found.get("reason")
    if not all(isinstance(text, str) for text in texts) or not isinstance(reason, str | None):
        raise UsageError(f"Line {number} of the journal is no record.")
    effect = read_effect({name: value for name, value in found.items() if name not in _OWN})
    seq = found.get("seq")
    if type(seq) is not int:
        raise UsageError(f"Line {number} of the journal has no `seq`.")
    record = Record(
        effect, found["status"], found["plan"], found["at"], reason, seq, found["prev"], found["hash"]
    )
    if canonical_json(record.as_json()) != canonical_json(found):
        raise UsageError(f"Line {number} of the journal is not what was written.")
    return record


def append(path: Path, journal: Journal) -> Journal:
    """Write the records behind those in the file, whose chain is checked first; the records as they stand.

    Raises UsageError when the file's chain is broken, SourceError when it cannot be read or written.
    """
    try:
        present = read_journal(path.read_bytes()) if path.exists() else Journal()
        added = Journal((), len(present.records), present.head).add(journal.records)
        with path.open("ab") as stream:
            stream.write(added.lines())
            stream.flush()
    except OSError as error:
        raise SourceError(
            f"The journal {path} cannot be written: {error.strerror or 'unknown reason'}."
        ) from None
    return added
