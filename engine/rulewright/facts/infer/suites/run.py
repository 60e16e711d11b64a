"""Suites one after the other, each by the function that its kind names."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from rulewright.facts.infer.suites.metric import Result
from rulewright.facts.infer.suites.subject import Failed, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.facts.infer.suites.subject import Subject
    from rulewright.facts.infer.suites.suite import Suite

__all__ = ["RUNNERS", "run"]

RUNNERS: Final[Mapping[str, str]] = {
    "latency": "rulewright.facts.infer.suites.latency:measure",
    "bias": "rulewright.facts.infer.suites.bias:measure",
    "hallucination": "rulewright.facts.infer.suites.hallucination:measure",
    "memory": "rulewright.facts.infer.suites.memory:measure",
    "injection": "rulewright.facts.infer.suites.injection:measure",
}
"""Kind of suite → `module:function`, which takes a suite and its subject and returns a Result."""


def run(suite: Suite, subject: Subject) -> Result:
    """What came of a suite; a model that is not there skips it, one that fails fails it. Raises UsageError."""
    module, _, name = RUNNERS[suite.kind].partition(":")
    measure: Callable[[Suite, Subject], Result] = getattr(import_module(module), name)
    about = {"file": suite.file, "file_sha256": suite.sha256}
    try:
        found = measure(suite, subject)
    except Skipped as skipped:
        failed = isinstance(skipped, Failed)
        return Result(
            suite.name,
            suite.kind,
            "failed" if failed else "skipped",
            reason=skipped.reason,
            hint=skipped.hint,
            about=about,
        )
    return found._replace(about={**about, **found.about})
