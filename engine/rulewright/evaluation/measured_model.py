"""Who is measured: one provider, and the model for embeddings; and what hinders it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from rulewright.detection.masking import mask_text
from rulewright.models.answer_checks import check_answer
from rulewright.models.local.llama_process import ModelProcessError
from rulewright.models.local.local_provider import LocalProvider
from rulewright.models.providers import ProviderError
from rulewright.models.task import Abstention, TaskAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from rulewright.models.models_config import ModelsConfig, TaskTemplate
    from rulewright.models.providers import Provider
    from rulewright.models.task import Task

    EffectsOracle = Callable[[str, Mapping[str, str], Collection[str]], Callable[[str, str, str], bool]]

MISSING_CODES: Final = frozenset({"missing", "unsupported"})
"""Codes of abstentions that say that the model is not there, or cannot do such a thing at all."""
FAILURE_CODES: Final = frozenset({"timeout", "crashed", "memory", "failed", "busy", "budget"})
"""Codes that say that something went wrong; all other abstentions are answers."""


class SuiteSkipped(Exception):
    """Nothing can be measured, and why; that is never a pass."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class SuiteFailed(SuiteSkipped):
    """The model is there and failed, so that nothing of the suite counts."""


@contextmanager
def convert_process_errors() -> Iterator[None]:
    """What goes wrong with a model's process, as Skipped or Failed."""
    try:
        yield
    except ModelProcessError as found:
        raise (SuiteSkipped if found.code in MISSING_CODES else SuiteFailed)(found.reason) from None


class MeasuredModel:
    """A provider with its name; None where none is configured. `settings`: of rulewright.yaml, for named tasks.

    `effects`: (the suite's file, its `policy`, the closed list) → (title, body, label) → whether that policy would do
    what it does not declare. Plans are beyond this layer, so that it is handed in; None: it cannot be asked.
    """

    def __init__(
        self,
        provider: Provider | None,
        name: str,
        settings: ModelsConfig,
        effects: EffectsOracle | None = None,
    ) -> None:
        self.effects = effects
        self.provider = provider
        self.name = name
        self.settings = settings

    def question(self, task: Any, kind: str = "classify") -> TaskTemplate:
        """The question that a suite's `task` puts: its own, or one that rulewright.yaml names. Raises UsageError."""
        from rulewright.models.models_config import build_task_template

        if isinstance(task, str):
            return build_task_template("call", {"call": task}, self.settings)
        return build_task_template(kind, {kind: {**task, "input": ["title", "body"]}}, self.settings)

    def say(self, question: TaskTemplate, title: str, body: str) -> TaskAnswer | Abstention:
        """What is said of one report, by the way that policies ask. Raises Skipped, Failed."""

        def text(path: str) -> str:
            if path.rpartition(".")[2] == "title":
                return mask_text(title)
            return mask_text(body) if path.rpartition(".")[2] == "body" else ""

        return self.ask(question.task("suite", text))

    def ask(self, task: Task) -> TaskAnswer | Abstention:
        """An answer that was held against the task, as policies get it. Raises Skipped, Failed."""
        try:
            said = self.there().answer(task)
        except ProviderError as error:
            raise SuiteFailed(error.message, error.hint or "") from None
        if isinstance(said, TaskAnswer):
            return check_answer(task, said)
        if said.code in MISSING_CODES:
            raise SuiteSkipped(said.reason)
        if said.code in FAILURE_CODES:
            raise SuiteFailed(said.reason)
        return said

    def request(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """A request to the local model's process. Raises Skipped for a provider without one, Failed."""
        provider = self.local()
        with convert_process_errors():
            return provider.process.ask(message)

    def local(self) -> LocalProvider:
        """Raises Skipped where the provider has no process of its own, or its model is not there."""
        provider = self.there()
        if not isinstance(provider, LocalProvider):
            raise SuiteSkipped(f"the provider {self.name} is not local, and tells no more than answers")
        lacking = provider.lacking()
        if lacking is not None:
            raise SuiteSkipped(lacking)
        return provider

    def there(self) -> Provider:
        if self.provider is None:
            raise SuiteSkipped(
                "no model provider is configured",
                "name a model with --model, or `providers:` in rulewright.yaml",
            )
        return self.provider

    def close(self) -> None:
        if self.provider is not None:
            self.provider.close()
