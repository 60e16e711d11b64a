"""Journal → Plan: the effects that take back what was applied, last first, where the state is as it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.actions.plan import Note, Plan
from rulewright.planning.plan_json import plan_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.actions.plan import Effect
    from rulewright.run.journal import Record


def undo(records: Iterable[Record]) -> Plan:
    """A plan that takes back every effect that was done and has an inverse; `notes` name those that have none.

    What was taken back already is left out, and so is what took it back.
    """
    effects: list[Effect] = []
    notes: list[Note] = []
    for record in reversed(_standing(records)):
        inverse = record.inverse
        effects += inverse
        if not inverse:
            why = "the previous value is masked in the journal" if record.masked else "it cannot be undone"
            notes.append(Note(record.effect.rule, record.effect.action, why))
    return Plan(tuple(effects), plan_hash(effects, {}, ""), notes=tuple(notes))


def undo_by_subject(records: Iterable[Record]) -> list[Plan]:
    """One plan per subject, in the order in which the subjects were last changed, the last first."""
    by_target: dict[str, list[Record]] = {}
    for record in records:
        earlier = by_target.pop(record.effect.target, [])
        by_target[record.effect.target] = [*earlier, record]
    plans = [undo(by_target[target]) for target in reversed(by_target)]
    return [plan for plan in plans if plan.effects or plan.notes]


def _standing(records: Iterable[Record]) -> list[Record]:
    """The records of what was done and not taken back: an inverse has a key of its own, by which it is known.

    An inverse that was no longer needed counts: somebody else took the effect back, and what is done since is theirs.
    """
    out: list[Record] = []
    for record in records:
        if not record.is_done and record.status != "unchanged":
            continue
        undone = next((one for one in reversed(out) if _takes_back(record, one)), None)
        if undone is not None:
            out.remove(undone)
        elif record.is_done:
            out.append(record)
    return out


def _takes_back(record: Record, before: Record) -> bool:
    return any(one.key == record.effect.key and one.target == record.effect.target for one in before.inverse)
