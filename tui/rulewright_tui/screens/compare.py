"""The screen Compare: the policies of a revision and those of the session over all loaded events."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from rulewright_tui.lines.compare import compare_banner, compared_events, compared_rules, rows_of_rule
from rulewright_tui.lines.row import Row, Span
from rulewright_tui.widgets.pane import Pane
from rulewright_tui.widgets.rows import ROLE_CLASSES, RowLine, RowList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widgets import Input

    from rulewright_tui.inspection import Inspection
    from rulewright_tui.lines.compare import Comparison

RULES, EVENTS = 1, 2
KEYS = (
    ("1", "pane(1)", "Rules"),
    ("2", "pane(2)", "Events"),
    ("tab,shift+tab", "other_pane", "Other pane"),
    ("down,j", "move(1)", "Down"),
    ("up,k", "move(-1)", "Up"),
    ("pagedown", "page(1)", "Page down"),
    ("pageup", "page(-1)", "Page up"),
    ("home,g", "edge(0)", "First row"),
    ("end,G,shift+g", "edge(1)", "Last row"),
    ("slash", "filter", "Filter"),
    ("question_mark", "help", "Help"),
    ("enter", "deeper", "Open"),
    ("escape", "back", "Back"),
    ("ctrl+q", "quit", "Quit"),
)
TYPING = ("deeper", "back", "quit")


class Compare(Screen[None]):
    """Draws a comparison while it is made. `enter` opens an event in Inspect, with what differs from the revision."""

    CSS_PATH: ClassVar = ["../styles/inspect.tcss", "../styles/compare.tcss"]
    COMPONENT_CLASSES: ClassVar[set[str]] = ROLE_CLASSES
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, words, id=f"compare.{action}", tooltip=words, priority=True, show=False)
        for keys, action, words in KEYS
    ]
    app: Inspection

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison
        self.focused_pane = RULES
        self.filter_text = ""

    def compose(self) -> ComposeResult:
        ellipsis = self.app.glyphs.ellipsis
        yield RowLine("banner", ellipsis)
        with Horizontal(id="columns"):
            for number in (RULES, EVENTS):
                with Vertical(id=f"column-{number}", classes="column"):
                    yield Pane(number, ellipsis)
        yield RowLine("footer", ellipsis)

    def on_mount(self) -> None:
        self.panes = {number: self.query_one(f"#pane-{number}", Pane) for number in (RULES, EVENTS)}
        words = (("enter", "Open"), ("/", "Filter"), ("esc", "Back"), ("?", "Help"), ("^q", "Quit"))
        spans = [span for key, text in words for span in (Span(f" {key}", "accent"), Span(f" {text}"))]
        self.query_one("#footer", RowLine).show(Row(tuple(spans)))
        self.focus_pane(RULES)
        self.call_after_refresh(self.draw)

    def show_comparison(self, comparison: Comparison) -> None:
        """Draw more of it."""
        self.comparison = comparison._replace(rule=self.comparison.rule)
        if self.is_mounted and hasattr(self, "panes"):
            self.draw()

    def draw(self) -> None:
        glyphs = self.app.glyphs
        self.query_one("#banner", RowLine).show(compare_banner(self.comparison, glyphs))
        self.panes[RULES].show(compared_rules(self.comparison, glyphs, self.filter_text))
        self.panes[EVENTS].show(compared_events(self.comparison, rows_of_rule(self.comparison), glyphs))

    @property
    def pane(self) -> Pane:
        return self.panes[self.focused_pane]

    def focus_pane(self, number: int) -> None:
        self.focused_pane = number
        for other, pane in self.panes.items():
            pane.set_class(other == number, "-focused")
        self.set_focus(self.panes[number].list)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Text typed into the line is text."""
        if self.app.screen is not self or not hasattr(self, "panes"):
            return False
        return action in TYPING or not self.panes[RULES].field.is_open

    def action_pane(self, number: int) -> None:
        self.focus_pane(number)

    def action_other_pane(self) -> None:
        self.focus_pane(EVENTS if self.focused_pane == RULES else RULES)

    def action_move(self, step: int) -> None:
        self._move_to(self.pane.list.cursor + step, step)

    def action_page(self, step: int) -> None:
        self._move_to(self.pane.list.page_index(step), step)

    def action_edge(self, end: int) -> None:
        self._move_to((len(self.pane.list.rows) - 1) * end, -1 if end else 1)

    def _move_to(self, index: int, direction: int) -> None:
        rows = self.pane.list
        rows.move_to(index, direction)
        if self.focused_pane == RULES and rows.current is not None and isinstance(rows.current.key, str):
            self.comparison = self.comparison._replace(rule=rows.current.key)
            events = compared_events(self.comparison, rows_of_rule(self.comparison), self.app.glyphs)
            self.panes[EVENTS].show(events._replace(cursor=0))

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        self.focus_pane(int(str(message.rows.id).rpartition("-")[2]))
        self._move_to(message.index, 1)
        if message.again:
            self.action_deeper()

    def action_deeper(self) -> None:
        if self.panes[RULES].field.is_open:
            self._close_field()
        elif self.focused_pane == RULES:
            self._move_to(self.pane.list.cursor, 1)
            self.focus_pane(EVENTS)
        else:
            row = self.pane.list.current
            if row is not None and isinstance(row.key, int):
                self.app.open_compared(row.key, self.comparison.base)
                self.dismiss(None)

    def action_back(self) -> None:
        if self.panes[RULES].field.is_open:
            self.filter_text = ""
            self._close_field()
            self.draw()
        elif self.app.stop_work():
            pass
        elif self.filter_text:
            self.filter_text = ""
            self.draw()
        elif self.comparison.rule is not None and self.focused_pane == EVENTS:
            self.focus_pane(RULES)
        else:
            self.dismiss(None)

    def action_filter(self) -> None:
        self.focus_pane(RULES)
        field = self.panes[RULES].field
        field.ask("filter", "/", self.filter_text, "enter keep · esc clear")
        self.set_focus(field.input)

    def _close_field(self) -> None:
        self.panes[RULES].field.close()
        self.set_focus(self.panes[RULES].list)

    def on_input_changed(self, event: Input.Changed) -> None:
        self.filter_text = event.value
        self.draw()

    def action_help(self) -> None:
        self.app.overlays.open_help(0)

    def action_quit(self) -> None:
        self.app.exit()
