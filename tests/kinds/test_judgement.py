"""Judgements of objectives: the table of `objectives.yaml`, and what holds for every sample."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.compile.context import Context
from rulewright.kinds.slo_gate.gate import gate_verdict
from rulewright.kinds.slo_gate.judgement import judge_objective
from rulewright.kinds.slo_gate.objective import compile_objective
from rulewright.kinds.slo_gate.terms import ObjectiveNode
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
@given(st.lists(finite, min_size=5, max_size=12), st.lists(finite, min_size=5, max_size=12), st.randoms())
def test_order_does_not_matter(values: list[float], before: list[float], order: random.Random) -> None:
    node = node_of(baseline={"from": "last_passed", "max_regression": "10%"})
    shuffled, earlier = list(values), list(before)
    order.shuffle(shuffled)
    order.shuffle(earlier)
    first = judge_objective(node, {"values": values, "baseline": before})
    assert judge_objective(node, {"values": shuffled, "baseline": earlier}) == first


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
        baseline={"from": "last_passed", "max_regression": "0%", "confidence": 0.98},
        **{"pass": None},
        warn=None,
    )
    failed = 0
    for _ in range(60):
        runs = [noise.lognormvariate(0, 0.2) for _ in range(16)]
        failed += judge_objective(node, {"values": runs[:8], "baseline": runs[8:]})["verdict"] == "FAIL"
    assert failed <= 3


def test_large_samples_are_judged_without_resampling_each_value() -> None:
    noise = random.Random(3)
    node = node_of(baseline={"from": "last_passed", "max_regression": "10%"})
    before = [noise.uniform(0.1, 0.5) for _ in range(20_000)]
    after = [value * 1.3 for value in before]
    assert judge_objective(node, {"values": before, "baseline": before})["verdict"] == "PASS"
    found = judge_objective(node, {"values": after, "baseline": before})
    assert found["verdict"] == "FAIL"
    assert found["ratio"]["value"] == pytest.approx(1.3)


@pytest.mark.parametrize(
    ("limit", "values", "reason"),
    [
        ("300ms", [0.3000000001], "mean 300.0000001ms is not ≤ 300ms"),
        ("300ms", [0.3], "mean 300ms is ≤ 300ms"),
        ("1s", [1.2403449999999998], "mean 1.24s is not ≤ 1s"),
        ("1000ms", [0.99999999], "mean 999.99999ms is ≤ 1000ms"),
    ],
)
def test_a_verdict_prints_what_it_compares(limit: str, values: list[float], reason: str) -> None:
    node = node_of(unit="s", aggregate="mean", **{"pass": {"lte": limit}}, warn=None, min_samples=1)
    found = judge_objective(node, {"values": values})
    assert found["reason"] == reason
    assert found["shown"] in reason


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_no_amount_is_rounded_across_its_limit(value: float, limit: float) -> None:
    shown = float(amount_text(value, "", [limit]))
    assert (shown < limit, shown == limit) == (value < limit, value == limit)
