"""The JSON report: one document per event, the interface for other tools.

    {"event": {"name", "action", "subject", "sha256"},
     "decision": {"policies": [{"name", "kind", "verdict", "rules": [{"id", "status", "reason"?, "later_rounds"?}]}]},
     "plan": {"hash", "effects": [{"action", "target", "arguments", "rule", "preconditions"}]}}

`status` is that of the first planning round; `later_rounds` are the rounds in which a rule matched on the predicted
state. A stream lists the rules that are not `not_matched`, and `not_matched` counts the others. Objectives and
transitions also have `detail`. `plan` has `conflicts`, `observed`, `notes` and `held_back` if there are any; `absent`
has the unresolved facts with reasons; `applied` has the outcome of each effect of an applied plan. The payload is never
included.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rulewright.report.applied import applied_document
from rulewright.report.terminal import escape_commands_in_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.plan import Effect, Plan
    from rulewright.report.evaluation import Evaluation, PolicyView, RuleView


def evaluation_document(shown: Evaluation, stats: Mapping[str, object] | None = None) -> dict[str, object]:
    """The JSON form of one evaluation, with `stats` if they were requested."""
    document: dict[str, object] = {
        "event": {
            "name": shown.name,
            "action": shown.action,
            "subject": shown.subject,
            "sha256": shown.sha256,
        },
        "decision": {"policies": [policy_document(policy, shown.every) for policy in shown.policies]},
        "plan": plan_document(shown.plan),
    }
    if shown.absent:
        document["absent"] = dict(shown.absent)
    if shown.records is not None:
        document["applied"] = applied_document(shown.records)
    elif shown.dry:
        document["dry_run"] = shown.dry
    return document if stats is None else {**document, "stats": dict(stats)}


def policy_document(policy: PolicyView, every: bool) -> dict[str, object]:
    document: dict[str, object] = {
        "name": policy.name,
        "kind": policy.kind,
        "verdict": policy.verdict,
        "rules": [rule_document(rule) for rule in policy.rules],
    }
    if not every:
        document["not_matched"] = policy.not_matched
    if policy.mode == "observe":
        document["mode"] = policy.mode
    return document


def rule_document(rule: RuleView) -> dict[str, object]:
    document: dict[str, object] = {"id": rule.id, "status": rule.status}
    if rule.reason is not None:
        document["reason"] = rule.reason
    if rule.later:
        document["later_rounds"] = list(rule.later)
    if rule.detail:
        document["detail"] = dict(rule.detail)
    return document


def plan_document(plan: Plan) -> dict[str, object]:
    document: dict[str, object] = {
        "hash": plan.hash,
        "effects": [effect_document(effect) for effect in plan.effects],
    }
    if plan.conflicts:
        document["conflicts"] = [conflict.as_json() for conflict in plan.conflicts]
    if plan.observed:
        document["observed"] = [effect_document(effect) for effect in plan.observed]
    if plan.notes:
        document["notes"] = [note._asdict() for note in plan.notes]
    if plan.held_back:
        document["held_back"] = [effect_document(effect) for effect in plan.held_back]
    if plan.models:
        document["models"] = {name: dict(found) for name, found in plan.models.items()}
    return document


def effect_document(effect: Effect) -> dict[str, object]:
    return {
        "action": effect.action,
        "target": effect.target,
        "arguments": dict(effect.arguments),
        "rule": effect.rule,
        "preconditions": [needed.as_json() for needed in effect.preconditions],
    }


def json_line(document: object) -> str:
    """The document on one line, in ASCII, so that any text, including lone surrogates, is preserved."""
    return escape_commands_in_json(json.dumps(document, separators=(",", ":"), allow_nan=False)) + "\n"


def json_text(document: object) -> str:
    """The document with indentation, for readability."""
    return escape_commands_in_json(json.dumps(document, indent=2, allow_nan=False)) + "\n"
