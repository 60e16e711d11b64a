"""The audit entry of one subject and run: what was known, decided and done, as the content of a journal's record.

repository, number, target, at, event        which subject, when, by which event
owner, severity, priority, size              as they stand after the run
pii: {count, types}, fields_masked           what a detector found; names of places, never the text
dry_run, branch, plan                        whether it was applied, from where, the plan's hash
gate: {result, reasons}                      pass, fail, undetermined or null: see `_gate`
title_before, fields_changed                 what was done to the subject
notes, conflicts, references, errors         what could not be planned or done; related subjects and docs
overrides: [{who, why, when}]                what was left alone because a person decided it
models                                       facts that a model was asked for: who answered, how surely
triaged, created_at, triaged_at, owned_at    what metrics are made of
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.actions.table import ACTIONS
from rulewright.events.snapshot import Snapshot, Subject, snapshot, subject, subject_data
from rulewright.policy.json_types import as_object, as_objects, as_texts
from rulewright.policy.kinds import KINDS
from rulewright.program.frame import MISSING
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rulewright.actions.plan import Plan
    from rulewright.evaluate.decision import Decision, PolicyDecision
    from rulewright.run.journal import Journal, Record

TRIAGED: Final = "triaged"
BACKLOG: Final = "backlog"
NOT_READY: Final = frozenset({"needs_work", "needs-info"})
"""The mission's labels, compared without case: triage is over; the backlog takes it; it does not."""


def audit(
    decision: Decision, plan: Plan, journal: Journal | None, *, at: str, branch: str = ""
) -> dict[str, object]:
    """The entry, before it is cleaned of personal data. Without a `journal` it was a dry run."""
    event = decision.facts.event
    about, before = subject(event) or Subject("", ""), snapshot(event) or Snapshot()
    labels = _after(plan, journal, "labels", before.labels)
    assignees = _after(plan, journal, "assignees", before.assignees)
    records = journal.records if journal is not None else ()
    name = f"{event.name}.{event.action}" if event.action else event.name
    base = _entry(plan, records, about, name, at, branch)
    return {
        **base,
        "owner": assignees[0] if assignees else _text(_value(decision, "owner")),
        **{
            group: _of_group(group, labels) or _text(_value(decision, group))
            for group in ("severity", "priority", "size")
        },
        "pii": _pii(decision),
        "dry_run": journal is None,
        "gate": _gate(decision, plan, labels),
        "title_before": before.title if "title" in _parts_changed(records) else None,
        "conflicts": [conflict.field for conflict in plan.conflicts],
        "references": sorted(set(_references(decision))),
        "errors": [*_failures(decision), *_failed(records)],
        "overrides": _overrides(decision, plan),
        "models": {name: dict(found) for name, found in plan.models.items()},
        "created_at": _text(subject_data(event.payload).get("created_at")),
        **_times(event.payload, before, labels, assignees, at),
    }


def audit_of_plan(plan: Plan, journal: Journal, *, at: str, branch: str = "") -> dict[str, object]:
    """The entry of a plan that came without its decision: what was done, and nothing of what was known."""
    effects = (*plan.effects, *plan.held_back)
    repository, _, number = effects[0].target.partition("#") if effects else ("", "", "")
    about = Subject("issue", repository, int(number) if number.isdigit() else None)
    return _entry(plan, journal.records, about, "plan", at, branch)


def _entry(
    plan: Plan, records: Sequence[Record], about: Subject, event: str, at: str, branch: str
) -> dict[str, object]:
    """What every entry says: which subject, and what was done to it."""
    masked = {
        str(name)
        for record in records
        if record.is_done and record.effect.action == "mask"
        for name in record.effect.texts("fields")
    }
    return {
        "kind": "subject",
        "at": at,
        "plan": plan.hash,
        "repository": about.repository,
        "number": about.number,
        "target": about.target,
        "event": event,
        "fields_masked": sorted(masked),
        "dry_run": False,
        "branch": branch,
        "fields_changed": sorted(_parts_changed(records) & _PARTS),
        "notes": [f"{note.rule}: {note.action}: {note.reason}" for note in plan.notes],
        "errors": _failed(records),
    }


def _parts_changed(records: Iterable[Record]) -> set[str]:
    return {part for record in records if record.is_done for part in record.effect.declaration.changes}


def _failed(records: Iterable[Record]) -> list[str]:
    return [record.reason or record.status for record in records if record.status == "failed"]


def _times(
    payload: Mapping[str, object],
    before: Snapshot,
    labels: Iterable[str],
    assignees: Sequence[str],
    at: str,
) -> dict[str, object]:
    """Whether triage is over, and since when it is and the subject has an owner: by the timeline where it was so
    before, else since now."""
    triaged, was_triaged = (
        TRIAGED in {label.casefold() for label in names} for names in (labels, before.labels)
    )
    triaged_at = _since(payload, "labeled", "label", TRIAGED) if was_triaged else at
    owned_at = _since(payload, "assigned", "assignee", "") if before.assignees else at
    return {
        "triaged": triaged,
        "triaged_at": triaged_at if triaged else None,
        "owned_at": owned_at if assignees else None,
    }


