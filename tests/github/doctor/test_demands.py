"""What policies need, read off them."""

from __future__ import annotations

import json

import pytest

import rulewright
from rulewright.github.preflight import job_permissions
from rulewright.github.required_permissions import demands
from rulewright.policy import files
from rulewright.policy.actions.table import ACTION_DECLARATIONS

HEAD = """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: intake, owner: team-triage, description: A policy. }}
mode: {mode}
on: {on}
{lets}
rules:
  - id: rule
    description: A rule.
    when: {when}
    then: {then}
"""
CONFIG = """\
apiVersion: rulewright/v1
kind: Config
channels:
  security: {{ kind: issue, repository: octo-org/private, private: true }}
  report: {{ kind: advisory }}
  oncall: {{ kind: webhook, url_env: HOOK }}
{more}
"""


@pytest.fixture
def needed(tmp_path, monkeypatch):
    """What one policy with these parts demands: (permission, access, repository, role, project)."""
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def read(
        then,
        *,
        mode="enforce",
        on="[issues.opened]",
        lets="",
        when="{ title: { contains: crash } }",
        more="",
    ):
        (tmp_path / "rulewright.yaml").write_text(CONFIG.format(more=more))
        text = HEAD.format(mode=mode, on=on, lets=lets, when=when, then=json.dumps(then))
        (tmp_path / "intake.yaml").write_text(text)
        return demands(rulewright.load("intake.yaml"), "octo-org/demo")

    return read


def brief(found):
    return {(one.permission, one.access, one.role) for one in found if one.repository == "octo-org/demo"}


METADATA = ("metadata", "read", "read")


@pytest.mark.parametrize(
    ("then", "role"),
    [
        ([{"add_labels": ["bug"]}], "triage"),
        ([{"comment": {"text": "Hello."}}], "read"),
        ([{"close": {"reason": "not_planned"}}], "triage"),
        ([{"set_title": "A title"}], "write"),
        ([{"add_labels": ["bug"]}, {"set_title": "A title"}], "write"),
    ],
)
def test_what_writes_to_an_issue_needs_issues(then, role, needed):
    assert brief(needed(then)) == {METADATA, ("issues", "write", role)}


def test_what_writes_nothing_needs_to_read_only(needed):
    assert brief(needed([{"warn": "Look."}])) == {METADATA, ("issues", "read", "read")}


def test_what_only_observes_needs_to_read_only(needed):
    assert brief(needed([{"add_labels": ["bug"]}], mode="observe")) == {METADATA, ("issues", "read", "read")}


@pytest.mark.parametrize(
    ("on", "writes"),
    [
        ("[issues.opened]", {"issues"}),
        ("[pull_request.opened]", {"pull_requests"}),
        ("[issues.opened, pull_request.opened]", {"issues", "pull_requests"}),
        ("[schedule]", {"issues", "pull_requests"}),
        ("[issue_comment.created]", {"issues", "pull_requests"}),
        ("[issues.opened, schedule]", {"issues"}),
    ],
)
def test_subjects_are_what_the_events_are_about(on, writes, needed):
    found = needed([{"add_labels": ["bug"]}], on=on, when="{ labels: { contains: crash } }")
    assert {one.permission for one in found if one.access == "write"} == writes


def test_a_sweep_lists_pull_requests_too(needed):
    found = needed([{"add_labels": ["bug"]}], on="[issues.opened, schedule]")
    assert ("pull_requests", "read", "read") in brief(found)


def test_reviews_and_files_are_read_from_pull_requests(needed):
    found = needed(
        [{"warn": "x"}], on="[pull_request.opened]", when="{ 'files[].filename': { contains: a.py } }"
    )
    assert any("files (intake)" in one.why for one in found if one.permission == "pull_requests")


def test_a_persons_permission_is_read_from_the_repository(needed):
    lets = "let: { role: { permission: sender } }"
    found = needed([{"warn": "x"}], lets=lets, when="{ role: admin }")
    assert "a person's permission (intake)" in next(one for one in found if one.permission == "metadata").why


def test_an_issue_that_is_created_needs_issues(needed):
    then = [{"create_issue": {"title": "A title", "body": "A body.", "key": "once"}}]
    assert ("issues", "write", "triage") in brief(needed(then, on="[pull_request.opened]"))


def test_an_agent_among_others_is_found(needed):
    assert ("agents", "write", "write") in brief(
        needed([{"assign": {"users": ["mona", "copilot-swe-agent"]}}])
    )


def test_a_gate_needs_to_find_the_repository_only():
    found = demands(rulewright.load(files.data_folder("rules") / "slo", cache=False), "octo-org/demo")
    assert brief(found) == {METADATA}


def test_a_board_is_asked_for_by_its_number(needed):
    then = [{"set_field": {"project": 4, "field": "Status", "value": "Done"}}]
    boards = [one for one in needed(then) if one.permission == "projects"]
    assert [(one.access, one.project) for one in boards] == [("write", "4")]
    assert boards[0].why == ("set_field (intake/rule)", "fields (intake)")


@pytest.mark.parametrize("login", ["copilot-swe-agent", "Copilot"])
def test_a_coding_agent_is_a_demand_of_its_own(login, needed):
    assert ("agents", "write", "write") in brief(needed([{"assign": [login]}]))


def test_a_person_is_no_agent(needed):
    assert "agents" not in {one.permission for one in needed([{"assign": ["mona"]}])}


def test_a_channel_asks_for_its_own_repository(needed):
    found = needed([{"notify": {"channel": "security", "text": "Look."}}])
    assert [(one.permission, one.access) for one in found if one.repository == "octo-org/private"] == [
        ("issues", "write"),
        ("metadata", "read"),
    ]
    assert [one.repository for one in found] == ["octo-org/demo"] * 2 + ["octo-org/private"] * 2


def test_an_advisory_is_a_report_to_the_repository(needed):
    found = needed([{"notify": {"channel": "report", "text": "Look."}}])
    assert ("repository_advisories", "write", "read") in brief(found)


def test_a_webhook_needs_nothing_of_github(needed):
    found = needed([{"notify": {"channel": "oncall", "text": "Look."}}])
    assert {one.access for one in found} == {"read"}


def test_state_in_a_git_reference_needs_contents(needed):
    found = needed([{"warn": "x"}], more="state: { git_ref: refs/rulewright/state }")
    assert ("contents", "write", "write") in brief(found)


def test_each_permission_stands_once(needed):
    found = needed([{"add_labels": ["bug"]}, {"comment": {"text": "x"}}], on="[issues.opened, schedule]")
    keys = [(one.repository, one.permission, one.project) for one in found]
    assert len(keys) == len(set(keys))


def test_a_job_is_granted_no_more_than_is_needed(needed):
    found = needed([{"add_labels": ["bug"]}, {"notify": {"channel": "security", "text": "x"}}])
    assert job_permissions(found, "octo-org/demo") == {"contents": "read", "issues": "write"}


def test_actions_that_change_something_need_a_permission():
    for declaration in ACTION_DECLARATIONS.values():
        assert (declaration.permission == "none") is (declaration.changes <= {"output", "verdict"})
