"""A nearest flip that is tried: the draft edited so that the condition of an entry turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.evaluate.attempt import attempt_turn
from rulewright.evaluate.explain import explain
from rulewright_tui.session.edits import remove_value, set_fact, set_field, set_value
from rulewright_tui.session.field_text import EditError
from rulewright_tui.session.fields import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rulewright.evaluate.decision import Decision
    from rulewright.evaluate.explain import Explanation
    from rulewright.evaluate.turning_edits import TurningEdit
    from rulewright_tui.session.edits import Draft


_ATTEMPTS: Final = 3
"""An edit may change what is gathered, and with it what else has to change."""


class Refusal(NamedTuple):
    """Why a flip is not tried, and the draft stays as it is. `blocker` is the rule or skip that has to change first."""

    reason: str
    blocker: str | None = None


def try_flips(
    draft: Draft,
    explanation: Explanation,
    decision: Decision,
    decide: Callable[[Draft], Decision] | None = None,
) -> Draft | Refusal:
    """The draft edited so that the entry's condition turns, or why there is none.

    `decision` is the one that was explained, of this draft. With `decide`, which gathers facts for a draft and decides,
    facts that nobody asked for so far are gathered before they are given by hand, and the result is checked: what is
    gathered from an edited text may be different.
    """
    if explanation.status in ("stopped", "skipped") and explanation.reason:
        return Refusal(explanation.reason, explanation.reason.rpartition(" ")[2])
    for _ in range(_ATTEMPTS):
        attempt = attempt_turn(decision, explanation.policy, explanation.id)
        if attempt.reason is not None:
            return Refusal(attempt.reason)
        try:
            edited = with_edits(draft, attempt.edits)
            if decide is None:
                return edited
            draft = with_edits(draft, _without_unasked(attempt.edits, decision))
        except EditError as error:
            return Refusal(error.message)
        for tried in (draft, edited):
            decision = decide(tried)
            if has_turned(explanation, decision):
                return tried
        draft = edited
    return Refusal("the facts that are gathered after the change keep it as it is")


def _without_unasked(edits: tuple[TurningEdit, ...], decision: Decision) -> list[TurningEdit]:
    """The edits but those of facts that were neither gathered nor looked for."""
    asked = {*decision.facts.values, *decision.facts.absent}
    return [edit for edit in edits if edit.target != "fact" or edit.path[0] in asked]


def with_edits(draft: Draft, edits: Iterable[TurningEdit]) -> Draft:
    """The draft with edits that the engine proposes (`Flip.edit`, `TurnAttempt.edits`). Raises EditError."""
    for edit in edits:
        draft = _with_edit(draft, edit)
    return draft


def has_turned(explanation: Explanation, decision: Decision) -> bool:
    """Whether the condition that was explained comes out otherwise in another decision."""
    try:
        after = explain(decision, explanation.policy, explanation.id)
    except KeyError:
        return False
    return (after.tree.verdict == "true") is not (explanation.tree.verdict == "true")


def _with_edit(draft: Draft, edit: TurningEdit) -> Draft:
    if edit.target == "now":
        return set_field(draft, NOW, str(edit.value))
    if edit.target == "fact":
        return set_fact(draft, edit.path[0], edit.value)
    if edit.operation == "remove":
        return remove_value(draft, edit.path)
    return set_value(draft, edit.path, edit.value)
