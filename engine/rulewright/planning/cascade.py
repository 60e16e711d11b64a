"""What follows from predicted effects: the events they would have caused, and the facts that they void.

Events that a bot's own token causes start no workflow, so planning derives them itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.names import fold_names
from rulewright.events.model import Event, Facts
from rulewright.events.snapshot import Snapshot, with_snapshot
from rulewright.facts.recompute import recompute_facts, reproducible_facts
from rulewright.program.computed_facts import external_parts
from rulewright.program.lazy_payload import PARTS
from rulewright.program.route import Need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.program.program import Program

_FAMILY: Final = {"issue": "issues", "pull_request": "pull_request", "discussion": "discussion"}
_PARTS: Final = Snapshot._fields
_LABELLED: Final = ("labels", "labeled", "unlabeled")
_WORD: Final = re.compile(r"[A-Za-z_]+")
_GATHERED_FROM: Final = ("in", "input", "inputs", "text", "from")
"""Arguments of a gathered fact that name the paths it was made from."""


def changed_parts(before: Snapshot, after: Snapshot) -> frozenset[str]:
    """The parts of the snapshot that differ, and each label that does, as `label:triaged`."""
    labels = fold_names(before.labels) ^ fold_names(after.labels)
    parts = (name for name in _PARTS if getattr(before, name) != getattr(after, name))
    return frozenset((*parts, *(f"label:{name}" for name in labels)))


def touched(event: Event, before: Snapshot, after: Snapshot, now: str) -> Event:
    """The event with the subject's own record of a change at `now`, as GitHub keeps it.

    Without it, a label `stale` set by one rule would let another one close what has just been touched.
    """
    for kind in _FAMILY:
        found = event.payload.get(kind)
        if not isinstance(found, dict):
            continue
        marks: dict[str, Any] = {"updated_at": now}
        if before.state != after.state:
            marks["closed_at"] = now if after.state == "closed" else None
        if before.comments is not None and after.comments is not None and type(found.get("comments")) is int:
            marks["comments"] = found["comments"] + len(after.comments) - len(before.comments)
        return event._replace(payload={**event.payload, kind: {**found, **marks}})
    return event


def derived_events(event: Event, before: Snapshot, after: Snapshot) -> Iterator[Event]:
    """The events that GitHub would send for what changed, on the state after all of it.

    They have no sender: the tool itself would have caused them, and no rule should take it for a person.
    """
    shown = with_snapshot(event, after).payload
    for kind, family in _FAMILY.items():
        if not isinstance(shown.get(kind), dict):
            continue
        kept = (kind, "repository", "organization", "viewer", *PARTS)
        base = {name: shown[name] for name in kept if name in shown}

        def make(action: str, family: str = family, base: Mapping[str, Any] = base, **more: Any) -> Event:
            return Event(family, action, {**base, "action": action, **more})

        had, has = fold_names(before.labels), fold_names(after.labels)
        for name in after.labels:
            if name.casefold() not in had:
                yield make("labeled", label={"name": name})
        for name in before.labels:
            if name.casefold() not in has:
                yield make("unlabeled", label={"name": name})
        had, has = fold_names(before.assignees), fold_names(after.assignees)
        for name in after.assignees:
            if name.casefold() not in had:
                yield make("assigned", assignee={"login": name})
        for name in before.assignees:
            if name.casefold() not in has:
                yield make("unassigned", assignee={"login": name})
        # What the text was before is left out: it may be what a mask has just hidden.
        changes: dict[str, Any] = {
            name: {} for name in ("title", "body") if getattr(before, name) != getattr(after, name)
        }
        if changes:
            yield make("edited", changes=changes)
        if before.milestone != after.milestone:
            yield make("milestoned" if after.milestone is not None else "demilestoned")
        if before.state != after.state and after.state in ("open", "closed"):
            yield make("closed" if after.state == "closed" else "reopened")
        return


def facts_after(program: Program, facts: Facts, event: Event, changed: frozenset[str]) -> Facts:
    """The facts on the predicted state. A gathered fact that was made from what changed is made again, where it is
    made of the event alone, and else counts as unknown.
    """
    voided = {
        name + ending: Need(policy.name, name + ending, part)
        for policy in program.policies
        for name, spec in policy.lets.items()
        for ending, part in external_parts(spec)
        if name + ending in facts.values and reads(part, changed)
    }
    if not changed:
        return facts._replace(event=event)
    alive = reproducible_facts(program, facts, voided.values())
    values = {name: value for name, value in facts.values.items() if name not in voided}
    unknown = dict.fromkeys(sorted(voided.keys() - alive), "invalidated by an effect of this plan")
    return recompute_facts(
        program, facts._replace(event=event, values=values, absent={**facts.absent, **unknown}), alive
    )


def reads(spec: Mapping[str, Any], changed: frozenset[str]) -> bool:
    """Whether a gathered fact is made from one of these parts of the subject."""
    arguments = spec.get("arguments")
    if not isinstance(arguments, dict):
        return False
    if spec["source"] == "timeline" and (arguments.get("by") != "human" or arguments.get("standing")):
        # The tool's own effects will stand in the timeline, and take away what stood.
        label = arguments.get("label")
        if isinstance(label, str) and arguments["timeline"] in _LABELLED:
            return f"label:{label.casefold()}" in changed
        return bool(changed)
    return any(_mentions(arguments[name], changed) for name in _GATHERED_FROM if name in arguments)


def _mentions(value: Any, changed: frozenset[str]) -> bool:
    if isinstance(value, str):
        return not changed.isdisjoint(_WORD.findall(value))
    if isinstance(value, dict):
        return any(_mentions(item, changed) for item in value.values())
    return isinstance(value, list) and any(_mentions(item, changed) for item in value)
