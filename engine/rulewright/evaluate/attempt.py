"""Edits after which an entry's condition has turned: one after the other, each tried on the whole condition."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.evaluate.flip import flip_edits, turn_condition
from rulewright.events.payload_edit import with_value, without_value
from rulewright.program.closures import build_closure

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rulewright.evaluate.decision import Decision
    from rulewright.evaluate.flip import Flip
    from rulewright.evaluate.turning_edits import TurningEdit
    from rulewright.policy.json_types import Json
    from rulewright.program.frame import Frame
    from rulewright.program.program import Program
    from rulewright.program.route import Route

_MOST_EDITS: Final = 12
"""Edits of one leaf that are tried."""
_ROUNDS: Final = 4
"""An edit of one leaf may turn another one back; so often is it tried again."""


class TurnAttempt(NamedTuple):
    """The edits, in order; where they are none, `reason` says why, and `flips` are the leaves that would have to turn.

    They turn the condition for the facts of the decision. What is gathered from an edited text may be different.
    """

    edits: tuple[TurningEdit, ...]
    flips: tuple[Flip, ...] = ()
    reason: str | None = None


class _Trial(NamedTuple):
    """What a frame is made of while edits are tried."""

    program: Program
    route: Route
    payload: Mapping[str, Json]
    now: str
    values: Mapping[str, object]
    absent: Collection[str]

    def frame(self) -> Frame:
        absent = [name for name in self.absent if name not in self.values]
        return self.route.frame(self.payload, self.now, self.values, absent)

    def with_edit(self, edit: TurningEdit) -> _Trial:
        """Raises ValueError where the payload has no place for it."""
        if edit.target == "now":
            return self._replace(now=str(edit.value))
        if edit.target == "fact":
            return self._replace(values={**self.values, edit.path[0]: edit.value})
        if edit.operation == "remove":
            return self._replace(payload=without_value(self.payload, edit.path))
        return self._replace(payload=with_value(self.payload, edit.path, edit.value))


def attempt_turn(decision: Decision, policy: str, entry_id: str) -> TurnAttempt:
    """Edits that turn the condition of an entry; of several choices, one in which every leaf can be edited.

    Raises KeyError when the policy does not have the entry.
    """
    part = decision.policy(policy)
    node = next((entry.when for entry in part.policy.entries if entry.id == entry_id), None)
    if node is None:
        raise KeyError(entry_id)
    closure = build_closure(node)
    wanted = closure(decision.frame) is not True
    facts = decision.facts
    trial = _Trial(
        decision.program, decision.route, facts.event.payload, facts.now, facts.values, facts.absent
    )
    edits: list[TurningEdit] = []
    flips: tuple[Flip, ...] = ()
    for _ in range(_ROUNDS):
        frame = trial.frame()
        if closure(frame) is wanted:
            return TurnAttempt(tuple(edits), flips)
        found = turn_condition(node, frame, wanted, _Editable(trial))
        if found is None:
            return TurnAttempt((), (), "nothing turns it")
        flips = flips or found
        for flip in found:
            if flip.leaf is not None and build_closure(flip.leaf)(trial.frame()) is flip.is_wanted:
                continue
            edit = _next_edit(flip, trial)
            if edit is None:
                return TurnAttempt((), found, f"no value can be named for {flip.path}")
            trial = trial.with_edit(edit)
            edits.append(edit)
    return TurnAttempt((), flips, "the changes undo each other")


def _next_edit(flip: Flip, trial: _Trial) -> TurningEdit | None:
    """The first edit after which the leaf has turned. A fact may come out of labels before it is asked for."""
    if flip.leaf is None:
        return None
    closure = build_closure(flip.leaf)
    for edit in islice(flip_edits(flip, trial.frame(), trial.program), _MOST_EDITS):
        try:
            if closure(trial.with_edit(edit).frame()) is flip.is_wanted:
                return edit
        except ValueError:
            continue
    return None


class _Editable:
    """Prefers the choice with the fewest leaves that cannot be edited, then that with the fewest leaves."""

    def __init__(self, trial: _Trial) -> None:
        self._trial = trial

    def __call__(self, flips: tuple[Flip, ...]) -> tuple[int, ...]:
        return sum(_next_edit(flip, self._trial) is None for flip in flips), len(flips)
