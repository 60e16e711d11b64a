"""The contract of a fact source: what it is asked, and what it may answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Event
    from rulewright.program.route import Need

__all__ = ["Absent", "FactSource", "Sourced"]


class Absent(NamedTuple):
    """A fact that could not be had. `failed`: because its source or provider failed, not for want of data.

    `provenance`: what was tried all the same, as of `Sourced`.
    """

    reason: str
    failed: bool = False
    provenance: Mapping[str, Any] | None = None


class Sourced(NamedTuple):
    """A fact with where it comes from, as plain JSON: who said it, how surely (`facts/model_tasks.py`)."""

    value: Any
    provenance: Mapping[str, Any]


class FactSource(Protocol):
    """Gathers facts of one source for one event; the only place where gathering does input or output.

    `gather` answers by name of the fact: a plain JSON value, shaped as `policy/fact_kinds.py` says, `Sourced`
    with such a value, or `Absent`. What it leaves out counts as absent. It may raise SourceError, which makes all
    its requests absent.
    """

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, Any]: ...
