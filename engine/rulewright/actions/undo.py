"""Journal → Plan: the effects that take back what was applied, last first, if the state is as it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.actions.plan import Note, Plan
from rulewright.actions.plan_json import plan_hash
from rulewright.actions.table import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.actions.journal import Record
    from rulewright.actions.plan import Effect

__all__ = ["undo"]


def undo(records: Iterable[Record]) -> Plan:
    """A plan that takes back every applied effect that has an inverse; `notes` name those that have none."""
    effects: list[Effect] = []
    notes: list[Note] = []
    for record in reversed(tuple(records)):
        if record.status != "applied":
            continue
        inverse = ACTIONS[record.effect.action].inverse(record.effect)
        effects += inverse
        if not inverse:
            notes.append(Note(record.effect.rule, record.effect.action, "it cannot be taken back"))
    return Plan(tuple(effects), plan_hash(effects, {}, ""), notes=tuple(notes))
