"""Every event is recognised by its shape, its envelope or the word of who calls; nothing else passes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from external_data import webhook_payloads
from rulewright.events.model import Event
from rulewright.events.recognise import EVENT_NAMES, OTHER_EVENTS, recognise
from rulewright.policy.diagnostics import UsageError

ISSUE = {"number": 1, "title": "A title"}
REPOSITORY = {"full_name": "octo-org/demo"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
TOP = st.sampled_from(
    [
        *(
            "action",
            "event",
            "payload",
            "issue",
            "pull_request",
            "comment",
            "review",
            "label",
            "alert",
            "team",
        ),
        *(
            "repository",
            "sender",
            "installation",
            "member",
            "commits",
            "inputs",
            "measurements",
            "deployment",
        ),
    ]
)


def test_every_real_payload_is_what_its_file_name_says() -> None:
    payloads = webhook_payloads()
    assert len(payloads) == 289
    for path in payloads:
        name, action, *_ = path.name.split(".")
        payload = json.loads(path.read_bytes())
        event = recognise(payload)
        if path.name != "organization.renamed.4.json":  # it has the shape of `installation`
            assert (event.name, event.action) == (name, action or None), path.name
        assert event.payload is payload


@pytest.mark.parametrize(
    ("payload", "name", "action"),
    [
        ({"action": "opened", "issue": ISSUE}, "issues", "opened"),
        (
            {"action": "created", "issue": {**ISSUE, "pull_request": {}}, "comment": {}},
            "issue_comment",
            "created",
        ),
        ({"action": "created", "pull_request": {}, "comment": {}}, "pull_request_review_comment", "created"),
        ({"action": "resolved", "pull_request": {}, "thread": {}}, "pull_request_review_thread", "resolved"),
        ({"action": "answered", "discussion": {}, "answer": {}}, "discussion", "answered"),
        ({"action": "created", "discussion": {}, "comment": {}}, "discussion_comment", "created"),
        ({"action": "created", "comment": {}, "repository": REPOSITORY}, "commit_comment", "created"),
        ({"ref": "refs/heads/main", "commits": [], "pusher": {}}, "push", None),
        ({"ref": "v1", "ref_type": "tag", "master_branch": "main", "pusher_type": "user"}, "create", None),
        ({"ref": "v1", "ref_type": "tag", "pusher_type": "user"}, "delete", None),
        (
            {"action": "created", "starred_at": "2026-01-05T09:00:00Z", "repository": REPOSITORY},
            "star",
            "created",
        ),
        ({"action": "started", "repository": REPOSITORY, "sender": {}}, "watch", "started"),
        ({"action": "archived", "repository": REPOSITORY, "sender": {}}, "repository", "archived"),
        ({"repository": REPOSITORY, "sender": {}}, "public", None),
        ({"forkee": {}, "repository": REPOSITORY}, "fork", None),
        ({"action": "added", "member": {}, "repository": REPOSITORY}, "member", "added"),
        ({"action": "added", "member": {}, "team": {}, "scope": "team"}, "membership", "added"),
        ({"team": {}, "repository": REPOSITORY}, "team_add", None),
        ({"action": "created", "team": {}}, "team", "created"),
        ({"sha": "a", "state": "success", "branches": [], "context": "ci"}, "status", None),
        ({"action": "sync", "client_payload": None, "branch": "main"}, "repository_dispatch", "sync"),
        ({"inputs": None, "ref": "refs/heads/main", "workflow": "ci.yml"}, "workflow_dispatch", None),
        ({"action": "queued", "workflow_job": {}, "deployment": {}}, "workflow_job", "queued"),
        ({"action": "requested", "workflow_run": {}, "reviewers": []}, "deployment_review", "requested"),
        ({"action": "created", "alert": {"secret_type": "x"}}, "secret_scanning_alert", "created"),
        ({"action": "created", "alert": {"dependency": {}}}, "dependabot_alert", "created"),
        ({"action": "created", "installation": {}, "repositories": []}, "installation", "created"),
        ({"schedule": "0 9 * * *", "issue": ISSUE, "repository": REPOSITORY}, "schedule", None),
        ({"measurements": [{"metric": "m", "value": 1}]}, "measurement", None),
        ({"promotion": {"from": "staging", "to": "production"}}, "promotion_request", None),
    ],
)
def test_shapes(payload: dict[str, object], name: str, action: str | None) -> None:
    assert recognise(payload) == Event(name, action, payload)


def test_an_envelope_says_its_name_and_may_say_the_action() -> None:
    inner = {"issue": ISSUE}
    assert recognise({"event": "issues", "payload": inner, "action": "opened"}) == Event(
        "issues", "opened", inner
    )
    assert recognise({"event": "issues.edited", "payload": inner}).action == "edited"
    assert recognise({"event": "manual", "payload": {}}) == Event("manual", None, {})
    assert recognise({"event": "schedule", "payload": {"action": "x", **inner}}).action is None


def test_a_given_name_wins_over_envelope_shape_and_environment() -> None:
    payload = {"action": "opened", "pull_request": {}}
    environ = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": "event.json"}
    event = recognise(payload, name="pull_request_target", environ=environ, path="event.json")
    assert (event.name, event.action) == ("pull_request_target", "opened")
    assert recognise(payload, name="pull_request.closed").action == "closed"
    assert recognise({"event": "issues", "payload": payload}, name="pull_request").name == "pull_request"
    assert recognise({}, name="manual") == Event("manual", None, {})


def test_the_environment_speaks_only_for_its_own_file() -> None:
    payload = {"action": "opened", "pull_request": {}}
    environ = {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_EVENT_PATH": "folder/event.json"}
    assert recognise(payload, environ=environ, path="folder/event.json").name == "pull_request_target"
    assert recognise(payload, environ=environ, path="./folder/event.json").name == "pull_request_target"
    assert recognise(payload, environ=environ, path="other.json").name == "pull_request"
    assert recognise(payload, environ=environ, path=None).name == "pull_request"
    assert recognise(payload, environ={"GITHUB_EVENT_NAME": "push"}, path="event.json").name == "pull_request"


@pytest.mark.parametrize(
    ("document", "part"),
    [
        (None, "is null"),
        ([], "is a list"),
        ("issues", "is text"),
        ({}, "empty"),
        ({"who": 1, "knows\x1b": 2}, "`who`, `knows\\x1b`"),
        ({"\ud800": 1}, "\\ud800"),
        ({"x" * 100: 1}, "x" * 39 + "…"),
        ({"issue": "text", "number": 1}, "`issue`, `number`"),
        ({"issue": {}, "action": 5}, "`action` is a number"),
        ({"event": 5, "payload": {}}, "`event` is a number"),
        ({"event": "issues", "payload": []}, "`payload` is a list"),
        ({"event": "issue", "payload": {}}, "`issue`"),
        ({"action": "created", "alert": {}}, "`alert`"),
    ],
)
def test_what_is_no_event_gets_one_clear_message(document: object, part: str) -> None:
    with pytest.raises(UsageError) as caught:
        recognise(document)
    assert part in caught.value.message
    assert caught.value.message.encode("utf-8")
    assert "\x1b" not in caught.value.message


def test_an_unknown_shape_hints_at_the_option() -> None:
    with pytest.raises(UsageError) as caught:
        recognise({f"key{n}": n for n in range(50)})
    assert caught.value.hint is not None
    assert "--event-name" in caught.value.hint
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("name", ["isues", "", "issues.", "Issues", "alert"])
def test_a_name_that_no_event_has(name: str) -> None:
    with pytest.raises(UsageError):
        recognise({"issue": ISSUE}, name=name)


def test_a_near_miss_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        recognise({"issue": ISSUE}, name="isues.opened")
    assert caught.value.hint == "Did you mean `issues`?"


@settings(max_examples=200, deadline=None)
@given(document=JSON | st.dictionaries(TOP, JSON, max_size=5))
def test_nothing_but_a_usage_error_comes_out(document: object) -> None:
    try:
        event = recognise(document)
    except UsageError as error:
        message = error.message
    else:
        message = ""
        assert event.name in EVENT_NAMES
    assert message.isprintable()


@pytest.mark.parametrize("name", sorted(OTHER_EVENTS))
def test_an_event_that_no_policy_takes_is_an_event(name: str) -> None:
    assert recognise({"event": name, "payload": {"action": "created"}}).name == name
    assert recognise({"action": "created"}, name=name).name == name


def test_such_events_are_known_by_their_shape() -> None:
    card = {"action": "created", "project_card": {"id": 1}, "repository": {}, "sender": {}}
    assert recognise(card).name == "project_card"
    blocked = {"action": "blocked", "blocked_user": {"login": "a"}, "organization": {}, "sender": {}}
    assert recognise(blocked).name == "org_block"
    assert not OTHER_EVENTS & EVENT_NAMES
