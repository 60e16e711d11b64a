"""A decision as a case: written, judged by the runner, and refused where it would not say the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.events.recognise import recognise
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.files import data_folder
from rulewright.testing.case_writer import EventOrigin, case_file_beside, write_case
from rulewright.testing.runner import run_cases

if TYPE_CHECKING:
    from rulewright.evaluate.decision import Decision
    from rulewright.events.model import Event
    from rulewright.testing.case_writer import WrittenCase

NOW = "2026-01-05T09:00:00Z"
EXAMPLES = sorted((data_folder("examples") / "events").glob("*.json"))
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: A policy of the tests. }
on: [issues]
let:
  pii: { detect: pii, in: [issue.body] }
  severity: { call: triage-severity }
rules:
  - { id: leak, when: { pii.count: { gt: 0 } }, then: [ add_labels: [leak] ] }
  - { id: crash, when: { title: { contains: Crash } }, then: [ add_labels: [bug], comment: { text: "Thanks for {{ title }}" } ] }
  - { id: severe, when: { severity: high }, then: [ add_labels: [urgent] ] }
"""  # noqa: E501


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "intake.yaml"
    file.write_text(POLICY)
    return file


def issue(title: str = "Crash", body: str = "It stops.", **more: Any) -> dict[str, Any]:
    subject = {
        "number": 1,
        "title": title,
        "body": body,
        "state": "open",
        "labels": [],
        "assignees": [],
        **more,
    }
    return {"action": "opened", "issue": subject, "repository": {"full_name": "octo-org/demo"}}


def decide(policy: Path, event: Event, **given: Any) -> Decision:
    program = rulewright.load(policy, cache=False)
    return rulewright.evaluate(program, rulewright.gather(program, event, now=NOW, given=given))


