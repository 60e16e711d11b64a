"""What people change on a subject while its plan is carried out: the rest of the plan is left to the next run.

A plan has several effects, seconds apart. Preconditions see what an effect itself depends on; that the rule which led
to it would no longer hold shows only in how the subject stands otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.events.snapshot import Snapshot


class Meanwhile:
    """How subjects are expected to stand: as the first effect found them, and after each effect.

    `changed(target)` says what a person changed there since it was decided about, None where nobody did. It is asked
    only where a subject stands otherwise than expected: another run of ours changes it too.
    """

    def __init__(self, changed: Callable[[str], str | None]) -> None:
        self._changed = changed
        self._expected: dict[str, Snapshot] = {}
        self._reasons: dict[str, str] = {}

    def reason(self, target: str, state: Snapshot) -> str | None:
        """Why nothing more is done on the subject, which stands like this now. Raises SourceError."""
        known = self._expected.setdefault(target, state)
        if target not in self._reasons and _visible(known) != _visible(state):
            why = self._changed(target)
            if why is not None:
                self._reasons[target] = why
            self._expected[target] = state
        return self._reasons.get(target)

    def expect(self, target: str, state: Snapshot) -> None:
        """An effect has left the subject like this."""
        self._expected[target] = state


def _visible(state: Snapshot) -> tuple[object, ...]:
    """What every state shows, without the order of labels and assignees."""
    return (
        state.title,
        state.body,
        state.state,
        frozenset(name.casefold() for name in state.labels),
        frozenset(name.casefold() for name in state.assignees),
        state.milestone,
        state.locked,
    )
