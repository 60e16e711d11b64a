"""What a fact asks of models is checked at load against the providers of rulewright.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rulewright.compile.loader import check_paths

if TYPE_CHECKING:
    from pathlib import Path

API = "kind: api, base_url: 'https://models.example.com/v1', model: m"
PROVIDERS = f"providers: {{ x: {{ {API}, omit: [logprobs] }}, y: {{ {API}, probabilities: false }}, l: {{ {API} }} }}\n"
MINIMUM = "classify: { labels: [one, two], min_probability: 0.6 }"


@pytest.mark.parametrize(
    ("fact", "config", "minimum"),
    [
        (f"{MINIMUM}, provider: x", "", "min_probability"),
        (MINIMUM, "models: { chain: [x, y] }", "min_probability"),
        ("classify: Which?, into: [one, two], min_confidence: 0.6, provider: y", "", "min_confidence"),
        ("classify: { labels: [one, two], min_margin: 0.2 }, provider: y", "", "min_margin"),
        (MINIMUM, "", ""),
        (f"{MINIMUM}, provider: l", "models: { chain: [x] }", ""),
        ("classify: { labels: [one, two] }, provider: x", "", ""),
        ("classify: { labels: [one, two], min_margin: 0 }, provider: x", "", ""),
    ],
)
def test_a_minimum_that_no_provider_can_meet(tmp_path: Path, fact: str, config: str, minimum: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "rulewright.yaml").write_text(
        f"apiVersion: rulewright/v1\nkind: Config\n{PROVIDERS}{config}\n"
    )
    (tmp_path / "intake.yaml").write_text(
        "apiVersion: rulewright/v1\nkind: Triage\n"
        "metadata: { name: intake, owner: team, description: A policy of the tests. }\n"
        f"on: [issues.opened]\nlet: {{ guess: {{ {fact} }} }}\n"
        "rules: [{ id: first, when: { guess: one }, then: [ { add_labels: [one] } ] }]\n"
    )
    found = [one for one in check_paths([str(tmp_path / "intake.yaml")]) if one.severity == "error"]
    assert [one.code for one in found] == ["RW319"] * bool(minimum)
    assert all(f"`{minimum}` is never reached" in one.message for one in found)
