"""The provider `local`: tasks answered by a model on this machine.

providers:
  local: { kind: local, model: models/llama.yaml, timeout: 60s }
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import threading
from time import perf_counter
from typing import TYPE_CHECKING, Final

from rulewright.models.answer_checks import check_answer
from rulewright.models.answer_reader import parse_answer
from rulewright.models.local.json_grammar import UnsupportedSchemaError, build_grammar, build_word_grammar
from rulewright.models.local.llama_process import ModelProcess
from rulewright.models.local.llama_settings import describe_unusable_model, read_llama_settings
from rulewright.models.local.messages import ModelProcessError
from rulewright.models.local.prompt_parts import build_prompt
from rulewright.models.task import Abstention, TaskAnswer, choose_label, rank_by_cosine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.local.messages import GenerateReply, LlamaSettings
    from rulewright.models.local.prompt_parts import PromptParts
    from rulewright.models.task import Task, TaskResult, Tier
    from rulewright.policy.json_types import Json

LIBRARY: Final = "llama-cpp-python"
TOKENS_PER_WORD: Final = 8


class LocalProvider:
    """Answers with one model, in a process that starts with the first task. `process` replaces it in tests."""

    tier: Tier = "local"

    def __init__(self, settings: LlamaSettings, process: ModelProcess | None = None) -> None:
        self.settings = settings
        self.process = process if process is not None else ModelProcess(settings)
        self._lock = threading.Lock()
        self._missing: str | None = None
        self._checked = process is not None

    def identity(self, task: Task) -> Mapping[str, Json]:
        """The model file's hash, what alters its answers, the library's version ("" where it is not installed)."""
        return {"kind": "local", **self.settings.identity(), "library": library_version()}

    def answer(self, task: Task) -> TaskResult:
        """Always an answer or an abstention: a crash, a timeout and a missing library are abstentions with a code."""
        began = perf_counter()
        missing = self.missing_requirement()
        if missing is not None:
            return self._abstain("missing", missing)
        try:
            result = ANSWERS[task.kind](self, task)
        except ModelProcessError as error:
            result = self._abstain(error.code, error.reason)
        except UnsupportedSchemaError as error:
            result = self._abstain("unsupported", f"the schema at {error}")
        if isinstance(result, TaskAnswer):
            result = check_answer(task, result)
        return result._replace(latency_ms=(perf_counter() - began) * 1000)

    def close(self) -> None:
        self.process.close()

    def classify(self, task: Task) -> TaskResult:
        labels = [label for label, _ in task.labels]
        if not labels:
            return self._abstain("invalid", "a task without labels")
        reply = self.process.classify(self._build_prompt(task), labels)
        chances = dict(zip(labels, reply["probabilities"], strict=True))
        return choose_label(chances, "local", self.settings.sha256, reply["tokens"])

    def extract(self, task: Task) -> TaskResult:
        reply = self._generate(task, build_grammar(task.schema or {}), self.settings.max_tokens)
        try:
            value = parse_answer(reply["text"])
        except ValueError as error:
            return self._abstain("invalid", str(error))._replace(tokens=reply["tokens"])
        return TaskAnswer(value, "local", self.settings.sha256, tokens=reply["tokens"])

    def summarize(self, task: Task) -> TaskResult:
        most = task.max_words or 1
        limit = min(most * TOKENS_PER_WORD, self.settings.max_tokens)
        reply = self._generate(task, build_word_grammar(most), limit)
        return TaskAnswer(reply["text"], "local", self.settings.sha256, tokens=reply["tokens"])

    def embed(self, task: Task) -> TaskResult:
        reply = self.process.embed(["\n\n".join(text for _, text in task.inputs)])
        (vector,) = reply["vectors"]
        return TaskAnswer([*vector], "local", self.settings.sha256, tokens=reply["tokens"])

    def similar(self, task: Task) -> TaskResult:
        """The first input compared with each of the others, by the cosine of their embeddings."""
        reply = self.process.embed([text for _, text in task.inputs])
        ranked = rank_by_cosine(task, reply["vectors"])
        return TaskAnswer(ranked, "local", self.settings.sha256, tokens=reply["tokens"])

    def _generate(self, task: Task, grammar: str, most: int) -> GenerateReply:
        reply = self.process.generate(self._build_prompt(task), grammar, most)
        if not reply["ended"]:
            raise ModelProcessError("invalid", f"the answer did not end within {most} tokens")
        return reply

    def _build_prompt(self, task: Task) -> PromptParts:
        if self.settings.embedding:
            raise ModelProcessError(
                "unsupported", f"the model {self.settings.name} is an embedding model and generates no text"
            )
        return build_prompt(task)

    def _abstain(self, code: str, reason: str) -> Abstention:
        return Abstention(reason, "local", code, self.settings.sha256)

    def missing_requirement(self) -> str | None:
        """What is missing, library or model, and how to get it; checked once."""
        with self._lock:
            if not self._checked:
                self._checked = True
                if importlib.util.find_spec("llama_cpp") is None:
                    self._missing = f"{LIBRARY} is not installed; run pip install 'rulewright[llama]'"
                else:
                    self._missing = describe_unusable_model(self.settings)
            return self._missing


def build_local_provider(config: Mapping[str, Json]) -> LocalProvider:
    """The provider that `providers:` describes. Raises UsageError for a model that is not configured."""
    return LocalProvider(read_llama_settings(config))


def library_version() -> str:
    try:
        return importlib.metadata.version(LIBRARY)
    except importlib.metadata.PackageNotFoundError:
        return ""


ANSWERS: Final[Mapping[str, Callable[[LocalProvider, Task], TaskResult]]] = {
    "classify": LocalProvider.classify,
    "call": LocalProvider.classify,
    "extract": LocalProvider.extract,
    "summarize": LocalProvider.summarize,
    "embed": LocalProvider.embed,
    "similar": LocalProvider.similar,
}
"""Kind of task → its answer."""
