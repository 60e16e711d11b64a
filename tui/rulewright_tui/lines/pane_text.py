"""The text of a pane: its title, its rows, and where the cursor goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rulewright_tui.lines.row import Row, Rows


class PaneText(NamedTuple):
    """`title` goes on telling what the pane would say while it is folded. `cursor`: the row under the cursor; None
    leaves it where it is. `last`: the last row that is to be seen with the cursor."""

    title: Row
    rows: Rows
    cursor: int | None = None
    last: int | None = None
