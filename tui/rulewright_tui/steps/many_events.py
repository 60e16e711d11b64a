"""Which event is looked at, the filters, and long work over all events."""

from __future__ import annotations

import gc
import os
import time
from typing import TYPE_CHECKING, Final

from rulewright.policy.diagnostics import RulewrightError
from rulewright.report.evaluation import format_count
from rulewright_tui.keys import EVENTS, RULES, SOURCE
from rulewright_tui.lines.compare import Comparison
from rulewright_tui.lines.row import every_row
from rulewright_tui.messages import Compared, Worked
from rulewright_tui.session.archive import Archive
from rulewright_tui.session.edits import (
    Draft,
    EditHistory,
)
from rulewright_tui.session.field_text import describe_error
from rulewright_tui.session.opening import open_archive
from rulewright_tui.session.outcome import RuleRef
from rulewright_tui.session.query import Query, asks_for_results, parse_query, select_rows
from rulewright_tui.session.row_results import ComparisonTable, ResultTable
from rulewright_tui.session.work import Work
from rulewright_tui.steps.deciding import SessionApp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rulewright_tui.session.event_sources import IndexedBatch
    from rulewright_tui.session.library import Policies
    from rulewright_tui.session.revision import RevisionBase
    from rulewright_tui.session.work import WorkReport

SELECTION_REST: Final = 10
"""While work goes on, a filter over all rows rests for so many times as long as it took."""

FEW_EVENTS: Final = 50
"""So many are decided at once, in this process; of more, all are decided when somebody asks for it."""


class EventsApp(SessionApp):
    """A session with its events and policies."""

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

    # One of the events

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
        former = self._work
        if former is not None:
            former.stop()
        self._work = Work(
            what,
            total,
            steps,
            lambda work, report: self.post_message_to_inspect(Worked(work, report)),
            former,
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
            self.overlays.draw_comparison(self._comparison)
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
        self._has_begun = True

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
        self.overlays.open_compare(self._comparison)

    def decide_all(self) -> None:
        """Decide all loaded events that are not decided yet, in processes where there are many."""
        state = self.state
        if self._work is not None and self._work.what in ("read", "decided"):
            return
        from rulewright_tui.session.bulk import BulkInputs, decide_rows, without_models

        results = state.results or ResultTable()
        self.state = state._replace(results=results)
        total = len(state.archive)
        if results.decided == total:
            return
        program, archive, inputs = state.program, state.archive, BulkInputs(self._now, self._given)
        processes = 0 if total <= FEW_EVENTS else None

        def steps(is_stopped: Callable[[], bool]) -> Iterator[int]:
            # Looked for here, where no former work adds to the results any more.
            rows = [*results.undecided_ranges(total)]
            for found in decide_rows(
                archive, rows, without_models(program), inputs, processes=processes, cancel=is_stopped
            ):
                results.set_batch(found.first_row, found.results)
                yield len(found.results.numbers)

        self._start_work("decided", lambda: total, steps)

    def toggle_tree(self) -> None:
        """Show this event, or the policies with counts over all loaded events, which are decided then."""
        self.change(RULES, show_tree=not self.state.show_tree, notice="")
        if self.state.show_tree:
            self.decide_all()
