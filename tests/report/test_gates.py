"""Every format of judged gates against its golden file: each verdict, a distribution, a baseline, folded rows.

Set RULEWRIGHT_GOLDEN=write to write the files again, then read the difference before committing it.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.gates.gate_run import GateResult, GateRun, ObjectiveResult, judge_gates, select_gates
from rulewright.measurements.records import sample_of_records
from rulewright.measurements.sample import Problem, Sample
from rulewright.report.gate_explanation import ObjectivesExplained
from rulewright.report.gate_figures import (
    format_amount,
    format_change,
    format_interval,
    plot_distribution,
)
from rulewright.report.gates import MARKER, GatesReport
from rulewright.report.github import annotation_lines
from rulewright.report.junit import format_gates
from rulewright.report.reporter import Page
from rulewright.report.terminal import Paint

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parents[1] / "golden" / "report"
NOW = "2026-01-05T09:00:00Z"
RERUN = ("--from", "m.jsonl")
GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: chat, owner: team-chat, description: What a release of the chat must meet. }
on: [manual, measurement]
objectives:
  - { id: fast, source: { measurement: fast }, unit: s, aggregate: p95, pass: { lte: 1000ms }, min_samples: 59 }
  - id: slow
    description: A warm response.
    source: { measurement: slow }
    unit: s
    direction: lower
    aggregate: p95
    pass: { lte: 1000ms }
  - id: warns
    source: { measurement: slow }
    unit: s
    direction: lower
    aggregate: max
    pass: { lte: 1s }
    warn: { lte: 1500ms }
  - { id: unknown, source: { measurement: unknown }, unit: s, aggregate: p50, pass: { lte: 1s } }
  - { id: optional, source: { measurement: unknown }, unit: s, aggregate: p50, pass: { lte: 1s }, required: false }
  - { id: few, source: { measurement: few }, unit: s, aggregate: p95, pass: { lte: 1s } }
  - { id: broken, source: { json: broken.json }, unit: s, aggregate: max, pass: { lte: 1s } }
  - { id: errors, source: { measurement: errors }, unit: "%", direction: lower, aggregate: rate, pass: { lt: 1% } }
  - id: slower-than-before
    source: { measurement: compared }
    unit: s
    direction: lower
    aggregate: p50
    baseline: { from: { last_passed: 20 }, max_regression: 10% }
  - id: waived
    source: { measurement: slow }
    unit: s
    direction: lower
    aggregate: max
    pass: { lte: 100ms }
waivers:
  - { objective: waived, reason: The new model loads slowly., owner: team-chat, expires: 2026-02-01 }
"""


def sample_of(*runs: list[float], base: tuple[list[float], ...] = (), **more: Any) -> Sample:
    """The sample of runs in seconds."""
    records: list[Any] = [{"metric": "m", "unit": "s", "values": values, **more} for values in runs]
    found = sample_of_records(records)
    assert found is not None
    if not base:
        return found
    kept = replace(sample_of(*base), commit="4f2c9d1" * 5, time="2026-01-03T09:00:00Z")
    return replace(found, baseline=kept)


