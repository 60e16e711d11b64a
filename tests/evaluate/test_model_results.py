"""Who answered the facts that a rule looks at: told for that rule, by way of other facts too, and for no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import rulewright
from rulewright.evaluate.decision import Decision
from rulewright.evaluate.explain import explain
from rulewright.events.model import Event
from rulewright.report.explanation import explanation_markdown, explanation_text

ROOT = Path(__file__).resolve().parents[2]
SAID = {
    "tier": "api",
    "provider": "there",
    "model": "small",
    "probabilities": {"low": 0.08, "high": 0.82, "medium": 0.1},
    "margin": 0.72,
    "tokens": {"prompt": 300},
}


def decided(said: dict[str, Any] | None) -> Decision:
    program = rulewright.load(ROOT / "rules" / "triage" / "intake.yaml")
    payload = json.loads((ROOT / "examples" / "events" / "issue-opened.json").read_text())
    facts = rulewright.gather(program, Event("issues", "opened", payload), now="2026-01-05T09:00:00Z")
    if said is not None:
        facts = facts._replace(
            values={**facts.values, "severity": "high"},
            absent={name: why for name, why in facts.absent.items() if name != "severity"},
            provenance={"severity": said},
        )
    return rulewright.evaluate(program, facts)


@pytest.mark.parametrize("rule", ["severity", "escalate", "priority"])
def test_a_rule_tells_who_answered_what_it_looks_at(rule: str) -> None:
    found = explain(decided(SAID), "intake", rule)
    assert found.models == {"severity": {**SAID, "value": "high"}}
    assert found.as_json()["models"]["severity"]["margin"] == 0.72
    text = explanation_text(found, "an event")
    assert "~ severity: high, api small (0.82, margin 0.72)" in text
    assert "high 0.82, medium 0.10, low 0.08" in text
    assert "severity: high, api small" in explanation_markdown(found, "an event")


def test_a_heuristic_is_said_to_be_one() -> None:
    found = explain(decided(None), "intake", "severity")
    assert found.models["severity"]["tier"] == "heuristic"
    assert "by heuristic; no model provider is configured" in explanation_text(found, "an event")


@pytest.mark.parametrize("rule", ["crash-is-high", "title-tags", "pii-found"])
def test_a_rule_that_looks_at_none_of_it_is_silent(rule: str) -> None:
    found = explain(decided(SAID), "intake", rule)
    assert found.models == {}
    assert "models" not in found.as_json()
    assert "Model results" not in explanation_text(found, "an event")
