"""The course of a run over subjects: gather, decide and plan for some, say what is meant to be done, do it, tell it.

Intents of a batch are put away before its first write, records right after each: what a crash leaves behind is known
to the next run, which takes it up first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import rulewright
from rulewright.actions.notify import notifying_rules
from rulewright.actions.plan import Plan
from rulewright.actions.prune_comment import own_comment
from rulewright.actions.table import ACTIONS
from rulewright.cli import exit as codes
from rulewright.cli.execution import PAUSED
from rulewright.cli.guard import run_guarded
from rulewright.cli.pipeline import exit_code, shown
from rulewright.events.history import acts_as
from rulewright.events.snapshot import SUBJECT_KEYS, Subject, subject
from rulewright.planning.budget import cost, hold_back
from rulewright.planning.overrides import changed_since
from rulewright.planning.plan_json import plan_hash
from rulewright.planning.redaction import clean_content
from rulewright.planning.replan import settle
from rulewright.policy.diagnostics import RulewrightError, SourceError
from rulewright.run.apply import apply, halted
from rulewright.run.audit import audit
from rulewright.run.concurrent_changes import Meanwhile
from rulewright.run.journal import Journal, Record, intent
from rulewright.run.pending_notifications import MARKER, keep, late_notification, unsent_in, update
from rulewright.run.resume import rests
from rulewright.run.state.memory import KEPT, essence

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from datetime import timedelta

    from rulewright.actions.plan import Effect
    from rulewright.actions.port import Port
    from rulewright.evaluate.decision import Decision
    from rulewright.events.model import Event
    from rulewright.facts.payload_loader import Reader
    from rulewright.program.program import Program
    from rulewright.report.evaluation import Evaluation
    from rulewright.run.journal import Halt
    from rulewright.run.resume import Rest
    from rulewright.run.state.store import Store

BATCH: Final = 20
"""Subjects whose intents are put away together: state on GitHub costs three writes each time."""
EVERY: Final = frozenset({"schedule"})
REWRITTEN: Final = 7 * 86_400
"""Seconds. After this the comment that keeps unsent notifications is written anew: sweeps look at the comments of the
last 30 days."""
AGAIN: Final = 15 * 60
"""Seconds. After this, a new event may send an emission that went out before; a sweep sends it once in 30 days."""


PASSING: Final = frozenset({"server", "conflict"})
"""Kinds of errors that pass. What a token may not read stays so, and is told as an absent fact."""


class Watch:
    """A reader that remembers what went wrong: gathering makes an absent fact of every error.

    `halt`: why nothing more can be read. `passing`: the last error that another run may not see.
    """

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self.halt: Halt | None = None
        self.passing: SourceError | None = None

    def forget(self) -> None:
        """What passes is of one subject."""
        self.passing = None

    def done(self, targets: Container[str]) -> None:
        """Nothing more is asked of these subjects: what a long sweep has read need not be kept."""
        drop = getattr(self._reader, "drop", None)
        if drop is not None:
            drop(targets)

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._reader, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            try:
                return asked(*arguments, **named)
            except SourceError as error:
                self.halt = self.halt or halted(error)
                if getattr(error, "kind", "") in PASSING:
                    self.passing = error
                raise

        return watched if callable(asked) else asked


class Sent:
    """The keys of emissions that went out and need not again, as the memory knows them at each moment."""

    def __init__(self, store: Store, now: Callable[[], str], *, sweep: bool) -> None:
        self._store, self._now, self._sweep = store, now, sweep

    def __contains__(self, key: object) -> bool:
        at = self._store.memory().sent.get(str(key))
        return at is not None and (self._sweep or _seconds(self._now()) - _seconds(at) < AGAIN)


class Planned(NamedTuple):
    """One subject's decision and plan. Without a decision, `rest` of an interrupted run."""

    event: Event
    decision: Decision
    plan: Plan


class Waiting(NamedTuple):
    """A notification that is not sent yet, and why."""

    target: str
    channel: str
    reason: str


class Told(NamedTuple):
    """What is told of one subject: its evaluation, or the error that it ended in."""

    target: str
    code: int
    evaluation: Evaluation | None = None
    error: RulewrightError | None = None
    dull: bool = False
    """Nothing was to be done, and nothing is in doubt."""


