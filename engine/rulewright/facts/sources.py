"""Where named facts come from: one table, source → who gathers it. Plugins of rulewright.yaml come first."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from rulewright.measurements.from_event import EventMeasurements
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.duplicates.sync import Lister
    from rulewright.events.fact_source import FactSource
    from rulewright.events.model import Event
    from rulewright.facts.payload_loader import Reader
    from rulewright.program.route import Need

__all__ = ["INFERRED", "READING", "SOURCES", "source_for"]


class Detecting:
    """The source `detect`; detection is imported with the first such fact, not before."""

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, Any]:
        from rulewright.facts.detect import Detection

        return Detection().gather(requests, event, now)


class Later:
    """A source that is imported with the first fact that asks for it, not before: `module:class`."""

    def __init__(self, home: str) -> None:
        self.home = home

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, Any]:
        from importlib import import_module

        module, _, name = self.home.partition(":")
        source: FactSource = getattr(import_module(module), name)()
        return source.gather(requests, event, now)


SOURCES: Final[Mapping[str, FactSource]] = {
    "measure": EventMeasurements(),
    "related_docs": Later("rulewright.facts.related_docs.source:RelatedDocs"),
    "required_fields": Later("rulewright.facts.required_fields.source:RequiredFields"),
    "timeline": Later("rulewright.facts.timeline:Timeline"),
    "detect": Detecting(),
}
"""The sources that need nothing but the event. Others join here with the runtimes that they need."""


def _permission(reader: Reader, config: Mapping[str, Any]) -> FactSource:
    from rulewright.facts.permission import Permission

    return Permission(reader)


def _fed(reader: Reader, config: Mapping[str, Any]) -> FactSource:
    from rulewright.facts.duplicates import FedDuplicates

    return FedDuplicates(config, cast("Lister", reader)) if hasattr(reader, "issues") else _duplicates(config)


READING: Final[Mapping[str, Callable[[Reader, Mapping[str, Any]], FactSource]]] = {
    "permission": _permission,
    "duplicates": _fed,
}
"""The sources that read GitHub themselves, where there is a reader."""


def _duplicates(config: Mapping[str, Any]) -> FactSource:
    from rulewright.facts.duplicates import Duplicates

    return Duplicates(config)


CONFIGURED: Final[Mapping[str, Callable[[Mapping[str, Any]], FactSource]]] = {"duplicates": _duplicates}
"""The sources that need to know the repository's configuration, such as where a file is."""


INFERRED: Final = frozenset({"classify", "extract", "summarize", "embed", "similar", "call"})
"""The sources that ask a model."""


def _inferred(config: Mapping[str, Any], home: str, beside: tuple[Need, ...]) -> FactSource:
    from rulewright.facts.model_tasks import build_model_source

    return build_model_source(config, home, beside)


def source_for(
    name: str,
    config: Mapping[str, Any],
    reader: Reader | None = None,
    home: str = "",
    beside: tuple[Need, ...] = (),
) -> FactSource | None:
    """Who gathers facts of the source `name`, if anybody. `home` is the folder of the policies that ask; `beside` is
    all that may be asked of the same event.

    Raises UsageError for a broken plugin, or a broken configuration.
    """
    for reference in config.get("plugins") or ():
        source = _plugin(reference).get(name)
        if source is not None:
            return source
    if reader is not None and name in READING:
        return READING[name](reader, config)
    if name in CONFIGURED:
        return CONFIGURED[name](config)
    if name in INFERRED:
        return _inferred(config, home, beside)
    return SOURCES.get(name)


@cache
def _plugin(reference: str) -> Mapping[str, FactSource]:
    """The table that `module:attribute` names: source name → FactSource."""
    from importlib import import_module

    module, _, attribute = reference.partition(":")
    try:
        table = getattr(import_module(module), attribute)
    except ImportError as error:
        raise UsageError(
            f"The plugin {reference} cannot be imported: {error}.",
            hint=f"Install the package that holds `{module}`, or take it out of rulewright.yaml.",
        ) from None
    except AttributeError:
        raise UsageError(f"The plugin {reference} names nothing: `{module}` has no `{attribute}`.") from None
    except Exception as error:
        # A plugin is foreign code: whatever it raises while it is imported is its own, and is named as such.
        raise UsageError(
            f"The plugin {reference} failed on import: {type(error).__name__}: {error}."
        ) from error
    if not isinstance(table, dict) or not all(hasattr(source, "gather") for source in table.values()):
        raise UsageError(
            f"The plugin {reference} is no table of facts.",
            hint="It must be a dict: name of the source → object with gather(requests, event, now).",
        )
    return table
