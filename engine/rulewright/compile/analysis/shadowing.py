"""Rules that never run: behind a rule with `stop: true`, behind a skip; and rules that repeat another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.compile.analysis.claims import all_claims_of
from rulewright.compile.analysis.implication_index import ImplicationIndex
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.canonical import canonical_json
from rulewright.program.nodes import ExpressionNode, GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.compile.analysis.analysis_context import AnalysedPolicy, AnalysedRule, AnalysisContext
    from rulewright.policy.json_types import Json
    from rulewright.program.nodes import Node

PAIRS: Final = 30_000
"""How many pairs of one policy are asked at most."""
BEHIND: Final = 200
"""How many rules are asked for each that stops."""


def check_shadowing(analysis: AnalysisContext) -> None:
    """Reports rules that can never run although their condition can be true."""
    for policy in analysis.policies:
        if policy.rules:
            dead = _check_skips(policy, analysis)
            _check_stops(policy, analysis, dead)
            _check_subsumed(policy, analysis, dead | _check_repeated(policy, dead))


def _check_skips(policy: AnalysedPolicy, analysis: AnalysisContext) -> set[int]:
    """Reports rules behind a skip that holds whenever they do; returns their numbers."""
    logic = analysis.logic
    dead = set()
    for skip in policy.skips:
        passed = logic.formula(skip.when, "false")
        if not logic.is_possible(passed):
            continue  # a skip that always holds is reported as such
        for rule in policy.rules:
            if (
                rule.number in dead
                or logic.is_possible(rule.holds, passed)
                or not logic.is_possible(rule.holds)
            ):
                continue
            dead.add(rule.number)
            policy.report(
                "RW504",
                f"`{rule.name}` never runs: the skip `{skip.id}` (line {skip.position.line}) matches whenever it does",
                rule.span,
                hint="narrow the skip, or remove the rule",
            )
    return dead


def _check_stops(policy: AnalysedPolicy, analysis: AnalysisContext, dead: set[int]) -> None:
    """Reports rules behind one that stops and holds whenever they do; adds their numbers to `dead`."""
    logic = analysis.logic
    for stop, rule in _pairs_behind_stops(policy, dead):
        if not analysis.may_force(rule, stop):
            continue
        missed = logic.formula(stop.entry.when, "untrue")
        if logic.is_possible(rule.holds, missed) or not logic.is_possible(rule.holds):
            continue
        dead.add(rule.number)
        policy.report(
            "RW503",
            f"`{rule.name}` never runs: `{stop.name}` (line {stop.line}) matches whenever it does, and stops "
            "the policy",
            rule.span,
            hint=f"move `{rule.name}` before `{stop.name}`, or remove its `stop: true`",
        )


def _pairs_behind_stops(
    policy: AnalysedPolicy, dead: set[int]
) -> Iterator[tuple[AnalysedRule, AnalysedRule]]:
    """A rule that stops and one behind it that may imply it; `dead` grows on the way."""
    stops = [rule for rule in policy.rules if rule.entry.stop]
    if not stops:
        return
    index = ImplicationIndex(policy.rules)
    left = PAIRS
    for stop in stops:
        if stop.number in dead:
            continue
        later = [n for n in index.implying(stop.holds) if n > stop.number and n not in dead]
        for number in sorted(later)[:BEHIND]:
            if left <= 0:
                return
            left -= 1
            yield stop, policy.rules[number]


def _check_subsumed(policy: AnalysedPolicy, analysis: AnalysisContext, dead: set[int]) -> None:
    """Reports rules of which another one does all that they do, whenever they run."""
    changes = {rule.number: changed for rule in policy.rules if (changed := _changes_of(rule)) is not None}
    if len(changes) < 2:
        return
    index = ImplicationIndex(policy.rules)
    left = PAIRS
    for wide in policy.rules:
        if wide.number not in changes or wide.number in dead:
            continue
        for number in sorted(index.implying(wide.holds))[:BEHIND]:
            if number == wide.number or number in dead or number not in changes:
                continue
            if not changes[number] <= changes[wide.number]:
                continue
            left -= 1
            if left < 0:
                return
            rule = policy.rules[number]
            if analysis.forces(rule, wide):
                dead.add(number)
                policy.report(
                    "RW505",
                    f"`{rule.name}` changes nothing that `{wide.name}` (line {wide.line}) does not change, "
                    "which matches whenever it does",
                    rule.span,
                    hint="remove it, or change its actions",
                    severity="warning",
                )


def _changes_of(rule: AnalysedRule) -> frozenset[tuple[str, str]] | None:
    """What a rule changes, by field and value; None where it does something else too, or what it changes is not
    written out."""
    changes: set[tuple[str, str]] = set()
    for use in rule.actions:
        claims = all_claims_of(use) if ACTION_DECLARATIONS[use.name].changes_only_claims else None
        if claims is None:
            return None
        changes.update((field, repr(value)) for field, value in claims)
    return frozenset(changes) if changes and not rule.entry.stop else None


def _check_repeated(policy: AnalysedPolicy, dead: set[int]) -> set[int]:
    """Reports rules with the condition and the actions of an earlier one; returns their numbers."""
    repeated = set()
    first: dict[bytes, AnalysedRule] = {}
    for rule in policy.rules:
        if rule.number in dead or not rule.entry.actions:
            continue
        actions = [[action.name, action.arguments] for action in rule.entry.actions]
        if ["comment", None] in actions:
            continue  # the comment is the rule's own
        earlier = first.setdefault(canonical_json([_without_places(rule.entry.when), actions]), rule)
        if earlier is not rule:
            repeated.add(rule.number)
            policy.report(
                "RW505",
                f"`{rule.name}` has the same condition and actions as `{earlier.name}` (line {earlier.line})",
                rule.span,
                severity="warning",
            )
    return repeated


def _without_places(node: Node) -> Json:
    """A condition without its places; the order of its parts does not count."""
    if isinstance(node, GroupNode):
        return [node.operator, sorted(map(_without_places, node.children), key=canonical_json)]
    if isinstance(node, MatchNode):
        return [*node.test, node.operand]
    if isinstance(node, ExpressionNode):
        return [node.text, node.path]
    without_position = node.to_json()
    without_position.remove([*node.position])
    return without_position
