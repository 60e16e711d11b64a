"""An objective in words: every number of its judgement, in one wording for all commands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rulewright.evaluate.explain import Explained, Explanation
from rulewright.report.explanation import explanation_text
from rulewright.report.gate_explanation import describe_share, list_facts
from rulewright.report.gate_figures import format_baseline

DETAIL: dict[str, Any] = {
    "verdict": "FAIL",
    "certainty": "one_run",
    "code": "regression",
    "reason": "it is worse",
    "observed": 1.2,
    "unit": "s",
    "limit": "p95 ≤ 1s",
    "values": 1,
    "runs": 1,
    "failed": 2,
    "distribution": {"low": 0.5, "high": 1.5, "counts": [3, 1], "limit": 1.0},
    "baseline": {"value": 1.0, "runs": 20, "sha": "4f2c9d1", "age": "2d"},
    "ratio": {"value": 1.2, "lower": 1.1, "upper": 1.3, "p": 0.004, "limit": 1.1},
    "detectable": 0.153,
    "runs_needed": 7,
    "values_needed": 1200,
    "source": {
        "kind": "json",
        "path": "a.json",
        "sha256": "ab",
        "time": "2026-01-05T08:00:00Z",
        "warnings": ["odd"],
    },
}


@pytest.mark.parametrize(
    ("share", "text"),
    [
        ({"beyond": 0.145, "upper": 0.192401, "allowed": 0.05}, "14.5 % beyond, at most 19.2 %, 5 % may"),
        ({"beyond": 0.0, "upper": 0.0499999, "allowed": 0.05}, "0 % beyond, at most 4.99999 %, 5 % may"),
        ({"beyond": 0.001, "upper": None, "allowed": 0.001}, "0.1 % beyond, 0.1 % may"),
        ({"beyond": 0.25, "upper": 0.5, "allowed": None}, "25 % beyond, at most 50 %"),
    ],
)
def test_a_share_stays_on_its_side_of_what_may_be(share: dict[str, Any], text: str) -> None:
    assert describe_share(share) == text


def test_every_fact_has_a_line() -> None:
    assert list(list_facts(DETAIL)) == [
        ("observed", "1.2 s, limit p95 ≤ 1s"),
        ("why", "it is worse"),
        ("code", "regression: It is worse than the baseline by more than `max_regression`."),
        ("what to do", "Compare the runs of both sides, and find the change that made it worse."),
        ("data", "1 value, 1 run, 2 failed requests, which have no latency"),
        ("certainty", "one_run: bounded within this run; how runs differ is not known"),
        ("distribution", "0.5 s █│▃ 1.5 s  │ 1 s"),
        ("baseline", "1 s (20 runs, 4f2c9d1, 2d old): +20 % (+10 % to +30 %), limit +10 %, p = 0.004"),
        ("needed", "about 1,200 values to decide, if nothing changes"),
        ("needed", "about 7 runs to decide, if nothing changes"),
        ("detectable", "a change of 15.3% with these runs"),
        ("source", "json a.json"),
        ("measured", "2026-01-05T08:00:00Z"),
        ("sha256", "ab"),
        ("note", "odd"),
    ]


def test_the_drop_of_a_suite_is_told_in_points() -> None:
    cases = {"newly_failing": [f"c{n}" for n in range(12)], "newly_passing": [], "missing": ["x\nFAKE"]}
    ratio = {"value": 0.05, "lower": 0.02, "upper": 0.08, "p": 0.03, "limit": 0.01}
    detail = {**DETAIL, "cases": cases, "ratio": ratio}
    text = "baseline 1 s (20 runs): -5 points (-8 points to -2 points), limit -1 points, p = 0.03"
    assert format_baseline({**detail, "baseline": {"value": 1.0, "runs": 20}}, in_full=True) == text
    lines = [text for name, text in list_facts(detail) if name == "cases"]
    assert lines == ["newly failing: c0, c1, c2, c3, c4 and 7 more", "missing: x FAKE"]


def test_explain_prints_the_same_facts_but_no_distribution() -> None:
    tree = Explained("one", "false", "p95 ≤ 1s", "1.2", "false", 3, 5)
    explanation = Explanation(
        "slo", "one", "objective", "not_matched", "slo.yaml", 3, tree, reason="it is worse", detail=DETAIL
    )
    text = explanation_text(explanation, "measurement", columns=200)
    printed = [line.strip() for line in text.splitlines()]
    for name, fact in list_facts(DETAIL):
        line = f"{name:<12} {fact}"
        assert (line in printed) == (name not in ("distribution", "why")), line
    assert "█" not in text
    assert f"{'verdict':<12} FAIL" in printed
    unread = explanation_text(replace(explanation, reason=None), "measurement", columns=200)
    assert f"{'why':<12} it is worse" in unread
