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
        self._ellipsis = ellipsis

    def compose(self) -> ComposeResult:
        yield RowLine(f"title-{self.number}", self._ellipsis)
        yield RowList(f"rows-{self.number}", self._ellipsis)
        yield FieldLine(f"field-{self.number}")

    @property
    def title(self) -> RowLine:
        return self.query_one(f"#title-{self.number}", RowLine)

    @property
    def list(self) -> RowList:
        return self.query_one(f"#rows-{self.number}", RowList)

    @property
    def field(self) -> FieldLine:
        return self.query_one(f"#field-{self.number}", FieldLine)

    def show(self, text: PaneText) -> None:
        """Draw another text."""
        self.title.show(text.title)
        self.list.show(text.rows, text.cursor)
