"""A line that is typed in: a label, the text, and which keys end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult


class LineInput(Input):
    """The text of a line. The application hands it each key at once: with a key waiting in the queue of a widget, the
    next one would overtake it."""

    async def take_key(self, event: events.Key) -> None:
        """Insert a letter, or run what the key is bound to."""
        if event.is_printable:
            await self._on_key(event)
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            await self.app.run_action(binding.action, self)


class FieldLine(Horizontal):
    """Hidden until `ask` opens it. `purpose` says what the text is for; the screen reads it."""

    def __init__(self, id: str) -> None:  # noqa: A002 — as in Textual
        super().__init__(id=id)
        self.purpose = ""
        self.subject = ""

    def compose(self) -> ComposeResult:
        yield Static("", classes="label", markup=False)
        yield LineInput(compact=True, select_on_focus=False)
        yield Static("", classes="hint", markup=False)

    @property
    def input(self) -> LineInput:
        return self.query_one(LineInput)

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def ask(
        self, purpose: str, label: str, text: str, hint: str, *, subject: str = "", known: Sequence[str] = ()
    ) -> None:
        """Open the line with a text, the cursor at its end. `known`: what is suggested while typing."""
        self.purpose, self.subject = purpose, subject
        self.query_one(".label", Static).update(f" {label} ")
        self.query_one(".hint", Static).update(f" {hint} ")
        field = self.input
        field.suggester = SuggestFromList(known, case_sensitive=False) if known else None
        with field.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        self.add_class("-open")

    def tell(self, text: str) -> None:
        """Say what is wrong with the text, or which keys end it."""
        self.query_one(".hint", Static).update(f" {text} ")

    def close(self) -> None:
        """Hide the line and forget its text."""
        self.purpose = self.subject = ""
        self.remove_class("-open")
        with self.input.prevent(Input.Changed):
            self.input.value = ""
