"""Journal → Plan: the effects that take back what was applied, last first, if the state is as it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.actions.journal import DONE
from rulewright.actions.plan import Note, Plan
from rulewright.actions.plan_json import plan_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.actions.journal import Record
    from rulewright.actions.plan import Effect

__all__ = ["undo"]


def undo(records: Iterable[Record]) -> Plan:
    """A plan that takes back every effect that was done and has an inverse; `notes` name those that have none."""
    effects: list[Effect] = []
    notes: list[Note] = []
    for record in reversed(tuple(records)):
        if record.status not in DONE:
            continue
        inverse = record.inverse
        effects += inverse
        if not inverse:
            why = "what was before is masked in the journal" if record.masked else "it cannot be taken back"
            notes.append(Note(record.effect.rule, record.effect.action, why))
    return Plan(tuple(effects), plan_hash(effects, {}, ""), notes=tuple(notes))
