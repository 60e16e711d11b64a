"""What another judgement of the same samples changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.json_types import as_objects, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.gates.gate_run import GateRun
    from rulewright.policy.json_types import Json


def compare_runs(before: Mapping[str, Json], after: GateRun) -> tuple[str, ...]:
    """One line for each objective whose verdict differs, and for those that only one side has. `before` is the JSON of
    a run (`describe_run`)."""
    old = {
        (as_text(gate.get("name")) or "", as_text(row.get("id")) or ""): as_text(row.get("verdict")) or ""
        for gate in as_objects(before.get("gates"))
        for row in as_objects(gate.get("objectives"))
    }
    new = {(gate.name, row.id): row.verdict for gate in after.gates for row in gate.objectives}
    return (*_changes(old, new), f"the verdict was {before.get('verdict')} and is {after.verdict}")


def _changes(old: Mapping[tuple[str, str], str], new: Mapping[tuple[str, str], str]) -> Iterator[str]:
    for gate, name in sorted(old.keys() | new.keys()):
        was, now = old.get((gate, name)), new.get((gate, name))
        if was == now:
            continue
        if now is None:
            yield f"{gate}/{name} is gone; it was {was}"
        elif was is None:
            yield f"{gate}/{name} is new: {now}"
        else:
            yield f"{gate}/{name} was {was} and is {now}"
