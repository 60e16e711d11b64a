"""The contract of a fact source: what it is asked, and what it may answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from rulewright.events.model import Absent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Event
    from rulewright.program.named_facts import Need

__all__ = ["Absent", "FactSource", "Sourced"]

STALE: Final = "stale_text_sha256"
"""The member of a fact's provenance that marks the answer of a model to an earlier text of the event: the hash of the
texts that it was asked about."""


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
