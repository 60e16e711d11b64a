"""A folder with one policy and one event, entered; caches and Actions' variables kept away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: First look at every new issue. }
on: [issues.opened]
skip:
  - { id: human-override, when: { labels: { contains_any: [no-triage] } } }
rules:
  - id: crash
    description: The title speaks of a crash.
    when: { title: { contains: crash }, state: open }
    then:
      - add_labels: [bug]
      - notify: { channel: oncall, text: "A crash: {{ title }}." }
  - id: docs
    description: The title speaks of the docs.
    when: { title: { contains: docs } }
    then: [ { add_labels: [docs] } ]
  - id: sized
    description: The body says how large it is.
    when: { body: { contains: "size:" } }
    then: [ { fail: "It is sized." } ]
"""


def issue(title: str = "A crash", body: str | None = None, labels: tuple[str, ...] = ()) -> dict[str, Any]:
    """An `issues.opened` payload, as small as it gets."""
    return {
        "action": "opened",
        "issue": {
            "number": 12,
            "title": title,
            "body": body,
            "state": "open",
            "labels": [{"name": name} for name in labels],
            "assignees": [],
            "user": {"login": "mona"},
            "created_at": "2026-01-01T00:00:00Z",
        },
        "repository": {"full_name": "octo-org/hello"},
        "sender": {"login": "mona"},
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "GITHUB_ACTIONS",
        "GITHUB_EVENT_PATH",
        "GITHUB_EVENT_NAME",
        "GITHUB_STEP_SUMMARY",
        "NO_COLOR",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "intake.yaml").write_text(POLICY)
    (tmp_path / "event.json").write_text(json.dumps(issue()))
    return tmp_path


@pytest.fixture
def payload() -> Any:
    """Makes an `issues.opened` payload."""
    return issue
