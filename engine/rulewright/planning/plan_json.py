"""A Plan as JSON and back.

`hash` names what would be done, whatever the time, rounds or order of keys. `content_sha256` is over the whole
document, so that nothing of it can be changed unnoticed. Neither says who made the plan: what is read is validated like
any input, by `policy/schemas/plan.schema.json`.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Final

from rulewright.actions.plan import Conflict, Effect, Note, Plan, Precondition, text_sha256
from rulewright.actions.table import ACTIONS
from rulewright.planning.redaction import PROVED
from rulewright.policy.canonical import digest
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.json_types import as_object, as_objects, as_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_schema.violation import Violation
    from rulewright.policy.json_types import Json, JsonArray, JsonObject

AGAIN: Final = "Make the plan again."
_NOT_HASHED: Final = frozenset({"emission", "round", "also"})
"""Members of an effect that say nothing of what would be done."""


def plan_hash(effects: Iterable[Effect], policies: Mapping[str, str], event_sha256: str) -> str:
    """SHA-256 over effects with their preconditions, policy hashes and the event's hash."""
    named = [
        {name: value for name, value in effect_json(effect).items() if name not in _NOT_HASHED}
        for effect in effects
    ]
    return digest({"effects": named, "policies": dict(policies), "event_sha256": event_sha256})


def content_sha256(document: Mapping[str, Json]) -> str:
    """SHA-256 over all members of a plan's document but `content_sha256` itself, as canonical JSON."""
    return digest({name: value for name, value in document.items() if name != "content_sha256"})


def effect_json(effect: Effect) -> JsonObject:
    """action, target, arguments, rule, preconditions, emission, key, round; `also` where it is not empty."""
    preconditions = [precondition.as_json() for precondition in effect.preconditions]
    out = effect._asdict() | {"arguments": dict(effect.arguments), "preconditions": preconditions}
    also = list(out.pop("also"))
    return {**out, "also": also} if also else out


def plan_json(plan: Plan) -> JsonObject:
    """The whole plan as plain data; `canonical_json` of it is what `--plan-out` writes."""
    out = plan._asdict() | {
        "conflicts": [conflict.as_json() for conflict in plan.conflicts],
        "predicted": dict(plan.predicted),
        "policies": dict(plan.policies),
        "notes": [note._asdict() for note in plan.notes],
        "models": {name: dict(found) for name, found in plan.models.items()},
    }
    for part in ("effects", "held_back", "observed"):
        out[part] = [effect_json(effect) for effect in out[part]]
    if not plan.models:
        del out["models"]
    return {**out, "content_sha256": content_sha256(out)}


def predicted_json(state: Snapshot | None) -> JsonObject:
    """The state after the plan, free of the subject's texts: they stand as hashes."""
    if state is None:
        return {}
    return {
        "state": state.state,
        "state_reason": state.state_reason,
        "labels": list(state.labels),
        "assignees": list(state.assignees),
        "milestone": state.milestone,
        "fields": dict(state.fields),
        "title_sha256": text_sha256(state.title),
        "body_sha256": text_sha256(state.body),
    }


_SHAPE: Final = {
    "action": str, "target": str, "arguments": dict, "rule": str, "preconditions": list, "emission": bool,
    "key": str, "round": int, "also": list,
}  # fmt: skip


def read_effect(data: object, *, masked: bool = False) -> Effect:
    """An effect out of a journal: such as its action plans it, but for `masked` ones, whose arguments are not those
    that were planned.

    Raises UsageError when it is none, or of an action that does not exist.
    """
    if not isinstance(data, dict) or not {"action", "target", "arguments", "rule"} <= set(data):
        raise UsageError("An effect lacks `action`, `target`, `arguments` or `rule`.")
    for name, value in data.items():
        if name not in _SHAPE or type(value) is not _SHAPE[name]:
            raise UsageError(f"An effect has a wrong member {json.dumps(name[:60])}.")
    if data["action"] not in ACTIONS:
        raise UsageError(f"There is no action {json.dumps(data['action'][:60])}.")
    if not all(isinstance(p, dict) and isinstance(p.get("kind"), str) for p in data.get("preconditions", ())):
        raise UsageError("A precondition of an effect has no `kind`.")
    # A journal keeps no hash of a subject's text. What was masked is judged as if it were an effect of another action:
    # the rest of it must be right all the same.
    judged = {**data, "preconditions": _without_proofs(data.get("preconditions", []))}
    if masked:
        judged.update(action="warn", arguments={"message": "masked"}, emission=True, preconditions=[])
    violation = violations_of_effect(judged)
    if violation is not None:
        raise UsageError(f"An effect is not such as its action plans it: {violation}.")
    return _effect(data)


def _without_proofs(preconditions: JsonArray) -> JsonArray:
    """The preconditions but for those that hash a text, also within an `any_of`."""
    out: JsonArray = []
    for precondition in preconditions:
        if not isinstance(precondition, dict):
            out.append(precondition)
            continue
        kind, value = precondition.get("kind"), precondition.get("value")
        if kind == "any_of" and isinstance(value, list):
            left = _without_proofs(value)
            if left or not value:
                out.append({**precondition, "value": left})
        elif kind not in PROVED:
            out.append(precondition)
    return out


