"""Rules that never run: behind a rule with `stop: true`, behind a skip; and rules that stand there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.analysis.desired_state import whole_claims
from rulewright.compile.analysis.implication_index import Catalogue
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.canonical import canonical_json
from rulewright.program.nodes import ExpressionNode, GroupNode, MatchNode

if TYPE_CHECKING:
    from rulewright.compile.analysis.analysis_context import Case, Study, Subject
    from rulewright.policy.json_types import Json
    from rulewright.program.nodes import Node

PAIRS: Final = 30_000
"""How many pairs of one policy are asked at most."""
BEHIND: Final = 200
"""How many rules are asked for each that stops."""


def shadowing(study: Study) -> None:
    """Reports rules that can never run although their condition can be true."""
    for subject in study.subjects:
        if not subject.cases:
            continue
        dead = _behind_skips(subject, study)
        _behind_stops(subject, study, dead)
        repeated = _repeated(subject, dead)
        _subsumed(subject, study, dead | repeated)


def _behind_skips(subject: Subject, study: Study) -> set[int]:
    logic = study.logic
    dead = set()
    for skip in subject.skips:
        passed = logic.formula(skip.when, "false")
        if not logic.possible(passed):
            continue  # a skip that always holds is reported as such
        for case in subject.cases:
            if case.number in dead or logic.possible(case.holds, passed) or not logic.possible(case.holds):
                continue
            dead.add(case.number)
            subject.report(
                "RW504",
                f"`{case.name}` never runs: the skip `{skip.id}` (line {skip.at[0]}) holds whenever it does",
                case.span,
                hint="narrow the skip, or remove the rule",
            )
    return dead


def _behind_stops(subject: Subject, study: Study, dead: set[int]) -> None:
    logic = study.logic
    stops = [case for case in subject.cases if case.entry.stop]
    if not stops:
        return
    catalogue = Catalogue(subject.cases)
    left = PAIRS
    for stop in stops:
        if stop.number in dead:
            continue
        missed = logic.formula(stop.entry.when, "untrue")
        later = [n for n in catalogue.implying(stop.holds) if n > stop.number and n not in dead]
        for number in sorted(later)[:BEHIND]:
            case = subject.cases[number]
            if left <= 0:
                return
            left -= 1
            if not study.may_force(case, stop):
                continue
            if logic.possible(case.holds, missed) or not logic.possible(case.holds):
                continue
            dead.add(number)
            subject.report(
                "RW503",
                f"`{case.name}` never runs: `{stop.name}` (line {stop.entry.at[0]}) holds whenever it does, "
                "and stops",
                case.span,
                hint=f"put `{case.name}` before `{stop.name}`, or remove `stop: true` there",
            )


def _subsumed(subject: Subject, study: Study, dead: set[int]) -> None:
    """Reports rules of which another one does all that they do, whenever they run."""
    wanted = {case.number: found for case in subject.cases if (found := _claimed(case)) is not None}
    if len(wanted) < 2:
        return
    catalogue = Catalogue(subject.cases)
    left = PAIRS
    for wide in subject.cases:
        if wide.number not in wanted or wide.number in dead:
            continue
        for number in sorted(catalogue.implying(wide.holds))[:BEHIND]:
            if number == wide.number or number in dead or number not in wanted:
                continue
            if not wanted[number] <= wanted[wide.number]:
                continue
            left -= 1
            if left < 0:
                return
            case = subject.cases[number]
            if not study.forces(case, wide):
                continue
            dead.add(number)
            subject.report(
                "RW505",
                f"`{case.name}` changes nothing more than `{wide.name}` (line {wide.entry.at[0]}), "
                "which holds whenever it does",
                case.span,
                hint="remove it, or let it do something else",
                severity="warning",
            )


def _claimed(case: Case) -> frozenset[Any] | None:
    """What a rule changes, by field and value; None where it does something else too, or what it changes is not
    written out."""
    found: set[Any] = set()
    for use in case.uses:
        asked = whole_claims(use) if ACTION_DECLARATIONS[use.name].changes_only_claims else None
        if asked is None:
            return None
        found.update((field, repr(value)) for field, value in asked)
    return frozenset(found) if found and not case.entry.stop else None


def _repeated(subject: Subject, dead: set[int]) -> set[int]:
    found = set()
    first: dict[bytes, Case] = {}
    for case in subject.cases:
        if case.number in dead or not case.entry.then:
            continue
        then = [{"action": use["action"], "arguments": use["arguments"]} for use in case.entry.then]
        if any(use["action"] == "comment" and use["arguments"] is None for use in then):
            continue  # the comment is the rule's own
        earlier = first.setdefault(canonical_json([_plain(case.entry.when), then]), case)
        if earlier is not case:
            found.add(case.number)
            subject.report(
                "RW505",
                f"`{case.name}` says the same as `{earlier.name}` (line {earlier.entry.at[0]})",
                case.span,
                severity="warning",
            )
    return found


def _plain(node: Node) -> Json:
    """A condition without its places; the order of its parts does not count."""
    if isinstance(node, GroupNode):
        return [node.operator, sorted(map(_plain, node.children), key=canonical_json)]
    if isinstance(node, MatchNode):
        return [*node.test, node.operand]
    if isinstance(node, ExpressionNode):
        return [node.text, node.path]
    without_position = node.to_json()
    without_position.remove([*node.position])
    return without_position
