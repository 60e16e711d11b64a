"""What follows from predicted effects: the events they would have caused, and the facts that they void.

Events that a bot's own token causes start no workflow, so planning derives them itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.names import fold_names, missing_names
from rulewright.events.model import Absent, Event, Facts
from rulewright.events.snapshot import Snapshot, with_snapshot
from rulewright.policy.json_types import as_object
from rulewright.policy.lazy import defer_pattern
from rulewright.program.lazy_payload import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.program.named_facts import Need
    from rulewright.program.program import Program

_FAMILY: Final = {"issue": "issues", "pull_request": "pull_request", "discussion": "discussion"}
_PARTS: Final = Snapshot._fields
_LABELLED: Final = ("labels", "labeled", "unlabeled")
_WORD: Final = defer_pattern(r"[A-Za-z_]+")


def changed_parts(before: Snapshot, after: Snapshot) -> frozenset[str]:
    """The parts of the snapshot that differ, and each label that does, as `label:triaged`."""
    labels = fold_names(before.labels) ^ fold_names(after.labels)
    parts = (name for name in _PARTS if getattr(before, name) != getattr(after, name))
    return frozenset((*parts, *(f"label:{name}" for name in labels)))


def touch_subject(event: Event, before: Snapshot, after: Snapshot, now: str) -> Event:
    """The event with the subject's own record of a change at `now`, as GitHub keeps it.

    Without it, a label `stale` set by one rule would let another one close what has just been touched.
    """
    for kind in _FAMILY:
        subject = as_object(event.payload.get(kind))
        if subject is None:
            continue
        marks: JsonObject = {"updated_at": now}
        if before.state != after.state:
            marks["closed_at"] = now if after.state == "closed" else None
        count = subject.get("comments")
        if before.comments is not None and after.comments is not None and type(count) is int:
            marks["comments"] = count + len(after.comments) - len(before.comments)
        return event._replace(payload={**event.payload, kind: {**subject, **marks}})
    return event


def derived_events(event: Event, before: Snapshot, after: Snapshot) -> Iterator[Event]:
    """The events that GitHub would send for what changed, on the state after all of it.

    They have no sender: the tool itself would have caused them, and no rule should take it for a person.
    """
    payload = with_snapshot(event, after).payload
    for kind, family in _FAMILY.items():
        if isinstance(payload.get(kind), dict):
            kept = (kind, "repository", "organization", "viewer", *PARTS)
            base = {name: payload[name] for name in kept if name in payload}
            for action, more in _changes(before, after):
                yield Event(family, action, {**base, "action": action, **more})
            return


def _changes(before: Snapshot, after: Snapshot) -> Iterator[tuple[str, JsonObject]]:
    """The action of each derived event, and the members of its payload that tell what changed."""
    for name in missing_names(after.labels, before.labels):
        yield "labeled", {"label": {"name": name}}
    for name in missing_names(before.labels, after.labels):
        yield "unlabeled", {"label": {"name": name}}
    for login in missing_names(after.assignees, before.assignees):
        yield "assigned", {"assignee": {"login": login}}
    for login in missing_names(before.assignees, after.assignees):
        yield "unassigned", {"assignee": {"login": login}}
    # What the text was before is left out: it may be what a mask has just hidden.
    edited: JsonObject = {
        name: {} for name in ("title", "body") if getattr(before, name) != getattr(after, name)
    }
    if edited:
        yield "edited", {"changes": edited}
    if before.milestone != after.milestone:
        yield "milestoned" if after.milestone is not None else "demilestoned", {}
    if before.state != after.state and after.state in ("open", "closed"):
        yield "closed" if after.state == "closed" else "reopened", {}


def facts_after(program: Program, facts: Facts, event: Event, changed: frozenset[str]) -> Facts:
    """The facts on the predicted state. A gathered fact that was made from what changed is made again, where it is
    made of the event alone, and else counts as unknown.
    """
    if not changed or not program.needs:
        return facts._replace(event=event)
    voided = {
        need.name: need
        for need in program.needs
        if need.name in facts.values and depends_on(need, changed, program.config.model_tasks)
    }
    # Code of fact sources is loaded where policies have gathered facts, and not by every run.
    from rulewright.facts.recompute import recompute_facts, reproducible_facts

    alive = reproducible_facts(program, facts, voided.values())
    values = {name: value for name, value in facts.values.items() if name not in voided}
    unknown = dict.fromkeys(sorted(voided.keys() - alive), Absent("invalidated by an effect of this plan"))
    return recompute_facts(
        program, facts._replace(event=event, values=values, absent={**facts.absent, **unknown}), alive
    )


def depends_on(need: Need, changed: frozenset[str], tasks: Mapping[str, Json]) -> bool:
    """Whether a gathered fact is made from one of these parts of the subject. `tasks`: see `input_paths`."""
    arguments = need.arguments
    if need.source == "timeline" and (arguments.get("by") != "human" or arguments.get("standing")):
        # The tool's own effects will stand in the timeline, and take away what stood.
        label = arguments.get("label")
        if isinstance(label, str) and arguments["timeline"] in _LABELLED:
            return f"label:{label.casefold()}" in changed
        return bool(changed)
    from rulewright.policy.fact_sources import input_paths

    paths = input_paths(need.source, arguments, tasks)
    return any(not changed.isdisjoint(_WORD.findall(path)) for path in paths)
