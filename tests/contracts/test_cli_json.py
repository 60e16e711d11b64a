"""The JSON that other tools read from the command line: exactly these keys, and never the payload."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.cli.main import main
from rulewright.policy.files import data_folder

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: First look at every new issue. }
on: [issues.opened]
rules:
  - id: crash
    description: The title speaks of a crash.
    when: { all: [ { title: { contains: crash } }, { none: [ { labels: { contains: bug } } ] } ] }
    then: [ { add_labels: [bug] } ]
  - id: docs
    description: The title speaks of the docs.
    when: { title: { contains: docs } }
    then: [ { add_labels: [docs] } ]
  - id: sized
    description: The body says how large it is.
    when: { body: { contains: "size:" } }
    then: [ { warn: "It is sized." } ]
"""
PAYLOAD = {
    "action": "opened",
    "issue": {
        "number": 12,
        "title": "A crash with a very private word",
        "body": None,
        "state": "open",
        "labels": [],
        "assignees": [],
        "user": {"login": "mona"},
    },
    "repository": {"full_name": "octo-org/hello"},
    "sender": {"login": "mona"},
}
NOW = ("--now", "2026-01-05T09:00:00Z", "--format", "json")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "intake.yaml").write_text(POLICY)
    (tmp_path / "event.json").write_text(json.dumps(PAYLOAD))
    (tmp_path / "events.jsonl").write_text(f"{json.dumps(PAYLOAD)}\n" * 2)
    return tmp_path


def fits(document: Any, name: str) -> bool:
    """Whether a document fits one of our schemas, references between them followed."""
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    folder = data_folder("schemas")
    schemas = {file.name: json.loads(file.read_text()) for file in folder.glob("*.schema.json")}
    registry: Any = Registry().with_resources(
        (key, Resource.from_contents(one)) for key, one in schemas.items()
    )
    for error in Draft202012Validator(schemas[name], registry=registry).iter_errors(document):
        pytest.fail(f"{list(error.absolute_path)}: {error.message}")
    return True


def test_evaluate_one_event(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "intake.yaml", "--event", "event.json", *NOW]) == 0
    out = capsys.readouterr().out
    document = json.loads(out)
    digest, plan_hash = document["event"].pop("sha256"), document["plan"].pop("hash")
    assert len(digest) == len(plan_hash) == 64
    reason = document["decision"]["policies"][0]["rules"][2].pop("reason")
    assert isinstance(reason, str)
    assert document == {
        "event": {"name": "issues", "action": "opened", "subject": "octo-org/hello#12"},
        "decision": {
            "policies": [
                {
                    "name": "intake",
                    "kind": "Triage",
                    "verdict": "matched",
                    "rules": [
                        {"id": "crash", "status": "matched"},
                        {"id": "docs", "status": "not_matched"},
                        {"id": "sized", "status": "undetermined"},
                    ],
                }
            ]
        },
        "plan": {
            "effects": [
                {
                    "action": "add_labels",
                    "target": "octo-org/hello#12",
                    "arguments": {"labels": ["bug"]},
                    "rule": "intake/crash",
                    "preconditions": [{"kind": "label_absent", "value": "bug"}],
                }
            ]
        },
    }
    assert "private word" not in out
    assert fits(json.loads(out), "decision.schema.json")


def test_evaluate_a_stream(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "intake.yaml", "--events", "events.jsonl", *NOW]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    (policy,) = json.loads(lines[0])["decision"]["policies"]
    assert [rule["id"] for rule in policy["rules"]] == ["crash", "sized"]
    assert policy["not_matched"] == 1
    assert fits(json.loads(lines[0]), "decision.schema.json")


def test_an_event_that_no_policy_subscribes_to(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "event.json").write_text(json.dumps({**PAYLOAD, "action": "closed"}))
    assert main(["evaluate", "intake.yaml", "--event", "event.json", *NOW]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["decision"] == {"policies": []}
    assert document["plan"]["effects"] == []


def test_the_whole_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from rulewright.policy.canonical import canonical_json

    words = ["evaluate", "intake.yaml", "--event", "event.json", "--plan-out", "plan.json", *NOW]
    assert main(words) == 0
    written = (folder / "plan.json").read_bytes()
    plan = json.loads(written)
    assert written == canonical_json(plan) + b"\n"
    assert plan["hash"] == json.loads(capsys.readouterr().out)["plan"]["hash"]
    assert fits(plan, "plan.schema.json")


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "crash", "intake.yaml", "--event", "event.json", *NOW]) == 0
    document = json.loads(capsys.readouterr().out)
    needed = {"expression", "verdict", "expected", "actual", "reason", "line", "column"}
    pending, seen = [document], 0
    while pending:
        node = pending.pop()
        seen += 1
        assert needed <= node.keys()
        pending += node.get("children", [])
    assert seen == 4
    assert document["flip"]
    assert fits(document, "explanation.schema.json")


def test_validate(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "intake.yaml").write_text(POLICY.replace("contains: docs", "contans: docs"))
    assert main(["validate", "intake.yaml", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document.keys() == {"diagnostics"}
    for found in document["diagnostics"]:
        assert found.keys() - {"hint"} == {"code", "severity", "message", "file", "line", "column"}
    assert document["diagnostics"][0]["line"] == 12
