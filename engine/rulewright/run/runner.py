"""A run over many subjects: gather, decide and plan for some, write down what is intended, apply it, report it.

Intents of a batch are stored before its first write, records right after each write: the next run takes up what an
interrupted one left.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from rulewright.events.snapshot import subject, subject_data
from rulewright.planning.budget import cost
from rulewright.planning.redaction import clean_content
from rulewright.policy.diagnostics import RulewrightError, SourceError
from rulewright.run import exit_codes
from rulewright.run.apply import apply
from rulewright.run.audit import audit
from rulewright.run.concurrent_changes import Meanwhile
from rulewright.run.execution import PAUSED
from rulewright.run.journal import Record, intent, run_record
from rulewright.run.late_notifications import keep_unsent, send_late
from rulewright.run.pipeline import Inputs, SubjectPlan, SubjectResult, exit_code, plan_subject, target_of
from rulewright.run.resume import take_up_interrupted
from rulewright.run.state.memory import content_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rulewright.actions.plan import Plan
    from rulewright.events.model import Event
    from rulewright.run.context import RunContext, RunSummary

BATCH: Final = 20
"""Subjects whose intents are stored together: state on GitHub costs three writes each time."""
SWEEPS: Final = frozenset({"schedule"})


def run_subjects(
    context: RunContext, events: Iterable[Event], on_result: Callable[[SubjectResult], None]
) -> RunSummary:
    """Decide about each event, apply the plans where `context` has a port, and hand each result on as it comes.

    Raises SourceError when the journal cannot be kept; whatever else goes wrong is in a result or in the summary.
    """
    try:
        for result in Runner(context).run(events):
            on_result(result)
    except KeyboardInterrupt:
        # A workflow that is cancelled has a few seconds left: enough to put away what was done.
        context.store.flush()
        raise
    return context.summary


class Runner:
    """One run, batch by batch. What it did not reach is in `context.summary.missed`, and `halt` says why."""

    def __init__(self, context: RunContext) -> None:
        self.context = context

    def run(self, events: Iterable[Event]) -> Iterator[SubjectResult]:
        """The result of each subject in turn."""
        context, listed = self.context, list(events)
        context.remember_sent(sweep=all(event.name in SWEEPS for event in listed))
        take_up_interrupted(context, {target_of(event) for event in listed})
        yield from context.summary.failed
        send_late(context, [event for event in listed if subject(event) is not None])
        for start in range(0, len(listed), BATCH):
            yield from self._run_batch(listed[start : start + BATCH])
        context.store.append([self._end_record()])
        context.store_records([])

    def _run_batch(self, events: list[Event]) -> Iterator[SubjectResult]:
        context = self.context
        planned: list[SubjectPlan] = []
        for event in events:
            outcome = context.guard(target_of(event), partial(self._plan, event))
            if isinstance(outcome, SubjectPlan) and context.port is None:
                # A dry run has nothing to store before it goes on, so that its results appear as they are made.
                yield context.guard(outcome.target, partial(self._finish, outcome))
            elif isinstance(outcome, SubjectPlan):
                planned.append(outcome)
            elif outcome is not None:
                yield outcome
        if context.port is not None and not self._store_intents(planned):
            # Nothing is begun of which nobody could know.
            context.summary.missed += [one.target for one in planned]
            return
        for one in planned:
            yield context.guard(one.target, partial(self._finish, one))
        context.forget(target_of(event) for event in events)

    def _store_intents(self, planned: Iterable[SubjectPlan]) -> bool:
        contents = [content for one in planned if (content := self._intent(one.plan))["effects"]]
        return not contents or self.context.store_records(contents)

    def _plan(self, event: Event) -> SubjectPlan | SubjectResult | None:
        """The subject's plan, or the error that it ends in; None where the run does not reach it, or it is gone."""
        context, summary, target = self.context, self.context.summary, target_of(event)
        if summary.halt is not None:
            summary.missed.append(target)
            return None
        try:
            about = subject(event)
            if about is not None and target in {record.effect.target for record in summary.resumed}:
                # It was read before the rest of an interrupted run was done.
                present = context.reader.fresh(event, about)
                if present is None:
                    return None
                event = present
            context.errors.begin_subject()
            inputs = Inputs(context.now(), context.given)
            planned = plan_subject(
                context.program, event, inputs, reader=context.reader, allowance=context.allowance()
            )
        except RulewrightError as error:
            if isinstance(error, SourceError) and context.note_halt(error):
                summary.missed.append(target)
                return None
            return SubjectResult(target, error.exit_code, error=error)
        if context.errors.halt is not None:
            # What is missing may be all that speaks against the plan.
            summary.halt = context.errors.halt
            summary.missed.append(target)
            return None
        if context.errors.transient is not None:
            # Half of a plan could end the condition of the other half, which nobody would do then.
            transient = context.errors.transient
            return SubjectResult(target, transient.exit_code, error=transient)
        return self._within_budget(planned)

    def _within_budget(self, planned: SubjectPlan) -> SubjectPlan:
        """What went out before takes nothing of the budget, and waits for nothing."""
        waiting = tuple(effect for effect in planned.plan.held_back if effect.key not in self.context.sent)
        plan = planned.plan._replace(held_back=waiting)
        self.context.spent += self._cost(plan)
        return planned._replace(plan=plan)

    def _cost(self, plan: Plan) -> int:
        return cost(effect for effect in plan.effects if effect.key not in self.context.sent)

    def _finish(self, planned: SubjectPlan) -> SubjectResult:
        current = self._plan_again(planned)
        return self._apply(current) if isinstance(current, SubjectPlan) else current

    def _plan_again(self, planned: SubjectPlan) -> SubjectPlan | SubjectResult:
        """The same plan where the subject is as it was decided about; else one for the subject as it is now.

        Other subjects of the batch may have taken minutes, in which people go on. The effects of the earlier plan are
        settled in the journal, so that no later run takes them up.
        """
        context, summary = self.context, self.context.summary
        if context.port is None or context.expected is not None or not planned.plan.effects:
            return planned
        try:
            present = self._changed_event(planned.event)
        except SourceError as error:
            if context.note_halt(error):
                return planned
            return SubjectResult(planned.target, error.exit_code, error=error)
        if present is None:
            return planned
        context.forget([planned.target])
        context.spent -= self._cost(planned.plan)
        again = self._plan(present)
        for effect in (*planned.plan.effects, *planned.plan.held_back):
            reason = "evaluated again: the issue or pull request changed"
            context.record(Record(effect, "unchanged", planned.plan.hash, context.now(), reason))
        if isinstance(again, SubjectPlan) and not self._store_intents([again]):
            summary.missed.append(planned.target)
            again = None
        if again is not None:
            return again
        code = exit_codes.PARTLY if summary.halt is not None else exit_codes.DONE
        return SubjectResult(planned.target, code)

    def _changed_event(self, event: Event) -> Event | None:
        """The event with its subject as it is now; None where nothing changed, it is gone, or the run is over."""
        about = subject(event)
        if about is None or self.context.summary.halt is not None:
            return None
        present = self.context.reader.fresh(event, about)
        return None if present is None or _version(present) == _version(event) else present

    def _apply(self, planned: SubjectPlan) -> SubjectResult:
        context, (_, decision, plan) = self.context, planned
        code = exit_code(decision, plan)
        if context.dry == PAUSED and plan.effects:
            code = exit_codes.combine((code, exit_codes.PARTLY))
        if context.expected is not None and not plan.hash.startswith(context.expected):
            self._note(audit(decision, plan, None, at=context.now(), branch=context.branch))
            dry = f"the plan has hash {plan.hash}, expected {context.expected}; nothing was applied"
            code = exit_codes.combine((code, exit_codes.PARTLY))
            return SubjectResult(planned.target, code, planned, dry=dry)
        journal = None
        if context.port is not None:
            journal = apply(
                plan,
                context.port,
                record=context.record,
                sent=context.sent,
                halt=context.summary.halt,
                unsent=lambda effect, why: keep_unsent(context, effect, why, plan),
                meanwhile=Meanwhile(lambda target: context.human_change(target, decision.facts.now)),
            )
            context.summary.halt = context.summary.halt or journal.halt
            code = exit_codes.combine((code, journal.exit_code))
        self._note(audit(decision, plan, journal, at=context.now(), branch=context.branch))
        records = None if journal is None else journal.records
        return SubjectResult(planned.target, code, planned, records, context.dry)

    def _intent(self, plan: Plan) -> dict[str, object]:
        """The intent of a plan, without what went out before."""
        effects, held_back = (
            tuple(effect for effect in part if effect.key not in self.context.sent)
            for part in (plan.effects, plan.held_back)
        )
        return intent(plan._replace(effects=effects, held_back=held_back), self.context.now())

    def _note(self, content: Mapping[str, object]) -> None:
        """Write an audit entry; a sweep repeats the last entry of a subject once a month only."""
        store = self.context.store
        if content["event"] in SWEEPS:
            last = store.memory().seen.get(str(content["target"]), "")
            if last.endswith(content_digest(clean_content(content))):
                return
        store.append([content])

    def _end_record(self) -> dict[str, object]:
        context, missed = self.context, self.context.summary.missed
        first = missed[0].rpartition("#")[2] if missed else ""
        return run_record(
            context.now(),
            context.repository,
            dry_run=context.port is None,
            halt=context.summary.halt,
            missed=len(missed),
            resume=int(first) if first.isdigit() else None,
        )


def _version(event: Event) -> object:
    """What changes with every change of the event's subject."""
    return subject_data(event.payload).get("updated_at")
