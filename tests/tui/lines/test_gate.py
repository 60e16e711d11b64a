"""Objectives in pane 3: the distribution with its limit, interval, baseline, and what would pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rulewright
from rulewright.evaluate.decision import RuleResult
from rulewright.kinds.slo_gate.judgement import judge_objective
from rulewright.kinds.slo_gate.terms import ObjectiveNode
from rulewright_tui.glyphs import ASCII, UNICODE
from rulewright_tui.lines.gate import objective_rows, objective_summary, read_axis, spark_line

if TYPE_CHECKING:
    from pathlib import Path

    from rulewright.policy.json_types import Json

POLICY = """
apiVersion: rulewright/v1
kind: SLOGate
metadata: {{ name: slo, owner: team-a }}
on: [measurement]
objectives:
  - id: one
    source: {{ measurement: one }}
    {objective}
"""


def objective(folder: Path, text: str) -> ObjectiveNode:
    """The compiled objective with these keys."""
    path = folder / "slo.yaml"
    path.write_text(POLICY.format(objective=text.replace("\n", "\n    ")), "utf-8")
    node = rulewright.load(path).policies[0].entries[0].when
    assert isinstance(node, ObjectiveNode)
    return node


def shown(node: ObjectiveNode, sample: Json, width: int = 60) -> list[str]:
    detail = judge_objective(node, sample)
    return [row.text.rstrip() for row in objective_rows(node, detail, sample, width, UNICODE)]


LATENCY = "unit: s\ndirection: lower\naggregate: p95\npass: { lte: 1000ms }\nmin_samples: 5"


def test_the_limit_is_marked_in_the_distribution_in_the_unit_it_is_written_in(tmp_path: Path) -> None:
    sample = {"unit": "s", "values": [0.5, 0.5, 0.6, 0.7, 0.9, 1.2, 1.4, 1.5]}
    rows = shown(objective(tmp_path, LATENCY), sample)
    assert rows[0] == "p95 1465ms, limit ≤ 1000ms, 8 values, 1 run, worth 3"
    assert rows[1] == "  independent values"
    chart = next(row for row in rows if "│" in row)
    assert chart.startswith("500 ")
    assert "1500 ms" in chart
    assert "│ is the limit" in chart
    bars = chart.removeprefix("500 ").partition(" 1500")[0]
    assert bars.index("│") == 4  # 1000 lies in the middle of 500 to 1500, eight bins
    assert "would pass with p95 ≤ 1000ms" in rows


def test_values_beyond_the_limit_have_another_role(tmp_path: Path) -> None:
    node = objective(tmp_path, LATENCY)
    sample: Json = {"unit": "ms", "values": [500, 600, 700, 900, 1200, 1500]}
    rows = [*objective_rows(node, judge_objective(node, sample), sample, 60, UNICODE)]
    chart = next(row for row in rows if "│" in row.text)
    roles = [span.role for span in chart.spans if span.role in ("success", "error", "strong")]
    assert roles == ["success"] * 4 + ["strong"] + ["error"] * 4


def test_a_limit_far_from_all_values_does_not_squeeze_them_together(tmp_path: Path) -> None:
    node = objective(tmp_path, LATENCY.replace("1000ms", "60s"))
    sample = {"unit": "s", "values": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]}
    assert read_axis(node, sample["values"], sample).near == ()  # type: ignore[arg-type]
    assert "│" not in "\n".join(shown(node, sample))


def test_too_few_values_say_how_many_would_do(tmp_path: Path) -> None:
    rows = shown(objective(tmp_path, LATENCY), {"unit": "s", "values": [0.5, 0.6]})
    assert "missing: values" in rows
    assert "would pass with at least 5 values and p95 ≤ 1000ms" in rows
    assert "min_samples: There are fewer values than `min_samples`." in rows


def test_a_rate_has_its_interval(tmp_path: Path) -> None:
    node = objective(tmp_path, 'unit: "%"\ndirection: lower\naggregate: rate\npass: { lt: 5% }')
    rows = shown(node, {"unit": "%", "values": [0.0] * 39 + [100.0]})
    assert any(row.startswith("interval [0.") and "─●─" in row and row.endswith("%]") for row in rows)


def test_a_baseline_is_compared_by_ratio_and_interval(tmp_path: Path) -> None:
    node = objective(
        tmp_path,
        "unit: s\ndirection: lower\naggregate: mean\nbaseline: { from: last_passed, max_regression: 10%, "
        "confidence: 0.98, min_effect: 3% }\non_no_baseline: hold",
    )
    before: Json = {"runs": [[1.0], [1.01], [0.99], [1.0], [1.02], [0.98]], "sha": "4f2c9d1"}
    now: Json = [[1.3], [1.31], [1.29], [1.3], [1.32], [1.28]]
    rows = shown(node, {"unit": "s", "runs": now, "baseline": before}, 100)
    baseline = "baseline 1s (6 runs, 4f2c9d1): +30 % (+27.5 % to +32.7 %), limit +10 %, p = 0.00108"
    assert baseline in rows
    assert any(row.startswith("times baseline [1.") and "─●─" in row for row in rows)


def test_the_share_beyond_the_limit_stands_beside_what_may_be(tmp_path: Path) -> None:
    sample = {"unit": "s", "runs": [[0.5] * 10 + [1.5] * 10] * 10}
    rows = shown(objective(tmp_path, LATENCY), sample)
    assert "50 % beyond, at most 56 %, 5 % may" in rows
    assert "200 values, 10 runs" in rows[0]
    assert not any(row.startswith("certainty") for row in rows)


def test_one_run_and_a_point_say_how_sure_they_are(tmp_path: Path) -> None:
    one_run: Json = {"unit": "s", "values": [0.5 + (number * 37 % 100) / 1000 for number in range(100)]}
    text = "certainty one_run: bounded within this run; how runs differ is not known"
    assert text in shown(objective(tmp_path, LATENCY), one_run, 100)
    point = objective(tmp_path, f"{LATENCY}\ndecide: point")
    assert "certainty point: the number is compared as it is" in shown(point, one_run, 100)


def test_failed_requests_and_the_source_with_its_warnings_are_told(tmp_path: Path) -> None:
    source = {"kind": "json", "path": "bench.json", "sha256": "ab" * 32, "warnings": ["rounded to 2 digits"]}
    sample: Json = {
        "unit": "s",
        "values": [0.5, 0.6, 0.7, 0.8, 0.9],
        "failed": 3,
        "source": source,
        "time": "2026-01-05T08:00:00Z",
    }
    rows = shown(objective(tmp_path, LATENCY), sample, 100)
    assert "3 failed requests, which have no latency" in rows[0]
    assert "source json bench.json" in rows
    assert "measured 2026-01-05T08:00:00Z" in rows
    assert f"sha256 {'ab' * 32}" in rows
    assert "note rounded to 2 digits" in rows


def test_cases_that_turned_are_named(tmp_path: Path) -> None:
    node = objective(
        tmp_path,
        "unit: ratio\ndirection: higher\naggregate: rate\npair_by: id\nmax_drop: 2%\nmin_complete: 90%\n"
        "baseline: { from: last_passed, max_regression: 0% }",
    )
    names: list[Json] = [f"case-{number:02}" for number in range(20)]
    before: Json = {"runs": [{"values": [0.0, 0.0] + [1.0] * 18, "cases": names}]}
    now: Json = {"values": [1.0, 1.0] + [0.0] * 9 + [1.0] * 9, "cases": names}
    sample: Json = {"unit": "ratio", "runs": [now], "baseline": before}
    rows = [*objective_rows(node, judge_objective(node, sample), sample, 200, UNICODE)]
    text = {row.text.rstrip(): row.spans[0].role for row in rows}
    failing = ", ".join(str(name) for name in names[2:7])
    assert text[f"newly failing: {failing} and 4 more"] == "error"
    assert text["newly passing: case-00, case-01"] == "success"
    (compared,) = (row for row in text if row.startswith("baseline 0.9"))
    assert ": -35 points (" in compared
    assert "limit -2 points" in compared
    assert not any(row.startswith("times baseline") for row in text)


def test_a_waiver_tells_its_reason_and_what_it_hides(tmp_path: Path) -> None:
    path = tmp_path / "slo.yaml"
    waiver = "waivers:\n  - { objective: one, reason: known, owner: team-a, expires: 2026-03-31 }\n"
    path.write_text(POLICY.format(objective=LATENCY.replace("\n", "\n    ")) + waiver, "utf-8")
    node = rulewright.load(path).policies[0].entries[0].when
    assert isinstance(node, ObjectiveNode)
    sample: Json = {"unit": "s", "values": [2.0, 2.1, 2.2, 2.3, 2.4]}
    detail = judge_objective(node, sample, "2026-01-05T09:00:00Z")
    rows = [row.text.rstrip() for row in objective_rows(node, detail, sample, 100, UNICODE)]
    assert "waiver until 2026-03-31 by team-a: known" in rows
    assert "waived: A waiver stands until it expires." in rows
    (hidden,) = (row for row in rows if row.startswith("without it "))
    assert detail["waiver"]["code"] in hidden


def test_the_summary_names_the_aggregate_once() -> None:
    result = RuleResult(
        "one", "not_matched", "", {"limit": "p95 ≤ 1s", "aggregate": "p95", "observed": 1.2, "shown": "1.2s"}
    )
    assert objective_summary(result) == "p95 1.2s, limit ≤ 1s"


def test_a_sample_in_a_few_columns() -> None:
    assert spark_line({"values": [1, 1, 1, 1, 2, 3, 4, 9]}, UNICODE)[0] == "█"
    assert len(spark_line({"values": [*range(100)]}, ASCII)) == 8
    assert spark_line({"values": [1, 2]}, UNICODE) == ""
    assert spark_line({"values": [1] * 20}, UNICODE) == ""
    assert spark_line("no sample", UNICODE) == ""
