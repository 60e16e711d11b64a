"""Runs of suites, each by the function of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.evaluation import bias, hallucination, injection, latency, memory
from rulewright.evaluation.measured_model import SuiteFailed, SuiteSkipped
from rulewright.evaluation.metric import SuiteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.evaluation.measured_model import MeasuredModel
    from rulewright.evaluation.metric import SuiteStatus
    from rulewright.evaluation.suite import ModelSuite

RUNNERS: Final[Mapping[str, Callable[[ModelSuite, MeasuredModel], SuiteResult]]] = {
    "latency": latency.measure_latency,
    "bias": bias.measure_bias,
    "hallucination": hallucination.measure_hallucination,
    "memory": memory.measure_memory,
    "injection": injection.measure_injection,
}
"""Kind of suite → its measurement."""


def run_suite(suite: ModelSuite, model: MeasuredModel) -> SuiteResult:
    """The result of a suite. A missing model skips it, a failing one fails it. Raises UsageError."""
    about = {"file": suite.file, "file_sha256": suite.sha256}
    try:
        result = RUNNERS[suite.kind](suite, model)
    except SuiteSkipped as skipped:
        status: SuiteStatus = "failed" if isinstance(skipped, SuiteFailed) else "skipped"
        return SuiteResult(
            suite.name, suite.kind, status, reason=skipped.reason, hint=skipped.hint, about=about
        )
    return result._replace(about={**about, **result.about})
