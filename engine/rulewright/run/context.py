"""What the parts of one run share: where it reads, writes and keeps its journal, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar, cast

from rulewright.events.history import own_accounts
from rulewright.events.snapshot import Subject
from rulewright.facts.payload_loader import PayloadReader
from rulewright.planning.overrides import changed_since
from rulewright.policy.diagnostics import RulewrightError, SourceError
from rulewright.run import exit_codes
from rulewright.run.apply import halt_of
from rulewright.run.journal import Journal
from rulewright.run.pipeline import SubjectResult

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from rulewright.actions.port import Port
    from rulewright.events.model import Event
    from rulewright.policy.json_types import JsonObject
    from rulewright.program.program import Program
    from rulewright.run.journal import Halt, Record
    from rulewright.run.state.store import Store

T = TypeVar("T")

RESEND_AFTER: Final = 15 * 60
"""Seconds. After this, a new event may send an emission that went out before; a sweep sends it once in 30 days."""
TRANSIENT: Final = frozenset({"server", "conflict"})
"""Kinds of errors that another run may not see. What a token may not read stays so, and is an absent fact."""


class SubjectReader(PayloadReader, Protocol):
    """A reader of subjects as well as of what is around them. Every method raises SourceError."""

    def event(self, repository: str, number: int, name: str = "schedule") -> Event | None:
        """The event `name` about an issue or pull request; None where there is none of that number."""

    def subjects(self, repository: str) -> Iterator[Event]:
        """A `schedule` event for every open subject."""

    def fresh(self, event: Event, subject: Subject) -> Event | None:
        """The event with its subject as it is now; None where it is gone."""

    def recent_comments(self, repository: str, since: str) -> Iterator[JsonObject]:
        """The comments on all subjects that were changed since a moment, each with the `number` of its subject."""

    def knows_itself(self) -> bool:
        """Whether it can tell which comments are the tool's own."""

    def find_unnamed_login(self) -> str | None:
        """The login that the token writes as, where other tokens do not know it as the tool's."""


@dataclass(slots=True)
class ReadErrors:
    """Errors of a reader that gathering turns into absent facts.

    `halt`: why nothing more can be read. `transient`: the last error of this subject that another run may not see.
    """

    halt: Halt | None = None
    transient: SourceError | None = None

    def begin_subject(self) -> None:
        """Forget what was of the subject before."""
        self.transient = None


class _TrackedReader:
    """Passes every call on to a reader, and notes the errors."""

    def __init__(self, reader: object, errors: ReadErrors) -> None:
        self._reader, self._errors = reader, errors

    def __getattr__(self, name: str) -> object:
        method = getattr(self._reader, name)

        def call(*arguments: object, **named: object) -> object:
            try:
                return method(*arguments, **named)
            except SourceError as error:
                self._errors.halt = self._errors.halt or halt_of(error)
                if getattr(error, "kind", "") in TRANSIENT:
                    self._errors.transient = error
                raise

        return call if callable(method) else method


class _SentKeys:
    """The keys of emissions that went out and are not repeated, as the memory knows them at each moment."""

    def __init__(self, store: Store, now: Callable[[], str], *, sweep: bool) -> None:
        self._store, self._now, self._sweep = store, now, sweep

    def __contains__(self, key: object) -> bool:
        at = self._store.memory().sent.get(str(key))
        return at is not None and (self._sweep or unix_time(self._now()) - unix_time(at) < RESEND_AFTER)


class WaitingNotification(NamedTuple):
    """A notification that is not sent yet, and why."""

    target: str
    channel: str
    reason: str


@dataclass(slots=True)
class RunSummary:
    """What holds for the whole run, and not for one subject of it.

    `missed`: targets that the run did not reach. `resumed`: records of an interrupted run's effects.
    `failed`: subjects whose interrupted plans ended in an unexpected error. `waiting`: how many effects of an
    interrupted run the budget leaves for a later run. `unsent`: notifications that are not sent yet; `withdrawn`:
    those that waited and that no rule sends any more. `left_out`: how many issues a sweep leaves out, since they are
    from before `issues.created_after`.
    """

    halt: Halt | None = None
    missed: list[str] = field(default_factory=list)
    resumed: list[Record] = field(default_factory=list)
    failed: list[SubjectResult] = field(default_factory=list)
    left_out: int = 0
    waiting: int = 0
    unsent: list[WaitingNotification] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The exit code of what no subject's own code says."""
        codes = {Journal(tuple(self.resumed)).exit_code}
        if self.waiting or self.unsent:
            codes.add(exit_codes.PARTLY)
        if self.halt is not None:
            codes.add(exit_codes.FAILED if self.halt.failed else exit_codes.PARTLY)
        return exit_codes.combine(codes)


