"""The keys, with a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright_tui.keys import KEYS
from rulewright_tui.lines.keys import key_rows
from rulewright_tui.screens.overlay import Overlay

if TYPE_CHECKING:
    from textual.widgets import Input


class HelpScreen(Overlay):
    """The keys of the pane that had the focus, then all others; letters search."""

    def __init__(self, pane: int) -> None:
        super().__init__("Keys: none of them applies anything")
        self._pane = pane

    def draw(self) -> None:
        self.show_keys("")
        self.field.ask("search", "/", "", "esc closes")
        self.set_focus(self.field.input)

    def show_keys(self, text: str) -> None:
        self.list.show([*key_rows(KEYS, self._pane, text)], 0)

    def on_input_changed(self, event: Input.Changed) -> None:
        self.show_keys(event.value)
