"""Webhook payloads have the shape of GitHub's real ones, and fit the event schema."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from external_data import webhook_payloads
from rulewright.events.recognise import recognise
from rulewright.events.snapshot import snapshot, subject
from rulewright.policy.json_schema.bundled_schema import load_schema

SCHEMA = load_schema("event")

ISSUES = [
    "opened",
    "edited",
    "labeled",
    "unlabeled",
    "assigned",
    "unassigned",
    "milestoned",
    "closed",
    "reopened",
]
CASES = [
    *(("issues", action, 1) for action in ISSUES),
    ("issue_comment", "created", 1),
    ("issue_comment", "edited", 1),
    ("pull_request", "opened", 2),
    ("pull_request", "labeled", 2),
    ("pull_request_review", "submitted", 2),
]


@pytest.fixture
def repo(sim, ask):
    repo = sim.repository("octo-org/demo", collaborators={"mona": "write", "hubot": "triage"})
    repo.issue("First", "body", labels=["bug"], assignees=["mona"])
    repo.pull("Second", "body", labels=["bug"])
    mona = sim.act("mona")
    mona.edit_title(repo, 1, "First of all")
    mona.remove_labels(repo, 1, "bug")
    mona.unassign(repo, 1, "mona")
    mona.milestone(repo, 1, "v1")
    mona.close(repo, 1)
    mona.reopen(repo, 1)
    comment = sim.act("hubot").comment(repo, 1, "hm")
    sim.act("hubot").edit_comment(repo, comment, "hmm")
    ask("POST", "/repos/octo-org/demo/pulls/2/reviews", {"event": "APPROVE"})
    return repo


def kinds(value, path="", depth=4):
    """Path → kind of value, of everything in a payload down to `depth`; null tells nothing."""
    if isinstance(value, dict) and depth:
        return {
            k: v for name, one in value.items() for k, v in kinds(one, f"{path}/{name}", depth - 1).items()
        }
    return (
        {} if value is None else {path: "number" if isinstance(value, (int, float)) else type(value).__name__}
    )


@pytest.mark.parametrize(("event", "action", "number"), CASES)
def test_a_payload_fits_the_event_schema_and_is_recognised(repo, event, action, number):
    made = repo.payload(event, action, number)
    name = SCHEMA["x-events"][event]["payload"]["$ref"]
    Draft202012Validator({"$ref": name, "$defs": SCHEMA["$defs"]}).validate(made)
    found = recognise(made)
    assert (found.name, found.action) == (event, action)
    assert subject(found).target == f"octo-org/demo#{number}"
    assert snapshot(found).title == repo.get(number).title


@pytest.mark.parametrize(("event", "action", "number"), CASES)
def test_a_payload_has_what_real_ones_have(repo, event, action, number):
    made = kinds(repo.payload(event, action, number))
    real = [file for file in webhook_payloads() if file.name.startswith(f"{event}.")]
    assert real
    wrong = {
        f"{file.name}{path}: {kind}, not {made[path]}"
        for file in real
        for path, kind in kinds(json.loads(file.read_text(encoding="utf-8"))).items()
        if path in made and made[path] != kind
    }
    assert wrong == set()
    same = [file for file in real if file.name.startswith(f"{event}.{action}.")]
    for file in same:
        whole = json.loads(file.read_text(encoding="utf-8"))
        lacking = (
            set(whole) - {path.split("/")[1] for path in made} - {"installation", "organization", "changes"}
        )
        assert lacking == set(), file.name


def test_who_sent_it_is_who_did_it(repo):
    assert repo.payload("issues", "opened", 1)["sender"]["login"] == "octocat"
    assert repo.payload("issues", "closed", 1)["sender"]["login"] == "mona"
    assert repo.payload("issue_comment", "created", 1)["sender"]["login"] == "hubot"
    assert repo.payload("issues", "edited", 1)["changes"] == {"title": {"from": "First"}}
    by_bot = repo.payload("issues", "labeled", 1, sender="github-actions[bot]", label="bug")
    assert (by_bot["sender"]["type"], by_bot["label"]["name"]) == ("Bot", "bug")
    with pytest.raises(ValueError, match="never demilestoned"):
        repo.payload("issues", "demilestoned", 1)
