"""Hallucination: what is likelier, the true statement or the false one; and does what is extracted stand there?

- `pair_accuracy`: per pair, 1 where the true statement has the higher mean log-likelihood per token.
- `extraction_support`: per report, spans found verbatim ÷ spans.
- `extraction_found`: per report, the share of what was to be copied that was. Who extracts nothing invents nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.evaluation.data.statements import FIELDS, copied, pairs
from rulewright.evaluation.formulas import pair_right, supported
from rulewright.evaluation.metric import Metric, Result
from rulewright.evaluation.subject import Failed, Skipped
from rulewright.models.local.prompt import Prompt
from rulewright.models.task import Answer
from rulewright.policy.canonical import digest

if TYPE_CHECKING:
    from rulewright.evaluation.data.statements import Copied, Pair
    from rulewright.evaluation.subject import Subject
    from rulewright.evaluation.suite import Suite

SYSTEM: Final = "Read the report. Then say one thing about it that is true, in one sentence."
QUESTION: Final = "Copy out of the report, word for word. null for what does not stand there."
SPAN: Final = {"type": ["string", "null"], "maxLength": 60}
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": dict.fromkeys(FIELDS, SPAN),
    "required": list(FIELDS),
    "additionalProperties": False,
}


def measure(suite: Suite, subject: Subject) -> Result:
    """Raises Skipped, Failed. Without log-likelihoods the pairs are not measured, and that is said."""
    settings = suite.settings
    tests, reports = pairs(suite.seed, settings["pairs"]), copied(suite.seed, settings["extractions"])
    missing: dict[str, str] = {}
    metrics: list[Metric] = []
    metrics += _extracted(reports, subject, missing)
    try:
        right = tuple(_pair(one, subject) for one in tests)
        metrics.append(Metric("pair_accuracy", right, "pair", share=True))
    except Failed:
        raise
    except Skipped as skipped:
        missing["pair_accuracy"] = skipped.reason
    about = {"data_sha256": digest([tests, reports]), "seed": suite.seed}
    return Result(suite.name, suite.kind, "measured", tuple(metrics), missing=missing, about=about)


def _pair(pair: Pair, subject: Subject) -> float:
    prompt = Prompt(SYSTEM, (("title", pair.title), ("body", pair.body)), "", "")
    asked = {"do": "score", **prompt._asdict(), "continuations": [pair.right, pair.wrong]}
    (right, wrong) = subject.request(asked)["scores"]
    return pair_right((right[0], right[1]), (wrong[0], wrong[1]))


def _extracted(reports: tuple[Copied, ...], subject: Subject, missing: dict[str, str]) -> list[Metric]:
    question = subject.question({"question": QUESTION, "schema": SCHEMA}, "extract")
    support: list[float] = []
    found: list[float] = []
    for report in reports:
        said = subject.say(question, report.title, report.body)
        value = said.value if isinstance(said, Answer) else {}
        spans = [text for text in value.values() if isinstance(text, str)]
        share = supported(spans, f"{report.title}\n{report.body}")
        if share is not None:
            support.append(share)
        found.append(sum(value.get(field) == text for field, text in report.spans) / len(report.spans))
    out = [Metric("extraction_found", tuple(found), "report", share=True)]
    if support:
        out.append(Metric("extraction_support", tuple(support), "report", share=True))
    else:
        missing["extraction_support"] = "nothing was extracted from any report"
    return out
