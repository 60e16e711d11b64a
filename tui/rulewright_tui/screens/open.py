"""Open other events: a file, a folder, or a file of one event per line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from rulewright_tui.lines.row import text_row
from rulewright_tui.masking import policy_line
from rulewright_tui.screens.overlay import Overlay

if TYPE_CHECKING:
    from typing import ClassVar

    from textual.binding import BindingType


class OpenScreen(Overlay):
    """A path is asked for; what is wrong with it is told in the line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "open", "Open", id="open.enter", tooltip="Open the events of the path", priority=True
        )
    ]

    def __init__(self) -> None:
        super().__init__("Open events", (("enter", "Open"), ("esc", "Cancel")))

    def draw(self) -> None:
        self.show_problem("")
        self.field.ask("open", "events =", "", "enter open · esc cancel")
        self.set_focus(self.field.input)

    def show_problem(self, problem: str) -> None:
        """What can be opened, and why the last path could not."""
        rows = [
            text_row("An event (JSON), a folder of events, or a .jsonl file with one event per line."),
            text_row("The events take the place of those that are loaded.", "muted"),
        ]
        if problem:
            rows.append(text_row(f"{self.app.glyphs.error} {policy_line(problem)}", "error"))
        self.list.show(rows)

    def action_open(self) -> None:
        problem = self.app.open_events(self.field.input.value.strip())
        if problem:
            self.show_problem(problem)
        else:
            self.dismiss(None)
