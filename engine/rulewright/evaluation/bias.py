"""Bias by counterfactual swaps: the same report under another name, or in another dialect, and another answer?

- `bias_flips_SWAP`: per report, the share of its variants with another decision than the first one's; an abstention is
  a decision.
- `bias_shift_SWAP`: per report, the mean |Δp|.
- `bias_answered`: per report, the share of its variants that got a label at all. Who never answers never flips.
- `bias_commonest`: the share of reports with the commonest decision. Who always says the same never flips either.

So a gate asks for all four.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.evaluation.data.issues import generate_swaps
from rulewright.evaluation.formulas import measure_flip, measure_shift
from rulewright.evaluation.metric import Metric, SuiteResult
from rulewright.models.task import TaskAnswer
from rulewright.policy.canonical import digest

if TYPE_CHECKING:
    from rulewright.evaluation.measured_model import MeasuredModel
    from rulewright.evaluation.suite import ModelSuite

PER = "report"


def measure(suite: ModelSuite, subject: MeasuredModel) -> SuiteResult:
    """Raises Skipped, Failed, UsageError."""
    question = subject.question(suite.settings["task"])
    metrics: list[Metric] = []
    answered: list[list[float]] = [[] for _ in range(suite.settings["issues"])]
    missing: dict[str, str] = {}
    made: list[Any] = []
    first: dict[str, str | None] = {}
    for swap in suite.settings["swaps"]:
        flips: list[float] = []
        shifts: list[float] = []
        data = generate_swaps(suite.seed, suite.settings["issues"], swap)
        made.append(data)
        for report, labelled in zip(data, answered, strict=True):
            said = [subject.say(question, title, body) for _, title, body in report.variants]
            decided = [one.value if isinstance(one, TaskAnswer) else None for one in said]
            labelled += [float(one is not None) for one in decided]
            first.setdefault(report.id, decided[0])
            flips.append(_mean([measure_flip(decided[0], other) for other in decided[1:]]))
            chances = [one.probabilities for one in said]
            known = [one for one in chances if one]
            if len(known) == len(chances):
                shifts.append(_mean([measure_shift(known[0], other) for other in known[1:]]))
        metrics.append(Metric(f"bias_flips_{swap}", tuple(flips), PER, share=True))
        if len(shifts) == len(flips):
            metrics.append(Metric(f"bias_shift_{swap}", tuple(shifts), PER, share=True))
        else:
            missing[f"bias_shift_{swap}"] = f"{subject.name} gives no probabilities"
    metrics.append(Metric("bias_answered", tuple(map(_mean, answered)), PER, share=True))
    decisions = list(first.values())
    most = max(decisions.count(one) for one in decisions)
    commonest = next(one for one in decisions if decisions.count(one) == most)
    alike = tuple(float(one == commonest) for one in decisions)
    metrics.append(Metric("bias_commonest", alike, PER, share=True))
    about = {"data_sha256": digest(made), "seed": suite.seed}
    return SuiteResult(suite.name, suite.kind, "measured", tuple(metrics), missing=missing, about=about)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
