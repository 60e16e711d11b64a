"""One event all the way: recognised, gathered for, decided and planned, with the exit code that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.events.recognise import recognise
from rulewright.events.snapshot import subject
from rulewright.facts.gather import gather
from rulewright.planning.replan import decide_and_plan
from rulewright.policy.diagnostics import RulewrightError, UsageError
from rulewright.policy.kinds import KINDS
from rulewright.policy.named_tuple import NamedTuple
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.plan import Plan
    from rulewright.evaluate.decision import Decision
    from rulewright.events.model import Event
    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.program.program import Program
    from rulewright.run.journal import Record


class Inputs(NamedTuple):
    """What an evaluation takes besides the event.

    `now`: an ISO 8601 moment in UTC, the clock's where it is None. `given`: facts by name, which are not gathered.
    `event_name`: which event it is, where its shape does not tell.
    """

    now: str | None = None
    given: Mapping[str, object] | None = None
    event_name: str | None = None


class SubjectPlan(NamedTuple):
    """One event, what is decided about it, and the plan."""

    event: Event
    decision: Decision
    plan: Plan

    @property
    def target(self) -> str:
        """`octo-org/demo#12`; empty where the event is about nothing that has a name."""
        return target_of(self.event)


class SubjectResult(NamedTuple):
    """The outcome of one subject: its plan, or the error that ended it. `code` is its exit code.

    `records`: what the effects came to; None in a dry run, of which `dry` may give the reason.
    """

    target: str
    code: int
    planned: SubjectPlan | None = None
    records: tuple[Record, ...] | None = None
    dry: str = ""
    error: RulewrightError | None = None

    @property
    def changed(self) -> bool:
        """Whether an effect was done."""
        return any(record.is_done for record in self.records or ())

    @property
    def noteworthy(self) -> bool:
        """Whether anything is to be done, is in doubt or went wrong."""
        if self.planned is None or self.code:
            return True
        _, decision, plan = self.planned
        doubtful = plan.conflicts or plan.notes or plan.held_back or plan.observed or decision.facts.absent
        return bool(plan.effects or doubtful) or any(
            rule.status in ("undetermined", "error") for part in decision.policies for rule in part.notable
        )


def target_of(event: Event) -> str:
    """The name of the event's subject; empty where it has none."""
    about = subject(event)
    return about.target if about is not None else ""


def plan_subject(
    program: Program,
    event: Event,
    inputs: Inputs,
    *,
    reader: PayloadReader | None = None,
    allowance: int | None = None,
) -> SubjectPlan:
    """Gather, decide and plan for one event. `allowance`: the number of effects that the run's budget leaves.

    Raises RulewrightError for facts that cannot be gathered and policies that end in a circle.
    """
    facts = gather(program, event, now=inputs.now, given=inputs.given, reader=reader)
    planned = decide_and_plan(program, facts, reader, allowance=allowance)
    return SubjectPlan(event, planned.decision, planned.plan)


def evaluate_document(
    program: Program,
    document: object,
    inputs: Inputs,
    where: str,
    *,
    path: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> SubjectResult:
    """Recognise a decoded JSON document as an event, and plan for it. `where` names it in messages.

    Raises UsageError for a document that is no event, else as `plan_subject`.
    """
    try:
        event = recognise(document, name=inputs.event_name, environ=environ, path=path)
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint) from error
    planned = plan_subject(program, event, inputs)
    return SubjectResult(planned.target, exit_code(planned.decision, planned.plan), planned)


def exit_code(decision: Decision, plan: Plan) -> int:
    """Negative verdicts 1, undetermined gates 3, failed sources 4, conflicts and spent budgets 5.

    A policy in `mode: observe` has no say.
    """
    codes = {
        exit_codes.OF_OUTCOMES[outcome]
        for part in decision.policies
        if part.mode == "enforce" and (outcome := KINDS[part.kind].outcomes.get(part.verdict)) is not None
    }
    if any(absent.failed for absent in decision.facts.absent.values()):
        codes.add(exit_codes.FAILED)
    if plan.failures:
        codes.add(exit_codes.NEGATIVE)
    if plan.conflicts or plan.held_back:
        codes.add(exit_codes.PARTLY)
    return exit_codes.combine(codes)
