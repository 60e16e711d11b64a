"""A screen over the screen Inspect: a title, rows, and perhaps a line to type in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from rulewright_tui.lines.row import Row, Span
from rulewright_tui.widgets.field import FieldLine
from rulewright_tui.widgets.rows import ROLE_CLASSES, RowLine, RowList

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from rulewright_tui.inspection import Inspection


class Overlay(ModalScreen[None]):
    """Rows that can be scrolled. `escape` closes it."""

    CSS_PATH = "../styles/overlay.tcss"
    COMPONENT_CLASSES: ClassVar[set[str]] = ROLE_CLASSES
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="overlay.close", tooltip="Back to Inspect", priority=True),
        Binding("down", "move(1)", "Down", id="overlay.down", tooltip="Move down", priority=True),
        Binding("up", "move(-1)", "Up", id="overlay.up", tooltip="Move up", priority=True),
        Binding(
            "pagedown",
            "page(1)",
            "Page down",
            id="overlay.page_down",
            tooltip="Move a page down",
            priority=True,
        ),
        Binding(
            "pageup", "page(-1)", "Page up", id="overlay.page_up", tooltip="Move a page up", priority=True
        ),
        Binding("j", "step(1)", "Down", id="overlay.j", tooltip="Move down", priority=True),
        Binding("k", "step(-1)", "Up", id="overlay.k", tooltip="Move up", priority=True),
        Binding("ctrl+q", "quit", "Quit", id="overlay.quit", tooltip="Quit", priority=True),
    ]
    app: Inspection

    def __init__(self, title: str, footer: tuple[tuple[str, str], ...] = (("esc", "Close"),)) -> None:
        super().__init__()
        self._title, self._footer = title, footer

    def compose(self) -> ComposeResult:
        ellipsis = self.app.glyphs.ellipsis
        with Vertical(id="overlay"):
            yield RowLine("overlay-title", ellipsis)
            yield RowList("overlay-rows", ellipsis)
            yield from self.compose_more()
            yield FieldLine("overlay-field")
            yield RowLine("overlay-footer", ellipsis)

    def compose_more(self) -> ComposeResult:
        """Widgets below the rows."""
        yield from ()

    def on_mount(self) -> None:
        self.query_one("#overlay-title", RowLine).show(
            Row((Span(" DRY RUN ", "banner"), Span(f"  {self._title}")))
        )
        keys: list[Span] = []
        for key, words in self._footer:
            keys += [Span(f" {key}", "accent"), Span(f" {words} ")]
        self.query_one("#overlay-footer", RowLine).show(Row(tuple(keys)))
        self.focus_first()
        self.call_after_refresh(self.draw)

    @property
    def list(self) -> RowList:
        return self.query_one("#overlay-rows", RowList)

    @property
    def field(self) -> FieldLine:
        return self.query_one("#overlay-field", FieldLine)

    def focus_first(self) -> None:
        """Give the keys to a widget when the screen opens."""
        self.set_focus(self.list)

    def draw(self) -> None:
        """Draw the rows."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the line is open, letters are text."""
        return action != "step" or not self.field.is_open

    def action_close(self) -> None:
        self.dismiss(None)

    def action_move(self, step: int) -> None:
        self.list.move_to(self.list.cursor + step, step)

    def action_step(self, step: int) -> None:
        self.action_move(step)

    def action_page(self, step: int) -> None:
        self.list.move_to(self.list.page_index(step), step)

    def action_quit(self) -> None:
        self.app.exit()