def violations_of_effect(data: JsonObject) -> str | None:
    """What the schema of plans, or what it cannot say, has against one effect; None for nothing."""
    effect: JsonObject = {"preconditions": [], **data}
    violation = _schema_violation({"hash": "0" * 64, "effects": [effect]})
    if violation is not None:
        return violation.message
    emission = ACTIONS[str(data["action"])].emission
    return _disagreement({"emission": emission, "key": "", **effect})


def _schema_violation(document: JsonObject) -> Violation | None:
    """The first thing that the schema of plans has against a document."""
    from rulewright.policy.json_schema.bundled_schema import validation_errors
    from rulewright.policy.json_schema.errors import collect_violations

    return next(iter(collect_violations(islice(validation_errors("plan", document), 20))), None)


def _effect(data: JsonObject) -> Effect:
    action, round_ = str(data["action"]), data.get("round", 1)
    return Effect(
        action=action,
        target=str(data["target"]),
        arguments=as_object(data["arguments"]) or {},
        rule=str(data["rule"]),
        preconditions=tuple(
            Precondition(str(found["kind"]), found.get("value"))
            for found in as_objects(data.get("preconditions"))
        ),
        emission=ACTIONS[action].emission,
        key=str(data.get("key", "")),
        round=round_ if isinstance(round_, int) else 1,
        also=tuple(as_texts(data.get("also"))),
    )


def read_plan(data: object) -> Plan:
    """A plan out of its JSON. Raises UsageError when it is none, or its hashes do not name its content."""
    if not isinstance(data, dict) or not isinstance(data.get("hash"), str):
        raise UsageError("This is no plan: it has no `hash`.", hint="A plan is what `--plan-out FILE` wrote.")
    if "content_sha256" not in data:
        raise UsageError("The plan has no `content_sha256`: an older version made it.", hint=AGAIN)
    _validate(data)
    plan = Plan(
        effects=tuple(map(_effect, data["effects"])),
        hash=data["hash"],
        conflicts=tuple(
            Conflict(found["field"], found["target"], tuple(found["rules"]), found["message"])
            for found in data["conflicts"]
        ),
        predicted=data["predicted"],
        policies=data["policies"],
        event_sha256=data["event_sha256"],
        rounds=data["rounds"],
        held_back=tuple(map(_effect, data["held_back"])),
        notes=tuple(Note(found["rule"], found["action"], found["reason"]) for found in data["notes"]),
        observed=tuple(map(_effect, data["observed"])),
        models=data.get("models", {}),
    )
    is_named = plan_hash(plan.effects, plan.policies, plan.event_sha256) == plan.hash
    if not is_named or content_sha256(data) != data["content_sha256"]:
        which = "content_sha256" if is_named else "hash"
        raise UsageError(
            f"The plan's `{which}` does not name its content: it was changed after it was made.", hint=AGAIN
        )
    return plan


_MEMBERS: Final = tuple(name for name in Plan._fields if name not in ("hash", "models"))
"""What a plan's file always has. The schema asks for less, since reports leave out what is empty."""


def _validate(document: JsonObject) -> None:
    """Raises UsageError with the first thing that the schema finds, or that disagrees within an effect."""
    violation = _schema_violation(document)
    if violation is not None:
        raise UsageError(f"This is no plan: {violation.message}.", hint=violation.hint or AGAIN)
    for name in _MEMBERS:
        if name not in document:
            raise UsageError(f"This is no plan: `{name}` is missing.", hint=AGAIN)
    for part in ("effects", "held_back", "observed"):
        for number, effect in enumerate(as_objects(document[part])):
            problem = _problem(effect)
            if problem is not None:
                raise UsageError(f"This is no plan: {part}[{number}]: {problem}.", hint=AGAIN)


def _problem(effect: JsonObject) -> str | None:
    """What is wrong with an effect of a plan's file that the schema lets pass."""
    missing = next((name for name in _SHAPE if name not in effect and name != "also"), None)
    if missing is not None:
        return f"`{missing}` is missing"
    problem = _disagreement(effect)
    if problem is None and effect["action"] == "mask" and not _proves_texts(_effect(effect)):
        return "a mask does not name the texts that it masks by their hashes"
    return problem


def _proves_texts(mask: Effect) -> bool:
    """Whether a mask's preconditions hold for every field that it changes: its offsets fit no other text."""
    proved = {
        value["field"]
        for kind, value in mask.preconditions
        if kind == "text_sha256" and isinstance(value, dict)
    }
    return proved >= set(mask.texts("fields"))


def _disagreement(effect: JsonObject) -> str | None:
    """What a schema cannot say: which members do not agree with each other."""
    action = ACTIONS[str(effect["action"])]
    if effect["emission"] is not action.emission:
        return "`emission` is not that of its action"
    return action.disagreement(as_object(effect["arguments"]) or {}, str(effect["key"]))
