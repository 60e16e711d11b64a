"""The outcome of a plan as text: the number of effects that were applied, and each other effect with the reason."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rulewright.actions.table import describe_effect
from rulewright.evaluate.masking import mask_line
from rulewright.report.evaluation import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.run.journal import Record

WORDS: Final[Mapping[str, str]] = {
    "applied": "done",
    "recovered": "already applied",
    "unchanged": "no longer needed",
    "precondition_failed": "refused",
    "failed": "failed",
    "held_back": "deferred",
}
"""Status of a record → its text, in the order of the summary."""


def count_records(records: Iterable[Record]) -> str:
    """`4 effects done, 1 refused`."""
    numbers: Counter[str] = Counter(record.status for record in records)
    parts = [f"{numbers[status]:,} {word}" for status, word in WORDS.items() if numbers[status]]
    if not parts:
        return "nothing to do"
    first, _, rest = parts[0].partition(" ")
    return ", ".join([f"{format_count(int(first.replace(',', '')), 'effect')} {rest}", *parts[1:]])


def format_record(record: Record, limit: int = 160) -> str:
    """An effect that was not applied: `refused: + add label bug · intake/crash: label_absent no longer holds`."""
    glyph, verb, what = describe_effect(record.effect)
    why = f": {record.reason}" if record.reason else ""
    return mask_line(f"{WORDS[record.status]}: {glyph} {verb} {what} · {record.effect.rule}{why}", limit)


def applied_document(records: Iterable[Record]) -> list[dict[str, object]]:
    """The JSON form: the outcome of each effect. Its arguments are in the plan."""
    out: list[dict[str, object]] = []
    for record in records:
        one: dict[str, object] = {
            "action": record.effect.action,
            "target": record.effect.target,
            "rule": record.effect.rule,
            "key": record.effect.key,
            "status": record.status,
        }
        out.append(one if record.reason is None else {**one, "reason": record.reason})
    return out
