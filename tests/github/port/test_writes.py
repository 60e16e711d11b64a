"""Each action on GitHub: what it leaves behind, what it does not touch, and that doing it twice does no harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle
from rulewright.actions.mask import MaskedSpan
from rulewright.actions.masked_text import mask_text
from rulewright.actions.plan import Effect, Plan
from rulewright.actions.table import ACTIONS
from rulewright.github.writes import WRITES
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import SourceError
from rulewright.run.apply import apply
from rulewright.run.connection import Connection
from rulewright.run.write_port import open_port

Connected = Callable[..., Connection]
Make = Callable[..., Effect]
MARKER = "<!-- rulewright:intake/rule -->"
BODY = "key sk-12345678 here"


def done(connection: Connection, effect: Effect, times: int = 1) -> None:
    port = open_port(connection, Config())
    for _ in range(times):
        port.read(effect.target, effect.declaration.changes)
        port.write(effect)


def test_every_action_that_changes_a_subject_has_a_write() -> None:
    assert {name for name, action in ACTIONS.items() if not action.emission} == WRITES.keys()


def test_labels_are_added_and_taken_one_by_one(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    number = repo.issue(labels=["bug", "C++ / build"])
    done(connected(), effect("add_labels", number, labels=["Triaged", "Backlog"]), 2)
    done(connected(), effect("remove_labels", number, labels=["C++ / build"]), 2)
    assert repo.state()[number]["labels"] == ["Backlog", "Triaged", "bug"]
    assert {one.method for one in sim.writes} == {"POST", "DELETE"}


def test_a_group_keeps_one_label(repo: RepositoryHandle, connected: Connected, effect: Make) -> None:
    number = repo.issue(labels=["bug", "severity/low"])
    high = effect(
        "set_label", number, group="severity", value="high", label="severity/high", remove=["severity/low"]
    )
    done(connected(), high, 2)
    assert repo.state()[number]["labels"] == ["bug", "severity/high"]


def test_a_comment_is_written_once_and_edited_in_place(
    repo: RepositoryHandle, connected: Connected, effect: Make
) -> None:
    number = repo.issue()
    for text in ("first", "first", "second"):
        done(connected(), effect("comment", number, marker=MARKER, body=f"{MARKER}\n{text}"))
    (comment,) = repo.state()[number]["comments"]
    assert comment[1] == f"{MARKER}\nsecond"


def test_somebody_elses_marker_is_nobodys(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator, about: Any
) -> None:
    number = repo.issue()
    sim.act("octocat").comment(repo, number, f"{MARKER}\nmine")
    done(connected(), effect("comment", number, marker=MARKER, body=f"{MARKER}\nours"))
    assert [text for _, text in repo.state()[number]["comments"]] == [f"{MARKER}\nmine", f"{MARKER}\nours"]
    assert [one["own"] for one in connected().reader.comments(about(number))] == [False, True]


def test_closing_and_reopening(repo: RepositoryHandle, connected: Connected, effect: Make) -> None:
    number = repo.issue()
    done(connected(), effect("close", number, reason="not_planned"))
    shown = repo.state()[number]
    assert (shown["state"], shown["state_reason"]) == ("closed", "not_planned")
    done(connected(), effect("reopen", number))
    assert repo.state()[number]["state"] == "open"


def test_a_duplicate_points_at_the_issue_that_it_repeats(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    first, second = repo.issue(), repo.issue()
    done(connected(), effect("close", second, reason="duplicate", duplicate_of=first))
    assert repo.state()[second]["state_reason"] == "duplicate"
    assert sim.writes[-1].body["duplicate_issue_id"] == repo.get(first).id


def test_assigning_adds_to_who_is_there(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    repo.collaborator("hubot", "write")
    number = repo.issue(assignees=["mona"])
    done(connected(), effect("assign", number, users=["hubot"]), 2)
    assert repo.state()[number]["assignees"] == ["hubot", "mona"]
    done(connected(), effect("unassign", number, users=["mona"]))
    assert repo.state()[number]["assignees"] == ["hubot"]


def test_who_cannot_be_assigned_is_told_apart_from_who_was(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    number = repo.issue()
    sim.act("stranger")
    wanted = effect("assign", number, users=["stranger", "mona"])
    journal = apply(Plan((wanted,), "hash"), open_port(connected(), Config()))
    assert [(one.status, one.effect.arguments["users"], one.reason) for one in journal.records] == [
        ("applied", ["mona"], None),
        ("precondition_failed", ["stranger"], "stranger cannot be assigned in octo-org/demo"),
    ]
    assert journal.exit_code == 5
    assert repo.state()[number]["assignees"] == ["mona"]
    assert [one.arguments for one in journal.records[0].inverse] == [{"users": ["mona"]}]
    journal = apply(Plan((wanted,), "hash"), open_port(connected(), Config()))
    assert [(one.status, one.effect.arguments["users"]) for one in journal.records] == [
        ("precondition_failed", ["stranger"])
    ]


def test_no_more_than_ten_are_assigned_and_the_rest_is_told(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    users = [f"helper{number}" for number in range(11)]
    for user in users:
        repo.collaborator(user, "write")
    number = repo.issue()
    wanted = effect("assign", number, users=users)
    journal = apply(Plan((wanted,), "hash"), open_port(connected(), Config()))
    assert [(one.status, len(one.effect.arguments["users"])) for one in journal.records] == [
        ("applied", 10),
        ("precondition_failed", 1),
    ]
    before = len(sim.requests)
    journal = apply(Plan((wanted,), "hash"), open_port(connected(), Config()))
    assert [one.status for one in journal.records] == ["precondition_failed"]
    assert journal.records[0].reason == "GitHub keeps 10 assignees, and there are 10"
    assert {one.method for one in sim.requests[before:]} == {"GET"}


def test_a_board_that_the_token_does_not_see_fails_nothing(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    numbers = [repo.issue(), repo.issue()]
    wanted = [effect("set_field", number, project=1, field="Status", value="Ready") for number in numbers]
    journal = apply(Plan(tuple(wanted), "hash"), open_port(connected(), Config()))
    assert [record.status for record in journal.records] == ["unchanged", "unchanged"]
    assert journal.exit_code == 0
    assert journal.records[0].reason == "project 1 of octo-org not found, or the token has no access"
    # The board is looked for once a run.
    assert [one.operation for one in sim.requests].count("organization_project") == 1


def test_copilot_is_assigned_beside_those_who_are_there(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    repo.collaborator("hubot", "write")
    repo.data.copilot = True
    sim.act("copilot-swe-agent[bot]")
    number = repo.issue(assignees=["mona"])
    token = sim.token("user", "hubot")
    done(connected(GITHUB_TOKEN=token), effect("assign", number, users=["copilot-swe-agent"]), 2)
    assert [name.removesuffix("[bot]") for name in repo.state()[number]["assignees"]] == [
        "copilot-swe-agent",
        "mona",
    ]


def test_a_title(repo: RepositoryHandle, connected: Connected, effect: Make) -> None:
    number = repo.issue("[P1] Crash", "text", labels=["bug"])
    done(connected(), effect("set_title", number, title="Crash"))
    shown = repo.state()[number]
    assert (shown["title"], shown["body"], shown["labels"]) == ("Crash", "text", ["bug"])


def test_masking_edits_text_and_comments(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    number = repo.issue("Key", BODY)
    sim.act("octocat").comment(repo, number, BODY)
    own = sim.act("octocat").comment(repo, number, "nothing here")
    found = [
        {"field": name, "start": 4, "end": 15, "type": "api_key"}
        for name in ("issue.body", "comments[0].body")
    ]
    masked = effect(
        "mask", number, fact="pii", fields=["issue.body", "comments[0].body"], findings=found, masked={}
    )
    done(connected(), masked)
    shown = repo.state()[number]
    assert own
    expected = mask_text(BODY, [MaskedSpan("issue.body", 4, 15, "api_key")])
    assert shown["body"] == expected == "key [masked: api_key] here"
    assert [text for _, text in shown["comments"]] == ["key [masked: api_key] here", "nothing here"]


def test_what_has_no_offsets_is_not_masked_by_guess(
    repo: RepositoryHandle, connected: Connected, effect: Make
) -> None:
    number = repo.issue("Key", BODY)
    with pytest.raises(SourceError, match=r"the fact for issue\.body has no offsets"):
        done(connected(), effect("mask", number, fact="pii", fields=["issue.body"], findings=[], masked={}))
    assert repo.state()[number]["body"] == BODY


def test_a_milestone_by_its_title(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    first, second = repo.issue(), repo.issue()
    sim.act("mona").milestone(repo, first, "v2")
    done(connected(), effect("set_milestone", second, milestone="v2"))
    assert repo.state()[second]["milestone"] == "v2"
    done(connected(), effect("set_milestone", second, milestone=None))
    assert repo.state()[second]["milestone"] is None
    with pytest.raises(SourceError, match="has no milestone `v9`"):
        done(connected(), effect("set_milestone", second, milestone="v9"))


def test_a_write_whose_answer_is_lost_is_not_done_twice(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    number = repo.issue()
    connection = connected()
    connection.reader.viewer()
    sim.faults.script("cut_after", method="POST")
    done(connection, effect("comment", number, marker=MARKER, body=f"{MARKER}\ntext"))
    assert len(repo.state()[number]["comments"]) == 1


def test_the_timeline_tells_whose_comment_was_deleted(
    repo: RepositoryHandle, connected: Connected, sim: Simulator, about: Any
) -> None:
    number = repo.issue()
    comment = sim.act("octocat").comment(repo, number, "Me too.")
    sim.act("mona").delete_comment(repo, comment)
    found = connected().reader.timeline(about(number))
    assert [one["deleted_comment_author"] for one in found if one["event"] == "comment_deleted"] == [
        {"login": "octocat", "type": "User"}
    ]
