"""Suites of a few units, and providers that say what a test wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fixtures.gathering import minilm_cache, payload, program, pulled_minilm, reader  # noqa: F401 (fixtures)
from fixtures.models import providers, tiny_model, tiny_provider, tiny_settings  # noqa: F401 (fixtures)
from rulewright.evaluation.measured_model import MeasuredModel
from rulewright.evaluation.suite import ModelSuite
from rulewright.models.models_config import Budget, ModelsConfig
from rulewright.models.task import Abstention, Task, TaskAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LABELS = {"critical": "data is lost", "high": "it does not work", "low": "it can wait"}
SUITES: dict[str, dict[str, Any]] = {
    "latency": {"loads": 2, "responses": 5, "tokens": 4},
    "bias": {"issues": 10, "swaps": ["names", "dialect"], "task": {"labels": LABELS}},
    "hallucination": {"pairs": 10, "extractions": 10},
    "memory": {"people": 10, "sessions": 4, "k": 3, "answer": "model"},
    "injection": {"issues": 10, "task": {"labels": LABELS}},
}
SETTINGS = ModelsConfig("live", "", (), {}, {}, Budget())


class Scripted:
    """A provider that answers by a function of the task, and remembers the tasks."""

    tier: Any = "api"

    def __init__(self, say: Callable[[Task], TaskAnswer | Abstention]) -> None:
        self.say = say
        self.asked: list[Task] = []

    def identity(self, task: Task) -> Mapping[str, Any]:
        return {}

    def answer(self, task: Task) -> TaskAnswer | Abstention:
        self.asked.append(task)
        return self.say(task)

    def close(self) -> None:
        self.asked.clear()


@pytest.fixture
def suite() -> Callable[..., ModelSuite]:
    """Makes a suite of a kind; `changed` are settings of its own."""

    def make(kind: str, **changed: Any) -> ModelSuite:
        return ModelSuite(kind, kind, {**SUITES[kind], **changed}, 20260105, f"{kind}.yaml", "0" * 64)

    return make


@pytest.fixture
def subject() -> Callable[..., MeasuredModel]:
    """Makes a subject over a function of the task."""

    def make(say: Callable[[Task], TaskAnswer | Abstention]) -> MeasuredModel:
        return MeasuredModel(Scripted(say), "scripted", SETTINGS)

    return make


@pytest.fixture
def nobody() -> MeasuredModel:
    """No provider at all."""
    return MeasuredModel(None, "", SETTINGS)
