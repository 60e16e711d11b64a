"""Rules of Prometheus out of error budgets, checked by Debian's promtool: what they record, and when they fire."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from measurements.prometheus_server import find_program
from rulewright.cli.main import main
from rulewright.gates.prometheus_rules import match_whole_bounds

GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: chat, owner: serving }
objectives:
  - id: errors
    source:
      prometheus:
        bad: |
          sum(increase(requests_total{code=~"5.."}[$window])) # server errors
        total: sum(increase(requests_total[$window]))
    unit: ratio
    aggregate: rate
    budget: { target: 99.9%, window: 30d, min_left: 20% }
  - id: latency
    source:
      prometheus:
        good: sum(increase(seconds_bucket{le="1"}[$window]))
        total: sum(increase(seconds_count[$window]))
    unit: ratio
    aggregate: rate
    budget: { target: 99%, window: 30d }
"""
OTHERS = """\
  - id: queue
    source: { prometheus: queue_length }
    aggregate: last
    pass: { lte: 10 }
  - id: fixed
    source: { prometheus: { bad: "sum(a)", total: "sum(b)" } }
    unit: ratio
    aggregate: rate
    budget: { target: 99%, window: 30d }
"""
ERRORS = {"gate": "chat", "objective": "errors"}
LATENCY = {"gate": "chat", "objective": "latency"}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "gate.yaml").write_text(GATE)
    path = tmp_path / "rules.yaml"
    assert main(["slo", "render", str(tmp_path / "gate.yaml"), "--output", str(path)]) == 0
    return path


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = find_program("promtool")
    if program is None:
        pytest.skip("no promtool: .ci/prometheus/fetch needs apt-get and dpkg")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def check(rules: Path, series: dict[str, str], **expected: list[dict[str, Any]]) -> None:
    """Have promtool run the rules over series, and compare what they then say."""
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        **expected,
    }
    document = {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [test]}
    path = rules.parent / "test.yaml"
    path.write_text(json.dumps(document))
    run = promtool("test", "rules", str(path))
    assert run.returncode == 0, run.stdout + run.stderr


def ratio(window: str, labels: dict[str, str], value: float | None) -> dict[str, Any]:
    """What is recorded after 2 hours."""
    selector = ",".join(f'{name}="{text}"' for name, text in labels.items())
    name = f"slo:bad_ratio:{window}{{{selector}}}"
    samples = [] if value is None else [{"labels": name, "value": value}]
    return {"expr": name, "eval_time": "2h", "exp_samples": samples}


def alerts(name: str, *expected: dict[str, Any], at: str = "2h") -> dict[str, Any]:
    """The alerts that fire at a time."""
    return {"eval_time": at, "alertname": name, "exp_alerts": list(expected)}


def test_promtool_accepts_the_rules(rules: Path) -> None:
    run = promtool("check", "rules", str(rules))
    assert run.returncode == 0, run.stderr
    assert "SUCCESS: 28 rules found" in run.stdout


def test_an_absent_numerator_is_no_error(rules: Path) -> None:
    check(
        rules,
        {'requests_total{code="200"}': "0+60x200"},
        promql_expr_test=[
            ratio("5m", ERRORS, 0),
            ratio("6h", ERRORS, 0),
            {"expr": "slo:budget_left:ratio", "eval_time": "2h", "exp_samples": [
                {"labels": 'slo:budget_left:ratio{gate="chat",objective="errors"}', "value": 1}]},
        ],
        alert_rule_test=[alerts("ErrorBudgetBurn")],
    )  # fmt: skip


