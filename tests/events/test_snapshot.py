"""A snapshot reads the state off an event and writes a changed one back, without touching the event."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from external_data import webhook_payloads
from rulewright.events.content_hash import event_sha256
from rulewright.events.model import Event
from rulewright.events.recognise import recognise
from rulewright.events.snapshot import Snapshot, Subject, snapshot, subject, with_snapshot

LABELS = st.lists(st.sampled_from(["bug", "Bug", "severity/high", "Triaged"]), max_size=3).map(tuple)
SNAPSHOTS = st.builds(
    Snapshot,
    title=st.none() | st.text(max_size=5),
    body=st.none() | st.text(max_size=5),
    state=st.sampled_from(["open", "closed"]),
    state_reason=st.sampled_from([None, "completed"]),
    labels=LABELS,
    assignees=st.lists(st.sampled_from(["octocat", "hubot"]), unique=True).map(tuple),
    milestone=st.sampled_from([None, "v1", "v2"]),
    comments=st.none() | st.lists(st.builds(dict, body=st.text(max_size=3)), max_size=2).map(tuple),
    fields=st.dictionaries(st.just("1/Status"), st.just("Ready")),
    locked=st.booleans(),
)


@pytest.fixture
def opened() -> Event:
    issue = {
        "number": 12,
        "node_id": "I_1",
        "title": "A title",
        "body": None,
        "state": "open",
        "labels": [{"name": "bug", "color": "ff0000"}, {"name": "Triaged"}],
        "assignees": [{"login": "octocat", "id": 1}],
        "assignee": {"login": "octocat", "id": 1},
        "milestone": {"title": "v1", "number": 3},
        "comments": 2,
    }
    return Event(
        "issues", "opened", {"action": "opened", "issue": issue, "repository": {"full_name": "octo-org/demo"}}
    )


def test_a_snapshot_reads_what_the_event_shows(opened: Event) -> None:
    assert snapshot(opened) == Snapshot(
        title="A title", state="open", labels=("bug", "Triaged"), assignees=("octocat",), milestone="v1"
    )


def test_a_changed_state_is_a_new_event(opened: Event) -> None:
    before = deepcopy(opened.payload)
    present = snapshot(opened)
    assert present is not None
    changed = present._replace(
        labels=("BUG", "security"),
        assignees=("hubot", "octocat"),
        state="closed",
        milestone=None,
        fields={"1/Status": "Done"},
        comments=({"body": "masked"},),
    )
    event = with_snapshot(opened, changed)
    issue = event.payload["issue"]
    assert opened.payload == before
    assert issue["labels"] == [{"name": "bug", "color": "ff0000"}, {"name": "security"}]
    assert issue["assignees"] == [{"login": "hubot"}, {"login": "octocat", "id": 1}]
    assert issue["assignee"] == {"login": "hubot"}
    assert (issue["state"], issue["milestone"], issue["comments"]) == ("closed", None, 2)
    assert event.payload["comments"] == [{"body": "masked"}]
    assert event.payload["repository"] is opened.payload["repository"]
    assert snapshot(event) == changed._replace(labels=("bug", "security"))


@settings(max_examples=200, deadline=None)
@given(first=SNAPSHOTS, second=SNAPSHOTS)
def test_what_is_written_is_what_is_read(first: Snapshot, second: Snapshot) -> None:
    event = with_snapshot(Event("issues", "opened", {"issue": {"number": 1}}), first)
    before = deepcopy(event.payload)
    after = snapshot(with_snapshot(event, second))
    assert after is not None
    # Labels that differ in case alone are one label, so names are compared as such.
    assert [name.casefold() for name in after.labels] == [name.casefold() for name in second.labels]
    assert after._replace(labels=()) == second._replace(labels=())
    assert event.payload == before


def test_writing_back_what_was_read_changes_no_real_event() -> None:
    seen = 0
    for path in webhook_payloads():
        event = recognise(json.loads(path.read_bytes()))
        present = snapshot(event)
        if present is None:
            continue
        found = subject(event)
        assert found is not None, path.name
        seen += 1
        assert with_snapshot(event, present) == event
        other = with_snapshot(
            event, present._replace(labels=("x",), assignees=(), milestone="m", locked=True)
        )
        back = with_snapshot(other, present)
        assert snapshot(back) == present
        assert found.number is not None
        assert "#" in found.target
    assert seen == 98


@pytest.mark.parametrize(
    ("payload", "expected", "target"),
    [
        (
            {"issue": {"number": 7, "node_id": "I"}, "repository": {"full_name": "a/b"}},
            Subject("issue", "a/b", 7, "I"),
            "a/b#7",
        ),
        (
            {"issue": {"number": 7, "pull_request": {}}, "repository": {"full_name": "a/b"}},
            Subject("pull_request", "a/b", 7),
            "a/b#7",
        ),
        (
            {"issue": {"number": 7, "repository_url": "https://api.github.com/repos/a/b"}},
            Subject("issue", "a/b", 7),
            "a/b#7",
        ),
        (
            {"deployment": {"id": 5}, "workflow_run": {"id": 6}, "repository": {"full_name": "a/b"}},
            Subject("deployment", "a/b", thing="5"),
            "a/b@deployment/5",
        ),
        (
            {"release": {"tag_name": "v1"}, "repository": {"full_name": "a/b"}},
            Subject("release", "a/b", thing="v1"),
            "a/b@release/v1",
        ),
        ({"repository": {"full_name": "a/b"}}, Subject("repository", "a/b"), "a/b"),
    ],
)
def test_subjects(payload: dict[str, Any], expected: Subject, target: str) -> None:
    found = subject(Event("manual", None, payload))
    assert found == expected
    assert found.target == target


@pytest.mark.parametrize("payload", [{}, {"repository": 5}, {"measurements": []}, {"issue": "text"}])
def test_an_event_may_have_no_subject(payload: dict[str, Any]) -> None:
    event = Event("manual", None, payload)
    assert subject(event) is None
    assert snapshot(event) is None
    assert with_snapshot(event, Snapshot(title="x")) is event


def test_a_hostile_subject_does_not_break_reading() -> None:
    issue = {
        "number": "7",
        "title": 5,
        "labels": [1, None, {"name": 3}, "plain"],
        "assignees": {},
        "milestone": [],
    }
    event = Event("issues", None, {"issue": issue, "comments": 3, "fields": []})
    assert snapshot(event) == Snapshot(labels=("plain",))
    assert subject(event) is None


def test_the_hash_names_the_content() -> None:
    first = Event("issues", "opened", {"a": 1, "b": "\ud800"})
    assert event_sha256(first) == event_sha256(Event("issues", "opened", {"b": "\ud800", "a": 1}))
    assert event_sha256(first) != event_sha256(Event("issues", "edited", first.payload))
    assert len(event_sha256(first)) == 64
