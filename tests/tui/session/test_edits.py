"""Edits of a draft: what each changes, that nothing else does, and that undoing them all gives the original back."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.events.model import Event
from rulewright.events.recognise import recognise
from rulewright.events.snapshot import Snapshot, snapshot
from rulewright_tui.session.edits import (
    Draft,
    EditHistory,
    add_label,
    clear_fact,
    document_text,
    remove_label,
    remove_value,
    replace_document,
    reset_field,
    set_fact,
    set_field,
    set_value,
    shift_now,
)
from rulewright_tui.session.field_text import EditError
from rulewright_tui.session.form import form_rows

NOW = "2026-01-05T09:00:00Z"
EVENTS = Path(__file__).parents[3] / "examples" / "events"
SHIPPED = sorted(EVENTS.glob("*.json"))


def shipped(name: str) -> Draft:
    return Draft(recognise(json.loads((EVENTS / f"{name}.json").read_text())), NOW, {})


ISSUE = shipped("issue-opened")


def subject(draft: Draft) -> Any:
    return draft.event.payload["issue"]


def test_a_text_is_edited_on_one_line() -> None:
    draft = set_field(ISSUE, "body", r"one\ntwo C:\\new")
    assert subject(draft)["body"] == "one\ntwo C:\\new"
    assert {**subject(draft), "body": subject(ISSUE)["body"]} == subject(ISSUE)


def test_an_edit_leaves_the_draft_before_it_as_it_was() -> None:
    before = copy.deepcopy(ISSUE)
    set_field(add_label(set_field(ISSUE, "author", "mona"), "bug"), "assignees", "octocat")
    assert before == ISSUE


def test_an_empty_body_is_null_and_an_empty_author_a_deleted_account() -> None:
    assert subject(set_field(ISSUE, "body", ""))["body"] is None
    assert subject(set_field(ISSUE, "author", ""))["user"] is None
    assert subject(set_field(set_field(ISSUE, "author", ""), "author", "mona"))["user"] == {"login": "mona"}


def test_labels_that_stay_keep_what_the_payload_says_of_them() -> None:
    draft = shipped("schedule-issue")
    assert [label["name"] for label in subject(draft)["labels"]] == ["bug", "needs-info"]
    edited = set_field(draft, "labels", 'needs-info, "a, b"')
    assert subject(edited)["labels"] == [subject(draft)["labels"][1], {"name": "a, b"}]
    assert subject(add_label(edited, "NEEDS-INFO"))["labels"] == subject(edited)["labels"]
    assert subject(remove_label(edited, "Needs-Info"))["labels"] == [{"name": "a, b"}]
    assert remove_label(edited, "no such label") is edited


def test_assignees_are_put_back_with_the_first_of_them() -> None:
    edited = set_field(ISSUE, "assignees", "mona, octocat")
    assert subject(edited)["assignee"] == {"login": "mona"}
    assert reset_field(ISSUE, edited, "assignees") == ISSUE


def test_the_time_goes_by_days() -> None:
    assert shift_now(ISSUE, 1).now == "2026-01-06T09:00:00Z"
    assert shift_now(ISSUE._replace(now="2026-01-05T09:00:00.5Z"), -5).now == "2025-12-31T09:00:00.500000Z"
    with pytest.raises(EditError, match="no such day"):
        shift_now(ISSUE, 10**7)


def test_facts_are_given_by_hand() -> None:
    draft = set_field(ISSUE, "fact:pii", '{"count": 1}')
    assert draft.given == {"pii": {"count": 1}}
    assert set_fact(draft, "pii", {"count": 1}) is draft
    assert set_fact(draft, "pii", {"count": True}).given["pii"] == {"count": True}
    assert set_field(draft, "fact:pii", " ").given == {}
    assert clear_fact(ISSUE, "pii") is ISSUE
    assert reset_field(draft, set_fact(draft, "pii", None), "fact:pii") == draft
    assert reset_field(ISSUE, draft, "fact:pii") == ISSUE


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("state", "ajar", "state cannot be `ajar`"),
        ("author_type", "", "author type cannot be ``"),
        ("created", "yesterday", "not a timestamp"),
        ("now", "soon", "not a timestamp"),
        ("labels", 'a, "b', "quotes do not match"),
        ("labels", '"a" b', "quotes do not match"),
        ("fact:pii", "{", "line 1, column 2"),
        ("deployment.environment", "x", "this event has no deployment.environment"),
    ],
)
def test_what_a_line_cannot_be(name: str, text: str, message: str) -> None:
    with pytest.raises(EditError, match=message):
        set_field(ISSUE, name, text)


def test_events_without_an_issue_are_edited_by_path() -> None:
    draft = shipped("deployment-created")
    edited = set_field(draft, "deployment.environment", "production")
    assert edited.event.payload["deployment"]["environment"] == "production"
    assert reset_field(draft, edited, "deployment.environment") == draft
    gate = set_field(shipped("measurement"), "measurements[0].values", "[2, 3.5]")
    assert gate.event.payload["measurements"][0]["values"] == [2, 3.5]
    with pytest.raises(EditError, match="no labels"):
        add_label(draft, "bug")


def test_any_place_of_the_payload_is_set_and_removed() -> None:
    draft = set_value(ISSUE, ("issue", "milestone", "title"), "v1")
    assert subject(draft)["milestone"] == {"title": "v1"}
    assert "milestone" not in subject(remove_value(draft, ("issue", "milestone")))
    assert remove_value(ISSUE, ("issue", "none", "here")) is not None
    assert "none" not in subject(remove_value(ISSUE, ("issue", "none")))
    with pytest.raises(EditError, match="no place for `x`"):
        set_value(ISSUE, ("issue", "title", "x"), 1)
    with pytest.raises(EditError, match="no place for `3`"):
        set_value(ISSUE, ("issue", "assignees", 3), 1)
    assert set_value(ISSUE, ("action",), "edited").event.action == "edited"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_document_is_the_whole_event(path: Path) -> None:
    draft = shipped(path.stem)
    assert replace_document(draft, document_text(draft)) is draft
    assert replace_document(draft, json.dumps(json.loads(document_text(draft)))).event == draft.event


def test_a_document_that_is_none() -> None:
    with pytest.raises(EditError) as fault:
        replace_document(ISSUE, '{"event": "issues",\n  "payload": }')
    assert (fault.value.line, fault.value.column) == (2, 14)
    with pytest.raises(EditError, match="Unknown event `isues`") as fault:
        replace_document(ISSUE, '{"event": "isues", "payload": {}}')
    assert fault.value.hint == "Did you mean `issues`?"
    for text in ("[]", "{}", '{"a": 1}', "", '{"event": "issues", "payload": 1}', '{"x": NaN}'):
        with pytest.raises(EditError):
            replace_document(ISSUE, text)


def test_lone_surrogates_survive_the_document() -> None:
    draft = set_value(ISSUE, ("issue", "body"), "\ud83d")
    changed = document_text(draft).replace('"number": 41', '"number": 42')
    assert changed != document_text(draft)
    assert subject(replace_document(draft, changed))["body"] == "\ud83d"


def test_an_edited_document_that_is_a_payload_alone_is_recognised() -> None:
    payload = {**ISSUE.event.payload, "action": "edited"}
    assert replace_document(ISSUE, json.dumps(payload)).event == Event("issues", "edited", payload)


def some_edit(random: Random, draft: Draft) -> Draft:
    """An edit of any kind, of any row; the draft itself where the edit was refused."""
    rows = [row.name for row in form_rows(draft, draft, None)] + ["fact:pii", "issue.locked"]
    text = random.choice(
        ["", "open", "closed", "a", "a, b", "Bot", "2026-02-01T00:00:00Z", "1", "true", '"x"']
    )
    try:
        return random.choice(
            [
                lambda: set_field(draft, random.choice(rows), text),
                lambda: add_label(draft, random.choice("ab")),
                lambda: remove_label(draft, random.choice("ab")),
                lambda: shift_now(draft, random.choice([-1, 1])),
                lambda: set_fact(draft, "pii", random.choice([0, False, None])),
                lambda: replace_document(
                    draft, document_text(draft).replace("octo", random.choice(["octo", "x"]))
                ),
            ]
        )()
    except EditError:
        return draft


@settings(deadline=None)
@given(st.sampled_from(SHIPPED), st.integers(0, 10**9))
def test_undoing_edits_gives_every_draft_back(path: Path, seed: int) -> None:
    random = Random(seed)
    draft = shipped(path.stem)
    kept = copy.deepcopy(draft)
    history = EditHistory(draft)
    drafts = [draft]
    for _ in range(random.randint(0, 6)):
        edited = some_edit(random, history.present)
        if edited is not history.present:
            drafts.append(edited)
        history = history.push(edited)
    assert history.undo_all() == EditHistory(draft)
    assert history.original is draft
    for expected in reversed(drafts):
        assert history.present is expected
        history = history.undo()
    assert history == EditHistory(kept)


@settings(deadline=None)
@given(st.sampled_from(SHIPPED), st.integers(0, 10**9))
def test_putting_every_row_back_gives_the_original(path: Path, seed: int) -> None:
    random = Random(seed)
    original = draft = shipped(path.stem)
    for _ in range(random.randint(1, 6)):
        edited = some_edit(random, draft)
        # An edited document may change what no row shows.
        draft = (
            edited
            if edited.event.payload.get("repository") == original.event.payload.get("repository")
            else draft
        )
    for row in form_rows(original, draft, None):
        draft = reset_field(original, draft, row.name)
    assert not [row for row in form_rows(original, draft, None) if row.is_edited]
    assert (draft.now, draft.given) == (original.now, original.given)
    assert unlocked(draft) == unlocked(original)


def unlocked(draft: Draft) -> Snapshot | None:
    """What the form can put back: no row shows whether an issue is locked."""
    shown = snapshot(draft.event)
    return shown and shown._replace(locked=False)
