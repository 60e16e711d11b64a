"""Hallucination: whether true statements are likelier than false ones, and whether extracted spans are in the text.

- `pair_accuracy`: per pair, 1 where the true statement has the higher mean log-likelihood per token.
- `extraction_support`: per report, spans found verbatim ÷ spans.
- `extraction_found`: per report, the share of what was to be copied that was. A model that extracts nothing
  invents nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.evaluation.data.statements import FIELDS, generate_extractions, generate_pairs
from rulewright.evaluation.formulas import measure_support, prefer_true_statement
from rulewright.evaluation.measured_model import SuiteSkipped, convert_process_errors
from rulewright.evaluation.metric import Metric, SuiteMetrics
from rulewright.models.local.prompt_parts import PromptParts
from rulewright.models.task import TaskAnswer
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.evaluation.data.statements import ExtractionCase, StatementPair
    from rulewright.evaluation.measured_model import MeasuredModel
    from rulewright.evaluation.suite import ModelSuite
    from rulewright.policy.json_types import JsonObject

SYSTEM: Final = "Read the report. Then say one thing about it that is true, in one sentence."
QUESTION: Final = "Copy out of the report, word for word. null for what does not stand there."
SCHEMA: Final[JsonObject] = {
    "type": "object",
    "properties": {field: {"type": ["string", "null"], "maxLength": 60} for field in FIELDS},
    "required": [*FIELDS],
    "additionalProperties": False,
}


def measure_hallucination(suite: ModelSuite, model: MeasuredModel) -> SuiteMetrics:
    """Raises SuiteSkipped, SuiteFailed. Pairs are measured only where the model gives log-likelihoods."""
    settings = suite.settings
    pairs = generate_pairs(suite.seed, settings["pairs"])
    cases = generate_extractions(suite.seed, settings["extractions"])
    missing: dict[str, str] = {}
    metrics = _measure_extraction(cases, model, missing)
    try:
        metrics.append(_measure_pairs(pairs, model))
    except SuiteSkipped as skipped:
        missing["pair_accuracy"] = skipped.reason
    return SuiteMetrics(metrics, [pairs, cases], missing)


def _measure_pairs(pairs: Iterable[StatementPair], model: MeasuredModel) -> Metric:
    process = model.require_local().process
    values = []
    for pair in pairs:
        prompt = PromptParts(SYSTEM, (("title", pair.title), ("body", pair.body)), "", "")
        with convert_process_errors():
            right, wrong = process.score(prompt, [pair.right, pair.wrong])["scores"]
        values.append(prefer_true_statement(right, wrong))
    return Metric("pair_accuracy", tuple(values), "pair", share=True)


def _measure_extraction(
    cases: Iterable[ExtractionCase], model: MeasuredModel, missing: dict[str, str]
) -> list[Metric]:
    template = model.build_template({"question": QUESTION, "schema": SCHEMA}, "extract")
    support: list[float] = []
    supported: list[int] = []
    copied: list[float] = []
    for number, case in enumerate(cases):
        result = model.ask_about(template, case.title, case.body)
        value = (as_object(result.value) if isinstance(result, TaskAnswer) else None) or {}
        spans = [text for text in value.values() if isinstance(text, str)]
        share = measure_support(spans, f"{case.title}\n{case.body}")
        if share is not None:
            support.append(share)
            supported.append(number)
        copied.append(sum(value.get(field) == text for field, text in case.spans) / len(case.spans))
    metrics = [Metric("extraction_found", tuple(copied), "report", share=True)]
    if support:
        numbers = tuple(supported)
        metrics.append(Metric("extraction_support", tuple(support), "report", share=True, numbers=numbers))
    else:
        missing["extraction_support"] = "nothing was extracted from any report"
    return metrics
