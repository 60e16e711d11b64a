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


GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: gate }
on: [measurement]
objectives:
  - id: an-objective-with-a-rather-long-name
    source: { measurement: chat }
    unit: s
    aggregate: p95
    pass: { lte: 1000ms }
    warn: { lte: 1200ms }
"""


def test_an_objective_without_data_takes_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    (folder / "gate.yaml").write_text(GATE)
    (folder / "m.json").write_text('{"measurements": []}')
    assert main(["evaluate", "gate.yaml", "--event", "m.json"]) == 3
    rows = [line for line in capsys.readouterr().out.splitlines() if "NO_DATA  –" in line]
    assert len(rows) == 1
    assert "an-objective-with-a-rather-long-name  NO_DATA  –  nothing was measured" in rows[0]
    assert (
        main(["explain", "gate/an-objective-with-a-rather-long-name", "gate.yaml", "--event", "m.json"]) == 0
    )
    said = capsys.readouterr().out
    assert said.count("reason: nothing was measured") == 1
    assert "no_source" in said


def test_a_workflow_dispatch_is_explained_as_manual(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "gate.yaml").write_text(GATE.replace("[measurement]", "[manual]"))
    (folder / "run.json").write_text('{"inputs": {}, "repository": {"full_name": "octo-org/hello"}}')
    name = "an-objective-with-a-rather-long-name"
    assert main(["explain", name, "gate.yaml", "--event", "run.json"]) == 0
    assert "NO_DATA" in capsys.readouterr().out


def test_a_path_in_the_place_of_the_rule_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "rules/intake.yaml", "--event", "event.json"]) == 2
    assert "pass the rule first" in capsys.readouterr().err


def test_a_loop_has_one_exit_code_alone_and_in_a_stream(
    folder: Path, capsys: pytest.CaptureFixture[str], payload: Any
) -> None:
    rule = (
        "rules: [ { id: a, when: { title: { contains: crash } }, then: [ set_title: 'x {{ title }}' ] } ]\n"
    )
    (folder / "it.yaml").write_text(HEAD + rule)
    (folder / "it.json").write_text(json.dumps(payload("crash")))
    (folder / "it.jsonl").write_text(f"{json.dumps(payload('crash'))}\n{json.dumps(payload('fine'))}\n")
    assert main(["evaluate", "it.yaml", "--event", "it.json"]) == 5
    assert "`it/a` makes itself match again without end" in " ".join(capsys.readouterr().out.split())
    assert main(["evaluate", "it.yaml", "--events", "it.jsonl", "--format", "json"]) == 5
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_rule_that_matches_in_a_later_round_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], payload: Any
) -> None:
    rules = (
        "rules:\n"
        "  - { id: a, when: { title: { contains: crash } }, then: [ { add_labels: [bug] } ] }\n"
        "  - { id: b, when: { labels: { contains: bug } }, then: [ { add_labels: [seen] } ] }\n"
        "  - { id: c, when: { title: { contains: other } }, then: [ { add_labels: [other] } ] }\n"
    )
    (folder / "it.yaml").write_text(HEAD + rules)
    (folder / "it.json").write_text(json.dumps(payload("crash")))
    assert main(["evaluate", "it.yaml", "--event", "it.json"]) == 0
    out = capsys.readouterr().out
    assert "not matched" in out
    assert "matched in round 2" in out
    assert "1 rule did not match" in out
    main(["evaluate", "it.yaml", "--event", "it.json", "--format", "json"])
    (policy,) = json.loads(capsys.readouterr().out)["decision"]["policies"]
    told = {rule["id"]: rule.get("later_rounds") for rule in policy["rules"]}
    assert (told["a"], told["b"]) == (None, [2])
    assert main(["explain", "b", "it.yaml", "--event", "it.json"]) == 0
    assert "matched in planning round 2" in capsys.readouterr().out
    assert main(["explain", "b", "it.yaml", "--event", "it.json", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["later_rounds"] == [2]
    assert main(["explain", "c", "it.yaml", "--event", "it.json", "--format", "json"]) == 0
    assert "later_rounds" not in json.loads(capsys.readouterr().out)
    assert main(["explain", "b", "it.yaml", "--event", "it.json", "--round", "2", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "matched"
    assert main(["explain", "b", "it.yaml", "--event", "it.json", "--round", "2"]) == 0
    assert "planning round 2" in capsys.readouterr().out
    assert main(["explain", "c", "it.yaml", "--event", "it.json", "--round", "9"]) == 2
    assert "planning has no round 9" in capsys.readouterr().err
