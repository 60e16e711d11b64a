"""A session that is inspected: the state, and what each step makes of it. Screens draw it and turn keys into steps."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Protocol

from textual import events
from textual.app import App
from textual.filter import Monochrome, NoColor
from textual.worker import WorkerFailed

from rulewright.evaluate.evaluator import evaluate
from rulewright.events.snapshot import snapshot
from rulewright.facts.gather import gather
from rulewright.planning.plan_json import plan_json
from rulewright.policy.canonical import canonical_json
from rulewright.policy.diagnostics import RulewrightError, SourceError
from rulewright.policy.whole_file import write_whole
from rulewright.report.evaluation import format_count
from rulewright_tui.glyphs import ASCII
from rulewright_tui.keys import EVENT, EVENTS, PLAN, RULES, SOURCE, WHY
from rulewright_tui.lines.compare import Comparison
from rulewright_tui.lines.row import every_row
from rulewright_tui.lines.rules import first_matched, rule_states
from rulewright_tui.masking import masked_plan
from rulewright_tui.messages import Compared, Decided, Loaded, Worked
from rulewright_tui.palette import KeyCommands
from rulewright_tui.session.archive import Archive
from rulewright_tui.session.decider import Decider
from rulewright_tui.session.edits import (
    Draft,
    EditHistory,
    add_label,
    carry_read_parts,
    remove_label,
    replace_document,
    reset_field,
    set_field,
    shift_now,
)
from rulewright_tui.session.field_text import EditError, describe_error
from rulewright_tui.session.flips import Refusal, try_flips
from rulewright_tui.session.form import form_rows
from rulewright_tui.session.opening import open_archive
from rulewright_tui.session.outcome import Outcome, RuleRef, explain_rule
from rulewright_tui.session.query import Query, asks_for_results, parse_query, select_rows
from rulewright_tui.session.reloading import Reloader
from rulewright_tui.session.row_results import ComparisonTable, ResultTable
from rulewright_tui.session.sources import SourceFiles
from rulewright_tui.session.work import Work
from rulewright_tui.widgets.field import LineInput
from rulewright_tui.widgets.inert import InertFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from textual.message import Message

    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.program.program import Program
    from rulewright.testing.case_writer import WrittenCase
    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.lines.events import EventRows
    from rulewright_tui.lines.row import Rows
    from rulewright_tui.session.decider import Request
    from rulewright_tui.session.event_sources import IndexedBatch
    from rulewright_tui.session.library import Library, Policies
    from rulewright_tui.session.revision import RevisionBase
    from rulewright_tui.session.sources import SourceView
    from rulewright_tui.session.state import State
    from rulewright_tui.session.work import WorkReport
    from rulewright_tui.widgets.pane import Pane

PATIENCE: Final = 0.03
"""Seconds that a key waits for its decision before it is drawn without one."""


LONGEST_LINE: Final = 20_000
"""Characters of a text that is edited in one line: of a longer one, every key takes too long."""

SWITCH_INTERVAL: Final = 0.001
"""Seconds that a thread which decides may keep the others waiting: a frame takes its turn several times."""

SELECTION_REST: Final = 10
"""While work goes on, a filter over all rows rests for so many times as long as it took."""

FEW_EVENTS: Final = 50
"""So many are decided at once, in this process; of more, all are decided when somebody asks for it."""


class Start(NamedTuple):
    """What the command hands over: the first state, and what each event is decided with."""

    state: State
    library: Library
    glyphs: Glyphs
    now: str
    given: Mapping[str, object]
    batches: Iterator[IndexedBatch] = iter(())
    """Rows of the archive that are still to be read."""
    reader: PayloadReader | None = None
    reopen: Callable[[], Iterator[IndexedBatch]] | None = None
    """Reads the events of a repository anew."""
    against: RevisionBase | None = None
    """The git revision to compare with."""


class PaneScreen(Protocol):
    """The screen Inspect, as the steps use it."""

    panes: Mapping[int, Pane]

    @property
    def is_mounted(self) -> bool: ...

    def draw(self, *only: int) -> None:
        """Draw the panes of these numbers, all without numbers, and the banner."""

    def event_rows(self) -> EventRows | None:
        """The rows of pane 1; None where there are no events."""

    def find(self, text: str) -> str:
        """Put the cursor of the focused pane on the next row with a text; what to say when there is none."""

    def post_message(self, message: Message) -> bool: ...


def _refuse_descriptor() -> int:
    """Textual's stand-in for stderr says -1, which multiprocessing takes for a descriptor that a process inherits."""
    raise OSError("the screen has no descriptor")


