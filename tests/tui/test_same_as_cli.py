"""What the terminal interface shows is what the command line prints for the same event."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures.terminal import ROOT
from rulewright.cli.main import main
from rulewright.report.gate_explanation import list_facts
from rulewright_tui.command import Options, prepare
from rulewright_tui.glyphs import UNICODE
from rulewright_tui.lines.plan import plan_text
from rulewright_tui.lines.row import every_row
from rulewright_tui.lines.rules import rule_states, rules_text
from rulewright_tui.lines.why import why_text
from rulewright_tui.session.outcome import RuleRef

NOW = "2026-01-05T09:00:00Z"
EVENTS = sorted(path.name for path in (ROOT / "examples/events").glob("*.json"))


@pytest.mark.parametrize("name", EVENTS)
def test_rules_and_plan(
    name: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    event = str(Path("examples/events") / name)
    main(["evaluate", "rules", "--event", event, "--now", NOW, "--format", "json"])
    printed = json.loads(capfd.readouterr().out)
    state = prepare(Options(("rules",), (event,), now=NOW)).state
    assert state.outcome is not None
    assert state.outcome.plan is not None
    found = rule_states(state.outcome)
    listed = {
        RuleRef(policy["name"], rule["id"]): (rule["status"], tuple(rule.get("later_rounds", ())))
        for policy in printed["decision"]["policies"]
        for rule in policy["rules"]
    }
    skips = found.keys() - listed.keys()
    assert {ref: (rule.status, rule.later) for ref, rule in found.items() if ref not in skips} == listed
    assert state.outcome.plan.hash == printed["plan"]["hash"]
    shown = [row.key for row in every_row(rules_text(state._replace(show_all=True), UNICODE).rows)]
    assert {key for key in shown if isinstance(key, RuleRef)} == set(found)
    effects = [row.key for row in every_row(plan_text(state, UNICODE, 60).rows) if row.key is not None]
    assert list(dict.fromkeys(effects)) == [
        ("effect", number) for number in range(len(printed["plan"]["effects"]))
    ]


@pytest.mark.parametrize("rule", ["secret-found", "crash-is-high", "incomplete"])
def test_the_explanation(
    rule: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    event = "examples/events/issue-opened.json"
    main(["explain", rule, "rules/triage/intake.yaml", "--event", event, "--now", NOW, "--format", "json"])
    printed = json.loads(capfd.readouterr().out)
    state = prepare(Options(("rules/triage/intake.yaml",), (event,), now=NOW)).state
    state = state._replace(rule=RuleRef("intake", rule))
    text = "\n".join(row.text for row in every_row(why_text(state, UNICODE, 200).rows))
    leaves = [printed]
    while leaves:
        node = leaves.pop()
        leaves += node.get("children", ())
        assert f":{node['line']}" in text
        if not node.get("children") and node["actual"] is not None:
            assert f"is {node['actual']}" in text
    for flip in printed["flip"]:
        assert f"{flip['path']} {flip['change']}" in text


@pytest.mark.parametrize(
    "rule", ["chat-response-p95", "api-5xx", "chat-response-p99", "memory-retrieval-p50"]
)
def test_an_objective(rule: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fact that `explain` prints stands in pane 3."""
    monkeypatch.chdir(ROOT)
    event, policy = "examples/events/measurement-slow.json", "rules/slo/assistant.yaml"
    main(["explain", rule, policy, "--event", event, "--now", NOW, "--format", "json"])
    facts = dict(list_facts(json.loads(capfd.readouterr().out)["detail"]))
    monkeypatch.setenv("COLUMNS", "300")
    main(["explain", rule, policy, "--event", event, "--now", NOW])
    printed = capfd.readouterr().out
    state = prepare(Options((policy,), (event,), now=NOW)).state
    state = state._replace(rule=RuleRef("assistant-slo", rule))
    shown = "\n".join(row.text.rstrip() for row in every_row(why_text(state, UNICODE, 300).rows))
    assert {"observed", "why", "data"} <= facts.keys()
    for name in facts.keys() - {"distribution", "observed", "interval", "certainty"}:
        assert facts[name] in printed
        assert facts[name] in shown
    assert "counts" not in printed
