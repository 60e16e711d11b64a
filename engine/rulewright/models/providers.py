"""Who answers tasks: one table, kind of provider → its factory. Nothing is imported before it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.task import Abstention, Task, TaskAnswer, Tier


class ProviderError(SourceError):
    """A provider that failed: the next one of the chain is asked."""


class Provider(Protocol):
    """Answers one task at a time, or says why not; safe to call from several threads."""

    @property
    def tier(self) -> Tier:
        """Who this is."""
        ...

    def identity(self, task: Task) -> Mapping[str, Any]:
        """What alters this provider's answer beside the task: model digest or name, settings, library.

        Plain JSON, for the cassette's key. Known without loading a model.
        """
        ...

    def answer(self, task: Task) -> TaskAnswer | Abstention:
        """Raises ProviderError when it failed rather than declined. Never hangs: every call has a time limit."""
        ...

    def close(self) -> None:
        """Ends processes and connections. May be called twice; the provider can be asked again afterwards."""
        ...


PROVIDERS: Final[Mapping[str, str]] = {
    "local": "rulewright.models.local.local_provider:build_local_provider",
    "api": "rulewright.models.api.api_provider:build_api_provider",
    "classifier": "rulewright.models.classifier.label_providers:build_classifier_provider",
    "examples": "rulewright.models.classifier.label_providers:build_examples_provider",
}
"""Kind → `module:factory`; a factory takes the provider's settings of rulewright.yaml and returns a Provider."""


def build_provider(config: Mapping[str, Any]) -> Provider:
    """The provider that `config` (with its `kind`) describes. Raises UsageError for an unknown kind."""
    kind = str(config.get("kind", ""))
    home = PROVIDERS.get(kind)
    if home is None:
        raise UsageError(f"There is no provider of kind `{kind}`.", hint=f"Known: {', '.join(PROVIDERS)}.")
    module, _, name = home.partition(":")
    factory: Callable[[Mapping[str, Any]], Provider] = getattr(import_module(module), name)
    return factory(config)