@dataclass(slots=True)
class RunContext:
    """One run over the subjects of `repository`.

    `port`: what is written to; None for a dry run, of which `dry` gives the reason. `now`: the moment, for facts and
    the journal. `expected`: how the hash of the only plan that is applied begins. `sweep`: whether all open subjects
    are meant. `report_crash`: is given an unexpected error, and returns the path of a report. `tell`: takes progress
    messages.
    """

    program: Program
    reader: SubjectReader
    store: Store
    now: Callable[[], str]
    repository: str
    port: Port | None = None
    dry: str = ""
    branch: str = ""
    given: Mapping[str, object] | None = None
    expected: str | None = None
    sweep: bool = False
    report_crash: Callable[[Exception], str | None] = lambda _: None
    tell: Callable[[str], None] = lambda _: None
    summary: RunSummary = field(default_factory=RunSummary)
    errors: ReadErrors = field(default_factory=ReadErrors)
    sent: Container[str] = ()
    spent: int = 0

    def __post_init__(self) -> None:
        self.reader = cast("SubjectReader", _TrackedReader(self.reader, self.errors))

    def remember_sent(self, *, sweep: bool) -> None:
        """From now on, `sent` holds the keys of emissions that are not repeated; more of them in a sweep."""
        self.sent = _SentKeys(self.store, self.now, sweep=sweep)

    def note_halt(self, error: SourceError) -> bool:
        """Take note of an error that may end the run; whether the run is over."""
        self.summary.halt = self.summary.halt or halt_of(error)
        return self.summary.halt is not None

    def record(self, record: Record) -> None:
        """Write the record of one effect."""
        self.store.append([record.content()])

    def store_records(self, contents: list[dict[str, object]]) -> bool:
        """Put records away for good. False where a limit forbids it for now; `summary.halt` says so then.

        Raises SourceError where the store fails.
        """
        try:
            self.store.append(contents)
            self.store.flush()
        except SourceError as error:
            halt = halt_of(error)
            if halt is None or halt.failed:
                raise
            self.summary.halt = self.summary.halt or halt
            return False
        return True

    def forget(self, targets: Iterable[str]) -> None:
        """Drop what was read of these subjects: it has changed, or a long sweep need not keep it."""
        drop = getattr(self.reader, "drop", None)
        if drop is not None:
            drop(set(targets))

    def allowance(self) -> int | None:
        """The number of effects that the run's budget leaves; None where there is no budget."""
        limit = self.program.config.budgets.effects_per_run
        return None if limit is None else max(0, limit - self.spent)

    def human_change(self, target: str, since: str) -> str | None:
        """What a person changed on a subject at a moment or later. Raises SourceError."""
        self.forget([target])
        viewer = own_accounts(self.program.config.identity, self.reader.viewer)
        timeline = self.reader.timeline(numbered_subject(target))
        return changed_since({"timeline": timeline, "viewer": viewer}, since)

    def unnamed_account(self) -> str | None:
        """The login that the run wrote as, where other runs do not know it as the tool's. Raises SourceError."""
        if self.port is None or self.summary.halt is not None:
            return None
        return self.reader.find_unnamed_login()

    def guard(self, target: str, call: Callable[[], T]) -> T | SubjectResult:
        """The result of `call`, or the failed subject where the program itself fails, so that the others go on.

        Errors that were raised on purpose, and those of the machine, pass through.
        """
        try:
            return call()
        except (RulewrightError, OSError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 — whatever it is, the other subjects are not to pay for it
            path = self.report_crash(error)
            note = f"; a report was written to {path}" if path else ""
            failure = SourceError(f"unexpected {type(error).__name__}{note}")
            return SubjectResult(target, failure.exit_code, error=failure)


def numbered_subject(target: str) -> Subject:
    """The issue or pull request of a target `owner/name#number`."""
    repository, _, number = target.partition("#")
    return Subject("issue", repository, int(number))


def unix_time(moment: str) -> float:
    """Seconds since 1970 of an ISO 8601 moment; 0 for a text that is none."""
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return 0.0
