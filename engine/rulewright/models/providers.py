"""Model providers: the protocol, and one table of their kinds. A provider's module is imported when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.task import Task, TaskResult, Tier
    from rulewright.policy.json_types import Json


class ProviderError(SourceError):
    """A provider that failed: the next one of the chain is asked."""


class Provider(Protocol):
    """Answers one task at a time, or abstains with a reason; safe to call from several threads."""

    @property
    def tier(self) -> Tier:
        """The kind of model behind it."""
        ...

    def identity(self, task: Task) -> Mapping[str, Json]:
        """What alters this provider's answer beside the task: model digest or name, settings, library.

        Plain JSON, for the cassette's key. Known without loading a model.
        """
        ...

    def answer(self, task: Task) -> TaskResult:
        """Raises ProviderError when it failed rather than declined. Never hangs: every call has a time limit."""
        ...

    def close(self) -> None:
        """Ends processes and connections. May be called twice; the provider can be asked again afterwards."""
        ...


PROVIDERS: Final[Mapping[str, Callable[[Mapping[str, Json]], Provider]]] = {
    "local": lazily("rulewright.models.local.local_provider", "build_local_provider"),
    "api": lazily("rulewright.models.api.api_provider", "build_api_provider"),
    "classifier": lazily("rulewright.models.classifier.label_providers", "build_classifier_provider"),
    "examples": lazily("rulewright.models.classifier.label_providers", "build_examples_provider"),
}
"""Kind → its factory, which takes the provider's settings of rulewright.yaml."""


def build_provider(config: Mapping[str, Json]) -> Provider:
    """The provider that `config` (with its `kind`) describes. Raises UsageError for an unknown kind."""
    kind = str(config.get("kind", ""))
    if kind not in PROVIDERS:
        raise UsageError(f"Unknown provider kind `{kind}`.", hint=f"Known: {', '.join(PROVIDERS)}.")
    return PROVIDERS[kind](config)
