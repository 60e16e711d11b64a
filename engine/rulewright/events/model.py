"""`Event` and `Facts`: the input of an evaluation.

`Facts` is all that `evaluate` and `plan` see. Saved as JSON it replays to the same bytes anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Absent", "Event", "Facts"]

_FAILED: Final = "failed: "
"""Begins the text of a failure in JSON."""
NOTHING: Final[Mapping[str, Any]] = {}


class Event(NamedTuple):
    """One event. `name` and `action` are GitHub's (`issues`, `opened`), or `schedule`, `manual`,
    `measurement`, `promotion_request`; `payload` is the payload as it came, never changed in place.
    """

    name: str
    action: str | None
    payload: Mapping[str, Any]


class Absent(NamedTuple):
    """A fact, or a part of the payload, that could not be had. `failed`: because its source or provider failed, not for
    want of data; such a run exits with 4.

    `provenance`: in the answer of a source, what was tried all the same (`Facts.provenance`).
    """

    reason: str
    failed: bool = False
    provenance: Mapping[str, object] | None = None

    @property
    def text(self) -> str:
        """The form in JSON and reports: the reason, marked where it is a failure."""
        return (_FAILED if self.failed else "") + self.reason

    @classmethod
    def from_text(cls, text: str) -> Absent:
        """What `text` wrote, without provenance."""
        reason = text.removeprefix(_FAILED)
        return cls(reason, failed=reason != text)


class Facts(NamedTuple):
    """`now` is an ISO 8601 moment in UTC (`2026-01-05T09:00:00Z`): a fact, never read from a clock later.

    `values`: named facts that were given or gathered, by name of the `let:` entry or objective.
    `absent`: named facts that could not be had, with the reason (they count as unknown); parts of the payload under
    `payload.NAME`.
    `provenance`: of facts that a model was asked for, who said it and how surely (`facts/model_tasks.py`).
    """

    event: Event
    now: str
    values: Mapping[str, Any] = NOTHING
    absent: Mapping[str, Absent] = NOTHING
    provenance: Mapping[str, Mapping[str, Any]] = NOTHING
