"""Pairs of rules that undo each other for ever: what one does to a label makes the other true, and back again.

Reported only when certain: whenever the one runs, the other must run on what it leaves behind, and the other
way round. What an effect may change besides labels counts as unknown afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.compile.analysis.analysis_context import place_of
from rulewright.compile.analysis.conflicts import same_events
from rulewright.compile.analysis.desired_state import claims, whole_claims
from rulewright.compile.analysis.implication_index import Catalogue
from rulewright.compile.analysis.logic import TRUE, atom, atoms, needs
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.canonical import canonical_json
from rulewright.program.matchers import LIST_MATCHERS
from rulewright.program.nodes import MatchNode, path_nodes
from rulewright.program.paths import SHORT_NAMES, field_chain

if TYPE_CHECKING:
    from rulewright.compile.analysis.analysis_context import Case, Study
    from rulewright.compile.analysis.logic import Formula, Leaf, Sign

PAIRS: Final = 10_000
"""How many pairs are asked at most."""

_STEADY: Final = {"title", "body", "user", "number", "created_at", "author_association", "draft"}
_LABELLED: Final = ("issues.labeled", "issues.unlabeled", "pull_request.labeled", "pull_request.unlabeled")
_SUBJECTS: Final = frozenset({"$subject", "issue", "pull_request", "discussion"})


Groups = dict[str, set[str]]


class Change(NamedTuple):
    """What a rule changes: labels (there afterwards or not), exclusive groups, other parts of the subject."""

    labels: dict[str, bool]
    groups: set[str]
    touched: set[str]


def loops(study: Study) -> None:
    """Reports each pair once, at the later rule."""
    changers: dict[str, dict[bool, list[Case]]] = {}
    groups = _groups(study)
    for subject in study.subjects:
        if subject.policy.mode == "observe":
            continue
        for case in subject.cases:
            wanted = _changes(case, groups)
            for label in wanted or ():
                changers.setdefault(label, {True: [], False: []})[wanted[label]].append(case)
    places = _label_places(study)
    if not places:
        return
    left = PAIRS
    told: set[frozenset[int]] = set()
    # Two rules of which neither looks at labels follow from each other at one time already: a conflict, no loop.
    looking = {
        id(case)
        for subject in study.subjects
        for case in subject.cases
        if any(leaf.node.path in places for _, leaf in atoms(case.holds))
    }
    # What `action` is depends on the event that an effect brings, and not on the rule before it.
    passing = {**places, **_nodes_of(study, {"action"})}
    for label, sides in changers.items():
        catalogue = Catalogue(sides[True])
        for removes in sides[False]:
            for adds in _before(removes, sides[True], catalogue, passing):
                if id(adds) not in looking and id(removes) not in looking:
                    continue
                left -= 1
                if left < 0:
                    return
                pair = frozenset((id(adds), id(removes)))
                if pair in told or adds is removes or not _meet(adds, removes):
                    continue
                if _undo(adds, removes, study, places, passing, groups):
                    told.add(pair)
                    _report(label, adds, removes)


def _before(then: Case, cases: list[Case], catalogue: Catalogue, places: dict[int, MatchNode]) -> list[Case]:
    """Those of the cases from which may follow what `then` needs besides labels."""
    rest = tuple(atom(sign, leaf) for sign, leaf in needs(then.holds) if leaf.node.path not in places)
    return [cases[number] for number in sorted(catalogue.implying(("and", rest)))] if rest else cases


def _undo(
    one: Case,
    other: Case,
    study: Study,
    places: dict[int, MatchNode],
    passing: dict[int, MatchNode],
    groups: Groups,
) -> bool:
    """Whether each of the two runs on what the other leaves, and they do not already clash at one time."""
    ways = ((one, other), (other, one))
    if not any(_goes_round(*way, study, places, passing, groups) for way in ways):
        return False
    return not (study.forces(one, other) or study.forces(other, one))


def _groups(study: Study) -> Groups:
    """Exclusive groups of labels → the labels of each that a `set_label` names."""
    out: Groups = {}
    for subject in study.subjects:
        for case in subject.cases:
            for use in case.uses:
                if use.name == "set_label":
                    labels = [field[6:] for field, _ in claims(use) if field.startswith("label:")]
                    out.setdefault(str(use.arguments["group"]).casefold(), set()).update(labels)
    return out


def _changes(case: Case, groups: Groups) -> dict[str, bool]:
    """Label → whether it is there afterwards; empty where an argument hides what the rule does to labels."""
    out: dict[str, bool] = {}
    for use in case.uses:
        if "labels" not in ACTION_DECLARATIONS[use.name].changes:
            continue
        found = whole_claims(use)
        if found is None:
            return {}
        for field, value in found:
            if field.startswith("label:"):
                if out.get(field[6:], value) is not value:
                    return {}
                out[field[6:]] = bool(value)
        if use.name == "set_label":
            group = str(use.arguments["group"]).casefold()
            for label in groups[group]:
                out.setdefault(label, False)
    return out


def _meet(one: Case, other: Case) -> bool:
    """Whether the one is asked again where the other ran: in the next round of the plan, or in the next run."""
    if one.owner is other.owner or same_events(one.owner.policy.on, other.owner.policy.on):
        return True
    # Effects on labels bring events of their own, and a sweep comes again.
    return all(same_events(case.owner.policy.on, (*_LABELLED, "schedule")) for case in (one, other))


def _goes_round(
    first: Case,
    then: Case,
    study: Study,
    places: dict[int, MatchNode],
    passing: dict[int, MatchNode],
    groups: Groups,
) -> bool:
    """Whether `then` must run on the state that `first` leaves behind, and `first` on what is left after that."""
    if not study.may_force(first, then, passing) or not study.logic.possible(study.runs(first)):
        return False
    after = _asked(first, then, _after(study.runs(first), first, study, places, groups), study, groups)
    if not _must_run(then, after, study):
        return False
    again = _after(("and", (after, study.runs(then))), then, study, places, groups)
    return _must_run(first, _asked(then, first, again, study, groups), study)


def _must_run(case: Case, state: Formula, study: Study) -> bool:
    return not any(study.logic.possible(state, way) for way in study.kept(case))


def _asked(before: Case, case: Case, state: Formula, study: Study, groups: Groups) -> Formula:
    """The state with what is known of the event that asks a case after another one ran."""
    if before.owner is case.owner or not same_events(case.owner.policy.on, _LABELLED):
        return state
    return ("and", (state, *_labelling(before, study, groups)))


def _labelling(first: Case, study: Study, groups: Groups) -> list[Formula]:
    """What is so of `action` where the event of what a rule did to labels asks another policy."""
    action = "labeled" if any(_changes(first, groups).values()) else "unlabeled"
    leaves = (
        study.logic.leaf(node._replace(matcher="eq", operand=action))
        for node in _nodes_of(study, {"action"}).values()
    )
    return [atom("true", leaf) for leaf in leaves if leaf is not None]


def _after(
    formula: Formula, case: Case, study: Study, places: dict[int, MatchNode], groups: Groups
) -> Formula:
    """What still is so after a rule ran, and what its effects on labels make so."""
    changes = _changes(case, groups)
    hidden = {str(use.arguments["group"]).casefold() for use in case.uses if use.name == "set_label"}
    touched = {part for use in case.uses for part in ACTION_DECLARATIONS[use.name].changes}
    known = []
    for node in places.values():
        for label, present in changes.items():
            matcher = "contains" if present else "contains_none"
            leaf = study.logic.leaf(node._replace(matcher=matcher, operand=label if present else [label]))
            if leaf is not None:
                known.append(atom("true", leaf))
    return ("and", (_kept(formula, Change(changes, hidden, touched), study, places), *known))


def _kept(formula: Formula, change: Change, study: Study, places: dict[int, MatchNode]) -> Formula:
    if formula[0] != "atom":
        return (formula[0], tuple(_kept(part, change, study, places) for part in formula[1]))
    sign, leaf = formula[1], formula[2]
    if leaf.node.path in places:
        return formula if _lasts(sign, leaf, change) else TRUE
    if leaf.other is not None:
        return TRUE
    return formula if _steady(study.program.paths[leaf.node.path], change.touched) else TRUE


def _lasts(sign: Sign, leaf: Leaf, change: Change) -> bool:
    """Whether what a leaf says of the labels is still so after the changes."""
    if leaf.gap is not None or leaf.other is not None or sign not in ("true", "false"):
        return False
    wanted = leaf.want if isinstance(leaf.want, list) else [leaf.want]
    if leaf.m not in LIST_MATCHERS:
        return False
    if not all(isinstance(item, str) for item in wanted):
        return False
    names = [item.casefold() for item in wanted]
    return not any(name in change.labels or name.partition("/")[0] in change.groups for name in names)


def _steady(ast: Any, touched: set[str]) -> bool:
    """Whether an effect on labels, and the others of the rule, leave a path alone."""
    names = field_chain(ast)
    if names is None or names[0].startswith("$let:"):
        return False
    if names == ("$age",):
        return True
    if names[0] in _SUBJECTS and len(names) > 1:
        return (names[1] in _STEADY or names[1] == "state") and names[1] not in touched
    return names[0] == "repository"


def _label_places(study: Study) -> dict[int, MatchNode]:
    """The interned paths of the subject's labels, with the node of a leaf on each, as the rules have it."""
    return _nodes_of(study, {SHORT_NAMES["labels"], "issue.labels[].name"})


