"""The keys in words, for the screen Help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright_tui.lines.row import Row, Span, text_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright_tui.keys import Key


def key_rows(keys: tuple[Key, ...], pane: int, text: str) -> Iterator[Row]:
    """The keys of the pane that had the focus, then the others; of those that a text is found in."""
    wanted = text.casefold()
    found = [key for key in keys if wanted in f"{key.shown} {key.description} {key.tooltip}".casefold()]
    here = [key for key in found if str(pane) in key.panes]
    for title, part in (("In this pane", here), ("Everywhere", [key for key in found if key not in here])):
        if part:
            yield text_row(title, "strong", heading=True)
        for key in part:
            yield Row(
                (
                    Span(f"  {key.shown:<12}", "accent"),
                    Span(f"{key.description:<16}"),
                    Span(key.tooltip, "muted"),
                )
            )
    if not found:
        yield text_row("No key is found.", "muted")
