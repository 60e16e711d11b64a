"""What a user expects of `evaluate`, end to end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD = "apiVersion: rulewright/v1\nkind: Triage\nmetadata: { name: it }\non: [issues.opened, schedule]\n"


@pytest.fixture
def evaluated(
    folder: Path, capsys: pytest.CaptureFixture[str], payload: Any
) -> Callable[..., dict[str, Any]]:
    """The JSON of `evaluate` for the text behind a head, on an issue by `mona` titled `A crash`."""

    def run(text: str, *options: str, event: Any = None) -> dict[str, Any]:
        (folder / "it.yaml").write_text(HEAD + text)
        (folder / "it.json").write_text(json.dumps(event or payload()))
        main(["evaluate", "it.yaml", "--event", "it.json", "--format", "json", *options])
        out: dict[str, Any] = json.loads(capsys.readouterr().out)
        return out

    return run


def statuses(document: dict[str, Any]) -> dict[str, str]:
    return {
        rule["id"]: rule["status"] for policy in document["decision"]["policies"] for rule in policy["rules"]
    }


def test_a_login_under_another_name_is_compared_as_a_login(evaluated: Any) -> None:
    made = evaluated(
        """
let: { who: { jmespath: issue.user.login }, tags: { jmespath: "issue.labels[].name" } }
rules:
  - { id: who, when: { who: MONA }, then: [ warn: x ] }
  - { id: tags, when: { tags: { contains: BUG } }, then: [ warn: y ] }
""",
        event=None,
    )
    assert statuses(made) == {"who": "matched", "tags": "not_matched"}


def test_a_sweep_has_no_action_whatever_its_payload_was_kept_of(evaluated: Any) -> None:
    made = evaluated(
        "rules: [ { id: a, when: { state: open }, then: [ warn: x ] } ]\n", "--event-name", "schedule"
    )
    assert (made["event"]["name"], made["event"]["action"]) == ("schedule", None)
    assert statuses(made) == {"a": "matched"}