def samples() -> dict[str, Sample]:
    slow = [round(0.6 + 0.01 * (i % 80), 4) for i in range(100)]
    return {
        "fast": sample_of([round(0.2 + 0.001 * i, 4) for i in range(100)]),
        "slow": sample_of(slow, slow[::-1], slow),
        "warns": sample_of(slow),
        "unknown": Sample(
            problem=Problem("no_source", "no measurement is named unknown; there are fast, slow")
        ),
        "optional": Sample(problem=Problem("no_source", "no measurement is named unknown")),
        "few": sample_of([0.5, 0.6, 0.7], failed=2),
        "broken": Sample(
            problem=Problem("unreadable", "broken.json:1:13: the JSON ends too early ::error::x")
        ),
        "errors": Sample(),
        "slower-than-before": sample_of(
            *([1.5 + 0.01 * i] for i in range(5)), base=tuple([1.0 + 0.01 * i] for i in range(20))
        ),
        "waived": sample_of(slow),
    }


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GateRun:
    """One gate with an objective of each verdict."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / ".cache"))
    (tmp_path / "chat.yaml").write_text(GATE)
    program = rulewright.load("chat.yaml")
    return judge_gates(program, select_gates(program), {"chat": samples()}, NOW)


def report_of(run: GateRun) -> GatesReport:
    return GatesReport(run, "ab" * 32, ("chat/slow is looser: ≤ 800ms became ≤ 1000ms",), rerun=RERUN)


def explain_all(run: GateRun) -> ObjectivesExplained:
    return ObjectivesExplained(run, tuple((gate, row) for gate in run.gates for row in gate.objectives))


FORMATS: dict[str, Callable[[GateRun], str]] = {
    "gates.txt": lambda run: report_of(run).text(Page(100)),
    "gates-narrow.txt": lambda run: report_of(run).text(Page(80)),
    "gates.json": lambda run: report_of(run).json(),
    "gates.md": lambda run: report_of(run).markdown(),
    "gates.github.txt": lambda run: annotation_lines(report_of(run).annotations()),
    "gates.junit.xml": format_gates,
    "gates-explained.txt": lambda run: explain_all(run).text(Page(80)),
}


@pytest.mark.parametrize("name", FORMATS)
def test_golden(name: str, judged: GateRun) -> None:
    written = FORMATS[name](judged).encode()
    file = GOLDEN / name
    if os.environ.get("RULEWRIGHT_GOLDEN") == "write":
        file.write_bytes(written)
    assert written == file.read_bytes()


def test_the_gate_has_an_objective_of_each_verdict(judged: GateRun) -> None:
    assert {row.verdict for row in judged.gates[0].objectives} == {
        *("PASS", "WARN", "FAIL", "NO_DATA", "INCONCLUSIVE", "ERROR", "WAIVED")
    }


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
def test_text_keeps_to_its_width(columns: int, judged: GateRun) -> None:
    for report in (report_of(judged), explain_all(judged)):
        assert max(len(line) for line in report.text(Page(columns)).splitlines()) <= columns


def test_no_text_is_cut(judged: GateRun) -> None:
    assert "…" not in report_of(judged).text(Page(80)) + explain_all(judged).text(Page(80))


def test_colour_changes_nothing_but_colour(judged: GateRun) -> None:
    report = report_of(judged)
    coloured = report.text(Page(100, Paint(True)))
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == report.text(Page(100))


def test_commands_of_a_runner_stay_text(judged: GateRun) -> None:
    lines = annotation_lines(report_of(judged).annotations()).splitlines()
    assert [line for line in lines if line.startswith("::error::")] == []
    assert len(lines) == len(
        [row for row in judged.gates[0].objectives if row.verdict not in ("PASS", "WAIVED")]
    )


def many(size: int) -> GateRun:
    """`size` objectives, of which the last one fails."""
    detail = {
        "verdict": "PASS",
        "observed": 1,
        "shown": "1ms",
        "unit": "ms",
        "limit": "max ≤ 2ms",
        "values": 3,
    }
    rows = [ObjectiveResult(f"row-{i:02}", "", f"many.yaml:{i}", detail) for i in range(1, size)]
    failing = {**detail, "verdict": "FAIL", "code": "beyond_limit", "reason": "3ms is over 2ms"}
    rows.append(ObjectiveResult("last", "", f"many.yaml:{size}", failing))
    return GateRun((GateResult("many", "many.yaml", "ab" * 32, "FAIL", tuple(rows)),), NOW)


def test_more_than_thirty_rows_are_folded_worst_first() -> None:
    report = GatesReport(many(34))
    text = report.text(Page(100))
    assert text.splitlines()[1].split()[:3] == ["✗", "last", "FAIL"]
    assert "  … 4 PASS (--all lists them)" in text
    assert "row-33" not in text
    assert "row-33" in GatesReport(many(34), show_all=True).text(Page(100))
    markdown = report.markdown()
    shown, _, folded = markdown.partition("<details><summary>4 PASS</summary>")
    assert shown.count("| ✓ PASS |") == 29
    assert folded.partition("</details>")[0].count("| ✓ PASS |") == 4
    assert len(json.loads(report.json())["gates"][0]["objectives"]) == 34


def test_thirty_rows_are_not_folded() -> None:
    assert "details" not in GatesReport(many(30)).markdown()
    assert "--all" not in GatesReport(many(30)).text(Page(100))


def test_markdown_begins_with_the_marker_of_the_comment(judged: GateRun) -> None:
    assert report_of(judged).markdown().startswith(f"{MARKER}\n")


def test_a_gate_that_another_command_judged_has_no_command_to_rerun(judged: GateRun) -> None:
    assert "rerun" not in GatesReport(judged).text(Page(100))
    assert "Rerun" not in GatesReport(judged).markdown()


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        ({"lower": 0.5, "upper": 1.25}, "500ms to 1250ms"),
        ({"lower": None, "upper": 1.25}, "up to 1250ms"),
        ({"lower": 0.5, "upper": None}, "from 500ms"),
        ({"lower": None, "upper": None}, ""),
        (None, ""),
    ],
)
def test_intervals_are_in_the_unit_of_the_observed_value(interval: dict[str, Any] | None, text: str) -> None:
    assert format_interval({"unit": "s", "shown": "900ms", "interval": interval}) == text


def test_amounts_without_a_shown_value_keep_the_unit_of_the_objective() -> None:
    assert format_amount(1.5, {"unit": "s"}) == "1.5 s"
    assert format_amount(None, {"unit": "s", "shown": "900ms"}) == "–"
    assert format_amount(12, {"unit": "users", "shown": "12 users"}) == "12 users"


def test_changes() -> None:
    assert [format_change(ratio) for ratio in (1.1, 0.925, 1.0, 1.00004)] == [
        "+10 %",
        "-7.5 %",
        "±0 %",
        "±0 %",
    ]


def test_the_limit_is_marked_in_the_distribution() -> None:
    bins = {"low": 0.0, "high": 2.0, "counts": [4, 2, 0, 8], "limit": 1.0}
    detail = {"unit": "s", "shown": "900ms", "distribution": bins}
    assert [*plot_distribution(detail)] == ["0ms ▄▂│·█ 2000ms  │ 1000ms"]
    assert [*plot_distribution({**detail, "distribution": {**bins, "limit": 9.0}})] == [
        "0ms ▄▂·█│ 2000ms  │ 9000ms"
    ]
    assert [*plot_distribution({"unit": "s"})] == []


def test_the_cases_of_a_suite_are_listed(judged: GateRun) -> None:
    cases = {"newly_failing": [f"case-{i}" for i in range(7)], "newly_passing": ["b"], "missing": []}
    row = judged.gates[0].objectives[1]
    turned = row._replace(detail={**row.detail, "cases": cases})
    run = judged._replace(gates=(judged.gates[0]._replace(objectives=(turned,)),))
    wanted = "newly failing: case-0, case-1, case-2, case-3, case-4 and 2 more"
    for text in (
        GatesReport(run).text(Page(100)),
        GatesReport(run).markdown(),
        explain_all(run).text(Page(100)),
    ):
        assert wanted in text
        assert "newly passing: b" in text
        assert "missing" not in text


def with_modes(run: GateRun, *modes: str) -> GateRun:
    """The gate once for each mode, named `chat1`, `chat2`, ..."""
    gates = (
        run.gates[0]._replace(name=f"chat{number}", is_observed=mode == "observe")
        for number, mode in enumerate(modes, 1)
    )
    return run._replace(gates=tuple(gates))


def test_a_gate_in_observe_mode_blocks_nothing_and_every_format_says_so(judged: GateRun) -> None:
    run = with_modes(judged, "observe")
    assert run.exit_codes == frozenset()
    report = GatesReport(run)
    for text in (report.text(Page(200)), report.markdown().replace("\\", "")):
        last = text.splitlines()[-1]
        assert last.startswith(
            "no gate is enforced, so nothing is decided; in observe mode, not counted: chat1 "
        )
        assert "may not be promoted" not in text
        assert "(observe mode: does not count)" in text
    found = report.annotations()
    assert {one.level for one in found} == {"warning"}
    assert all(one.message.endswith("(observe mode: does not count)") for one in found)
    suites = format_gates(run)
    assert 'failures="0" errors="0"' in suites
    assert "FAIL: " in suites


def test_only_enforced_gates_are_counted(judged: GateRun) -> None:
    whole = GatesReport(with_modes(judged, "enforce")).text(Page(200)).splitlines()[-1]
    mixed = GatesReport(with_modes(judged, "enforce", "observe", "observe")).text(Page(200)).splitlines()[-1]
    verdict = judged.gates[0].verdict
    assert whole.startswith(f"{verdict}: may not be promoted; ")
    assert whole.endswith(" in 1 gate")
    assert mixed == f"{whole}; in observe mode, not counted: chat2 {verdict}, chat3 {verdict}"
