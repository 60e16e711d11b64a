"""The event as JSON, edited as a whole; panes behind it follow while typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import TextArea

from rulewright_tui.lines.row import text_row
from rulewright_tui.lines.rules import rule_states
from rulewright_tui.masking import policy_line
from rulewright_tui.screens.overlay import Overlay

if TYPE_CHECKING:
    from textual.app import ComposeResult


class DocumentScreen(Overlay):
    """`escape` keeps what the text says. A text that is no event is told with line and column, and discarded by a
    second `escape`."""

    def __init__(self, text: str) -> None:
        super().__init__("Event as JSON", (("esc", "Keep and close"), ("^q", "Quit")))
        self._text = text
        self._problem = ""
        self._is_warned = False

    def compose_more(self) -> ComposeResult:
        yield TextArea(self._text, show_line_numbers=True, tab_behavior="indent")

    def focus_first(self) -> None:
        self.list.styles.height = 1
        self.set_focus(self.query_one(TextArea))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """All keys but these belong to the text."""
        return action in ("close", "quit")

    def draw(self) -> None:
        if self._problem:
            again = "esc again discards: " if self._is_warned else ""  # first, as a long problem is cut
            self.list.show(
                [text_row(f"{self.app.glyphs.error} {again}{policy_line(self._problem, 300)}", "error")]
            )
            return
        outcome = self.app.state.outcome
        matched = sum(found.status == "matched" for found in rule_states(outcome).values())
        effects = len(outcome.plan.effects) if outcome is not None and outcome.plan is not None else 0
        self.list.show([text_row(f"{matched} rules matched, {effects} effects", "success")])

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        self._is_warned = False
        self._problem = self.app.preview_document(event.text_area.text)
        self.draw()

    def action_close(self) -> None:
        if self._problem and not self._is_warned:
            self._is_warned = True
            self.draw()
            return
        self.app.end_preview(keep=not self._problem)
        self.dismiss(None)
