"""The contract of a fact source: what it is asked, and what it may answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Event
    from rulewright.program.named_facts import Need

__all__ = ["Absent", "FactSource", "Sourced", "is_failure"]

_FAILED: Final = "failed: "


class Absent(NamedTuple):
    """A fact, or a part of the payload, that could not be had. `failed`: because its source or provider failed, not for
    want of data; such a run exits with 4.

    `provenance`: what was tried all the same, as of `Sourced`.
    """

    reason: str
    failed: bool = False
    provenance: Mapping[str, object] | None = None

    @property
    def text(self) -> str:
        """The reason as `Facts.absent` keeps it; `is_failure` reads it."""
        return (_FAILED if self.failed else "") + self.reason


def is_failure(text: str) -> bool:
    """Whether a reason of `Facts.absent` is that a source or provider failed."""
    return text.startswith(_FAILED)


class Sourced(NamedTuple):
    """A fact with where it comes from, as plain JSON: who said it, how surely (`facts/model_tasks.py`)."""

    value: object
    provenance: Mapping[str, object]


class FactSource(Protocol):
    """Gathers facts of one source for one event; the only place where gathering does input or output.

    `gather` answers by name of the fact: a plain JSON value, shaped as the source's declaration says
    (`policy/fact_sources/`), `Sourced` with such a value, or `Absent`. What it leaves out counts as absent. It may
    raise SourceError, which makes all its requests absent.
    """

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, object]: ...
