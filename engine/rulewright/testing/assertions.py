"""A case, judged: everything in which the decision and the plan differ from what it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.evaluate.evaluator import evaluate
from rulewright.planning.planner import plan
from rulewright.planning.replan import decide_and_plan
from rulewright.testing.effects import match_effects
from rulewright.testing.failure_messages import describe_difference
from rulewright.testing.model import CaseResult, Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.actions.plan import Effect, Plan
    from rulewright.evaluate.decision import Decision, PolicyDecision
    from rulewright.program.program import Program
    from rulewright.testing.model import PreparedCase


def judge_case(ready: PreparedCase) -> CaseResult:
    """What came of the case, with every difference told for people."""
    _, decision, made, _ = decide_and_plan(ready.program, ready.facts)
    differences = list(_compare_decision(ready, decision))
    differences += _compare_plan(ready, made)
    problems = tuple(describe_difference(one, ready, decision, made) for one in differences)
    return CaseResult(ready.case, "failed" if problems else "passed", problems, ready, decision, made)


def case_passes(ready: PreparedCase, program: Program) -> bool:
    """Whether a case holds on a variant of its program; the first difference settles it."""
    decision = evaluate(program, ready.facts)
    if next(_compare_decision(ready, decision), None) is not None:
        return False
    return next(_compare_plan(ready, plan(decision)), None) is None


def _compare_decision(ready: PreparedCase, decision: Decision) -> Iterator[Difference]:
    expected = ready.expected
    for wanted in expected.rules:
        status, reason = _status_of(decision.policy(wanted.policy), wanted.entry)
        if status != wanted.status:
            yield Difference(
                "rule", ("rules", wanted.key), wanted.status, status, wanted.policy, wanted.entry, reason
            )
    if expected.verdict is not None:
        verdict = decision.policy(expected.policy).verdict
        if verdict.casefold() != expected.verdict.casefold():
            yield Difference("verdict", ("verdict",), expected.verdict, verdict, expected.policy)
    if expected.skip is not None:
        part = decision.policy(expected.policy)
        ended = part.skipped_by
        if ended is None or ended.id != expected.skip or part.skips[-1].status != "matched":
            found = None if ended is None else f"{ended.id} ({part.skips[-1].status})"
            yield Difference("skip", ("skip",), expected.skip, found, expected.policy, expected.skip)


def _status_of(part: PolicyDecision, entry: str) -> tuple[str, str | None]:
    """The status of a rule, or of a skip; a skip below the one that ended the policy was `skipped` itself."""
    for result in (*part.rules, *part.skips):
        if result.id == entry:
            return result.status, result.reason
    return "skipped", f"skip {part.skipped_by.id}" if part.skipped_by is not None else None


def _compare_plan(ready: PreparedCase, made: Plan) -> Iterator[Difference]:
    expected = ready.expected
    if expected.effects is not None:
        effects: tuple[Effect, ...] = made.effects
        missing, extra = match_effects(expected.effects, effects, ready.program)
        if missing or extra:
            yield Difference("effects", ("effects",), missing, extra)
    wanted = expected.conflicts
    # A conflict that nobody speaks of is a surprise wherever the effects are pinned, and a loop anywhere.
    if wanted is None and (expected.effects is not None or any(one.is_loop for one in made.conflicts)):
        wanted = ()
    if wanted is not None:
        found = sorted(conflict.field for conflict in made.conflicts)
        if found != sorted(wanted):
            yield Difference("conflicts", ("conflicts",), sorted(wanted), found)