_PARTS: Final = frozenset(
    {"title", "body", "state", "state_reason", "labels", "assignees", "milestone", "comments", "fields"}
)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _after(plan: Plan, journal: Journal | None, part: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """The labels or assignees after what was done; in a dry run, those that the plan predicts."""
    if journal is None:
        return tuple(as_texts(plan.predicted.get(part))) or before
    state = Snapshot(**{part: before})  # type: ignore[arg-type]
    for record in journal.records:
        action = ACTIONS[record.effect.action]
        if (
            (record.is_done or record.status == "unchanged")
            and part in action.declaration.changes
            and not action.emission
        ):
            state = action.predict(record.effect, state)
    return tuple(getattr(state, part))


def _of_group(group: str, labels: Iterable[str]) -> str | None:
    prefix = f"{group}/"
    return next((label[len(prefix) :] for label in labels if label.casefold().startswith(prefix)), None)


def _value(decision: Decision, name: str) -> object:
    """The named fact of the first policy that has it and knows it."""
    from rulewright.program.expression import ExpressionError, ExpressionFailure

    for part in decision.policies:
        if name not in part.policy.facts:
            continue
        try:
            found = decision.value(part.name, name)
        except (ExpressionError, ExpressionFailure):
            continue
        if found is not None and found is not MISSING and found is not ERROR:
            return found
    return None


def _gathered(decision: Decision, *sources: str) -> Iterator[object]:
    """What these sources gathered, each named fact once."""
    names = {
        name
        for part in decision.policies
        for name, fact in part.policy.facts.items()
        if any(ending == "" and step.source in sources for ending, step in fact.gathered_steps)
    }
    for name in sorted(names):
        if name in decision.facts.values:
            yield decision.facts.values[name]


def _pii(decision: Decision) -> dict[str, object]:
    """How many findings, and of which types; `count` is null where nobody looked."""
    found = [fact for fact in _gathered(decision, "detect") if isinstance(fact, dict)]
    counts = [fact["count"] for fact in found if type(fact.get("count")) is int]
    types = {str(kind) for fact in found for kind in fact.get("types") or ()}
    return {"count": sum(counts) if counts else None, "types": sorted(types)}


def _references(decision: Decision) -> Iterator[str]:
    """Targets, paths and addresses that duplicates and related docs name."""
    for fact in _gathered(decision, "duplicates", "related_docs"):
        yield from _named(fact)


def _named(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name in ("canonical", "id", "number", "target", "path", "url"):
            found = value.get(name)
            if type(found) in (str, int):
                yield str(found)
                break
        for item in value.values():
            if isinstance(item, dict | list):
                yield from _named(item)
    elif isinstance(value, list):
        for item in value[:25]:
            yield from _named(item)


def _gate(decision: Decision, plan: Plan, labels: tuple[str, ...]) -> dict[str, object]:
    """The verdicts of gates and promotions; for an issue, whether the backlog takes it, and which rules say no."""
    gates = [
        part for part in decision.policies if KINDS[part.kind].blocks_on_unknown and part.mode == "enforce"
    ]
    if gates:
        return _gate_of_policies(gates)
    present = {label.casefold() for label in labels}
    stopping = sorted(NOT_READY & present)
    if BACKLOG in present or not stopping:
        return {"result": "pass" if BACKLOG in present else None, "reasons": []}
    rules = {
        rule
        for effect in plan.effects
        if {str(label).casefold() for label in _added(effect.arguments)} & NOT_READY
        for rule in (effect.rule, *effect.also)
    }
    return {"result": "fail", "reasons": sorted(rules) or stopping}


def _gate_of_policies(gates: Iterable[PolicyDecision]) -> dict[str, object]:
    outcomes = {KINDS[part.kind].outcomes.get(part.verdict) for part in gates}
    reasons = [
        f"{part.name}/{rule.id}: {rule.reason}"
        for part in gates
        for rule in part.rules
        if rule.reason and rule.status != "matched"
    ]
    bad = outcomes & {"negative", "failed"}
    result = "fail" if bad else "undetermined" if "undetermined" in outcomes else "pass"
    return {"result": result, "reasons": reasons}


def _added(arguments: Mapping[str, object]) -> list[object]:
    return [*as_texts(arguments.get("labels")), arguments.get("label") or ""]


def _failures(decision: Decision) -> list[str]:
    absent = decision.facts.absent
    return [f"{name}: {absent[name].text}" for name in sorted(absent) if absent[name].failed]


def _overrides(decision: Decision, plan: Plan) -> list[dict[str, object]]:
    """What a person decided: skips that a label of theirs caused, and changes that hold within the grace period."""
    out: list[dict[str, object]] = []
    for part in decision.policies:
        skip = part.skipped_by
        if skip is not None and "override" in skip.id and part.verdict != "undetermined":
            who, when = _last_label(decision.facts.event.payload)
            out.append({"who": who, "why": f"{part.name}/{skip.id}", "when": when})
    for note in plan.notes:
        said = _HELD.fullmatch(note.reason)
        if said is not None:
            why = f"{said['did']}, against {note.action} of {note.rule}"
            out.append({"who": said["who"], "why": why, "when": said["at"]})
    return out


_HELD: Final = re.compile(r"(?P<who>\S+) (?P<did>.+) at (?P<at>\S+); held until \S+", re.DOTALL)
"""How `planning/overrides.py` says that a person's change stands against an effect."""


def _last_label(payload: Mapping[str, object]) -> tuple[str | None, str | None]:
    sender = as_object(payload.get("sender"))
    if payload.get("action") == "labeled" and sender is not None:
        return _text(sender.get("login")), _text(subject_data(payload).get("updated_at"))
    return None, None


def _since(payload: Mapping[str, object], event: str, member: str, name: str) -> str | None:
    """When the timeline says that a label or an assignee came, the last time; None where it does not say."""
    at = None
    for item in as_objects(payload.get("timeline")):
        if item.get("event") == event:
            found = as_object(item.get(member)) or {}
            what = str(found.get("name") or found.get("login") or "")
            if not name or what.casefold() == name:
                at = _text(item.get("created_at")) or at
    return at
