"""Pairs of rules that undo each other for ever: what one does to a label makes the other true, and back again.

Reported only when certain: whenever the one runs, the other must run on what it leaves behind, and the other
way round. What an effect may change besides labels counts as unknown afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from rulewright.compile.analysis.analysis_context import describe_place
from rulewright.compile.analysis.claims import all_claims_of, claims_of, label_group
from rulewright.compile.analysis.conflicts import have_common_event, share_events
from rulewright.compile.analysis.formula import (
    ALWAYS,
    Conjunction,
    SignedLeaf,
    required_leaves,
    signed_leaves,
)
from rulewright.compile.analysis.implication_index import ImplicationIndex
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.canonical import canonical_json
from rulewright.program.expression import parse_expression
from rulewright.program.frame import AGE, SUBJECT, SUBJECT_KEYS, is_fact_key
from rulewright.program.nodes import MatchNode, path_nodes
from rulewright.program.paths import SHORT_NAMES, field_chain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.compile.analysis.analysis_context import AnalysedRule, AnalysisContext
    from rulewright.compile.analysis.formula import Formula
    from rulewright.policy.json_types import Json

PAIRS: Final = 10_000
"""How many pairs are asked at most."""

_STEADY: Final = {"title", "body", "user", "number", "created_at", "author_association", "draft", "state"}
"""Fields of the subject that an effect on labels leaves alone."""
_LABELLED: Final = ("issues.labeled", "issues.unlabeled", "pull_request.labeled", "pull_request.unlabeled")
_SUBJECTS: Final = frozenset({SUBJECT, *SUBJECT_KEYS})


def check_loops(analysis: AnalysisContext) -> None:
    """Reports each pair once, at the later rule."""
    labels = _LabelEffects(analysis)
    if not labels.paths:
        return
    left = PAIRS
    reported: set[frozenset[int]] = set()
    for label, adds, removes in labels.opposed_pairs():
        # Two rules of which neither looks at labels follow from each other at one time already: a conflict, no loop.
        if not labels.is_read_by(adds) and not labels.is_read_by(removes):
            continue
        left -= 1
        if left < 0:
            return
        pair = frozenset((id(adds), id(removes)))
        if (
            pair not in reported
            and adds is not removes
            and _may_follow(adds, removes)
            and labels.undo(adds, removes)
        ):
            reported.add(pair)
            _report_loop(label, adds, removes)


class _LabelEffects:
    """What the rules do to labels, and what follows from it.

    `paths`: the interned paths of the subject's labels, with the node of a leaf on each, as the rules have it.
    """

    def __init__(self, analysis: AnalysisContext) -> None:
        self.analysis = analysis
        self.paths = self._nodes_on({SHORT_NAMES["labels"], "issue.labels[].name"})
        self._actions = self._nodes_on({"action"})
        # What `action` is depends on the event that an effect brings, and not on the rule before it.
        self._passing = {*self.paths, *self._actions}
        self._groups: dict[str, set[str]] = defaultdict(set)
        """Exclusive group of labels → the labels of it that a `set_label` names."""
        for policy in analysis.policies:
            for rule in policy.rules:
                for use in rule.actions:
                    if (group := label_group(use)) is not None:
                        self._groups[group].update(
                            field[6:] for field, _ in claims_of(use) if field.startswith("label:")
                        )
        self._changes: dict[AnalysedRule, dict[str, bool]] = {}
        self._readers = {
            rule
            for policy in analysis.policies
            for rule in policy.rules
            if any(signed.leaf.path in self.paths for signed in signed_leaves(rule.holds))
        }

    def _nodes_on(self, names: set[str]) -> dict[int, MatchNode]:
        """The interned paths of these names, with the node of a leaf on each."""
        texts = {canonical_json(parse_expression(text)) for text in names}
        program = self.analysis.program
        numbers = {number for number, ast in enumerate(program.paths) if canonical_json(ast) in texts}
        nodes: dict[int, MatchNode] = {}
        for compiled in program.policies:
            for entry in compiled.entries:
                for node in path_nodes(entry.when):
                    if isinstance(node, MatchNode) and node.path in numbers:
                        any_value = MatchNode(
                            node.path, node.path_text, "exists", True, node.position, folded=node.folded
                        )
                        nodes.setdefault(node.path, any_value)
        return nodes

    def is_read_by(self, rule: AnalysedRule) -> bool:
        """Whether a rule looks at labels."""
        return rule in self._readers

    def opposed_pairs(self) -> Iterator[tuple[str, AnalysedRule, AnalysedRule]]:
        """Label, a rule that adds it, and a rule that removes it and may be true after the first one."""
        changers: dict[str, dict[bool, list[AnalysedRule]]] = {}
        for policy in self.analysis.planning_policies:
            for rule in policy.rules:
                for label, present in self.changes(rule).items():
                    changers.setdefault(label, {True: [], False: []})[present].append(rule)
        for label, sides in changers.items():
            index = ImplicationIndex(sides[True])
            for removes in sides[False]:
                for adds in self._rules_before(removes, sides[True], index):
                    yield label, adds, removes

    def _rules_before(
        self, then: AnalysedRule, rules: list[AnalysedRule], index: ImplicationIndex
    ) -> list[AnalysedRule]:
        """Those of the rules from which may follow what `then` needs besides labels."""
        rest = tuple(
            signed for signed in required_leaves(then.holds) if signed.leaf.path not in self._passing
        )
        return [rules[number] for number in sorted(index.implying(Conjunction(rest)))] if rest else rules

    def changes(self, rule: AnalysedRule) -> dict[str, bool]:
        """Label → whether it is there after the rule; empty where an argument hides what the rule does to labels."""
        if rule not in self._changes:
            self._changes[rule] = self._read_changes(rule)
        return self._changes[rule]

    def _read_changes(self, rule: AnalysedRule) -> dict[str, bool]:
        changes: dict[str, bool] = {}
        for use in rule.actions:
            if "labels" not in ACTION_DECLARATIONS[use.name].changes:
                continue
            values = all_claims_of(use)
            if values is None:
                return {}
            for field, value in values:
                if field.startswith("label:") and changes.setdefault(field[6:], bool(value)) is not value:
                    return {}
            if (group := label_group(use)) is not None:
                for label in self._groups[group]:
                    changes.setdefault(label, False)
        return changes

    def undo(self, rule: AnalysedRule, other: AnalysedRule) -> bool:
        """Whether each of the two runs on what the other leaves, and they do not already clash at one time."""
        if not self._goes_round(rule, other) and not self._goes_round(other, rule):
            return False
        return not (self.analysis.forces(rule, other) or self.analysis.forces(other, rule))

    def _goes_round(self, first: AnalysedRule, then: AnalysedRule) -> bool:
        """Whether `then` must run on the state that `first` leaves behind, and `first` on what is left after that."""
        analysis = self.analysis
        if not analysis.may_force(first, then, self._passing) or not analysis.logic.is_possible(
            analysis.runs(first)
        ):
            return False
        after = self._state_seen_by(then, first, analysis.runs(first))
        if not self._must_run(then, after):
            return False
        return self._must_run(
            first, self._state_seen_by(first, then, Conjunction((after, analysis.runs(then))))
        )

    def _must_run(self, rule: AnalysedRule, state: Formula) -> bool:
        return not any(
            self.analysis.logic.is_possible(state, way) for way in self.analysis.ways_not_to_run(rule)
        )

    def _state_seen_by(self, then: AnalysedRule, first: AnalysedRule, before: Formula) -> Formula:
        """What is so when `then` is asked after `first` ran in the state `before`."""
        state = self._state_after(first, before)
        if first.policy is then.policy or not have_common_event(then.policy.written.on, _LABELLED):
            return state
        # The event of what the rule did to labels asks the other policy.
        action = "labeled" if any(self.changes(first).values()) else "unlabeled"
        return Conjunction((state, *self._leaves(self._actions, "eq", action)))

    def _state_after(self, rule: AnalysedRule, before: Formula) -> Formula:
        """What still is so after a rule ran, and what its effects on labels make so."""
        known = [
            leaf
            for path in self.paths
            for label, present in self.changes(rule).items()
            for leaf in self._leaves(
                {path: self.paths[path]},
                "contains" if present else "contains_none",
                label if present else [label],
            )
        ]
        return Conjunction((self._keep_lasting(before, rule), *known))

    def _leaves(self, nodes: dict[int, MatchNode], matcher: str, value: Json) -> Iterator[SignedLeaf]:
        """That the matcher holds of each of the paths."""
        for node in nodes.values():
            leaf = self.analysis.logic.leaf(node._replace(matcher=matcher, operand=value))
            if leaf is not None:
                yield SignedLeaf("true", leaf)

    def _keep_lasting(self, formula: Formula, rule: AnalysedRule) -> Formula:
        """The formula without what the rule's effects may change."""
        if not isinstance(formula, SignedLeaf):
            return type(formula)(tuple(self._keep_lasting(part, rule) for part in formula.parts))
        if formula.leaf.path in self.paths:
            return formula if self._lasts(formula, rule) else ALWAYS
        is_steady = formula.leaf.compared is None and self._is_steady(formula.leaf.path, rule)
        return formula if is_steady else ALWAYS

    def _lasts(self, signed: SignedLeaf, rule: AnalysedRule) -> bool:
        """Whether what a leaf says of the labels is still so after the rule."""
        leaf = signed.leaf
        if leaf.on_missing is not None or leaf.compared is not None or signed.sign not in ("true", "false"):
            return False
        if leaf.family != "membership" or len(leaf.texts) < len(leaf.options):
            return False
        changed = self.changes(rule)
        groups = {label_group(use) for use in rule.actions}
        names = [text.casefold() for text in leaf.texts]
        return not any(name in changed or name.partition("/")[0] in groups for name in names)

    def _is_steady(self, path: int, rule: AnalysedRule) -> bool:
        """Whether an effect on labels, and the others of the rule, leave a path alone."""
        names = field_chain(self.analysis.program.paths[path])
        if names is None or is_fact_key(names[0]):
            return False
        if names == (AGE,):
            return True
        if names[0] in _SUBJECTS and len(names) > 1:
            return names[1] in _STEADY and not any(
                names[1] in ACTION_DECLARATIONS[use.name].changes for use in rule.actions
            )
        return names[0] == "repository"


def _may_follow(rule: AnalysedRule, other: AnalysedRule) -> bool:
    """Whether the one is asked again where the other ran: in the next round of the plan, or in the next run."""
    # Effects on labels bring events of their own, and a sweep comes again.
    return share_events(rule, other) or all(
        have_common_event(each.policy.written.on, (*_LABELLED, "schedule")) for each in (rule, other)
    )


def _report_loop(label: str, adds: AnalysedRule, removes: AnalysedRule) -> None:
    """At the rule that stands later, or at the one that removes when they stand in two files."""
    verbs = {adds: "adds", removes: "removes"}
    later, earlier = (removes, adds)
    if adds.policy is removes.policy and adds.number > removes.number:
        later, earlier = adds, removes
    later.policy.report(
        "RW507",
        f"`{later.name}` {verbs[later]} the label `{label}`, which makes `{earlier.name}` "
        f"({describe_place(earlier, later.policy)}) true, which "
        f"{verbs[earlier]} it: the rules undo each other endlessly",
        later.span,
        hint="add a condition to one of them that the other does not make true",
        severity="warning",
    )
