"""A policy with its test in a folder of its own, and the run of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.testing.runner import run_cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.testing.model import CaseRun

HEAD = "apiVersion: rulewright/v1\nkind: PolicyTest\npolicy: intake.yaml\n"

POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake }
on: [issues.opened, issues.edited]
let:
  severity: { label_group: severity, otherwise: { call: triage-severity } }
templates:
  hello: Hello {{ author }}, this is {{ title }}.
skip:
  - { id: taken, when: { labels: { contains: no-triage } } }
rules:
  - id: crash
    when: { title: { contains: crash }, state: open }
    then:
      - add_labels: [bug, urgent]
      - comment: hello
    stop: true
  - id: severe
    when: { severity: [critical, high] }
    then: [ notify: { channel: oncall, text: "Look at {{ title }}" } ]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, entered, with the policy in it."""
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    place = tmp_path / "work"
    (place / ".git").mkdir(parents=True)
    monkeypatch.chdir(place)
    (place / "intake.yaml").write_text(POLICY)
    return place


@pytest.fixture
def tested(folder: Path) -> Callable[..., CaseRun]:
    """Runs cases (YAML text below `cases:`) against the policy, or another one."""

    def call(cases: str, policy: str | None = None, **more: Any) -> CaseRun:
        if policy is not None:
            Path("intake.yaml").write_text(policy)
        Path("intake.test.yaml").write_text(HEAD + more.get("head", "") + "cases:\n" + cases)
        return run_cases([more.get("path", "intake.test.yaml")], only=more.get("only"))

    return call
