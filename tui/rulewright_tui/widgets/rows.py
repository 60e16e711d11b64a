"""The one list widget: it draws the rows that are visible, and never looks at the others."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from rulewright_tui.lines.row import Span
from rulewright_tui.widgets.drawing import draw_row

if TYPE_CHECKING:
    from textual import events

    from rulewright_tui.lines.row import Role, Row, Rows

ROLES: tuple[Role, ...] = ("muted", "success", "error", "warning", "accent", "strong", "changed", "banner")
ROLE_CLASSES = {f"role--{role}" for role in ROLES}
"""Component classes of every screen with rows: each widget with its own would cost more than all else of a key."""


class RoleStyles:
    """The styles of roles, out of the component classes `role--NAME` of the screen, kept until those of the widget
    change."""

    def __init__(self, widget: RowList | RowLine) -> None:
        self._widget = widget
        self._styles: dict[str, Style] = {}

    @property
    def base(self) -> Style:
        """The style that lies under all roles."""
        if "base" not in self._styles:
            self._styles["base"] = self._widget.rich_style
        return self._styles["base"]

    def component(self, name: str) -> Style:
        """The style of a component class."""
        if name not in self._styles:
            self._styles[name] = self._widget.get_component_rich_style(name)
        return self._styles[name]

    def __call__(self, role: Role) -> Style:
        if role not in self._styles:
            self._styles[role] = self._read_style(role) if role else Style()
        return self._styles[role]

    def _read_style(self, role: Role) -> Style:
        """The style of a role; a colour that is half transparent is mixed with the widget's background."""
        name = f"role--{role}"
        style = self._widget.screen.get_component_rich_style(name, partial=True)
        colour = self._widget.screen.get_component_styles(name).color
        if 0 < colour.a < 1:
            style += Style(color=(self._widget.background_colors[1] + colour).rich_color)
        return style

    def clear(self) -> None:
        self._styles.clear()


class RowList(ScrollView, can_focus=True):
    """Rows with a cursor. Keys come from the screen; the mouse from here."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--resting"}

    class Chosen(Message):
        """A row was clicked; `again`: twice."""

        def __init__(self, rows: RowList, index: int, again: bool) -> None:
            super().__init__()
            self.rows, self.index, self.again = rows, index, again

    def __init__(self, id: str, ellipsis: str) -> None:  # noqa: A002 — as in Textual
        super().__init__(id=id)
        self._rows: Rows = ()
        self._ellipsis = ellipsis
        self._lines: dict[int, tuple[Row | None, bool]] = {}
        self._last: int | None = None
        self.cursor = 0

    @cached_property
    def role_styles(self) -> RoleStyles:
        return RoleStyles(self)

    @property
    def rows(self) -> Rows:
        return self._rows

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None

    def show(self, rows: Rows, cursor: int | None = None, last: int | None = None) -> None:
        """Draw other rows; `cursor` moves the cursor there, None leaves it where it can stay. `last`: the last row
        that is to be seen with it."""
        self._rows = rows
        self._last = last
        self._fit()
        if cursor is not None:
            self._bring_into_view(cursor)
        self.move_to(self.cursor if cursor is None else cursor)

    def _bring_into_view(self, index: int) -> None:
        """Scroll to a row that is out of sight, with rows above it."""
        top, height = round(self.scroll_y), self.size.height
        end = min(index if self._last is None else max(self._last, index), index + height - 1)
        if height and not top <= index <= end < top + height:
            last = max(len(self._rows) - height, 0)
            above = min(height // 3, max(height - 1 - (end - index), 0))
            self.scroll_to(y=min(max(index - above, 0), last), animate=False)

    def _fit(self) -> None:
        """Take over the number of rows. Only where the scrollbar comes or goes is there anything to lay out."""
        size = Size(self.size.width, len(self._rows))
        if size != self.virtual_size:
            self.set_reactive(RowList.virtual_size, size)
            self._scroll_update(size)

    def page_index(self, step: int) -> int:
        """The row that is a page below the cursor, or above it for -1."""
        return self.cursor + step * max(self.size.height - 1, 1)

    def move_to(self, index: int, direction: int = 1) -> None:
        """Put the cursor on a row, or on the next one in that direction that is no heading."""
        last = len(self._rows) - 1
        wanted = min(max(index, 0), max(last, 0))
        self.cursor = self._passing_headings(wanted, direction)
        self._scroll_into_view()
        self._refresh_lines()

    def _refresh_lines(self) -> None:
        """Draw the lines again that are no longer what was drawn."""
        width, height = self.size
        top = round(self.scroll_y)
        changed = [Region(0, y, width, 1) for y in range(height) if self._lines.get(y) != self._line(top + y)]
        if changed:
            self.refresh(*changed)

    def _line(self, index: int) -> tuple[Row | None, bool]:
        """What is drawn in a line: its row, and whether the cursor stands there."""
        if not 0 <= index < len(self._rows):
            return None, False
        return self._rows[index], index == self.cursor

    def _passing_headings(self, index: int, direction: int) -> int:
        for step in (direction, -direction):
            place = index
            while 0 <= place < len(self._rows):
                if not self._rows[place].heading:
                    return place
                place += step
        return index

    def _scroll_into_view(self) -> None:
        height = self.size.height
        if height < 1:
            return
        top = round(self.scroll_y)
        if self.cursor == self._passing_headings(0, 1):
            top = 0
        elif self.cursor < top:
            top = self.cursor
        elif self.cursor >= top + height:
            top = self.cursor - height + 1
        top = min(top, max(len(self._rows) - height, 0))
        if top != round(self.scroll_y):
            self.scroll_to(y=top, animate=False)

    def on_resize(self, event: events.Resize) -> None:
        self._fit()
        self._bring_into_view(self.cursor)
        self._scroll_into_view()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.role_styles.clear()

    def render_line(self, y: int) -> Strip:
        width, index = self.scrollable_content_region.width, y + round(self.scroll_y)
        base = self.role_styles.base
        row, is_cursor = self._lines[y] = self._line(index)
        if row is None:
            return Strip.blank(width, base)
        if is_cursor:
            base = self.role_styles.component("rows--cursor" if self.has_focus else "rows--resting")
            if self.app.no_color and self.has_focus:
                base = Style(reverse=True)
        return draw_row(row, width, self.role_styles, base, self._ellipsis)

    def on_click(self, event: events.Click) -> None:
        index = event.y + round(self.scroll_y)
        if 0 <= index < len(self._rows):
            event.stop()
            self.post_message(self.Chosen(self, index, event.chain > 1))


class RowLine(ScrollView, can_focus=False):
    """One row without a cursor: a title, the banner, the footer."""

    DEFAULT_CSS = "RowLine { height: 1; overflow: hidden; }"

    def __init__(self, id: str, ellipsis: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._row: Row | None = None
        self._ellipsis = ellipsis
        self.mark = ""
        """What stands before the row where there are no colours to tell it from others."""

    @cached_property
    def role_styles(self) -> RoleStyles:
        return RoleStyles(self)

    def show(self, row: Row) -> None:
        """Draw another row."""
        if row != self._row:
            self._row = row
            self.refresh()

    @property
    def text(self) -> str:
        return self._row.text if self._row is not None else ""

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.role_styles.clear()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if self._row is None or y:
            return Strip.blank(width, self.role_styles.base)
        row = self._row
        if self.mark and self.app.no_color:
            row = row._replace(spans=(Span(self.mark, "strong"), *row.spans))
        return draw_row(row, width, self.role_styles, self.role_styles.base, self._ellipsis)
