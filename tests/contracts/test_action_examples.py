"""The examples of actions, which the documentation shows: each one loads, and ends in a plan that settles."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import rulewright
from rulewright.compile.loader import check_paths
from rulewright.events.model import Event
from rulewright.policy.actions.table import ACTION_DECLARATIONS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = [
    (name, number)
    for name, declaration in ACTION_DECLARATIONS.items()
    for number in range(len(declaration.examples))
]
NAMES = {"component": "api", "suggested_label": "ready", "severity": "high", "next_milestone": "v1.2"}
TEMPLATES = ("redaction_notice", "security_alert", "stale_notice", "reopened_notice")
CONFIG = {
    "apiVersion": "rulewright/v1",
    "kind": "Config",
    "channels": {"security-oncall": {"kind": "webhook", "private": True, "url_env": "URL"}},
}


def policy_with(name: str, example: object) -> dict[str, object]:
    """A policy with one rule that uses the example, and whatever an example refers to."""
    used = json.dumps(example)
    facts: dict[str, object] = {fact: {"value": value} for fact, value in NAMES.items()}
    facts["pii"] = {"detect": "pii", "in": ["issue.title", "issue.body"]}
    facts["duplicates"] = {"jmespath": "{canonical: `3`}"}
    templates = {"example"} if name == "comment" and example is None else set()
    templates |= {template for template in TEMPLATES if f'"{template}"' in used}
    kept = {"comment": {"text": "Text.", **({"key": "form"} if "form" in used else {})}}
    pruned = {"id": "incomplete", "when": {"title": "Another title"}, "then": [kept]}
    action = name if example is None else {name: example}
    return {
        "apiVersion": "rulewright/v1",
        "kind": "Triage",
        "metadata": {"name": "examples", "owner": "me", "description": "An example."},
        "on": ["issues.opened"],
        "let": {
            fact: source
            for fact, source in facts.items()
            if re.search(rf'(\{{ |"fact": "|\A"){fact}\b', used)
        },
        "templates": dict.fromkeys(templates, "Text."),
        "rules": [
            *([pruned] if name == "prune_comment" else []),
            {"id": "example", "when": {"author": "octocat"}, "then": [action]},
        ],
    }


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_an_example_settles(name: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / ".cache"))
    Path("rulewright.yaml").write_text(json.dumps(CONFIG))
    example = ACTION_DECLARATIONS[name].examples[number]
    Path("policy.yaml").write_text(json.dumps(policy_with(name, example)))
    found = [one for one in check_paths(["policy.yaml"]) if one.code != "RW514"]
    assert [f"{one.code} {one.message}" for one in found] == []
    program = rulewright.load("policy.yaml")
    payload = json.loads((ROOT / "examples" / "events" / "issue-opened.json").read_text())
    event = Event("issues", "opened", payload)
    decision = rulewright.evaluate(program, rulewright.gather(program, event, now="2026-01-05T09:00:00Z"))
    plan = rulewright.plan(decision)
    assert plan.conflicts == ()
    assert {effect.action for effect in plan.effects} <= {name, "comment"}


@pytest.mark.parametrize("name", ACTION_DECLARATIONS)
def test_a_fact_in_an_argument_is_checked_and_counts_as_used(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every `{fact: path}` of an example: with another path, the policy does not load."""
    monkeypatch.chdir(tmp_path)
    Path("rulewright.yaml").write_text(json.dumps(CONFIG))
    for example in ACTION_DECLARATIONS[name].examples:
        written = json.dumps(policy_with(name, example))
        changed = re.sub(r'("fact": ")[a-z_]+', r"\1no_such_fact", written)
        if changed == written:
            continue
        Path("policy.yaml").write_text(changed)
        assert "RW301" in {one.code for one in check_paths(["policy.yaml"])}
