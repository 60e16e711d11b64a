"""The provider `local`: tasks answered by a model of one's own.

providers:
  local: { kind: local, model: models/llama.yaml, timeout: 60s }
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from rulewright.models.answer_checks import check_answer, parse_answer
from rulewright.models.local.json_grammar import UnsupportedSchemaError, build_grammar, build_word_grammar
from rulewright.models.local.llama_process import ModelProcess, ModelProcessError
from rulewright.models.local.prompt_parts import build_prompt
from rulewright.models.task import Abstention, TaskAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.local.llama_settings import LlamaSettings
    from rulewright.models.task import Task, Tier

LIBRARY: Final = "llama-cpp-python"
DIGITS: Final = 3
"""Decimals of a probability: what batches, threads and processors change lies below."""
TOKENS_PER_WORD: Final = 8
Said = TaskAnswer | Abstention


class LocalProvider:
    """Answers by one model, in a process that starts with the first task. `process` stands in for it in tests."""

    tier: Tier = "local"

    def __init__(self, settings: LlamaSettings, process: ModelProcess | None = None) -> None:
        self.settings = settings
        self.process = process if process is not None else ModelProcess(settings)
        self._lock = threading.Lock()
        self._missing: str | None = None
        self._looked = process is not None

    def identity(self, task: Task) -> Mapping[str, Any]:
        """The model file's hash, what alters its answers, the library's version ("" where it is not installed)."""
        return {"kind": "local", **self.settings.identity(), "library": _library_version()}

    def answer(self, task: Task) -> Said:
        """Always an answer or an abstention: a crash, a timeout and a missing library are abstentions with a code."""
        from time import perf_counter

        began = perf_counter()
        missing = self.lacking()
        if missing is not None:
            return Abstention(missing, "local", "missing", self.settings.sha256)
        try:
            said = ANSWERS[task.kind](self, task)
        except ModelProcessError as trouble:
            said = Abstention(trouble.reason, "local", trouble.code, self.settings.sha256)
        except UnsupportedSchemaError as refused:
            said = Abstention(f"the schema at {refused}", "local", "unsupported", self.settings.sha256)
        if isinstance(said, TaskAnswer):
            said = check_answer(task, said)
        return said._replace(latency_ms=(perf_counter() - began) * 1000)

    def close(self) -> None:
        self.process.close()

    def classify(self, task: Task) -> Said:
        labels = [label for label, _ in task.labels]
        if not labels:
            return Abstention("a task without labels", "local", "invalid", self.settings.sha256)
        reply = self._say({"do": "classify", "labels": labels}, task)
        found = {label: round(one, DIGITS) for label, one in zip(labels, reply["probabilities"], strict=True)}
        ranked = sorted(found.values(), reverse=True)
        margin = round(ranked[0] - ranked[1], DIGITS) if len(ranked) > 1 else 1.0
        best = max(found, key=found.__getitem__)
        digest, tokens = self.settings.sha256, reply["tokens"]
        if margin == 0:
            tied = ", ".join(label for label, chance in found.items() if chance == ranked[0])
            return Abstention(f"a tie: {tied}", "local", "tie", digest, found, margin, tokens)
        return TaskAnswer(best, "local", digest, found, margin, tokens)

    def extract(self, task: Task) -> Said:
        reply = self._generated(task, build_grammar(task.schema or {}), self.settings.max_tokens)
        try:
            value = parse_answer(reply["text"])
        except ValueError as error:
            return self._invalid(str(error), reply)
        return TaskAnswer(value, "local", self.settings.sha256, tokens=reply["tokens"])

    def summarise(self, task: Task) -> Said:
        most = task.max_words or 1
        reply = self._generated(
            task, build_word_grammar(most), min(most * TOKENS_PER_WORD, self.settings.max_tokens)
        )
        return TaskAnswer(reply["text"], "local", self.settings.sha256, tokens=reply["tokens"])

    def embed(self, task: Task) -> Said:
        text = "\n\n".join(text for _, text in task.inputs)
        reply = self.process.ask({"do": "embed", "texts": [text]})
        return TaskAnswer(reply["vectors"][0], "local", self.settings.sha256, tokens=reply["tokens"])

    def similar(self, task: Task) -> Said:
        """The first input against each of the others, by the cosine of their embeddings."""
        reply = self.process.ask({"do": "embed", "texts": [text for _, text in task.inputs]})
        own, *others = reply["vectors"]
        names = [name for name, _ in task.inputs[1:]]
        scores = [round(sum(a * b for a, b in zip(own, one, strict=True)), DIGITS) for one in others]
        ranked = sorted(zip(names, scores, strict=True), key=lambda pair: -pair[1])
        return TaskAnswer(
            [list(pair) for pair in ranked], "local", self.settings.sha256, tokens=reply["tokens"]
        )

    def _generated(self, task: Task, grammar: str, most: int) -> dict[str, Any]:
        reply = self._say({"do": "generate", "grammar": grammar, "most": most}, task)
        if not reply["ended"]:
            raise ModelProcessError("invalid", f"the answer did not end within {most} tokens")
        return reply

    def _invalid(self, reason: str, reply: Mapping[str, Any]) -> Abstention:
        return Abstention(reason, "local", "invalid", self.settings.sha256, tokens=reply["tokens"])

    def _say(self, request: dict[str, Any], task: Task) -> dict[str, Any]:
        if self.settings.embedding:
            raise ModelProcessError(
                "unsupported", f"the model {self.settings.name} makes embeddings, and no text"
            )
        return self.process.ask({**request, **build_prompt(task)._asdict()})

    def lacking(self) -> str | None:
        """What is not there, and how to get it; looked up once."""
        with self._lock:
            if not self._looked:
                self._looked = True
                self._missing = _find_missing_requirement(self.settings)
            return self._missing


def build_local_provider(config: Mapping[str, Any]) -> LocalProvider:
    """The provider that `providers:` describes. Raises UsageError for a model that is not configured."""
    from rulewright.models.local.configuration import read_llama_settings

    return LocalProvider(read_llama_settings(config))


def _find_missing_requirement(settings: LlamaSettings) -> str | None:
    from importlib.util import find_spec

    if find_spec("llama_cpp") is None:
        return f"{LIBRARY} is not installed: pip install 'rulewright[llama]'"
    from rulewright.models.local.configuration import describe_unusable_model

    return describe_unusable_model(settings)


def _library_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(LIBRARY)
    except PackageNotFoundError:
        return ""


ANSWERS: Final[Mapping[str, Callable[[LocalProvider, Task], Said]]] = {
    "classify": LocalProvider.classify,
    "call": LocalProvider.classify,
    "extract": LocalProvider.extract,
    "summarize": LocalProvider.summarise,
    "embed": LocalProvider.embed,
    "similar": LocalProvider.similar,
}
"""Kind of task → who answers it."""
