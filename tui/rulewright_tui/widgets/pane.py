"""A pane: its title, its rows, and a line to type in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from rulewright_tui.widgets.field import FieldLine
from rulewright_tui.widgets.rows import RowLine, RowList

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from rulewright_tui.lines.pane_text import PaneText


class Pane(Vertical):
    """Pane `number`; folded, only its title is seen."""

    def __init__(self, number: int, ellipsis: str) -> None:
        super().__init__(id=f"pane-{number}", classes="pane")
        self.number = number
        self.title = RowLine(f"title-{number}", ellipsis)
        self.list = RowList(f"rows-{number}", ellipsis)
        self.field = FieldLine(f"field-{number}")

    def compose(self) -> ComposeResult:
        yield self.title
        yield self.list
        yield self.field

    def show(self, text: PaneText) -> None:
        """Draw another text."""
        self.title.show(text.title)
        self.list.show(text.rows, text.cursor, text.last)
