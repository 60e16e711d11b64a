"""Judgements of objectives: the table of `objectives.yaml`, and what holds for every sample."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.compile.context import Context
from rulewright.kinds.slo_gate.judgement import judge_gate, judge_objective
from rulewright.kinds.slo_gate.objective import compile_objective
from rulewright.kinds.slo_gate.terms import ObjectiveNode, Waiver
from rulewright.kinds.slo_gate.verdict import gate_verdict
from rulewright.measurements.sample import Run, Sample
from rulewright.measurements.units import amount_text
from rulewright.policy.diagnostics import Span
from rulewright.policy.document import read_documents
from rulewright.policy.model import Objective, Policy
from rulewright.program.compiled_policy import Entry
from rulewright.program.nodes import Position
from rulewright.program.paths import PathTable

FILE = Path(__file__).with_name("objectives.yaml")
DATA = read_documents(str(FILE), FILE.read_bytes())[0][0].data
HERE = Span("gate.yaml", 1, 1)


def runs_of(values: list[float], before: list[float]) -> dict[str, Any]:
    """A sample with one value in each run, and its baseline."""
    return {"runs": [[value] for value in values], "baseline": {"runs": [[value] for value in before]}}


GATE = """apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: gate, owner: team, description: One gate. }
on: [manual]
objectives:
  - { id: row, source: { measurement: chat }, unit: s, aggregate: max, pass: { lte: 1s } }
