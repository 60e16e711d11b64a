"""A budget binds whatever a server counts: over HTTP, from the configuration to the reason in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rulewright.models.chain import ProviderChain
from rulewright.models.models_config import read_models_config
from rulewright.models.task import Task
from rulewright.policy.config import Config

LABELS = (("bug", "it fails"), ("idea", "a wish"))
EVENT = Path(__file__).resolve().parents[3] / "examples" / "events" / "issue-complete.json"
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team, description: First look. }
on: [issues.opened]
let:
  kind: { classify: { input: [title], labels: [bug, idea] } }
rules:
  - id: kind
    description: The kind, by a model.
    when: { kind: { exists: true } }
    then: [ set_label: { group: kind, value: { fact: kind } } ]
"""
TASK = Task("classify", "x", "Read.", "0" * 64, (("body", "It fails."),), labels=LABELS)


@pytest.mark.parametrize(
    ("budget", "price", "usage", "calls"),
    [
        ({"tokens": 100}, {}, {"prompt_tokens": 30, "completion_tokens": 20}, 2),
        ({"tokens": 100}, {}, {}, 2),
        ({"tokens": 100}, {}, None, 2),
        ({"tokens": 100}, {}, {"prompt_tokens": 0}, 17),
        ({"cost": 0.001}, {"prompt": 10, "generated": 10}, {}, 2),
    ],
)
def test_a_budget_ends_the_calls(served: Any, budget: Any, price: Any, usage: Any, calls: int) -> None:
    choice = {"message": {"content": '{"label": "bug"}'}, "finish_reason": "stop"}
    served.replies.append((200, {}, {"choices": [choice], "usage": usage}))
    cloud = {"kind": "api", "base_url": served.base_url, "model": "small", "price": price}
    config = Config({"models": {"budget": budget}, "providers": {"cloud": cloud}})
    chain = ProviderChain(read_models_config(config))
    reasons = [chain.ask(TASK).reason for _ in range(20)]
    chain.close()
    assert len(served.asked) == calls
    assert "the models budget of the run is used up" in reasons[-1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_processes_share_the_budget_of_a_run(served: Any, tmp_path: Path, jobs: int) -> None:
    served.says('{"label": "bug"}')
    config = f"{{ cloud: {{ kind: api, base_url: '{served.base_url}', model: small }} }}"
    (tmp_path / "rulewright.yaml").write_text(
        f"apiVersion: rulewright/v1\nkind: Config\nmodels: {{ budget: {{ tokens: 900 }} }}\nproviders: {config}\n"
    )
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "intake.yaml").write_text(POLICY)
    event = json.loads(EVENT.read_text())
    with (tmp_path / "events.jsonl").open("w") as lines:
        for number in range(500):
            event["issue"] |= {"number": number + 1, "labels": []}
            lines.write(f"{json.dumps(event)}\n")
    words = [
        sys.executable,
        "-m",
        "rulewright",
        "evaluate",
        "rules",
        "--events",
        "events.jsonl",
        "--jobs",
        str(jobs),
    ]
    run = subprocess.run(
        words,
        cwd=tmp_path,
        env={**os.environ, "RULEWRIGHT_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    # An answer costs 45 tokens.
    assert len(served.asked) == 900 // 45
