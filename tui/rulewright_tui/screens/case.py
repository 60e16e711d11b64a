"""What is on screen as a case of the policy's test file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from rulewright.policy.diagnostics import RulewrightError
from rulewright_tui.lines.case import case_rows
from rulewright_tui.lines.row import text_row
from rulewright_tui.masking import policy_line
from rulewright_tui.screens.overlay import Overlay
from rulewright_tui.session.field_text import describe_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ClassVar

    from textual.binding import BindingType
    from textual.widgets import Input

    from rulewright.testing.case_writer import WrittenCase


class CaseScreen(Overlay):
    """`enter` writes the test file; until then nothing is written. The id can be changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "write",
            "Write",
            id="case.write",
            tooltip="Append the case to the test file",
            priority=True,
        )
    ]

    def __init__(self, written: WrittenCase, before: str, write: Callable[[str], WrittenCase]) -> None:
        """`before`: the test file as it is; `write`: the case with another id."""
        super().__init__("Test case", (("enter", "Write"), ("esc", "Cancel")))
        self._written, self._before, self._write = written, before, write
        self._problem = ""

    def draw(self) -> None:
        self.show_case()
        self.field.ask("id", "id =", str(self._written.case["id"]), "enter write · esc cancel")
        self.set_focus(self.field.input)

    def show_case(self) -> None:
        if self._problem:
            self.list.show([text_row(f"{self.app.glyphs.error} {policy_line(self._problem)}", "error")])
        else:
            self.list.show([*case_rows(self._written, self._before, self.app.glyphs)], 0)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._problem = ""
        try:
            self._written = self._write(event.value.strip())
        except RulewrightError as error:
            self._problem = describe_error(error)
        self.show_case()

    def action_write(self) -> None:
        if self._problem:
            return
        problem = self.app.write_case(self._written, self._before)
        if problem:
            self.field.tell(problem)
        else:
            self.dismiss(None)