"""
finite = st.floats(0, 1e6, allow_nan=False)


def node_of(**body: Any) -> ObjectiveNode:
    """The node of an objective; fails when it has findings."""
    written = {key: value for key, value in {**DATA["defaults"], **body}.items() if value is not None}
    context = Context(Policy("SLOGate", "gate", "gate.yaml", HERE, ""), PathTable())
    node = compile_objective(Objective("row", written, HERE), 0, context)
    assert context.findings == []
    return node


@pytest.mark.parametrize("row", DATA["judgements"], ids=lambda row: row["id"])
def test_judgement(row: dict[str, Any]) -> None:
    found = judge_objective(node_of(**row.get("objective", {})), row["sample"])
    assert found["verdict"] == row["verdict"], found
    assert found.get("lacking") == row.get("lacking")
    assert found["reason"]
    if "observed" in row:
        assert found["observed"] == row["observed"]
    assert ("interval" in found) is row.get("interval", False)
    for name in ("code", "certainty"):
        assert found[name] == row.get(name, found[name])
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("row", DATA["gates"], ids=lambda row: row["id"])
def test_gate(row: dict[str, Any]) -> None:
    entries, rules = [], []
    for number, text in enumerate(row["verdicts"]):
        verdict = text.split()[-1]
        lacking = {"lacking": "values"} if verdict in ("NO_DATA", "INCONCLUSIVE") else {}
        node = node_of(required=not text.startswith("optional"))
        entries.append(Entry(f"o{number}", "objective", node, node.position))
        rules.append(
            SimpleNamespace(id=f"o{number}", status="matched", detail={"verdict": verdict, **lacking})
        )
    assert gate_verdict(SimpleNamespace(entries=tuple(entries)), rules) == row["verdict"]  # type: ignore[arg-type]


def test_gaps_veto_even_where_an_objective_is_optional() -> None:
    found = judge_objective(node_of(required=False), [0.1, None])
    entry = Entry("row", "objective", node_of(required=False), Position(1, 1))
    result = SimpleNamespace(id="row", status="undetermined", detail=found)
    assert gate_verdict(SimpleNamespace(entries=(entry,)), [result]) == "NO_DATA"  # type: ignore[arg-type]


def test_skipped_gate_does_not_pass() -> None:
    entry = Entry("row", "objective", node_of(), Position(1, 1))
    result = SimpleNamespace(id="row", status="skipped", detail={})
    assert gate_verdict(SimpleNamespace(entries=(entry,)), [result]) == "NO_DATA"  # type: ignore[arg-type]


def test_judged_once_for_each_frame(program_of: Any) -> None:
    program = program_of(GATE)
    (node,) = (entry.when for entry in program.policies[0].entries)
    frame = program.route("manual", None).frame({}, "2026-01-05T09:00:00Z", {"row": [0.5]})
    assert node.decide(frame) is True
    frame[node.key] = [50]
    assert node.detail(frame)["verdict"] == "PASS"


@given(st.lists(finite, min_size=1, max_size=30), finite)
def test_worse_value_never_saves_a_maximum(values: list[float], more: float) -> None:
    node = node_of(aggregate="max", warn=None)
    before, after = judge_objective(node, values), judge_objective(node, [*values, more])
    assert not (before["verdict"] == "FAIL" and after["verdict"] == "PASS")


@given(
    st.lists(finite, min_size=0, max_size=20), st.sampled_from([float("nan"), float("inf"), None]), st.data()
)
def test_what_is_not_finite_never_passes(values: list[float], bad: float | None, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values)))
    aggregate = data.draw(st.sampled_from(["p50", "p99.9", "mean", "min", "max", "sum", "count", "last"]))
    node = node_of(
        aggregate=aggregate, pass_=None, unit=None, **{"pass": {"gte": 0}}, direction="higher", warn=None
    )
    sample = [*values[:place], bad, *values[place:]]
    assert judge_objective(node, sample)["verdict"] in ("NO_DATA", "ERROR")


@settings(max_examples=25, deadline=None)
@given(st.lists(finite, min_size=3, max_size=12), st.lists(finite, min_size=3, max_size=12), st.randoms())
def test_the_order_of_runs_does_not_matter(
    values: list[float], before: list[float], order: random.Random
) -> None:
    node = node_of(aggregate="mean", baseline={"from": "last_passed", "max_regression": "10%"})
    shuffled, earlier = list(values), list(before)
    order.shuffle(shuffled)
    order.shuffle(earlier)
    first = judge_objective(node, runs_of(values, before))
    assert judge_objective(node, runs_of(shuffled, earlier)) == first


@settings(deadline=None)  # the first value loads the statistics
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(), st.lists, max_leaves=8
    )
)
def test_any_value_is_judged(sample: Any) -> None:
    node = node_of(baseline={"from": "last_passed", "max_regression": "10%"})
    for shape in (
        sample,
        {"values": sample},
        {"values": [0.1] * 5, "baseline": sample},
        {"value": sample, "unit": sample},
    ):
        assert judge_objective(node, shape)["verdict"] in (
            "PASS",
            "WARN",
            "FAIL",
            "NO_DATA",
            "INCONCLUSIVE",
            "ERROR",
        )


def test_same_commit_against_itself_hardly_ever_fails() -> None:
    noise = random.Random(7)
    node = node_of(
        aggregate="mean",
        baseline={"from": "last_passed", "max_regression": "5%"},
        **{"pass": None},
        warn=None,
    )
    failed = 0
    for _ in range(60):
        runs = [noise.lognormvariate(0, 0.2) for _ in range(16)]
        failed += judge_objective(node, runs_of(runs[:8], runs[8:]))["verdict"] == "FAIL"
    assert failed <= 6


def test_fifty_comparisons_fail_no_more_often_than_one() -> None:
    noise = random.Random(11)
    compared = {"from": "last_passed", "max_regression": "10%"}
    node = node_of(aggregate="mean", baseline=compared, **{"pass": None}, warn=None)
    nodes = [replace(node, text=f"o{number}") for number in range(50)]
    samples = {}
    for node in nodes:
        runs = [noise.lognormvariate(0, 0.2) for _ in range(10)]
        samples[node.text] = runs_of(runs[:5], runs[5:])
    alone = [judge_gate([node], samples, "")[node.text]["verdict"] for node in nodes]
    together = [found["verdict"] for found in judge_gate(nodes, samples, "").values()]
    assert alone.count("FAIL") > 0, "the noise finds none, so that nothing is tested"
    assert together.count("FAIL") == 0


def test_a_waiver_stands_until_the_end_of_its_last_day() -> None:
    node = replace(node_of(), waiver=Waiver("New disks", "mona", "2026-01-05"))
    found = judge_objective(node, [9], "2026-01-05T23:59:59Z")
    assert (found["verdict"], found["waiver"]["verdict"]) == ("WAIVED", "FAIL")
    assert "New disks" in found["reason"]
    assert judge_objective(node, [9], "2026-01-06T00:00:00Z")["verdict"] == "FAIL"
    assert judge_objective(node, [0.5], "2026-01-05T09:00:00Z")["verdict"] == "PASS"


def test_undecided_can_warn_but_a_likely_regression_holds() -> None:
    body: dict[str, Any] = {"aggregate": "mean", "pass": None, "warn": None, "on_inconclusive": "warn"}
    node = node_of(**body, baseline={"from": "last_passed", "max_regression": "10%"})
    noisy = runs_of([1, 1.3, 0.9, 1.1], [1, 1.2, 0.8, 1.1])
    assert judge_objective(node, noisy)["verdict"] == "WARN"
    likely = runs_of([1.14, 1.15, 1.16, 1.17], [1.0, 1.01, 1.02, 1.05])
    found = judge_objective(node, likely)
    assert (found["verdict"], found["code"]) == ("INCONCLUSIVE", "likely_regression")
    for sample in ({"runs": [[1]]}, {"runs": [[0]] * 5, "baseline": {"runs": [[0]] * 5}}):
        found = judge_objective(node, sample)
        assert (found["verdict"], found["code"][-8:]) == ("INCONCLUSIVE", "baseline"), found


@pytest.mark.parametrize("problem", ["no_baseline", "bad_baseline", "same_as_baseline", "other_machine"])
def test_without_a_baseline_that_serves_nothing_warns(problem: str) -> None:
    node = node_of(on_inconclusive="warn", baseline={"from": "last_passed", "max_regression": "10%"})
    sample = {"values": [0.5] * 100, "baseline": {"problem": {"code": problem, "reason": "so"}}}
    assert judge_objective(node, sample)["verdict"] == "INCONCLUSIVE"
    assert judge_objective(node, {"values": [0.5] * 100})["verdict"] == "INCONCLUSIVE"


@pytest.mark.parametrize(
    "one",
    [
        {"values": [0.5] * 100},
        {"figures": {"p95": 0.5}},
        {"events": {"bad": 0, "total": 900}},
        {"buckets": {"bounds": [0.5], "counts": [100, 0]}},
    ],
)
@pytest.mark.parametrize(
    "other",
    [
        {"values": [9] * 100},
        {"figures": {"p95": 9}},
        {"events": {"bad": 900, "total": 900}},
        {"buckets": {"bounds": [0.5], "counts": [0, 100]}},
    ],
)
@pytest.mark.parametrize("decide", ["point", None])
def test_no_run_is_passed_over(one: dict[str, Any], other: dict[str, Any], decide: str | None) -> None:
    rate = {"aggregate": "rate", "pass": {"lte": 0.05}} if "events" in one else {"aggregate": "p95"}
    node = node_of(unit=None if "events" in one else "s", warn=None, decide=decide, **rate)
    assert judge_objective(node, one)["verdict"] == "PASS"
    for runs in ([one, other], [other, one]):
        assert judge_objective(node, {"runs": runs})["verdict"] in ("ERROR", "FAIL", "INCONCLUSIVE")
    found = judge_objective(node, {"runs": [one, {"values": []}]})
    assert (found["verdict"], found["code"]) == ("NO_DATA", "not_finite")
    both = judge_objective(node, {"runs": [{**one, **other, "value": 9}]})
    assert (both["verdict"], both["code"]) == ("ERROR", "unreadable")


@pytest.mark.parametrize(
    ("limit", "figures", "worst"),
    [
        ({"lte": "1s"}, [0.5, 1.2, 3.0, 1.1], 3.0),
        ({"gte": "1s"}, [2.0, 0.9, 0.2, 0.5], 0.2),
        ({"between": ["1s", "2s"]}, [1.5, 0.9, 2.5, 2.1], 2.5),
        ({"lte": "1s"}, [0.5, 0.9, 0.7], 0.9),
    ],
)
def test_the_worst_of_several_figures_is_observed(
    limit: dict[str, Any], figures: list[float], worst: float
) -> None:
    direction = "higher" if "gte" in limit else "lower"
    node = node_of(unit="s", warn=None, aggregate="p95", direction=direction, **{"pass": limit})
    sample = {"unit": "s", "runs": [{"figures": {"p95": value}} for value in figures]}
    found = judge_objective(node, sample)
    assert found["observed"] == worst


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        ({"buckets": {"bounds": [0.5], "counts": [100, 0]}}, "100 values; at least 101 are needed"),
        ({"figures": {"p95": 0.5, "count": 100}}, "100 values; at least 101 are needed"),
        (
            {"figures": {"p95": 0.5}},
            "the source does not tell how many values there are; at least 101 are needed",
        ),
    ],
)
def test_min_samples_counts_what_every_shape_tells(sample: dict[str, Any], reason: str) -> None:
    found = judge_objective(node_of(aggregate="p95", min_samples=101), sample)
    assert (found["verdict"], found["code"], found["reason"]) == ("NO_DATA", "min_samples", reason)
    assert judge_objective(node_of(aggregate="p95"), sample)["verdict"] == "PASS"


@pytest.mark.parametrize(
    "code", ["waived", "too_few", "undecided", "regression", "budget_spent", "", "zz", 3]
)
def test_no_sample_writes_its_own_verdict(code: Any) -> None:
    """A record is written by whoever measures: it can neither waive its objective nor ask for a warning."""
    node = node_of(on_inconclusive="warn")
    for sample in (
        {"problem": {"code": code}},
        {"values": [0.5] * 100, "problem": {"code": code, "reason": "so"}},
    ):
        found = judge_objective(node, sample)
        assert (found["verdict"], found["code"]) == ("ERROR", "unreadable")


@pytest.mark.parametrize("values", [[1e308] * 9, [1e308, -1e308] * 9, [0.0, 5e-324] * 9, [-1e308] * 9])
@pytest.mark.parametrize("aggregate", ["mean", "sum", "max", "min", "p95", "rate"])
def test_values_at_the_ends_of_floats_are_judged(values: list[float], aggregate: str) -> None:
    body: dict[str, Any] = {"unit": None, "warn": None, "aggregate": aggregate, "pass": {"lte": 1}}
    node = node_of(**body, baseline={"from": "last_passed", "max_regression": "10%"})
    runs = {"runs": [values] * 6}
    found = judge_objective(node, {**runs, "baseline": runs})
    assert found["verdict"] in ("PASS", "FAIL", "ERROR", "INCONCLUSIVE")
    assert len(found["reason"]) < 300
    if max(values) == 1e308 and aggregate in ("max", "p95"):
        assert found["verdict"] == "FAIL"


def test_events_of_windows_are_counted_once() -> None:
    runs = [{"events": {"bad": 0, "total": 100, "window": window}} for window in ("30d", "1h", "5m")]
    body: dict[str, Any] = {"aggregate": "rate", "unit": None, "pass": None, "warn": None}
    node = node_of(**body, min_samples=101, budget={"target": "99%", "window": "30d"})
    assert judge_objective(node, {"runs": runs})["code"] == "min_samples"


def test_failures_are_no_events() -> None:
    node = node_of(aggregate="rate", unit=None, warn=None, failures={"lt": "1%"}, **{"pass": {"lte": 0.5}})
    found = judge_objective(node, {"events": {"bad": 0, "total": 900}})
    assert (found["verdict"], found["code"]) == ("ERROR", "unsuitable")


def test_values_without_ids_of_cases_are_no_suite() -> None:
    node = node_of(aggregate="rate", unit=None, warn=None, pair_by="id", **{"pass": {"lte": 0.5}})
    found = judge_objective(node, {"values": [0] * 900})
    assert (found["verdict"], found["code"]) == ("ERROR", "unsuitable")


@pytest.mark.parametrize(
    ("limit", "values", "shown", "reason"),
    [
        ("300ms", [0.3000000001], "300.0000001ms", "300.0000001ms is beyond the limit"),
        ("300ms", [0.3], "300ms", "300ms is within the limit"),
        ("1s", [1.2403449999999998], "1.24s", "1.24s is beyond the limit"),
        ("1000ms", [0.99999999], "999.99999ms", "999.99999ms is within the limit"),
    ],
)
def test_a_verdict_prints_what_it_compares(limit: str, values: list[float], shown: str, reason: str) -> None:
    node = node_of(unit="s", aggregate="max", **{"pass": {"lte": limit}}, warn=None)
    found = judge_objective(node, {"values": values})
    assert found["reason"] == reason
    assert found["shown"] == shown


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_no_amount_is_rounded_across_its_limit(value: float, limit: float) -> None:
    shown = float(amount_text(value, "", [limit]))
    assert (shown < limit, shown == limit) == (value < limit, value == limit)


def test_errors_of_every_case_are_no_lack_of_values() -> None:
    """An optional suite whose cases all gave an error would else pass for one that was not measured."""
    node = node_of(
        source={"json": "now.json", "select": "cases[].passed"},
        **{"pass": None, "warn": None},
        unit="%",
        aggregate="rate",
        direction="higher",
        pair_by="id",
        max_drop="10%",
        required=False,
        min_samples=2,
        baseline={"from": {"file": "before.json"}, "max_regression": "10%"},
    )
    before = Sample(runs=(Run([1.0, 1.0], cases=("a", "b")),))
    found = judge_objective(node, Sample(runs=(Run((), errored=("a", "b")),), baseline=before))
    assert (found["verdict"], found["code"]) == ("NO_DATA", "missing_cases")
    assert "2 with an error (a, b)" in found["reason"]
    assert not found.get("lacking")