def test_both_windows_have_to_burn(rules: Path) -> None:
    burning = {'requests_total{code="200"}': "0+98x200", 'requests_total{code="500"}': "0+2x200"}
    document = rules.read_text()
    assert 'summary: "chat/errors spends its error budget too fast"' in document
    fired = [
        {
            "exp_labels": {**ERRORS, "severity": severity, "long": long, "short": short},
            "exp_annotations": {
                "summary": "chat/errors spends its error budget too fast",
                "description": f"{spent} of the budget of 30d would be gone within {long}, "
                "and it is still being spent: 2% of the events are bad.",
            },
        }
        for long, short, severity, spent in (
            ("1h", "5m", "page", "2%"),
            ("6h", "30m", "page", "5%"),
            ("24h", "2h", "ticket", "10%"),
            ("72h", "6h", "ticket", "10%"),
        )
    ]
    check(
        rules,
        burning,
        promql_expr_test=[ratio("5m", ERRORS, 0.02)],
        alert_rule_test=[alerts("ErrorBudgetBurn", *fired)],
    )
    check(
        rules,
        {'requests_total{code="200"}': "0+9999x200", 'requests_total{code="500"}': "0+1x200"},
        alert_rule_test=[alerts("ErrorBudgetBurn")],
    )


def test_errors_that_ended_do_not_burn(rules: Path) -> None:
    def firing(long: str, count: int) -> dict[str, Any]:
        samples = [{"labels": "{}", "value": count}] if count else []
        query = f'count(ALERTS{{alertname="ErrorBudgetBurn",objective="errors",long="{long}"}})'
        return {"expr": query, "eval_time": "2h", "exp_samples": samples}

    check(
        rules,
        {'requests_total{code="200"}': "0+98x200", 'requests_total{code="500"}': "0+2x110 220+0x90"},
        promql_expr_test=[ratio("5m", ERRORS, 0), firing("1h", 0), firing("6h", 1)],
    )


def test_without_a_total_nothing_is_recorded_and_somebody_is_told(rules: Path) -> None:
    told = [
        {
            "exp_labels": {**labels, "severity": "ticket"},
            "exp_annotations": {
                "summary": f"chat/{labels['objective']} has no events, so that nothing is watched"
            },
        }
        for labels in (ERRORS, LATENCY)
    ]
    check(
        rules,
        {'requests_total{code="200"}': "60x200"},
        promql_expr_test=[ratio("5m", ERRORS, None)],
        alert_rule_test=[
            alerts("ErrorBudgetNoData", *told),
            alerts("ErrorBudgetNoData", at="10m"),
            alerts("ErrorBudgetBurn"),
        ],
    )


@pytest.mark.parametrize("bound", ["1", "1.0"])
def test_bounds_of_both_versions_match(rules: Path, bound: str) -> None:
    check(
        rules,
        {
            f'seconds_bucket{{le="{bound}"}}': "0+45x200",
            'seconds_bucket{le="10"}': "0+60x200",
            "seconds_count": "0+60x200",
        },
        promql_expr_test=[ratio("5m", LATENCY, 0.25)],
    )


def test_an_absent_good_numerator_is_all_bad(rules: Path) -> None:
    check(rules, {"seconds_count": "0+60x200"}, promql_expr_test=[ratio("1h", LATENCY, 1)])


@pytest.mark.parametrize(
    ("query", "matched"),
    [
        ('a{le="1"}', r'a{le=~"1(\\.0)?"}'),
        ('a{le="1.0"}', r'a{le=~"1(\\.0)?"}'),
        ('a{quantile != "1"}', r'a{quantile!~"1(\\.0)?"}'),
        ('a{le="0.5"}', 'a{le="0.5"}'),
        ('a{le="+Inf"}', 'a{le="+Inf"}'),
        ('a{title="1"}', 'a{title="1"}'),
        ('a{le=~"1|2"}', 'a{le=~"1|2"}'),
    ],
)
def test_whole_bounds(query: str, matched: str) -> None:
    assert match_whole_bounds(query) == matched


def test_objectives_without_rules_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(GATE + OTHERS)
    assert main(["slo", "render", str(path)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"# Made by `rulewright slo render {path}`")
    assert out.count("  - name: ") == 2
    assert err.splitlines() == [
        "left out chat/queue: it has no `budget:` over `bad` or `good` and `total`",
        "left out chat/fixed: its queries do not use `$window`",
    ]


def test_a_policy_without_budgets_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(GATE[: GATE.index("  - id: errors")] + OTHERS)
    assert main(["slo", "render", str(path)]) == 2
    assert "no objective gives rules" in capsys.readouterr().err
