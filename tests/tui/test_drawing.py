"""What is drawn again: the lines that changed, and no others."""

from __future__ import annotations

import pytest

from fixtures.terminal import ISSUE, open_session, run
from rulewright_tui.widgets.rows import RowList


@run
async def test_a_moved_cursor_draws_two_lines_of_its_pane(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[str | None, int]] = []
    draw = RowList.render_line

    def render_line(self: RowList, y: int) -> object:
        drawn.append((self.id, y))
        return draw(self, y)

    async with open_session(ISSUE) as session:
        await session.press("6", "g")
        monkeypatch.setattr(RowList, "render_line", render_line)
        await session.press("j")
        assert sorted(set(drawn)) == [("rows-6", 0), ("rows-6", 1)]


@run
async def test_a_pane_that_gets_and_loses_the_keys_shows_it_in_its_title() -> None:
    async with open_session(ISSUE) as session:
        await session.press("5")
        panes = session.app.inspect.panes
        assert [number for number, pane in panes.items() if pane.title.has_class("-focused")] == [5]
        assert panes[5].title.rich_style.bgcolor != panes[2].title.rich_style.bgcolor


@run
async def test_a_screen_that_becomes_narrow_opens_the_pane_that_has_the_keys() -> None:
    async with open_session(ISSUE) as session:
        await session.press("5")
        await session.pilot.resize_terminal(80, 24)
        await session.settle()
        panes = session.app.inspect.panes
        assert [number for number, pane in panes.items() if pane.list.size.height] == [5]
