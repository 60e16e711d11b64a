"""The rows of the form: which there are, what they say of each value, and what marks them as edited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rulewright
from rulewright.events.model import Absent, Event, Facts
from rulewright.events.recognise import recognise
from rulewright_tui.session.edits import Draft, set_fact, set_field, shift_now
from rulewright_tui.session.fields import event_fields, find_field, paths_policies_read
from rulewright_tui.session.form import FieldRow, count_edits, form_rows

ROOT = Path(__file__).parents[3]
NOW = "2026-01-05T09:00:00Z"
SHIPPED = sorted((ROOT / "examples" / "events").glob("*.json"))


def shipped(name: str) -> Draft:
    return Draft(recognise(json.loads((ROOT / "examples" / "events" / f"{name}.json").read_text())), NOW, {})


ISSUE = shipped("issue-opened")
ORDER = ["title", "body", "state", "labels", "assignees", "author", "author type", "created", "now"]


def row(rows: tuple[FieldRow, ...], name: str) -> FieldRow:
    return next(row for row in rows if row.name == name)


@pytest.mark.parametrize(
    "name", ["issue-opened", "pull-request-opened", "schedule-issue", "issue-comment-created"]
)
def test_the_rows_of_an_issue_have_one_order(name: str) -> None:
    draft = shipped(name)
    assert [row.label for row in form_rows(draft, draft, None)] == ORDER


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_row_of_every_event_takes_its_own_text(path: Path) -> None:
    draft = shipped(path.stem)
    rows = form_rows(draft, draft, None)
    assert not count_edits(rows)
    assert len({row.name for row in rows}) == len(rows)
    for each in rows:
        assert "\n" not in each.text
        assert set_field(draft, each.name, each.text) is draft


def test_a_row_knows_what_it_was() -> None:
    draft = shift_now(set_field(ISSUE, "labels", "bug"), 1)
    rows = form_rows(ISSUE, draft, None)
    assert row(rows, "labels")[2:6] == ("bug", "", True, True)
    assert row(rows, "now").original == NOW
    assert [row.name for row in rows if row.is_edited] == ["labels", "now"]
    assert count_edits(rows) == 2


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("deployment-created", "deployment.environment"),
        ("measurement", "measurements[0].values"),
        ("promotion-request", "promotion.evidence[0].verdict"),
        ("release-published", "release.prerelease"),
        ("workflow-run-completed", "workflow_run.conclusion"),
    ],
)
def test_an_event_without_an_issue_has_a_row_for_every_scalar(name: str, path: str) -> None:
    draft = shipped(name)
    names = [row.name for row in form_rows(draft, draft, None)]
    assert path in names
    assert names[-1] == "now"
    assert not [name for name in names if name.endswith(("url", ".id", "node_id"))]


def test_facts_come_last_and_say_where_they_are_from() -> None:
    facts = Facts(
        ISSUE.event,
        NOW,
        {"pii": {"count": 0}, "size.otherwise": "small", "given": 1},
        {
            "severity": Absent("no provider answered"),
            "size": Absent("no data"),
            "payload.comments": Absent("no network", failed=True),
        },
    )
    rows = form_rows(ISSUE, set_fact(ISSUE, "given", 1), facts)[len(ORDER) :]
    assert [(row.label, row.text, row.note, row.is_edited) for row in rows] == [
        ("given", "1", "given", True),
        ("pii", '{"count": 0}', "gathered", False),
        ("size", '"small"', "otherwise: no data", False),
        ("severity", "", "absent: no provider answered", False),
    ]


def test_a_fact_given_by_hand_shows_what_it_was() -> None:
    before = Facts(ISSUE.event, NOW, {"pii": {"count": 0}})
    draft = set_fact(ISSUE, "pii", {"count": 2})
    (fact,) = form_rows(ISSUE, draft, Facts(ISSUE.event, NOW, draft.given), before)[len(ORDER) :]
    assert (fact.text, fact.original, fact.is_edited) == ('{"count": 2}', '{"count": 0}', True)


def test_what_policies_read_beside_the_issue_comes_behind() -> None:
    draft = shipped("issue-comment-created")
    program = rulewright.load(str(ROOT / "rules"))
    more = paths_policies_read(program, draft.event)
    assert "issue.state" in more
    assert all(find_field(draft.event, name) is not None for name in more)
    rows = form_rows(draft, draft, None, more=(*more, "comment.body", "no.such.place"))
    assert rows[-1].name == "comment.body"
    assert "issue.state" not in [row.name for row in rows]


def test_odd_payloads_have_rows_too() -> None:
    event = Event("issues", "opened", {"issue": {"title": 5, "labels": "x", "user": None, "state": ["open"]}})
    draft = Draft(event, NOW, {})
    rows = form_rows(draft, draft, None)
    assert [row.text for row in rows] == ["5", "", '["open"]', '"x"', "", "", "", "", NOW]
    assert set_field(draft, "labels", "a").event.payload["issue"]["labels"] == [{"name": "a"}]
    wide = Event("manual", None, {str(number): number for number in range(1000)})
    assert len(event_fields(wide)) == 200
