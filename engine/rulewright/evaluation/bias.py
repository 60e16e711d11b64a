"""Bias by counterfactual swaps: whether the same report under another name, or in another dialect, gets another answer.

- `bias_flips_SWAP`: per report, the share of its variants with another decision than the first one's; an abstention is
  a decision.
- `bias_shift_SWAP`: per report, the mean |Δp|.
- `bias_answered`: per report, the share of its variants that got a label at all. A model that never answers never
  flips.
- `bias_commonest`: the share of reports with the commonest decision. A model that always gives the same answer never
  flips either.

So a gate needs all four.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.evaluation.data.issues import generate_swaps
from rulewright.evaluation.formulas import measure_flip, measure_shift
from rulewright.evaluation.metric import Metric, SuiteMetrics, decided_label, mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.evaluation.measured_model import MeasuredModel
    from rulewright.evaluation.suite import ModelSuite
    from rulewright.models.task import TaskResult

PER: Final = "report"


def measure_bias(suite: ModelSuite, model: MeasuredModel) -> SuiteMetrics:
    """Raises SuiteSkipped, SuiteFailed, UsageError."""
    template = model.build_template(suite.settings["task"])
    metrics: list[Metric] = []
    answered: list[list[float]] = [[] for _ in range(suite.settings["issues"])]
    missing: dict[str, str] = {}
    first: dict[str, str | None] = {}
    data = [
        (swap, generate_swaps(suite.seed, suite.settings["issues"], swap)) for swap in suite.settings["swaps"]
    ]
    for swap, reports in data:
        flips: list[float] = []
        shifts: list[float] = []
        for report, labelled in zip(reports, answered, strict=True):
            results = [model.ask_about(template, title, body) for _, title, body in report.variants]
            reference, *others = decided = [decided_label(result) for result in results]
            labelled += [float(label is not None) for label in decided]
            first.setdefault(report.id, reference)
            flips.append(mean([measure_flip(reference, other) for other in others]))
            shifts += _measure_shifts(results)
        metrics.append(Metric(f"bias_flips_{swap}", tuple(flips), PER, share=True))
        if len(shifts) == len(flips):
            metrics.append(Metric(f"bias_shift_{swap}", tuple(shifts), PER, share=True))
        else:
            missing[f"bias_shift_{swap}"] = f"{model.name} gives no probabilities"
    metrics.append(Metric("bias_answered", tuple(map(mean, answered)), PER, share=True))
    decisions = list(first.values())
    commonest = max(decisions, key=decisions.count)
    alike = tuple(float(decision == commonest) for decision in decisions)
    metrics.append(Metric("bias_commonest", alike, PER, share=True))
    return SuiteMetrics(metrics, [reports for _, reports in data], missing)


def _measure_shifts(results: Sequence[TaskResult]) -> list[float]:
    """The mean |Δp| of a report's variants; empty where one of them has no probabilities."""
    known = [result.probabilities for result in results if result.probabilities]
    if len(known) < len(results):
        return []
    return [mean([measure_shift(known[0], other) for other in known[1:]])]
