"""The measured model: one provider, and the errors that end a suite when it is missing or fails."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rulewright.detection.masking import mask_text
from rulewright.models.answer_checks import check_answer
from rulewright.models.local.local_provider import LocalProvider
from rulewright.models.local.messages import ModelProcessError
from rulewright.models.models_config import build_task_template
from rulewright.models.providers import ProviderError
from rulewright.models.task import TaskAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from rulewright.models.models_config import ModelsConfig, TaskTemplate
    from rulewright.models.providers import Provider
    from rulewright.models.task import Task, TaskResult
    from rulewright.policy.json_types import JsonObject

    EffectsOracle = Callable[[str, Mapping[str, str], Collection[str]], Callable[[str, str, str], bool]]
    """(the suite's file, its `policy`, the closed list) → (title, body, label) → whether that policy would do what it
    does not declare."""

MISSING_CODES: Final = frozenset({"missing", "unsupported"})
"""Codes of abstentions of a model that is missing, or cannot do such a task at all."""
FAILURE_CODES: Final = frozenset({"timeout", "crashed", "memory", "failed", "busy", "budget"})
"""Codes of failures; all other abstentions are answers."""


class SuiteEnded(Exception):
    """Why a suite gives no figures."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class SuiteSkipped(SuiteEnded):
    """Nothing can be measured. A skipped suite never passes."""


class SuiteFailed(SuiteEnded):
    """The model exists and failed, so that nothing of the suite counts."""


@contextmanager
def convert_process_errors() -> Iterator[None]:
    """Raises the errors of a model's process as SuiteSkipped or SuiteFailed."""
    try:
        yield
    except ModelProcessError as error:
        raise (SuiteSkipped if error.code in MISSING_CODES else SuiteFailed)(error.reason) from None


class MeasuredModel:
    """A provider with its name; None where none is configured. `config`: for tasks that rulewright.yaml names.

    `effects` answers what a policy would do with a label. Plans belong to a higher layer, so the caller passes it;
    None: effects are not measured.
    """

    def __init__(
        self, provider: Provider | None, name: str, config: ModelsConfig, effects: EffectsOracle | None = None
    ) -> None:
        self.provider = provider
        self.name = name
        self.config = config
        self.effects = effects

    def build_template(self, task: str | JsonObject, kind: str = "classify") -> TaskTemplate:
        """The task of a suite: its own, or the name of one in rulewright.yaml. Raises UsageError."""
        if isinstance(task, str):
            return build_task_template("call", {"call": task}, self.config)
        return build_task_template(kind, {kind: {**task, "input": ["title", "body"]}}, self.config)

    def ask_about(self, template: TaskTemplate, title: str, body: str) -> TaskResult:
        """The answer about one report, asked as policies ask. Raises SuiteSkipped, SuiteFailed."""
        texts = {"title": title, "body": body}
        return self.ask(
            template.build_task("suite", lambda path: mask_text(texts.get(path.rpartition(".")[2], "")))
        )

    def ask(self, task: Task) -> TaskResult:
        """A checked answer, as policies get it. Raises SuiteSkipped, SuiteFailed."""
        try:
            result = self.require_provider().answer(task)
        except ProviderError as error:
            raise SuiteFailed(error.message, error.hint or "") from None
        if isinstance(result, TaskAnswer):
            return check_answer(task, result)
        if result.code in MISSING_CODES:
            raise SuiteSkipped(result.reason)
        if result.code in FAILURE_CODES:
            raise SuiteFailed(result.reason)
        return result

    def require_local(self) -> LocalProvider:
        """Raises SuiteSkipped where the provider has no process of its own, or its model is missing."""
        provider = self.require_provider()
        if not isinstance(provider, LocalProvider):
            raise SuiteSkipped(f"the provider {self.name} is not local, and tells no more than answers")
        missing = provider.missing_requirement()
        if missing is not None:
            raise SuiteSkipped(missing)
        return provider

    def require_provider(self) -> Provider:
        """Raises SuiteSkipped where none is configured."""
        if self.provider is None:
            raise SuiteSkipped(
                "no model provider is configured",
                "name a model with --model, or `providers:` in rulewright.yaml",
            )
        return self.provider

    def close(self) -> None:
        if self.provider is not None:
            self.provider.close()
