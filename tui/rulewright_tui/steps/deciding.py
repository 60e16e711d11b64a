"""The state of a session, and the decision about the event that is looked at."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import App
from textual.filter import Monochrome, NoColor
from textual.worker import WorkerFailed

from rulewright_tui.glyphs import ASCII
from rulewright_tui.keys import EVENT, RULES, WHY
from rulewright_tui.lines.rules import first_matched, rule_states
from rulewright_tui.messages import Decided, Loaded
from rulewright_tui.palette import KeyCommands
from rulewright_tui.session.decider import Decider
from rulewright_tui.session.edits import (
    Draft,
    EditHistory,
    carry_read_parts,
)
from rulewright_tui.session.query import Query
from rulewright_tui.session.reloading import Reloader
from rulewright_tui.session.sources import SourceFiles
from rulewright_tui.widgets.field import LineInput
from rulewright_tui.widgets.inert import InertFilter

if TYPE_CHECKING:
    from textual.message import Message

    from rulewright.program.program import Program
    from rulewright_tui.lines.compare import Comparison
    from rulewright_tui.session.decider import Request
    from rulewright_tui.session.outcome import Outcome, RuleRef
    from rulewright_tui.session.sources import SourceView
    from rulewright_tui.session.work import Work
    from rulewright_tui.steps.start import OverlayScreens, PaneScreen, Start

PATIENCE: Final = 0.03
"""Seconds that a key waits for its decision before it is drawn without one."""

SWITCH_INTERVAL: Final = 0.001
"""Seconds that a thread which decides may keep the others waiting: a frame takes its turn several times."""


def _refuse_descriptor() -> int:
    """Textual's stand-in for stderr says -1, which multiprocessing takes for a descriptor that a process inherits."""
    raise OSError("the screen has no descriptor")


class SessionApp(App[None]):
    """The state of a running session, and the decisions about its event."""

    inspect: PaneScreen
    overlays: OverlayScreens

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
        self._has_begun = False
        """Whether what the first frame does without is begun: reading the other events, and what follows from it."""
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
        """Whether all events are read, and everything that was asked for is decided and given to the panes."""
        return self._has_begun and not self.state.is_pending and self._work is None

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

    def ask_models(self) -> None:
        """Decide the draft again, and ask models about it as it is now."""
        history = self.state.history
        if history is None:
            self.say("There is no event to ask about.")
        else:
            self._decide(history.present, self.state.original, ask_models=True)

    # Rules and texts

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
