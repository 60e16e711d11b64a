"""One draft decided: facts, decision, plan and the later rounds of planning, or the error that ended it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.evaluate.evaluator import evaluate
from rulewright.evaluate.explain import explain
from rulewright.facts.gather import gather
from rulewright.facts.gathering import gather_more
from rulewright.facts.regather import gather_after
from rulewright.planning.replan import decide_and_plan
from rulewright.planning.rounds import decision_about
from rulewright.policy.diagnostics import RulewrightError, SourceError

if TYPE_CHECKING:
    from rulewright.actions.plan import Plan
    from rulewright.evaluate.decision import Decision
    from rulewright.evaluate.explain import Explanation
    from rulewright.events.model import Facts
    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.planning.rounds import DecidedRound
    from rulewright.program.program import Program
    from rulewright_tui.session.edits import Draft


class RuleRef(NamedTuple):
    """The name of an entry of a policy."""

    policy: str
    id: str


class Outcome(NamedTuple):
    """What a draft leads to. `error`: why there is no decision, or no plan."""

    draft: Draft
    facts: Facts | None = None
    decision: Decision | None = None
    plan: Plan | None = None
    later: tuple[DecidedRound, ...] = ()
    error: RulewrightError | None = None

    @property
    def rounds(self) -> int:
        return self.plan.rounds if self.plan is not None else 1


def decide(
    program: Program,
    draft: Draft,
    before: Outcome | None = None,
    *,
    ask_models: bool = False,
    reader: PayloadReader | None = None,
) -> Outcome:
    """Gather, evaluate and plan for a draft; whatever goes wrong becomes the outcome's error.

    `before`: an outcome of the same event under the same program, of which facts are kept that the edit does not
    touch. `ask_models`: models are asked anew. `reader` fetches what stands around the subject; what it read before
    is in the draft (`carry_read_parts`).
    """
    try:
        if before is not None and before.facts is not None and _is_same_event(before, draft):
            facts = gather_after(
                program,
                before.facts,
                draft.event,
                now=draft.now,
                given=draft.given,
                given_before=before.draft.given,
                ask_models=ask_models,
            )
            if reader is not None:
                facts = gather_more(program, facts, (), reader)
        else:
            facts = gather(program, draft.event, now=draft.now, given=draft.given, reader=reader)
    except Exception as error:  # noqa: BLE001 — shown in the pane; the session goes on
        return Outcome(draft, error=_as_error(error))
    try:
        return Outcome(draft, *decide_and_plan(program, facts, reader))
    except Exception as error:  # noqa: BLE001
        return Outcome(draft, facts, _decision_without_plan(program, facts), error=_as_error(error))


def _decision_without_plan(program: Program, facts: Facts) -> Decision | None:
    """What is decided where no plan can be made; None where that fails too."""
    try:
        return evaluate(program, facts)
    except Exception:  # noqa: BLE001 — the error of planning is that of deciding, and is shown
        return None


def _is_same_event(before: Outcome, draft: Draft) -> bool:
    return before.draft.event[:2] == draft.event[:2]


def explain_rule(outcome: Outcome, rule: RuleRef, round_: int = 1) -> Explanation | None:
    """Why an entry came out as it did in a round of planning; None where it was not decided in that round."""
    decision = outcome.decision
    if round_ > 1:
        decision = decision_about(outcome.later, round_, rule.policy, rule.id)
    if decision is None:
        return None
    try:
        return explain(decision, rule.policy, rule.id)
    except KeyError:
        return None


def _as_error(error: Exception) -> RulewrightError:
    if isinstance(error, RulewrightError):
        return error
    return SourceError(f"unexpected {type(error).__name__}: {error}")
