"""Helpers of the action tests: snapshots, contexts, and policies written as short YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.actions.action import Context
from rulewright.actions.planner import plan
from rulewright.facts.event.snapshot import Snapshot
from rulewright.facts.model import Event, Facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rulewright.actions.plan import Plan
    from rulewright.compile.program import Program

HEAD = """\
apiVersion: rulewright/v1
kind: {kind}
metadata: {{ name: {name}, owner: team-triage, description: A policy of the tests. }}
on: [{on}]
"""


@pytest.fixture
def snapshot() -> Snapshot:
    return Snapshot(
        title="[P1] Crash on start",
        body="key sk-12345678 here",
        state="open",
        labels=("Bug", "severity/low"),
        assignees=("hubot",),
        comments=(),
        fields={"1/Status": "Triage"},
    )


@pytest.fixture
def context(snapshot: Snapshot) -> Callable[..., Context]:
    """A context over plain values by path; lists of the policy are trusted."""

    def make(values: dict[str, Any] | None = None, **more: Any) -> Context:
        found = values or {}
        base: dict[str, Any] = {
            "target": "octo-org/demo#3",
            "snapshot": snapshot,
            "rule": "intake/first",
            "value": found.get,
            "trusted": lambda path: path.startswith("lists."),
        }
        return Context(**{**base, **more})

    return make


@pytest.fixture
def payload() -> dict[str, Any]:
    return {
        "action": "opened",
        "issue": {
            "number": 3,
            "title": "Crash on start",
            "body": "key sk-12345678 here",
            "state": "open",
            "state_reason": None,
            "labels": [{"name": "severity/low"}],
            "assignees": [],
            "user": {"login": "octocat"},
        },
        "repository": {"full_name": "octo-org/demo"},
        "comments": [],
    }


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Program]:
    """Loads the policies whose text behind the head is given."""
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))

    def load(*texts: str, kind: str = "Triage", on: str = "issues.opened") -> Program:
        folder = tmp_path / "policies"
        folder.mkdir(exist_ok=True)
        names = []
        for number, text in enumerate(texts):
            file = folder / f"p{number}.yaml"
            file.write_text(HEAD.format(kind=kind, name=f"p{number}", on=on) + text, encoding="utf-8")
            names.append(str(file))
        return rulewright.load(*names)

    return load


@pytest.fixture
def planned(program: Callable[..., Program], payload: dict[str, Any]) -> Callable[..., Plan]:
    """Plans for the payload, with `given` facts and with changes to the issue."""

    def make(*texts: str, given: dict[str, Any] | None = None, **issue: Any) -> Plan:
        shown = {**payload, "issue": {**payload["issue"], **issue}}
        facts = Facts(Event("issues", "opened", shown), "2026-01-05T09:00:00Z", given or {})
        return plan(rulewright.evaluate(program(*texts), facts))

    return make
