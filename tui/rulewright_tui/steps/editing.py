"""Edits of the event, each decided at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.evaluate.evaluator import evaluate
from rulewright.events.snapshot import snapshot
from rulewright.facts.gather import gather
from rulewright_tui.keys import EVENT
from rulewright_tui.session.edits import (
    Draft,
    EditHistory,
    replace_document,
    reset_field,
    shift_now,
)
from rulewright_tui.session.field_text import EditError, describe_error
from rulewright_tui.session.flips import Refusal, try_flips
from rulewright_tui.session.form import form_rows
from rulewright_tui.session.outcome import explain_rule
from rulewright_tui.steps.many_events import EventsApp

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_LINE: Final = 20_000
"""Characters of a text that is edited in one line: of a longer one, every key takes too long."""


class EditingApp(EventsApp):
    """A session whose event is edited."""

    def _edited(self, history: EditHistory) -> None:
        """Take other edits of the event, and decide them."""
        if self.state.history is None or history.present is self.state.history.present:
            self.change(EVENT, history=history)
            return
        self.state = self.state._replace(history=history, notice="")
        original = self.state.original
        if original is not None and history.present is history.original and self.state.compared_with is None:
            self._wanted = 0
            self.change(outcome=original, is_pending=False)
            return
        if original is None and self.state.is_pending:
            self.change(EVENT)  # the edits are decided after the event as it came
            return
        self._decide(history.present, original)

    def edit(self, change: Callable[[Draft], Draft]) -> str:
        """Edit the event. Returns what is wrong with the edit."""
        history = self.state.history
        if history is None:
            return "There is no event to edit."
        try:
            self._edited(history.push(change(history.present)))
        except EditError as error:
            return describe_error(error)
        return ""

    def _edit_or_say(self, change: Callable[[Draft], Draft]) -> None:
        problem = self.edit(change)
        if problem:
            self.say(problem)

    def shift_now(self, days: int) -> None:
        self._edit_or_say(lambda draft: shift_now(draft, days))

    def reset_field(self, name: str) -> None:
        history = self.state.history
        if history is not None:
            self._edit_or_say(lambda draft: reset_field(history.original, draft, name))

    def undo(self) -> None:
        history = self.state.history
        if history is None or not history.past:
            self.say("Nothing is edited.")
        else:
            self._edited(history.undo())

    def undo_all(self) -> None:
        history = self.state.history
        if history is None or not history.past:
            self.say("Nothing is edited.")
        else:
            self._edited(history.undo_all())

    def present_labels(self) -> list[str]:
        """The labels that the event has."""
        history = self.state.history
        present = snapshot(history.present.event) if history is not None else None
        return list(present.labels) if present is not None else []

    def known_labels(self) -> list[str]:
        """The labels of the label file, which are suggested."""
        return [label.name for label in self.state.program.config.labels or ()]

    def try_flip(self) -> None:
        """Edit the event so that the selected rule turns, or say why that cannot be done."""
        state = self.state
        outcome, rule = state.outcome, state.rule
        if outcome is None or outcome.decision is None or rule is None:
            self.say("There is no rule to turn.")
            return
        explanation = explain_rule(outcome, rule)
        if explanation is None:
            self.say(f"{rule.policy}/{rule.id} is not decided about this event.")
            return
        program = state.program
        found = try_flips(
            outcome.draft,
            explanation,
            outcome.decision,
            lambda draft: evaluate(program, gather(program, draft.event, now=draft.now, given=draft.given)),
        )
        if isinstance(found, Refusal):
            blocker = f": {found.blocker} has to change first" if found.blocker else ""
            self.say(f"{rule.id} is not turned: {found.reason}{blocker}")
            return
        self._edit_or_say(lambda _: found)

    # Texts that are typed

    def field_text(self, name: str) -> tuple[str, str]:
        """The text of a row of the form as it is edited, and what forbids to edit it."""
        history = self.state.history
        assert history is not None
        facts = self.state.outcome.facts if self.state.outcome is not None else None
        for row in form_rows(history.original, history.present, facts):
            if row.name == name:
                if len(row.text) > LONGEST_LINE:
                    return "", f"{row.label} is too long for a line: E edits the event as JSON."
                return row.text, "" if row.editable else f"{row.label} cannot be edited here."
        return "", f"{name} cannot be edited."

    def _preview(self, edit: Callable[[Draft], Draft]) -> str:
        history = self.state.history
        if history is None:
            return ""
        if self._base is None:
            self._base = history
        try:
            self._edited(self._base.push(edit(self._base.present)))
        except EditError as error:
            return describe_error(error)
        return ""

    def preview_document(self, text: str) -> str:
        """A letter more in the JSON. Returns what is wrong with it, with line and column."""
        return self._preview(lambda draft: replace_document(draft, text))

    def end_preview(self, *, keep: bool) -> None:
        """Keep what was typed as an edit, or go back to what was there before."""
        base, self._base = self._base, None
        if not keep and base is not None:
            self._edited(base)
