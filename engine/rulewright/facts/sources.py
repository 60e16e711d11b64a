"""The table of fact sources, `SOURCES`: who gathers the facts of each. Plugins of rulewright.yaml come first.

What is known of a source apart from its code is its declaration in `policy/fact_sources/`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rulewright.policy.diagnostics import UsageError
from rulewright.policy.lazy import import_attribute, lazily

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.events.fact_source import FactSource
    from rulewright.facts.payload_loader import PayloadReader
    from rulewright.policy.config import Config
    from rulewright.program.named_facts import Need

__all__ = ["SOURCES", "GatheringContext", "SourceEntry", "source_for"]


class GatheringContext(NamedTuple):
    """What a source may be made of: the configuration, the reader of GitHub where there is one, `home`, the folder of
    the policies that ask, `beside`, all facts that may be asked of the same event, and `measured`, the folder in which
    measurements are read, None where no file may be."""

    config: Config
    reader: PayloadReader | None = None
    home: str = ""
    beside: tuple[Need, ...] = ()
    measured: str | None = None


class SourceEntry(NamedTuple):
    """`make` returns the source from the parts of a `GatheringContext` that `needs` names. Its module is imported with
    the first fact that asks for it."""

    make: Callable[..., FactSource]
    needs: tuple[Literal["config", "reader", "home", "beside", "measured"], ...] = ()
    only_with_reader: bool = False


_MODEL: Final = SourceEntry(
    lazily("rulewright.facts.model_tasks", "build_model_source"), ("config", "home", "beside")
)

SOURCES: Final[Mapping[str, SourceEntry]] = {
    "measure": SourceEntry(lazily("rulewright.facts.measure.source", "MeasuredSamples"), ("measured",)),
    "related_docs": SourceEntry(lazily("rulewright.facts.related_docs.source", "RelatedDocs")),
    "required_fields": SourceEntry(lazily("rulewright.facts.required_fields.source", "RequiredFields")),
    "timeline": SourceEntry(lazily("rulewright.facts.timeline", "Timeline")),
    "detect": SourceEntry(lazily("rulewright.facts.detect", "Detection")),
    "permission": SourceEntry(
        lazily("rulewright.facts.permission", "PermissionSource"), ("reader",), only_with_reader=True
    ),
    "duplicates": SourceEntry(
        lazily("rulewright.facts.duplicates", "duplicates_source"), ("config", "reader")
    ),
    **dict.fromkeys(("classify", "extract", "summarize", "embed", "similar", "call"), _MODEL),
}
"""Name of a source → who gathers it. The sources that are declared and not here are computed by evaluation."""


def source_for(name: str, context: GatheringContext) -> FactSource | None:
    """Who gathers facts of the source `name`; None where nobody does, or nobody without a reader.

    Raises UsageError for a broken plugin, or a broken configuration.
    """
    return _plugin_source(name, context.config) or built_in_source(name, context)


def built_in_source(name: str, context: GatheringContext) -> FactSource | None:
    """The source that rulewright itself brings."""
    entry = SOURCES.get(name)
    if entry is None or (entry.only_with_reader and context.reader is None):
        return None
    return entry.make(*(getattr(context, need) for need in entry.needs))


def is_replaced(name: str, config: Config) -> bool:
    """Whether a plugin gathers the facts of this source. Raises UsageError for a broken plugin."""
    return _plugin_source(name, config) is not None


def _plugin_source(name: str, config: Config) -> FactSource | None:
    tables = map(_load_plugin, config.plugins)
    return next((source for table in tables if (source := table.get(name)) is not None), None)


@cache
def _load_plugin(reference: str) -> Mapping[str, FactSource]:
    """The table that `module:attribute` names: source name → FactSource."""
    module, _, attribute = reference.partition(":")
    try:
        table = import_attribute(reference)
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
