"""The application: the session with its screens. Each key imports what the first frame does without."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import SuspendNotSupported

from rulewright.policy.diagnostics import RulewrightError
from rulewright_tui.inspection import Inspection
from rulewright_tui.palette import KeyCommands, Palette
from rulewright_tui.screens.help import HelpScreen
from rulewright_tui.screens.inspect import Inspect
from rulewright_tui.screens.open import OpenScreen
from rulewright_tui.session.edits import document_text
from rulewright_tui.session.field_text import describe_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.testing.case_writer import WrittenCase
    from rulewright_tui.lines.compare import Comparison


class Overlays:
    """The screens over Inspect, each imported by the key that needs it."""

    def __init__(self, app: Inspection) -> None:
        self._app = app

    def open_editor(self) -> None:
        """Open the file of pane 4 in the user's editor, at its line; the application is suspended meanwhile."""
        view = self._app.source_view()
        if view is None:
            self._app.say("No file is shown.")
            return
        command = editor_command(os.environ, view.file, view.line)
        if command is None:
            self._app.say("Set VISUAL or EDITOR to the command of your editor.")
            return
        problem: OSError | None = None
        try:
            with ignore_interrupts(), self._app.suspend():
                # Caught within: an error that leaves `suspend` leaves the terminal suspended.
                try:
                    subprocess.run(command, check=False)
                except OSError as error:
                    problem = error
        except SuspendNotSupported:
            self._app.say("The editor cannot be opened in this terminal.")
            return
        if problem is not None:
            self._app.say(f"{command[0]} cannot be started: {problem.strerror or problem}")
            return
        self._app.change()

    def open_document(self) -> None:
        """Edit the whole event as JSON."""
        history = self._app.state.history
        if history is None:
            self._app.say("There is no event to edit.")
        else:
            from rulewright_tui.screens.document import DocumentScreen

            self._app.push_screen(DocumentScreen(document_text(history.present)))

    def open_case(self) -> None:
        """Show what is on screen as a case of the selected rule's policy."""
        state = self._app.state
        outcome, rule, history = state.outcome, state.rule, state.history
        if (
            outcome is None
            or outcome.decision is None
            or rule is None
            or history is None
            or state.row is None
        ):
            self._app.say("There is no decision to keep as a test case.")
            return
        from rulewright.testing.case_writer import EventOrigin, write_case
        from rulewright_tui.screens.case import CaseScreen

        decision, place = outcome.decision, state.archive.where(state.row)
        path = Path(place) if os.path.isfile(place) else None
        origin = EventOrigin(history.original.event, path)

        def write(case_id: str | None) -> WrittenCase:
            return write_case(
                origin,
                decision,
                rule.policy,
                rules=(rule.id,),
                given=outcome.draft.given,
                case_id=case_id or None,
            )

        try:
            written = write(None)
            before = "" if written.is_new else written.file.read_bytes().decode("utf-8", "surrogateescape")
        except RulewrightError as error:
            self._app.say(f"No test case: {describe_error(error)}")
        except OSError as error:
            self._app.say(f"No test case: {error.filename}: {error.strerror}")
        else:
            self._app.push_screen(CaseScreen(written, before, write))

    def open_compare(self, comparison: Comparison) -> None:
        """Show a comparison that has begun."""
        from rulewright_tui.screens.compare import Compare

        self._app.push_screen(Compare(comparison))

    def draw_comparison(self, comparison: Comparison) -> None:
        """Draw more of the comparison that is shown."""
        from rulewright_tui.screens.compare import Compare

        if isinstance(self._app.screen, Compare):
            self._app.screen.show_comparison(comparison)

    def open_commands(self) -> None:
        """Search the commands."""
        self._app.push_screen(Palette())

    def open_help(self, pane: int) -> None:
        """Show the keys, those of a pane first."""
        self._app.push_screen(HelpScreen(pane))

    def show_effect(self, number: int) -> None:
        """Show the effect of that number in full."""
        outcome = self._app.state.outcome
        if outcome is not None and outcome.plan is not None:
            from rulewright.planning.steps import plan_steps
            from rulewright_tui.screens.effect import EffectScreen

            steps = [step for step in plan_steps(outcome.plan, outcome.draft.event) if step.role == "planned"]
            if number < len(steps):
                self._app.push_screen(EffectScreen(steps[number]))

    def ask_for_events(self) -> None:
        """Ask which events to open."""
        self._app.push_screen(OpenScreen())


class RulewrightTui(Inspection):
    """A dry run that is inspected. Nothing is applied."""

    COMMANDS: ClassVar = {KeyCommands}
    inspect: Inspect

    def on_mount(self) -> None:
        self.overlays = Overlays(self)
        self.inspect = Inspect()
        self.push_screen(self.inspect)
        self.call_after_refresh(self._after_first_frame)


@contextmanager
def ignore_interrupts() -> Iterator[None]:
    """Leave ctrl+c and ctrl+\\ to the program in the foreground: they do not end this one. A program that is started
    meanwhile has its own handlers, as an ignored signal would be inherited."""
    former = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def editor_command(environ: Mapping[str, str], file: str, line: int) -> list[str] | None:
    """The command of the user's editor for a place of a file; None where none is set. No shell is used."""
    try:
        words = shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "")
    except ValueError:
        return None
    if not words:
        return None
    name = os.path.basename(words[0])
    if name in ("code", "codium", "cursor"):
        return [*words, "--wait", "--goto", f"{file}:{line}"]
    if name in ("subl", "zed", "hx", "helix"):
        return [*words, f"{file}:{line}"]
    return [*words, f"+{line}", file]
