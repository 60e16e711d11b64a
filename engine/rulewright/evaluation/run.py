"""Runs of suites, each by the function of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.evaluation import bias, hallucination, injection, latency, memory
from rulewright.evaluation.measured_model import SuiteEnded, SuiteFailed
from rulewright.evaluation.metric import SuiteResult
from rulewright.policy.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.evaluation.measured_model import MeasuredModel
    from rulewright.evaluation.metric import SuiteMetrics, SuiteStatus
    from rulewright.evaluation.suite import ModelSuite
    from rulewright.policy.json_types import JsonObject

RUNNERS: Final[Mapping[str, Callable[[ModelSuite, MeasuredModel], SuiteMetrics]]] = {
    "latency": latency.measure_latency,
    "bias": bias.measure_bias,
    "hallucination": hallucination.measure_hallucination,
    "memory": memory.measure_memory,
    "injection": injection.measure_injection,
}
"""Kind of suite → its measurement."""


def run_suite(suite: ModelSuite, model: MeasuredModel) -> SuiteResult:
    """The result of a suite. A missing model skips it, a failing one fails it. Raises UsageError."""
    about: JsonObject = {"file": suite.file, "file_sha256": suite.sha256}
    try:
        measured = RUNNERS[suite.kind](suite, model)
    except SuiteEnded as ended:
        status: SuiteStatus = "failed" if isinstance(ended, SuiteFailed) else "skipped"
        return SuiteResult(suite.name, suite.kind, status, reason=ended.reason, hint=ended.hint, about=about)
    about |= {"data_sha256": digest(measured.data), "seed": suite.seed, **measured.about}
    metrics = tuple(measured.metrics)
    return SuiteResult(suite.name, suite.kind, "measured", metrics, missing=measured.missing, about=about)