def _nodes_of(study: Study, names: set[str]) -> dict[int, MatchNode]:
    """The interned paths of these names, with the node of a leaf on each."""
    from rulewright.program.expression import parse

    texts = {canonical_json(parse(text)) for text in names}
    numbers = {n for n, ast in enumerate(study.program.paths) if canonical_json(ast) in texts}
    out: dict[int, MatchNode] = {}
    for subject in study.subjects:
        for entry in subject.compiled.entries:
            for node in path_nodes(entry.when):
                if isinstance(node, MatchNode) and node.path in numbers:
                    exists = MatchNode(
                        node.path, node.path_text, "exists", True, node.position, folded=node.folded
                    )
                    out.setdefault(node.path, exists)
    return out


def _report(label: str, adds: Case, removes: Case) -> None:
    """At the rule that stands later, or at the one that removes when they stand in two files."""
    later, earlier = (removes, adds)
    if adds.owner is removes.owner and adds.number > removes.number:
        later, earlier = adds, removes
    verbs = {id(adds): "adds", id(removes): "removes"}
    later.owner.report(
        "RW507",
        f"`{later.name}` {verbs[id(later)]} the label `{label}` and so makes `{earlier.name}` "
        f"({place_of(earlier, later.owner)}) true, which {verbs[id(earlier)]} it: they undo each other for ever",
        later.span,
        hint="give one of them a condition that the other does not bring about",
        severity="warning",
    )
