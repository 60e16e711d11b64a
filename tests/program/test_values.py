"""Values outside GitHub's closed lists are found when the policy loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from external_data import webhook_payloads
from rulewright.compile.loader import check_paths
from rulewright.events.recognise import recognise
from rulewright.policy.event_catalog import describe_path

PATHS = (
    "issue.state",
    "issue.state_reason",
    "pull_request.state",
    "review.state",
    "issue.author_association",
)


def findings(tmp_path: Path, when: str) -> list[tuple[str, str | None]]:
    file = tmp_path / "p.yaml"
    file.write_text(
        "apiVersion: rulewright/v1\nkind: Triage\nmetadata: { name: p }\n"
        "on: [issues, pull_request, pull_request_review]\n"
        f"rules:\n  - id: a\n    when: {when}\n    then: [ add_labels: [x] ]\n",
        encoding="utf-8",
    )
    return [(one.code, one.hint) for one in check_paths([file]) if one.code != "RW511"]


@pytest.mark.parametrize(
    ("when", "hint"),
    [
        ("{ issue.state: opne }", "did you mean `open`?"),
        ("{ state: { ne: Closed } }", "did you mean `closed`?"),
        ("{ state: { in: [open, merged] } }", "use one of `closed`, `open`"),
        ("{ review.state: approve }", "did you mean `approved`?"),
    ],
)
def test_a_value_outside_the_list_is_an_error(tmp_path: Path, when: str, hint: str) -> None:
    assert findings(tmp_path, when) == [("RW418", hint)]


@pytest.mark.parametrize(
    "when", ["{ state: open }", "{ issue.title: opne }", "{ issue.state: { starts_with: op } }"]
)
def test_other_values_and_paths_are_left_alone(tmp_path: Path, when: str) -> None:
    assert findings(tmp_path, when) == []


def at(payload: Any, path: str) -> Any:
    for name in path.split("."):
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload


def test_the_real_payloads_hold_only_listed_values() -> None:
    seen = set()
    for file in webhook_payloads():
        event = recognise(json.loads(file.read_bytes()))
        for path in PATHS:
            value = at(event.payload, path)
            info = describe_path(tuple(path.split(".")), (event.name,), {})
            if value is not None:
                seen.add(path)
                assert value in info.values, (file.name, path)
    assert {"issue.state", "pull_request.state", "review.state"} <= seen
