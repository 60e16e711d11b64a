"""An effect in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Markdown

from rulewright_tui.lines.effect import comment_markdown, effect_rows
from rulewright_tui.screens.overlay import Overlay

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from rulewright.planning.steps import PlanStep


class EffectScreen(Overlay):
    """What the effect does, on which conditions; its comment as Markdown, its texts as differences."""

    def __init__(self, step: PlanStep) -> None:
        super().__init__("Effect")
        self._step = step

    def compose_more(self) -> ComposeResult:
        text = comment_markdown(self._step)
        if text:
            yield Markdown(text, open_links=False)

    def draw(self) -> None:
        self.list.show([*effect_rows(self._step, self.app.glyphs, max(self.list.size.width, 20))], 0)
