"""The typed sections of a configuration, made of JSON data."""

from __future__ import annotations

import pytest

from rulewright.policy.config import (
    Budgets,
    Config,
    Duplicates,
    Execution,
    Identity,
    Label,
    Models,
    SourceHost,
    State,
)


def test_sections_are_read_from_the_data() -> None:
    config = Config(
        {
            "labels": [{"name": "bug", "description": "A fault."}],
            "channels": {"run": {"kind": "log"}},
            "budgets": {"effects_per_subject": 3},
            "execution": {"apply_branches": ["main"], "enforce_since": "2026-01-05"},
            "duplicates": {"embed": "minilm"},
            "models": {"mode": "replay", "chain": ["cloud"], "budget": {"tokens": 5}, "tasks": {"mood": {}}},
            "state": {"git_ref": "refs/x/y"},
        }
    )
    assert config.labels == (Label("bug", description="A fault."),)
    assert config.channels == {"run": {"kind": "log"}}
    assert config.budgets == Budgets(effects_per_subject=3)
    assert config.execution == Execution(("main",), enforce_since="2026-01-05")
    assert config.duplicates == Duplicates(embed="minilm")
    assert config.models == Models("replay", chain=("cloud",), budget={"tokens": 5}, tasks={"mood": {}})
    assert config.model_tasks == {"mood": {}}
    assert config.state == State(git_ref="refs/x/y")


def test_what_is_not_declared_has_its_default() -> None:
    config = Config()
    assert config.to_json() == {}
    assert (config.labels, config.channels, config.providers, config.models) == (None, None, None, None)
    assert (config.execution, config.state, config.identity) == (Execution(), State(), Identity())
    assert (config.policies, config.plugins, config.model_tasks) == ((), (), {})


def test_the_enforcement_date_can_be_left_out() -> None:
    config = Config({"execution": {"paused": True, "enforce_since": "2026-01-05"}, "milestones": ["v1"]})
    assert config.without_enforcement_date().to_json() == {
        "execution": {"paused": True},
        "milestones": ["v1"],
    }
    assert config.execution.enforce_since == "2026-01-05"


@pytest.mark.parametrize(
    ("identity", "written", "named"),
    [
        (Identity(), {}, False),
        (Identity(also=("acme[bot]",)), {"also": ["acme[bot]"]}, False),
        (Identity("acme", 7), {"login": "acme", "app_id": 7}, True),
    ],
)
def test_an_identity_says_what_is_set(identity: Identity, written: dict[str, object], named: bool) -> None:
    assert (identity.to_json(), identity.is_named) == (written, named)


def test_hosts_of_sources_are_urls_or_have_a_token() -> None:
    hosts = {
        "prometheus": "https://prometheus.example.com",
        "mlflow": {"url": "https://m.example.com", "token_env": "T"},
    }
    config = Config({"sources": {"hosts": hosts}})
    assert config.source_hosts == {
        "prometheus": SourceHost("https://prometheus.example.com"),
        "mlflow": SourceHost("https://m.example.com", "T"),
    }
    assert Config().source_hosts == {}


def test_processes_divide_the_budget_for_models() -> None:
    budget = {"tokens": 9, "cost": 1, "time": "5m"}
    config = Config({"models": {"chain": ["cloud"], "budget": budget}, "milestones": ["v1"]})
    shared = config.divide_model_budget(4)
    assert shared.models == Models(chain=("cloud",), budget={"tokens": 2, "cost": 0.25, "time": "75.000000s"})
    assert shared.milestones == ("v1",)
    assert config.divide_model_budget(100).models == Models(
        chain=("cloud",), budget={"tokens": 1, "cost": 0.01, "time": "3.000000s"}
    )
    assert config.divide_model_budget(1) is config
    assert Config().divide_model_budget(4).to_json() == {}
