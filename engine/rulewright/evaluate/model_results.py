"""Which facts a model was asked for, what was taken, and from whom: for plans, journals and people.

Only values out of a closed list are told; what a model wrote freely may hold what somebody else wrote.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rulewright.events.fact_source import STALE
from rulewright.policy.fact_sources import asks_model
from rulewright.program.frame import MISSING
from rulewright.program.nodes import MatchNode, path_nodes
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.evaluate.decision import Decision
    from rulewright.policy.json_types import Json
    from rulewright.program.compiled_policy import Entry
    from rulewright.program.named_facts import CompiledFact
    from rulewright.program.nodes import Node

HEURISTIC: Final = "heuristic"
_WORD: Final = re.compile(r"\w+")
_BRACES: Final = re.compile(r"\{\{(.*?)\}\}")
_PLACES: Final = frozenset({"path", "fact", "text", "jmespath"})
"""Keys under which a path or an expression stands in actions and facts."""


def entry_model_results(decision: Decision, policy: str, entry: Entry) -> dict[str, dict[str, Any]]:
    """As `model_results`, for the facts that one entry looks at or uses, directly or by way of another fact."""
    facts = decision.policy(policy).policy.facts
    answers = model_results(decision, policy)
    if not answers:
        return {}
    seen: set[str] = set()
    pending = {*_condition_names(entry.when)}
    for action in entry.actions:
        pending.update(_written_names(action.arguments))
    while pending:
        name = pending.pop()
        if name in facts and name not in seen:
            pending.update(_fact_names(facts[name]))
        seen.add(name)
    return {name: answer for name, answer in answers.items() if name in seen}


def _condition_names(node: Node) -> Iterator[str]:
    """The names in all paths and expressions of a condition, as they are written."""
    for leaf in path_nodes(node):
        yield from _WORD.findall(leaf.path_text if isinstance(leaf, MatchNode) else leaf.text)
        if isinstance(leaf, MatchNode) and leaf.fact_path is not None:
            yield from _WORD.findall(leaf.fact_name)


def _fact_names(fact: CompiledFact) -> Iterator[str]:
    """The names in all paths and expressions that a fact is made of."""
    yield from _written_names({**fact.arguments})
    for case in fact.cases:
        if case.when is not None:
            yield from _condition_names(case.when)


def _written_names(written: Json) -> Iterator[str]:
    """The names in all paths and expressions of arguments, as they are written."""
    if isinstance(written, str):
        for inner in _BRACES.findall(written):
            yield from _WORD.findall(inner)
    elif isinstance(written, list):
        for item in written:
            yield from _written_names(item)
    elif isinstance(written, dict):
        for key, value in written.items():
            if key in _PLACES and isinstance(value, str):
                yield from _WORD.findall(value)
            else:
                yield from _written_names(value)


def model_results(decision: Decision, only: str | None = None) -> dict[str, dict[str, Any]]:
    """Fact → {tier, value?, model?, provider?, probabilities?, margin?, tokens?, note?, replayed?, stale_text_sha256?,
    reason?, tried?}.

    `tier` is that of who answered; `heuristic` without a `provider` where the policy's own `otherwise:` spoke, with
    the `reason` why no model did; `none` where nobody knew. Facts for which nobody was asked are not in it. `only`: of
    that policy.
    """
    facts = decision.facts
    out: dict[str, dict[str, Any]] = {}
    for policy, name, key, arguments in _asked(decision):
        if (
            name in out
            or (only is not None and policy != only)
            or (key not in facts.provenance and key not in facts.absent)
        ):
            continue
        found: dict[str, Any] = dict(facts.provenance.get(key, {}))
        if key in facts.values:
            value = facts.values[key]
        else:
            value = _value(decision, policy, name)
            reason = facts.absent[key].text if key in facts.absent else ""
            found |= {"tier": "none" if value is None else HEURISTIC, "reason": reason}
        if isinstance(value, str) and _is_closed(value, found, arguments):
            found["value"] = value
        out[name] = found
    return out


def format_model_result(name: str, found: Mapping[str, Any]) -> str:
    """Format a model result on one line: `severity: high, api small (0.82, margin 0.61); local: no model`."""
    said = f"{name}: {found['value']}" if "value" in found else name
    tier = found.get("tier")
    if tier == HEURISTIC:
        text = f"{said}, by heuristic {found.get('model', '')}".rstrip()
    elif tier == "none":
        text = f"{said}: no confident answer"
    else:
        text = f"{said}, {'classifier' if tier == 'learnt' else tier} {str(found.get('model', ''))[:24]}".rstrip()
    chances = found.get("probabilities") or {}
    if chances:
        best = max(chances.values())
        lead = f", margin {found['margin']:.2f}" if isinstance(found.get("margin"), int | float) else ""
        text += f" ({best:.2f}{lead})"
    if found.get("replayed"):
        text += ", from a cassette"
    if found.get(STALE):
        text += ", to an earlier text"
    why = [str(found[key]) for key in ("note", "reason") if found.get(key)]
    why = why or [f"{one['provider']}: {one['reason']}" for one in found.get("tried", ())]
    return f"{text}; {'; '.join(why)}" if why else text


def _asked(decision: Decision) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """(policy, fact, its key among the gathered ones, arguments) of what asks a model, always or this time."""
    for part in decision.policies:
        for name, fact in part.policy.facts.items():
            for ending, step in fact.gathered_steps:
                if asks_model(step.source) or name + ending in decision.facts.provenance:
                    yield part.name, name, name + ending, step.arguments
                    break


def _value(decision: Decision, policy: str, name: str) -> Any:
    from rulewright.program.expression import ExpressionError, ExpressionFailure

    try:
        found = decision.value(policy, name)
    except (ExpressionError, ExpressionFailure):
        return None
    return None if found is MISSING or found is ERROR else found


def _is_closed(value: str, found: Mapping[str, Any], arguments: Mapping[str, Any]) -> bool:
    task = arguments.get("classify")
    labels = (task.get("labels") if isinstance(task, dict) else None) or arguments.get("into") or ()
    return value in labels or value in (found.get("probabilities") or ())
