"""A Plan as JSON and back. Its hash names what would be done, whatever the time, rounds or order of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import sha
from rulewright.actions.plan import Conflict, Effect, Note, Plan, Precondition
from rulewright.actions.table import ACTIONS
from rulewright.policy.canonical import digest
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.facts.event.snapshot import Snapshot

__all__ = ["effect_json", "plan_hash", "plan_json", "predicted_json", "read_effect", "read_plan"]


def plan_hash(effects: Iterable[Effect], policies: Mapping[str, str], event_sha256: str) -> str:
    """SHA-256 over effects with their preconditions, policy hashes and the event's hash."""
    named = [
        {
            "action": effect.action,
            "target": effect.target,
            "arguments": effect.arguments,
            "rule": effect.rule,
            "preconditions": [p.as_json() for p in effect.preconditions],
            "key": effect.key,
        }
        for effect in effects
    ]
    return digest({"effects": named, "policies": dict(policies), "event_sha256": event_sha256})


def effect_json(effect: Effect) -> dict[str, Any]:
    """action, target, arguments, rule, preconditions, emission, key, round; `also` where it is not empty."""
    out: dict[str, Any] = {
        "action": effect.action,
        "target": effect.target,
        "arguments": dict(effect.arguments),
        "rule": effect.rule,
        "preconditions": [p.as_json() for p in effect.preconditions],
        "emission": effect.emission,
        "key": effect.key,
        "round": effect.round,
    }
    if effect.also:
        out["also"] = list(effect.also)
    return out


def plan_json(plan: Plan) -> dict[str, Any]:
    """The whole plan as plain data; `canonical_json` of it is what `--plan-out` writes."""
    out: dict[str, Any] = {
        "hash": plan.hash,
        "effects": [effect_json(effect) for effect in plan.effects],
        "conflicts": [
            {"field": c.field, "target": c.target, "rules": list(c.rules), "message": c.message}
            for c in plan.conflicts
        ],
        "predicted": dict(plan.predicted),
        "policies": dict(plan.policies),
        "event_sha256": plan.event_sha256,
        "rounds": plan.rounds,
        "held_back": [effect_json(effect) for effect in plan.held_back],
        "notes": [{"rule": n.rule, "action": n.action, "reason": n.reason} for n in plan.notes],
        "observed": [effect_json(effect) for effect in plan.observed],
    }
    if plan.models:
        out["models"] = {name: dict(found) for name, found in plan.models.items()}
    return out


def predicted_json(state: Snapshot | None) -> dict[str, Any]:
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
        "title_sha256": sha(state.title),
        "body_sha256": sha(state.body),
    }


_SHAPE: Final = {
    "action": str, "target": str, "arguments": dict, "rule": str, "preconditions": list, "emission": bool,
    "key": str, "round": int, "also": list,
}  # fmt: skip


def read_effect(data: Any) -> Effect:
    """An effect out of its JSON. Raises UsageError when it is none, or of an action that does not exist."""
    if not isinstance(data, dict) or not {"action", "target", "arguments", "rule"} <= set(data):
        raise UsageError("An effect of the plan lacks `action`, `target`, `arguments` or `rule`.")
    for name, value in data.items():
        if name not in _SHAPE or not isinstance(value, _SHAPE[name]):
            raise UsageError(f"An effect of the plan has a wrong member `{name}`.")
    if data["action"] not in ACTIONS:
        raise UsageError(f"The plan holds an action `{data['action']}` that does not exist.")
    guard = data.get("preconditions", [])
    if not all(isinstance(p, dict) and isinstance(p.get("kind"), str) for p in guard):
        raise UsageError("A precondition of the plan has no `kind`.")
    return Effect(
        action=data["action"],
        target=data["target"],
        arguments=data["arguments"],
        rule=data["rule"],
        preconditions=tuple(Precondition(p["kind"], p.get("value")) for p in guard),
        emission=ACTIONS[data["action"]].emission,
        key=data.get("key", ""),
        round=data.get("round", 1),
        also=tuple(data.get("also", ())),
    )


def read_plan(data: Any) -> Plan:
    """A plan out of its JSON. Raises UsageError when it is none, or its hash does not name its content."""
    if not isinstance(data, dict) or not isinstance(data.get("hash"), str):
        raise UsageError("This is no plan: it has no `hash`.", hint="A plan is what `--plan-out FILE` wrote.")
    for name, kind in (("effects", list), ("policies", dict), ("event_sha256", str)):
        if not isinstance(data.get(name), kind):
            raise UsageError(f"This is no plan: `{name}` is missing or of the wrong type.")
    effects = tuple(read_effect(effect) for effect in data["effects"])
    if plan_hash(effects, data["policies"], data["event_sha256"]) != data["hash"]:
        raise UsageError(
            "The plan's hash does not name its content: it was changed after it was made.", hint="Plan again."
        )
    try:
        return Plan(
            effects=effects,
            hash=data["hash"],
            conflicts=tuple(
                Conflict(c["field"], c["target"], tuple(c["rules"]), c["message"])
                for c in data.get("conflicts", ())
            ),
            predicted=data.get("predicted", {}),
            policies=data["policies"],
            event_sha256=data["event_sha256"],
            rounds=data.get("rounds", 1),
            held_back=tuple(read_effect(effect) for effect in data.get("held_back", ())),
            notes=tuple(Note(n["rule"], n["action"], n["reason"]) for n in data.get("notes", ())),
            observed=tuple(read_effect(effect) for effect in data.get("observed", ())),
            models={name: dict(found) for name, found in data.get("models", {}).items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UsageError("This is no plan: a conflict or note is not what a plan holds.") from None