class Inspection(App[None]):
    """The session of a running application, without the screens over Inspect. Nothing is applied."""

    inspect: PaneScreen

    TITLE = "rulewright"
    COMMANDS: ClassVar = {KeyCommands}
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar = []

    def __init__(self, start: Start) -> None:
        super().__init__()
        self._capture_stderr.fileno = _refuse_descriptor  # type: ignore[method-assign]
        if self.no_color:  # no greys either
            self._filters = [NoColor() if isinstance(found, Monochrome) else found for found in self._filters]
        self._filters.append(InertFilter(ascii_only=start.glyphs is ASCII))
        self.state = start.state
        self.glyphs = start.glyphs
        self._now, self._given = start.now, start.given
        self._histories: dict[int, EditHistory] = {}
        self._batches, self._reader, self._reopen = start.batches, start.reader, start.reopen
        self._work: Work | None = None
        self._against = start.against
        self._comparison: Comparison | None = None
        self._query = Query()
        self._selection_due = 0.0
        self._decider = Decider(
            lambda request, outcome: self.post_message_to_inspect(Decided(request, outcome))
        )
        self._wanted = 0
        self._base: EditHistory | None = None
        self._place: tuple[str, int] | None = None
        self._sources = SourceFiles()
        self._reloader = Reloader(
            start.library, lambda policies: self.post_message_to_inspect(Loaded(policies))
        )
        if self.state.rule is None and self.state.outcome is not None:
            self.state = self.state._replace(rule=first_matched(self.state.outcome.decision))

    # Screens

    def on_load(self) -> None:
        sys.setswitchinterval(SWITCH_INTERVAL)

    def on_unmount(self) -> None:
        self._decider.close()
        self._reloader.close()
        if self._work is not None:
            self._work.stop()

    def post_message_to_inspect(self, message: Message) -> None:
        if self.is_running:
            self.inspect.post_message(message)

    def change(self, *panes: int, **members: object) -> None:
        """Take another state, and draw these panes, all without numbers."""
        self.state = self.state._replace(**members)  # type: ignore[arg-type]
        if hasattr(self, "inspect") and self.inspect.is_mounted:
            self.inspect.draw(*panes)

    def say(self, text: str) -> None:
        """Say something in the first row, until the next step."""
        self.change(RULES, notice=text)

    def _fatal_error(self) -> None:
        """End after an error of the program itself; the command reports it as every command does."""
        self._close_messages_no_wait()

    @property
    def failure(self) -> Exception | None:
        """The error that ended the application; of a worker, the one it met, which tells where."""
        error = self._exception
        if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            return error.error
        return error

    async def on_event(self, event: events.Event) -> None:
        """Keys and pasted text go to the line that is open at once, so that they act in the order they came in."""
        line = self.focused if isinstance(event, events.Key | events.Paste) and self._screen_stack else None
        if not isinstance(line, LineInput) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, events.Paste):
            line._on_paste(event)
        elif isinstance(event, events.Key) and not await self._check_bindings(event.key, priority=True):
            await line.take_key(event)

    # Deciding

    @property
    def is_settled(self) -> bool:
        """Whether everything that was asked for is decided and drawn."""
        return not self.state.is_pending and self._work is None

    def _decide(self, draft: Draft, before: Outcome | None, *, ask_models: bool = False) -> None:
        base, program = self.state.compared_with, self.state.program
        if base is not None:
            before = None  # of other policies
            program = base.policies.program if self.state.original is None else program
        self._wanted = self._decider.submit(
            program, draft, before, ask_models=ask_models, reader=self._reader
        )
        self.state = self.state._replace(is_pending=True)
        outcome = self._decider.take(self._wanted, PATIENCE)
        if outcome is not None:
            self._take(draft, outcome)
        elif self.state.outcome is None:
            self.change()
        else:  # the others stay as they are until the decision is there
            self.change(EVENT)

    def take_decision(self, request: Request, outcome: Outcome) -> None:
        """An answer of the thread; one to an older question is dropped, and so is one that was taken at once."""
        if request.number == self._wanted and self.state.is_pending:
            self._take(request.draft, outcome)

    def _take(self, draft: Draft, outcome: Outcome) -> None:
        history = self.state.history
        assert history is not None
        if draft is history.original and self.state.original is None:
            if outcome.facts is not None:
                history = carry_read_parts(history, outcome.facts)
                if self._base is not None:
                    self._base = carry_read_parts(self._base, outcome.facts)
            outcome = outcome._replace(draft=history.original)
            self.state = self.state._replace(original=outcome, history=history)
            if self.state.is_changed:
                self._decide(history.present, outcome)
                return
        rule = self.state.rule
        if rule is None or rule not in rule_states(outcome):
            rule = first_matched(outcome.decision) or rule
        rounds = min(self.state.round, outcome.rounds)
        self.change(outcome=outcome, is_pending=False, rule=rule, round=rounds)

    # Policies

    def take_policies(self, policies: Policies) -> None:
        """Other policies, after a change of their files: the event is decided again, and so is the event as it came."""
        state = self.state
        is_other = policies.program is not state.program
        self.state = state._replace(policies=policies, notice="", results=None if is_other else state.results)
        if not is_other or state.history is None:
            self.change()
            return
        if self._work is not None and self._work.what == "decided":
            self._work.stop()
            self._work = None
        self.state = self.state._replace(original=None, progress=None)
        self._decide(state.history.original, None)
        if state.results is not None:
            self.decide_all()

    def reload_policies(self) -> None:
        """Load the policies again, though no file has changed."""
        self._reloader.force()
        self.say("The policies are loaded again.")

    # Events

    def select_event(self, row: int) -> None:
        """Decide the event of a row of the archive."""
        if row != self.state.row:
            self._open_row(row, None)

    def open_compared(self, row: int, base: RevisionBase) -> None:
        """Decide the event of a row, with what differs from the policies of a revision."""
        self._open_row(row, base)

    def _open_row(self, row: int, base: RevisionBase | None) -> None:
        self._remember()
        self._base = None
        common = {
            "row": row,
            "original": None,
            "outcome": None,
            "round": 1,
            "notice": "",
            "compared_with": base,
        }
        history = self._histories.get(row)
        if history is None:
            try:
                event = self.state.archive.event(row)
            except RulewrightError as error:
                self.change(**common, history=None, is_pending=False, event_error=error.message)
                return
            history = EditHistory(Draft(event, self._now, self._given))  # type: ignore[arg-type]
        self.state = self.state._replace(**common, history=history, event_error="")  # type: ignore[arg-type]
        self._decide(history.original, None)

    def _remember(self) -> None:
        """Keep the edits of the event that is left."""
        state = self.state
        if state.row is not None and state.history is not None:
            if state.history.past:
                self._histories[state.row] = state.history
            else:
                self._histories.pop(state.row, None)

    def select_rule(self, rule: RuleRef | None) -> None:
        """Look at another rule."""
        if rule is not None and rule != self.state.rule:
            self._place = None
            self.change(RULES, WHY, 4, rule=rule, notice="")

    def next_round(self) -> None:
        """Show the next round of planning, after the last one the first."""
        outcome = self.state.outcome
        if outcome is None:
            return
        if outcome.rounds == 1:
            self.say("The plan has one round.")
            return
        self.change(RULES, WHY, round=self.state.round % outcome.rounds + 1, notice="")

    def toggle_all(self) -> None:
        self.change(RULES, show_all=not self.state.show_all, notice="")

    def toggle_tree(self) -> None:
        """Show this event, or the policies with counts over all loaded events, which are decided then."""
        self.change(RULES, show_tree=not self.state.show_tree, notice="")
        if self.state.show_tree:
            self.decide_all()

    def ask_models(self) -> None:
        """Decide the draft again, and ask models about it as it is now."""
        history = self.state.history
        if history is None:
            self.say("There is no event to ask about.")
        else:
            self._decide(history.present, self.state.original, ask_models=True)

    # Filters

    def filter_rules(self, text: str) -> str:
        """Show the rules that a filter text lets pass. Returns what is wrong with the text; the list stays then."""
        try:
            parse_query(text)
        except RulewrightError as error:
            return describe_error(error)
        self.change(RULES, rule_filter=text)
        rows = self.inspect.panes[RULES].list
        hit = next(
            (index for index, row in enumerate(every_row(rows.rows)) if isinstance(row.key, RuleRef)), None
        )
        if hit is not None and text:
            rows.move_to(hit)
            self.select_rule(rows.rows[hit].key)  # type: ignore[arg-type]
        return ""

    def filter_events(self, text: str) -> str:
        """Show the events that a filter text lets pass. Returns what is wrong with the text; the list stays then."""
        try:
            self._query = parse_query(text)
        except RulewrightError as error:
            return describe_error(error)
        if asks_for_results(self._query):
            self.decide_all()
        self.state = self.state._replace(event_filter=text, rows=self._selected())
        self.change(EVENTS)
        rows = self.inspect.event_rows()
        if text and rows is not None and len(rows) and rows.place_of(self.state.row or 0) is None:
            self.select_event(rows.row_at(0))
        return ""

    def _selected(self) -> Sequence[int] | None:
        """The rows that pass the filter; None for all."""
        if not self._query.terms:
            return None
        self._remember()
        start = time.monotonic()
        rows = select_rows(self._query, self.state.archive, self.state.results, self._histories)
        self._selection_due = time.monotonic() + SELECTION_REST * (time.monotonic() - start)
        return rows

    def _is_selection_due(self, report: WorkReport) -> bool:
        """Whether long work may have changed which rows pass the filter, and the last look is long enough ago."""
        is_concerned = report.what == "read" or asks_for_results(self._query)
        return is_concerned and time.monotonic() >= self._selection_due

    # Long work

    def _start_work(
        self, what: str, total: Callable[[], int], steps: Callable[[Callable[[], bool]], Iterator[int]]
    ) -> None:
        if self._work is not None:
            self._work.stop()
        self._work = Work(
            what, total, steps, lambda work, report: self.post_message_to_inspect(Worked(work, report))
        )
        self._work.start()

    def take_report(self, work: Work, report: WorkReport) -> None:
        """How far long work is; a report of work that was replaced is dropped."""
        if work is not self._work:
            return
        if report.is_ended:
            self._work = None
            notice = describe_error(report.error) if report.error is not None else ""
            if report.is_stopped:
                notice = f"stopped after {report.done:,}"
            self.state = self.state._replace(progress=None, notice=notice)
            if report.what == "read":
                self._after_reading(notice)
        else:
            self.state = self.state._replace(progress=report)
        if self._comparison is not None and report.what == "compared":
            progress = None if report.is_ended else report
            self._comparison = self._comparison._replace(
                progress=progress, notice=self.state.notice or self._comparison.notice
            )
            self.draw_comparison(self._comparison)
        if report.is_ended or self._is_selection_due(report):
            self.state = self.state._replace(rows=self._selected())
        self.change(*((EVENTS, RULES) if self.state.show_tree or report.is_ended else (EVENTS,)))

    def stop_work(self) -> bool:
        """Stop long work; whether there was any."""
        if self._work is None:
            return False
        self._work.stop()
        return True

    def _after_first_frame(self) -> None:
        """What the first frame does without: the other events, and where entries end."""
        self._sources.reads_entries = True
        # What is loaded stays: full collections that look at it again and again hold up a key by 0.1 s and more.
        self._reloader.start((lambda: None) if self.is_headless else gc.freeze)
        self.change(SOURCE)
        self._read_rest()

    def _read_rest(self) -> None:
        """Read the events that are not in the archive yet."""
        archive, batches = self.state.archive, self._batches

        def steps(is_stopped: Callable[[], bool]) -> Iterator[int]:
            for batch in batches:
                yield len(archive.add_batch(batch))

        self._start_work("read", lambda: 0, steps)

    def _after_reading(self, notice: str) -> None:
        if self.state.archive.problems and not notice:
            self.state = self.state._replace(notice=self.state.archive.problems[-1])
        if self.state.row is None and len(self.state.archive):
            self.select_event(0)
        if self._against is not None and self._comparison is None and len(self.state.archive):
            self.compare(self._against.name)
        elif 1 < len(self.state.archive) <= FEW_EVENTS or self.state.show_tree:
            self.decide_all()

    def try_again(self) -> None:
        """Read a repository again that could not be read; else decide the event anew, with what failed asked again."""
        state = self.state
        if self._reopen is not None and state.archive.problems:
            self._forget_events(Archive(), self._reopen(), state.source_name)
            self._read_rest()
        elif state.history is not None:
            self.state = state._replace(original=None, outcome=None, notice="")
            self._decide(state.history.original, None)
        else:
            self.say("There is nothing to try again.")

    def revision_name(self) -> str:
        """The revision that was compared with last, else HEAD."""
        return self._against.name if self._against is not None else "HEAD"

    def compare(self, revision: str) -> None:
        """Compare the policies with those of a git revision over all loaded events."""
        from rulewright_tui.session.bulk import BulkInputs, compare_rows, without_models
        from rulewright_tui.session.revision import load_base

        state = self.state
        archive, program, inputs = state.archive, state.program, BulkInputs(self._now, self._given)
        total, paths, known = len(archive), state.paths, self._against
        processes = 0 if total <= FEW_EVENTS else None

        def steps(is_stopped: Callable[[], bool]) -> Iterator[int]:
            base = known if known is not None and known.name == revision else load_base(paths, revision)
            self._against = base
            table = ComparisonTable()
            self.post_message_to_inspect(Compared(Comparison(base, archive, table)))
            pair = without_models(base.policies.program), without_models(program)
            for found in compare_rows(
                archive, [range(total)], *pair, inputs, processes=processes, cancel=is_stopped
            ):
                table.set_batch(found.first_row, found.results)
                yield len(found.results.numbers)

        self._start_work("compared", lambda: total, steps)

    def show_comparison(self, comparison: Comparison) -> None:
        """Open the screen of a comparison that has begun."""
        counted = (
            (comparison.base.title, comparison.base.policies.error_count),
            ("the working tree", self.state.policies.error_count),
        )
        notice = "; ".join(
            f"{format_count(errors, 'error')} in {where}: its other policies are compared"
            for where, errors in counted
            if errors
        )
        self._comparison = comparison._replace(notice=notice)
        self.open_compare(self._comparison)

    def decide_all(self) -> None:
        """Decide all loaded events that are not decided yet, in processes where there are many."""
        state = self.state
        if self._work is not None and self._work.what in ("read", "decided"):
            return
        from rulewright_tui.session.bulk import BulkInputs, decide_rows, without_models

        results = state.results or ResultTable()
        self.state = state._replace(results=results)
        total = len(state.archive)
        open_rows = [*results.undecided_ranges(total)]
        if not open_rows:
            return
        program, archive, inputs = state.program, state.archive, BulkInputs(self._now, self._given)
        processes = 0 if total <= FEW_EVENTS else None

        def steps(is_stopped: Callable[[], bool]) -> Iterator[int]:
            for found in decide_rows(
                archive, open_rows, without_models(program), inputs, processes=processes, cancel=is_stopped
            ):
                results.set_batch(found.first_row, found.results)
                yield len(found.results.numbers)

        self._start_work("decided", lambda: total, steps)

    # Edits

    def _edited(self, history: EditHistory) -> None:
        """Take other edits of the event, and decide them."""
        if self.state.history is None or history.present is self.state.history.present:
            self.change(EVENT, history=history)
            return
        self.state = self.state._replace(history=history, notice="")
        original = self.state.original
        if original is not None and history.present is history.original and self.state.compared_with is None:
            self._wanted = 0
            self.change(outcome=original, is_pending=False)
            return
        if original is None and self.state.is_pending:
            self.change(EVENT)  # the edits are decided after the event as it came
            return
        self._decide(history.present, original)

    def field_text(self, name: str) -> tuple[str, str]:
        """The text of a row of the form as it is edited, and what forbids to edit it."""
        history = self.state.history
        assert history is not None
        facts = self.state.outcome.facts if self.state.outcome is not None else None
        for row in form_rows(history.original, history.present, facts):
            if row.name == name:
                if len(row.text) > LONGEST_LINE:
                    return "", f"{row.label} is too long for a line: E edits the event as JSON."
                return row.text, "" if row.editable else f"{row.label} cannot be edited here."
        return "", f"{name} cannot be edited."

    def field_changed(self, purpose: str, subject: str, text: str) -> str:
        """A letter more in a line: what follows is decided at once. Returns what is wrong with the text."""
        if purpose == "filter":
            if subject == "events":
                return self.filter_events(text)
            return self.filter_rules(text)
        if purpose == "find":
            return self.inspect.find(text)
        if purpose == "edit":
            return self._preview(lambda draft: set_field(draft, subject, text))
        return ""

    def _preview(self, edit: Callable[[Draft], Draft]) -> str:
        history = self.state.history
        if history is None:
            return ""
        if self._base is None:
            self._base = history
        try:
            self._edited(self._base.push(edit(self._base.present)))
        except EditError as error:
            return describe_error(error)
        return ""

    def keep_field(self, purpose: str, subject: str, text: str) -> str:
        """`enter` in a line. Returns what is wrong with the text; the line stays open then."""
        if purpose == "edit":
            problem = self._preview(lambda draft: set_field(draft, subject, text))
            if not problem:
                self._base = None
            return problem
        if purpose in ("add_label", "remove_label"):
            change = add_label if purpose == "add_label" else remove_label
            return self.edit(lambda draft: change(draft, text.strip())) if text.strip() else ""
        if purpose in ("filter", "find"):  # its last letters may not have been seen yet
            return self.field_changed(purpose, subject, text)
        if purpose == "write":
            return self.write_plan(text.strip())
        if purpose == "compare" and text.strip():
            self.compare(text.strip())
        return ""

    def discard_field(self, purpose: str, subject: str) -> None:
        """`escape` in a line."""
        if purpose == "filter":
            if subject == "events":
                self.filter_events("")
            else:
                self.filter_rules("")
        elif purpose == "edit" and self._base is not None:
            base, self._base = self._base, None
            self._edited(base)

    def edit(self, change: Callable[[Draft], Draft]) -> str:
        """Edit the event. Returns what is wrong with the edit."""
        history = self.state.history
        if history is None:
            return "There is no event to edit."
        try:
            self._edited(history.push(change(history.present)))
        except EditError as error:
            return describe_error(error)
        return ""

    def _edit_or_say(self, change: Callable[[Draft], Draft]) -> None:
        problem = self.edit(change)
        if problem:
            self.say(problem)

    def shift_now(self, days: int) -> None:
        self._edit_or_say(lambda draft: shift_now(draft, days))

    def reset_field(self, name: str) -> None:
        history = self.state.history
        if history is not None:
            self._edit_or_say(lambda draft: reset_field(history.original, draft, name))

    def undo(self) -> None:
        history = self.state.history
        if history is None or not history.past:
            self.say("Nothing is edited.")
        else:
            self._edited(history.undo())

    def undo_all(self) -> None:
        history = self.state.history
        if history is None or not history.past:
            self.say("Nothing is edited.")
        else:
            self._edited(history.undo_all())

    def present_labels(self) -> list[str]:
        """The labels that the event has."""
        history = self.state.history
        present = snapshot(history.present.event) if history is not None else None
        return list(present.labels) if present is not None else []

    def known_labels(self) -> list[str]:
        """The labels of the label file, which are suggested."""
        return [label.name for label in self.state.program.config.labels or ()]

    def try_flip(self) -> None:
        """Edit the event so that the selected rule turns, or say why that cannot be done."""
        state = self.state
        outcome, rule = state.outcome, state.rule
        if outcome is None or outcome.decision is None or rule is None:
            self.say("There is no rule to turn.")
            return
        explanation = explain_rule(outcome, rule)
        if explanation is None:
            self.say(f"{rule.policy}/{rule.id} is not decided about this event.")
            return
        program = state.program
        found = try_flips(
            outcome.draft,
            explanation,
            outcome.decision,
            lambda draft: evaluate(program, gather(program, draft.event, now=draft.now, given=draft.given)),
        )
        if isinstance(found, Refusal):
            blocker = f": {found.blocker} has to change first" if found.blocker else ""
            self.say(f"{rule.id} is not turned: {found.reason}{blocker}")
            return
        self._edit_or_say(lambda _: found)

    # Texts

    def look_at(self, file: str, line: int) -> None:
        """Show a place of a file in pane 4."""
        self._place = (file, line)
        self.change(4)

    def source_view(self) -> SourceView | None:
        """The file and place of pane 4: what was chosen in Why, else the selected rule."""
        rule = self.state.rule
        entry = self._entry(self.state.program, rule)
        if self._place is not None:
            file, line = self._place
        elif entry is not None:
            file, line = entry
        else:
            return None
        own = entry[1] if entry is not None and entry[0] == file else None
        return self._sources.view(file, line, own, self.state.findings)

    @staticmethod
    def _entry(program: Program, rule: RuleRef | None) -> tuple[str, int] | None:
        for policy in program.policies if rule is not None else ():
            if rule is not None and policy.name == rule.policy:
                for entry in policy.entries:
                    if entry.id == rule.id:
                        return policy.file, entry.position.line
        return None

    def copy_pane(self, number: int, rows: Rows) -> None:
        """Copy a pane: the explanation and the plan as JSON, the others as text. Masked like the screen."""
        state = self.state
        if number == WHY and state.rule is not None and state.outcome is not None:
            explanation = explain_rule(state.outcome, state.rule, state.round)
            text = (
                json.dumps(explanation.as_json(), indent=2, ensure_ascii=False)
                if explanation is not None
                else ""
            )
        elif number == PLAN and state.outcome is not None and state.outcome.plan is not None:
            text = masked_plan(plan_json(state.outcome.plan))
        else:
            lines = [rows[index].text.rstrip() for index in range(min(len(rows), 5_000))]
            text = "\n".join(lines)
        self.copy_to_clipboard(text.encode("utf-8", "replace").decode())
        self.say("Copied.")

    def write_plan(self, path: str) -> str:
        """Write the plan as `--plan-out` does. Returns why it cannot be written."""
        outcome = self.state.outcome
        if outcome is None or outcome.plan is None:
            return "there is no plan"
        if not path:
            return "give a file name"
        try:
            with open(path, "xb") as stream:
                stream.write(canonical_json(plan_json(outcome.plan)) + b"\n")
        except FileExistsError:
            return f"the file exists: {path}"
        except (OSError, ValueError) as error:
            return f"cannot write {path}: {getattr(error, 'strerror', None) or error}"
        self.say(f"Plan written to {path}.")
        return ""

    # Screens of their own

    def preview_document(self, text: str) -> str:
        """A letter more in the JSON. Returns what is wrong with it, with line and column."""
        return self._preview(lambda draft: replace_document(draft, text))

    def end_preview(self, *, keep: bool) -> None:
        """Keep what was typed as an edit, or go back to what was there before."""
        base, self._base = self._base, None
        if not keep and base is not None:
            self._edited(base)

    def write_case(self, written: WrittenCase, before: str) -> str:
        """Write the test file, whole or not at all. Returns why it cannot be written."""
        try:
            present = "" if written.is_new else written.file.read_bytes().decode("utf-8", "surrogateescape")
            if present != before or (written.is_new and written.file.exists()):
                return f"{written.file} has changed meanwhile"
            write_whole(str(written.file), written.text.encode("utf-8", "surrogateescape"))
        except SourceError as error:
            return error.message
        except OSError as error:
            return f"cannot read {written.file}: {error.strerror or error}"
        self.say(f"Test case {written.case['id']} written to {written.file}.")
        return ""

    def open_events(self, path: str) -> str:
        """Take other events in place of those loaded. Returns what is wrong with the path."""
        try:
            archive, batches = open_archive(
                (path,) if not path.endswith(".jsonl") else (), (path,) if path.endswith(".jsonl") else ()
            )
        except RulewrightError as error:
            return describe_error(error)
        if len(archive) == 1 and (problem := archive.summary(0).error):
            return problem
        if not len(archive):
            return archive.problems[0] if archive.problems else f"{path} has no events"
        self._reader, self._reopen = None, None
        self._forget_events(archive, batches, os.path.basename(path))
        self.select_event(0)
        self._read_rest()
        return ""

    def _forget_events(self, archive: Archive, batches: Iterator[IndexedBatch], name: str) -> None:
        """Take an archive with no event selected in place of the present one."""
        self._histories, self._batches, self._query = {}, batches, Query()
        self._wanted, self._base = 0, None
        self.change(
            archive=archive,
            row=None,
            history=None,
            original=None,
            outcome=None,
            is_pending=False,
            event_error="",
            rows=None,
            event_filter="",
            results=None,
            source_name=name,
        )

    # Screens over this one, which the application opens

    def open_editor(self) -> None:
        raise NotImplementedError

    def open_document(self) -> None:
        raise NotImplementedError

    def open_case(self) -> None:
        raise NotImplementedError

    def open_compare(self, comparison: Comparison) -> None:
        raise NotImplementedError

    def draw_comparison(self, comparison: Comparison) -> None:
        raise NotImplementedError

    def open_commands(self) -> None:
        raise NotImplementedError

    def open_help(self, pane: int) -> None:
        raise NotImplementedError

    def show_effect(self, number: int) -> None:
        raise NotImplementedError

    def ask_for_events(self) -> None:
        raise NotImplementedError
