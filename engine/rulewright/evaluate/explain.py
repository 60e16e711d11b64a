"""Explain: the tree of a condition with what every node expected, saw and decided, and what would turn it.

It runs the very closures that decide, one node at a time; production pays nothing for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from rulewright.evaluate.places import subject_key
from rulewright.evaluate.reason import actual_value, failure_message, find_reason
from rulewright.evaluate.show import expected_text, show, show_at
from rulewright.program.closures import build_closure
from rulewright.program.frame import MISSING, SUBJECT
from rulewright.program.nodes import ExpressionNode, GroupNode, KindNode, MatchNode
from rulewright.program.paths import field_chain
from rulewright.program.truth import ERROR, Truth, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.evaluate.decision import Decision
    from rulewright.evaluate.flip import Flip
    from rulewright.program.compiled_policy import Entry
    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.frame import Frame
    from rulewright.program.nodes import ConstantNode, Node, PathNode
    from rulewright.program.program import Program

__all__ = ["Explained", "Explanation", "explain"]

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Explained:
    """One node. `actual` is masked and cut at 80 characters; `place` is where the value stands in the payload.

    `message`: why it failed; at a fact that a model was asked for, who answered and how surely. `decisive`: whether the
    tree comes out as it does because of this node. Where an `all` is false, those of its children that are not false
    have no part in that, nor has what is below them; the same holds for `any` and `none`, and where a group is unknown
    or in error. It is not in the JSON.
    """

    expression: str
    verdict: Literal["true", "false", "unknown", "error"]
    expected: str
    actual: str | None
    reason: str
    line: int
    column: int
    place: str | None = None
    message: str | None = None
    children: tuple[Explained, ...] = ()
    decisive: bool = True

    def as_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            part.name: getattr(self, part.name) for part in fields(self) if part.name != "decisive"
        }
        out["children"] = [child.as_json() for child in self.children] or None
        return {name: value for name, value in out.items() if value is not None or name == "actual"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one entry of a policy came out as it did. `flips`: the fewest leaves that would turn it.

    `reason` is why the entry was skipped, stopped or left undecided: `because` in JSON, where `reason` is the tree's.
    """

    policy: str
    id: str
    role: str
    status: str
    file: str
    line: int
    tree: Explained
    description: str = ""
    reason: str | None = None
    flips: tuple[Flip, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What models were asked for this entry: see `model_results`."""
    later_rounds: tuple[int, ...] = ()
    """The rounds of planning behind the first in which it matched, where somebody planned; all else is of the first."""

    def as_json(self) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "rule": self.id,
            "role": self.role,
            "status": self.status,
            **({"because": self.reason} if self.reason else {}),
            **({"later_rounds": list(self.later_rounds)} if self.later_rounds else {}),
            "file": self.file,
            **self.tree.as_json(),
            "flip": [flip.as_json() for flip in self.flips],
            **({"detail": dict(self.detail)} if self.detail else {}),
            **({"models": {name: dict(found) for name, found in self.models.items()}} if self.models else {}),
        }


def explain(decision: Decision, policy: str, entry_id: str) -> Explanation:
    """Explain one skip, rule, objective or transition. Raises KeyError when the policy does not have it."""
    from rulewright.evaluate.flip import nearest_flip

    part = decision.policy(policy)
    entry = next((entry for entry in part.policy.entries if entry.id == entry_id), None)
    if entry is None:
        raise KeyError(entry_id)
    frame = decision.frame
    asts = decision.program.paths
    results = {result.id: result for result in (*part.skips, *part.rules)}
    result = results.get(entry_id)
    tree = explain_node(entry.when, frame, asts, _computed(decision.program), _told(decision))
    return Explanation(
        policy=policy,
        id=entry_id,
        role=entry.role,
        status=result.status if result is not None else "skipped",
        file=part.policy.file,
        line=entry.position.line,
        tree=tree,
        description=entry.description,
        reason=result.reason if result is not None else None,
        flips=nearest_flip(entry.when, frame, decision.program),
        detail=result.detail if result is not None else {},
        models=_models(decision, policy, entry),
    )


def _models(decision: Decision, policy: str, entry: Entry) -> Mapping[str, Mapping[str, Any]]:
    if not decision.facts.provenance and not decision.facts.absent:
        return {}
    from rulewright.evaluate.model_results import entry_model_results

    return entry_model_results(decision, policy, entry)


def _computed(program: Program) -> frozenset[str]:
    """The frame keys of named facts that nobody has to gather."""
    facts = [fact for policy in program.policies for fact in policy.facts.values()]
    return frozenset(fact.key for fact in facts if fact.is_computed)


def _told(decision: Decision) -> Mapping[str, str]:
    """The frame key of a named fact → who answered it, where a model was asked."""
    if not decision.facts.provenance and not decision.facts.absent:
        return {}
    from rulewright.evaluate.model_results import format_model_result, model_results

    found = model_results(decision)
    facts = [pair for part in decision.policies for pair in part.policy.facts.items()]
    return {fact.key: format_model_result(name, found[name]) for name, fact in facts if name in found}


def explain_node(
    node: Node,
    frame: Frame,
    asts: tuple[Ast, ...],
    computed: frozenset[str] = frozenset(),
    told: Mapping[str, str] = NOTHING,
) -> Explained:
    """The explained form of one node and all below it."""
    verdict = build_closure(node)(frame)
    line, column = node.position
    if isinstance(node, GroupNode):
        wanted = f"{node.operator} of these"
        children = [explain_node(child, frame, asts, computed, told) for child in node.children]
        deciding = not verdict if node.operator == "none" and isinstance(verdict, bool) else verdict
        return Explained(
            node.operator,
            word(verdict),
            f"{wanted}: {node.text}" if node.text else wanted,
            None,
            _group_reason(verdict),
            line,
            column,
            children=tuple(
                [child if child.verdict == word(deciding) else _without_part(child) for child in children]
            ),
        )
    if not isinstance(node, MatchNode | ExpressionNode):
        return _own(node, frame, verdict)
    value = actual_value(node, frame)
    return Explained(
        expression=_expression(node),
        verdict=word(verdict),
        expected=expected_text(node, frame),
        actual=_shown(node, value),
        reason=find_reason(node, frame, asts, verdict, computed),
        line=line,
        column=column,
        place=_place(asts[node.path], frame),
        message=failure_message(node, frame) if verdict is ERROR else _said(asts[node.path], told),
    )


def _without_part(tree: Explained) -> Explained:
    """A tree no node of which is decisive."""
    return replace(tree, decisive=False, children=tuple(map(_without_part, tree.children)))


def _own(node: ConstantNode | KindNode, frame: Frame, verdict: Truth) -> Explained:
    """A constant, or a node that one kind alone makes: an objective, approvals."""
    detail = node.detail(frame) if isinstance(node, KindNode) else {}
    seen = detail.get("observed")
    return Explained(
        expression=node.text or (node.operator if isinstance(node, KindNode) else "constant"),
        verdict=word(verdict),
        expected=node.expected if isinstance(node, KindNode) else "",
        actual=None if seen is None else show(seen),
        reason=_group_reason(verdict),
        line=node.position.line,
        column=node.position.column,
        message=str(detail.get("reason") or "") or None,
    )


def _said(ast: Ast, told: Mapping[str, str]) -> str | None:
    if not told:
        return None
    from rulewright.program.expression import root_paths

    names = dict.fromkeys(root[0] for root in root_paths(ast) if root and root[0] in told)
    return "; ".join(told[name] for name in names) or None


def _expression(node: PathNode) -> str:
    if isinstance(node, ExpressionNode):
        return f"jmespath: {node.text}"
    return f"{node.path_text}: {node.matcher}"


def _shown(node: PathNode, value: Any) -> str | None:
    return None if value is MISSING else show_at(node, value)


def _group_reason(verdict: Truth) -> str:
    return (
        "ok"
        if verdict is True
        else {"false": "false", "unknown": "not_decided"}.get(word(verdict), "function_failed")
    )


def _place(ast: Ast, frame: Frame) -> str | None:
    """Where in the payload a plain path leads: `issue.title`, also for a short name."""
    names = field_chain(ast)
    if names is None:
        return None
    if names[0] == SUBJECT:
        subject = subject_key(frame)
        return None if subject is None else ".".join((subject, *names[1:]))
    return None if names[0].startswith("$") else ".".join(names)
