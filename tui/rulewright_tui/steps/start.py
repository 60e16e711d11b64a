"""What a session starts with, and the screens as its steps use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from textual.message import Message

    from rulewright.facts.payload_loader import PayloadReader
    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.lines.compare import Comparison
    from rulewright_tui.lines.events import EventRows
    from rulewright_tui.session.event_sources import IndexedBatch
    from rulewright_tui.session.library import Library
    from rulewright_tui.session.revision import RevisionBase
    from rulewright_tui.session.state import State
    from rulewright_tui.widgets.pane import Pane


class Start(NamedTuple):
    """What the command hands over: the first state, and what each event is decided with."""

    state: State
    library: Library
    glyphs: Glyphs
    now: str
    given: Mapping[str, object]
    batches: Iterator[IndexedBatch] = iter(())
    """Rows of the archive that are still to be read."""
    reader: PayloadReader | None = None
    reopen: Callable[[], Iterator[IndexedBatch]] | None = None
    """Reads the events of a repository anew."""
    against: RevisionBase | None = None
    """The git revision to compare with."""


class PaneScreen(Protocol):
    """The screen Inspect, as the steps use it."""

    panes: Mapping[int, Pane]

    @property
    def is_mounted(self) -> bool: ...

    def draw(self, *only: int) -> None:
        """Draw the panes of these numbers, all without numbers, and the banner."""

    def event_rows(self) -> EventRows | None:
        """The rows of pane 1; None where there are no events."""

    def find(self, text: str) -> str:
        """Put the cursor of the focused pane on the next row with a text; what to say when there is none."""

    def post_message(self, message: Message) -> bool: ...


class OverlayScreens(Protocol):
    """The screens over Inspect, as the steps and the other screens open them."""

    def open_editor(self) -> None: ...

    def open_document(self) -> None: ...

    def open_case(self) -> None: ...

    def open_compare(self, comparison: Comparison) -> None: ...

    def draw_comparison(self, comparison: Comparison) -> None: ...

    def open_commands(self) -> None: ...

    def open_help(self, pane: int) -> None: ...

    def show_effect(self, number: int) -> None: ...

    def ask_for_events(self) -> None: ...