def _failed(target: str, error: SourceError) -> Told:
    return Told(target, error.exit_code, error=error)


@dataclass(slots=True)
class Course:
    """One run. `port` is None for a dry one, of which `dry` says why. `now` is the moment, for facts and journal."""

    program: Program
    watch: Watch
    store: Store
    now: Callable[[], str]
    repository: str
    port: Port | None = None
    dry: str = ""
    branch: str = ""
    given: Mapping[str, Any] | None = None
    every: bool = True
    gates: bool = True
    expected: str | None = None
    """The hash that the plan must have to be applied."""
    halt: Halt | None = None
    missed: list[str] = field(default_factory=list)
    """The subjects that the run did not reach."""
    taken_up: list[Record] = field(default_factory=list)
    """What came of an interrupted run's effects."""
    failed: list[Told] = field(default_factory=list)
    """Subjects whose interrupted plans ended in an error that nobody expected."""
    left_out: int = 0
    """Issues that a sweep did not look at, since they are from before `issues.created_after`."""
    swept: bool = False
    """Whether the run looks at all open subjects."""
    waiting: int = 0
    """Of an interrupted run's effects, how many the budget leaves for a later run."""
    unsent: list[Waiting] = field(default_factory=list)
    """The notifications that are not sent yet."""
    no_longer: list[str] = field(default_factory=list)
    """The notifications that waited, and that no rule sends any more."""
    _spent: int = 0
    _sent: Container[str] = ()

    def run(self, events: Iterable[Event]) -> Iterator[Told]:
        """Each subject in turn. What was not reached stands in `missed`, and `halt` says why."""
        every = list(events)
        self._sent = Sent(self.store, self.now, sweep=all(event.name in EVERY for event in every))
        self._take_up({_target(event) for event in every})
        yield from self.failed
        self._send_late([event for event in every if subject(event) is not None])
        for start in range(0, len(every), BATCH):
            batch = every[start : start + BATCH]
            planned: list[Planned] = []
            for event in batch:
                told = run_guarded(partial(self._planned, event, planned), partial(_failed, _target(event)))
                if told is not None:
                    yield told
            if self.port is not None:
                meant = [self._meant(one.plan) for one in planned]
                due = [content for content in meant if content["effects"]]
                if due and not self._kept(due):
                    # Nothing is begun of which nobody could know.
                    self.missed += [_target(one.event) for one in planned]
                    continue
            for one in planned:
                told = run_guarded(partial(self._finished, one), partial(_failed, _target(one.event)))
                yield told
            self.watch.done({_target(event) for event in batch})
        self.store.append([self._end()])
        self._kept([])

    def _kept(self, contents: list[dict[str, Any]]) -> bool:
        """Put records away for good. False where a limit forbids it for now; `halt` says so then."""
        try:
            self.store.append(contents)
            self.store.flush()
        except SourceError as error:
            found = halted(error)
            if found is None or found.failed:
                raise
            self.halt = self.halt or found
            return False
        return True

    def code(self) -> int:
        """The exit code of what is not told with a subject."""
        found = {Journal(tuple(self.taken_up)).exit_code}
        if self.waiting or self.unsent:
            found.add(codes.PARTLY)
        if self.halt is not None:
            found.add(codes.FAILED if self.halt.failed else codes.PARTLY)
        return codes.combine(found)

    def _planned(self, event: Event, planned: list[Planned]) -> Told | None:
        target = _target(event)
        if self.halt is not None:
            self.missed.append(target)
            return None
        try:
            if target in {record.effect.target for record in self.taken_up}:
                # It was read before the rest of an interrupted run was done.
                about = subject(event)
                found = self.watch.fresh(event, about)
                if found is None:
                    return None
                event = found
            self.watch.forget()
            reader: Reader = self.watch
            facts = rulewright.gather(self.program, event, now=self.now(), given=self.given, reader=reader)
            _, decision, plan = settle(self.program, facts, reader, allowance=self._allowance())
        except SourceError as error:
            self.halt = self.halt or halted(error)
            if self.halt is None:
                return Told(target, error.exit_code, error=error)
            self.missed.append(target)
            return None
        except RulewrightError as error:
            return Told(target, error.exit_code, error=error)
        if self.watch.halt is not None:
            # What is missing may be all that speaks against the plan.
            self.halt = self.watch.halt
            self.missed.append(target)
            return None
        if self.watch.passing is not None:
            # Half of a plan could end the condition of the other half, which nobody would do then.
            passing = self.watch.passing
            return Told(target, passing.exit_code, error=passing)
        # What went out before takes nothing of the budget, and waits for nothing.
        waiting = tuple(effect for effect in plan.held_back if effect.key not in self._sent)
        plan = plan._replace(held_back=waiting)
        self._spent += cost(effect for effect in plan.effects if effect.key not in self._sent)
        planned.append(Planned(event, decision, plan))
        return None

    def _decided_again(self, one: Planned) -> Planned | Told:
        """The same, where the subject is as it was decided about; else as it is now. Other subjects of the batch may
        have taken minutes, in which people go on.

        What the earlier plan wanted is settled in the journal, so that no later run takes it up.
        """
        about = subject(one.event)
        if (
            self.port is None
            or self.halt is not None
            or self.expected is not None
            or about is None
            or not one.plan.effects
        ):
            return one
        try:
            found = self.watch.fresh(one.event, about)
        except SourceError as error:
            self.halt = self.halt or halted(error)
            return one if self.halt is not None else Told(about.target, error.exit_code, error=error)
        if found is None or _version(found) == _version(one.event):
            return one
        self.watch.done({about.target})
        self._spent -= cost(effect for effect in one.plan.effects if effect.key not in self._sent)
        planned: list[Planned] = []
        told = self._planned(found, planned)
        for effect in (*one.plan.effects, *one.plan.held_back):
            self._record(
                Record(
                    effect, "unchanged", one.plan.hash, self.now(), "decided again: the subject has changed"
                )
            )
        if planned and (meant := self._meant(planned[0].plan))["effects"] and not self._kept([meant]):
            self.missed.append(about.target)
            planned.clear()
        if planned:
            return planned[0]
        return told or Told(about.target, codes.PARTLY if self.halt is not None else codes.DONE)

    def _finished(self, one: Planned) -> Told:
        again = self._decided_again(one)
        return self._done(again) if isinstance(again, Planned) else again

    def _done(self, one: Planned) -> Told:
        event, decision, plan = one
        view = shown(event, decision, plan, every=self.every, gates=self.gates)
        code = exit_code(decision, plan)
        if self.dry == PAUSED and plan.effects:
            code = codes.combine((code, codes.PARTLY))
        journal = None
        if self.expected is not None and plan.hash != self.expected:
            dry = f"the plan is {plan.hash[:12]}, not the expected {self.expected[:12]}"
            self._note(audit(decision, plan, None, at=self.now(), branch=self.branch))
            return Told(
                _target(event),
                codes.combine((code, codes.PARTLY)),
                view._replace(dry=f"{dry}; nothing is applied"),
            )
        if self.port is not None:
            journal = apply(
                plan,
                self.port,
                record=self._record,
                sent=self._sent,
                halt=self.halt,
                unsent=lambda effect, why: self._keep(effect, why, plan),
                meanwhile=Meanwhile(lambda target: self._changed(target, decision.facts.now)),
            )
            self.halt = self.halt or journal.halt
            code = codes.combine((code, journal.exit_code))
        self._note(audit(decision, plan, journal, at=self.now(), branch=self.branch))
        doubt = plan.conflicts or plan.notes or plan.held_back or plan.observed or decision.facts.absent
        told = view._replace(records=None if journal is None else journal.records, dry=self.dry)
        unsure = any(
            rule.status in ("undetermined", "error") for part in view.policies for rule in part.rules
        )
        return Told(_target(event), code, told, dull=not (plan.effects or doubt or unsure or code))

    def _take_up(self, wanted: Container[str]) -> None:
        """Do what an interrupted run left, before anything is planned on top of it."""
        if self.port is None:
            return
        policies = {policy.name: policy.sha256 for policy in self.program.policies}
        for rest in rests(
            self.store.memory(), policies, lambda target: target in wanted, self.repository, self.now()
        ):
            told = run_guarded(partial(self._take_up_one, rest), partial(_failed, rest.target))
            if told is not None:
                self.failed.append(told)
                self.waiting += len(rest.plan.effects) + len(rest.masks)

    def _take_up_one(self, rest: Rest) -> Told | None:
        """Do the rest of one interrupted plan."""
        assert self.port is not None
        try:
            why = self._interfered(rest)
            if rest.masks:
                rest = rest.masked(self.port.read(rest.target, ACTIONS["mask"].declaration.changes))
        except SourceError as error:
            # Whether a person speaks against it is not known: it stays open.
            self.halt = self.halt or halted(error)
            self.waiting += len(rest.plan.effects) + len(rest.masks)
            return None
        if why is not None:
            rest = rest.without_changes(why)
        for record in rest.dropped:
            self._record(record)
        out = [effect for effect in rest.plan.effects if effect.key in self._sent]
        due = [effect for effect in rest.plan.effects if effect.key not in self._sent]
        kept, over = hold_back(due, self.program.config, self._allowance())
        # What waits on stays open as it is; the journal says once that it does.
        plan = rest.plan._replace(effects=(*out, *kept))
        journal = apply(plan, self.port, record=self._record, sent=self._sent, resumed=True, halt=self.halt)
        self.taken_up += [*rest.dropped, *journal.records]
        self.unsent += [
            Waiting(one.effect.target, str(one.effect.arguments["channel"]), one.reason or "")
            for one in journal.records
            if one.effect.action == "notify" and _undone(one)
        ]
        self.waiting += len(over)
        # What was read before this was done, such as the timeline, does not show it.
        self.watch.done({rest.target})
        self.halt = self.halt or journal.halt
        self._spent += cost(kept)
        return None

    def _keep(self, effect: Effect, why: str, plan: Plan) -> bool:
        """Put a notification that did not go out where the next run finds it, before anything else is done: whether it
        is there."""
        self.unsent.append(Waiting(effect.target, str(effect.arguments["channel"]), why))
        if self.store.lasting:
            return True
        if self.port is None or not self.watch.knows_itself():
            return False
        try:
            return keep(effect, self.port, record=self._record, plan=plan.hash)
        except SourceError as error:
            self.halt = self.halt or halted(error)
            return False

    def _send_late(self, events: list[Event]) -> None:
        """Send the notifications that earlier runs could not send, and say of those that still wait."""
        notifying = frozenset(notifying_rules(self.program))
        if self.halt is not None or self.expected is not None:
            return
        try:
            for target in self._with_unsent(events):
                self._send_late_of(target, notifying)
        except SourceError as error:
            self.halt = self.halt or halted(error)

    def _send_late_of(self, target: str, notifying: Container[tuple[str, str]]) -> None:
        """Those of one subject, as its comment says now. Raises SourceError.

        What the rule of a policy no longer says is no longer sent: the comment is data that others may have written.
        What is of a policy that this run did not load, or does not enforce, waits for one that does.
        """
        if self.port is None:
            repository, _, number = target.partition("#")
            found = unsent_in(self.watch.comments(Subject("issue", repository, int(number))))
            self.unsent += [Waiting(target, entry.channel, self.dry) for entry in found]
            return
        state = self.port.read(target, frozenset({"comments"}))
        comment = own_comment(state, MARKER) if state is not None else None
        if state is None or comment is None:
            return
        entries = unsent_in(state.comments or ())
        modes = {policy.name: policy.mode for policy in self.program.policies}
        of = {entry.key: modes.get(entry.rule.partition("/")[0]) for entry in entries}
        wanted = [entry for entry in entries if (entry.rule, entry.channel) in notifying]
        dropped = {entry.key for entry in entries if of[entry.key] == "enforce"} - {
            entry.key for entry in wanted
        }
        tried = {record.effect.key: record.reason or "" for record in self.taken_up if _undone(record)}
        late = tuple(late_notification(target, entry) for entry in wanted if entry.key not in tried)
        plan = Plan(late, plan_hash(late, {}, ""))
        journal = apply(plan, self.port, record=self._record, sent=self._sent, resumed=True, halt=self.halt)
        self.halt = self.halt or journal.halt
        why = {
            **tried,
            **{record.effect.key: record.reason or "" for record in journal.records if _undone(record)},
        }
        waiting = [entry for entry in wanted if entry.key in why]
        old = _seconds(self.now()) - _seconds(str(comment.get("updated_at"))) > REWRITTEN
        done = dropped | ({entry.key for entry in wanted} - {entry.key for entry in waiting})
        if done or old:
            update(target, self.port, remove=done, record=self._record, plan=plan.hash)
            self.watch.done({target})
        self.unsent += [
            Waiting(target, entry.channel, why[entry.key]) for entry in waiting if entry.key not in tried
        ]
        self.unsent += [
            Waiting(target, entry.channel, f"the policy of {entry.rule} is not enforced")
            for entry in entries
            if of[entry.key] not in ("enforce", None)
        ]
        self.no_longer += [
            f"{target} to {entry.channel} ({entry.rule})" for entry in entries if entry.key in dropped
        ]

    def _with_unsent(self, events: list[Event]) -> list[str]:
        """The targets on which notifications wait: of these subjects, in a sweep of all that were kept lately.

        Raises SourceError.
        """
        if not self.watch.knows_itself():
            return []
        comments: dict[str, list[Any]] = {}
        if self.swept:
            for one in self.watch.recent_comments(self.repository, _earlier(self.now(), KEPT)):
                if str(one.get("body") or "").startswith(MARKER):
                    comments.setdefault(f"{self.repository}#{one['number']}", []).append(one)
        else:
            for event in events:
                about = subject(event)
                shown = event.payload.get("issue") or event.payload.get("pull_request") or {}
                if about is not None and about.number is not None and shown.get("comments"):
                    comments[about.target] = self.watch.comments(about)
        return sorted(target for target, found in comments.items() if unsent_in(found))

    def _interfered(self, rest: Rest) -> str | None:
        """What a person changed on the subject since the rest was planned."""
        if all(effect.emission for effect in rest.plan.effects):
            return None  # the masks alone are not repeated, whatever was changed
        return self._changed(rest.target, rest.at)

    def _changed(self, target: str, since: str) -> str | None:
        """What a person changed on a subject at a moment or later. Raises SourceError."""
        self.watch.done({target})
        repository, _, number = target.partition("#")
        about = Subject("issue", repository, int(number))
        viewer = acts_as(self.program.config.get("identity"), self.watch.viewer)
        return changed_since({"timeline": self.watch.timeline(about), "viewer": viewer}, since)

    def _meant(self, plan: Plan) -> dict[str, Any]:
        """The intent of a plan, without what went out before."""
        due = [
            tuple(one for one in part if one.key not in self._sent) for part in (plan.effects, plan.held_back)
        ]
        return intent(plan._replace(effects=due[0], held_back=due[1]), self.now())

    def _record(self, record: Record) -> None:
        self.store.append([record.content()])

    def _note(self, content: Mapping[str, Any]) -> None:
        """Write an audit entry down; a sweep writes one that says what the last one said once a month only."""
        if content["event"] in EVERY:
            said = self.store.memory().seen.get(content["target"], "")
            if said.endswith(essence(clean_content(content))):
                return
        self.store.append([content])

    def _allowance(self) -> int | None:
        limit = (self.program.config.get("budgets") or {}).get("effects_per_run")
        return max(0, limit - self._spent) if type(limit) is int else None

    def _end(self) -> dict[str, Any]:
        first = self.missed[0].rpartition("#")[2] if self.missed else ""
        return {
            "kind": "run",
            "at": self.now(),
            "repository": self.repository,
            "dry_run": self.port is None,
            "halt": self.halt.message if self.halt is not None else None,
            "missed": len(self.missed),
            "resume": int(first) if first.isdigit() else None,
        }


def _target(event: Event) -> str:
    about = subject(event)
    return about.target if about is not None else ""


def _version(event: Event) -> Any:
    """What changes with every change of the event's subject."""
    shown: Any = next(
        (event.payload[key] for key in SUBJECT_KEYS if isinstance(event.payload.get(key), dict)), {}
    )
    return shown.get("updated_at")


def _undone(record: Record) -> bool:
    return record.status not in ("applied", "unchanged")


def _earlier(moment: str, by: timedelta) -> str:
    """A moment that much earlier, as GitHub writes it."""
    from datetime import UTC, datetime

    return (datetime.fromisoformat(moment) - by).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(moment: str) -> float:
    from datetime import datetime

    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return 0.0