def keep(written: WrittenCase) -> None:
    written.file.write_bytes(written.text.encode("utf-8"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("named", [True, False], ids=["fixture", "payload"])
def test_every_shipped_policy_and_example_becomes_a_case_that_passes(
    path: Path, named: bool, tmp_path: Path
) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(data_folder("rules"), rules)
    program = rulewright.load(rules)
    event = recognise(json.loads(path.read_text("utf-8")), path=str(path))
    decision = rulewright.evaluate(program, rulewright.gather(program, event, now=NOW))
    origin = EventOrigin(event, path if named else None)
    for part in decision.policies:
        if (named, path.stem, part.name) == (False, "issue-opened", "intake"):
            with pytest.raises(UsageError, match="secrets or personal data"):
                write_case(origin, decision, part.name)
            continue
        written = write_case(origin, decision, part.name)
        assert written.result.status == "passed"
        assert not written.is_new
        assert ("fixture" in written.case["event"]) is named  # type: ignore[operator]
        before = written.file.read_bytes().decode("utf-8")
        keep(written)
        run = run_cases([written.file], only=str(written.case["id"]))
        assert [case.status for case in run.cases if case.case.id == written.case["id"]] == ["passed"]
        written.file.write_bytes(before.encode("utf-8"))
    assert decision.policies or path.stem not in ("issue-opened", "measurement")


def test_an_edited_example_is_the_fixture_with_a_patch(policy: Path) -> None:
    path = data_folder("examples") / "events" / "issue-complete.json"
    event = recognise(json.loads(path.read_text("utf-8")))
    payload = {**event.payload, "issue": {**event.payload["issue"], "title": "Crash: again", "body": "text"}}
    written = write_case(EventOrigin(event, path), decide(policy, event._replace(payload=payload)), "intake")
    assert written.case["event"] == {
        "fixture": "issue-complete",
        "patch": {"issue.title": "Crash: again", "issue.body": "text"},
    }
    assert written.is_new
    assert (written.file, written.policy) == (policy.with_name("intake.test.yaml"), "intake.yaml")
    keep(written)
    assert run_cases([policy.parent]).passed


def test_a_case_fails_once_the_policy_decides_otherwise(policy: Path) -> None:
    event = recognise(issue())
    written = write_case(EventOrigin(event), decide(policy, event), "intake", rules=["crash", "leak"])
    assert written.case["expect"] == {
        "rules": {"crash": "matched", "leak": "not_matched"},
        "effects": [{"add_labels": ["bug"]}, {"comment": {"text": "Thanks for Crash"}}],
    }
    keep(written)
    assert run_cases([policy.parent]).passed
    for old, new in (("contains: Crash", "contains: other"), ("[bug]", "[bugs]"), ("Thanks", "Thank you")):
        policy.write_text(POLICY.replace(old, new))
        assert not run_cases([policy.parent]).passed


def test_a_file_is_named_from_the_folder_of_the_test(policy: Path) -> None:
    file = policy.parent / "payloads" / "one.json"
    file.parent.mkdir()
    file.write_text(json.dumps(issue()))
    event = recognise(issue())
    written = write_case(EventOrigin(event, file), decide(policy, event), "intake")
    assert written.case["event"] == {"file": "payloads/one.json"}


def test_what_a_model_said_and_what_was_given_is_written_and_what_the_text_says_is_not(policy: Path) -> None:
    event = recognise(issue(body="mail octo@corp.acme.io"))
    decision = decide(policy, event, severity="high")
    found = decision.facts.values["pii"]
    file = policy.parent / "one.json"
    file.write_text(json.dumps(event.payload))
    written = write_case(EventOrigin(event, file), decision, "intake", given={"severity"})
    assert written.case["given"] == {"severity": "high"}
    assert written.case["expect"]["rules"] == {"leak": "matched", "crash": "matched", "severe": "matched"}  # type: ignore[index, call-overload]
    again = write_case(EventOrigin(event, file), decision, "intake", given={"severity", "pii"})
    assert again.case["given"] == {"pii": found, "severity": "high"}


def test_a_secret_is_masked_where_the_case_says_the_same_without_it(policy: Path) -> None:
    secret = "ghp_" + "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4zAb3d"
    event = recognise(issue(url=f"https://x.invalid/?token={secret}"))
    written = write_case(EventOrigin(event), decide(policy, event), "intake")
    assert written.is_masked
    assert secret not in written.text
    assert "[masked]" in written.text


def test_a_secret_that_decides_is_refused(policy: Path) -> None:
    event = recognise(issue(body="mail octo@corp.acme.io"))
    with pytest.raises(UsageError, match="must not repeat, and without them `leak` is not matched") as error:
        write_case(EventOrigin(event), decide(policy, event), "intake")
    assert "octo@" not in error.value.message


def test_ids_are_unique_and_follow_the_form(policy: Path) -> None:
    event = recognise(issue())
    names = []
    for wanted in (None, None, "My Case!", "my-case"):
        written = write_case(EventOrigin(event), decide(policy, event), "intake", case_id=wanted)
        names.append(written.case["id"])
        keep(written)
    assert names == ["issues-opened-crash", "issues-opened-crash-2", "my-case", "my-case-2"]
    run = run_cases([policy.parent])
    assert run.passed
    assert len(run.cases) == 4


def test_a_policy_of_a_file_with_several_is_named(tmp_path: Path) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(f"{POLICY}---\n{POLICY.replace('name: intake', 'name: other')}")
    event = recognise(issue())
    written = write_case(EventOrigin(event), decide(file, event), "other")
    assert written.policy == "all.yaml#other"
    keep(written)
    assert run_cases([tmp_path]).passed
    # A file whose tests are about all of its policies names the rules by policy.
    test = case_file_beside(file)
    test.write_text(
        "apiVersion: rulewright/v1\nkind: PolicyTest\npolicy: all.yaml\ncases:\n"
        "  - { id: old, event: { fixture: issue-complete }, expect: { rules: { other/leak: not_matched } } }\n"
    )
    written = write_case(EventOrigin(event), decide(file, event), "other", rules=["crash"])
    assert written.policy == "all.yaml"
    assert written.case["expect"]["rules"] == {"other/crash": "matched"}  # type: ignore[index, call-overload]
    keep(written)
    assert [case.status for case in run_cases([tmp_path]).cases] == ["passed", "passed"]


def test_what_cannot_be_written_is_told(policy: Path) -> None:
    event = recognise(issue())
    decision = decide(policy, event)
    with pytest.raises(UsageError, match="does not decide about this event"):
        write_case(EventOrigin(event), decision, "nothing")
    with pytest.raises(UsageError, match="has no rule 'nothing'"):
        write_case(EventOrigin(event), decision, "intake", rules=["nothing"])
    test = case_file_beside(policy)
    test.write_text("cases: [\n")
    with pytest.raises(UsageError, match="is not valid"):
        write_case(EventOrigin(event), decision, "intake")
    test.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read"):
        write_case(EventOrigin(event), decision, "intake")
    test.unlink()
    policy.write_text("kind: Triage\n")
    with pytest.raises(UsageError, match="does not load"):
        write_case(EventOrigin(event), decision, "intake")
