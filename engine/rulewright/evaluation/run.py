"""Suites one after the other, each by the function that its kind names."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from rulewright.evaluation.measured_model import SuiteFailed, SuiteSkipped
from rulewright.evaluation.metric import SuiteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.evaluation.measured_model import MeasuredModel
    from rulewright.evaluation.suite import ModelSuite

RUNNERS: Final[Mapping[str, str]] = {
    "latency": "rulewright.evaluation.latency:measure",
    "bias": "rulewright.evaluation.bias:measure",
    "hallucination": "rulewright.evaluation.hallucination:measure",
    "memory": "rulewright.evaluation.memory:measure",
    "injection": "rulewright.evaluation.injection:measure",
}
"""Kind of suite → `module:function`, which takes a suite and its subject and returns a Result."""


def run_suite(suite: ModelSuite, subject: MeasuredModel) -> SuiteResult:
    """What came of a suite; a model that is not there skips it, one that fails fails it. Raises UsageError."""
    module, _, name = RUNNERS[suite.kind].partition(":")
    measure: Callable[[ModelSuite, MeasuredModel], SuiteResult] = getattr(import_module(module), name)
    about = {"file": suite.file, "file_sha256": suite.sha256}
    try:
        found = measure(suite, subject)
    except SuiteSkipped as skipped:
        failed = isinstance(skipped, SuiteFailed)
        return SuiteResult(
            suite.name,
            suite.kind,
            "failed" if failed else "skipped",
            reason=skipped.reason,
            hint=skipped.hint,
            about=about,
        )
    return found._replace(about={**about, **found.about})
