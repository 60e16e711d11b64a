"""`explain --repo OWNER/NAME --issue N`: why nothing happened, with what was gathered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle

Command = Callable[..., tuple[int, str, str]]
HEAD = """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: {name}, owner: me, description: A policy. }}
on: [{on}]
"""
CRASH = "rules:\n  - { id: crash, when: { title: { contains: crash } }, then: [ { add_labels: [bug] } ] }\n"


@pytest.fixture
def policies(folder: Path) -> Callable[..., None]:
    """Writes policies instead of the shipped one: name → everything after the head."""

    def write(on: str = "issues, schedule", **bodies: str) -> None:
        (folder / "rules" / "intake.yaml").unlink(missing_ok=True)
        for name, body in bodies.items():
            (folder / "rules" / f"{name}.yaml").write_text(HEAD.format(name=name, on=on) + body)

    return write


@pytest.fixture
def causes(
    rulewright: Command, sim: Simulator, repo: RepositoryHandle
) -> Callable[..., list[tuple[str, str, str]]]:
    """(kind, about, text) of every reason for issue 1."""

    def find(*words: str) -> list[tuple[str, str, str]]:
        before, written = repo.state(), len(sim.writes)
        code, out, err = rulewright("explain", "--issue", "1", "--format", "json", *words)
        assert code == 0, err
        assert repo.state() == before
        assert not [one for one in sim.writes[written:] if "graphql" not in one.path]
        found = json.loads(out)["causes"]
        return [(one["kind"], one.get("about", ""), one["text"]) for one in found]

    return find


def test_a_rule_that_does_not_match_says_what_would_match(
    repo: RepositoryHandle, policies: Any, causes: Any
) -> None:
    policies(a=CRASH)
    repo.issue("A question", "text")
    assert causes() == [
        ("not_matched", "a/crash", 'it would match with title: containing "crash" (now "A question")')
    ]


def test_what_a_run_does_now_is_named(repo: RepositoryHandle, policies: Any, causes: Any) -> None:
    policies(a=CRASH)
    repo.issue("A crash", "text")
    assert causes() == [("planned", "a/crash", "add label bug")]


def test_a_rule_with_nothing_left_to_do(repo: RepositoryHandle, policies: Any, causes: Any) -> None:
    policies(a=CRASH)
    repo.issue("A crash", "text", labels=["bug"])
    assert causes() == [("settled", "a/crash", "it matches, and everything that it does is already so")]


def test_policies_of_other_events(repo: RepositoryHandle, folder: Path, policies: Any, causes: Any) -> None:
    policies(on="issues.labeled", a=CRASH)
    policies(on="pull_request.opened", b=CRASH)
    repo.issue("A crash", "text")
    text = "not evaluated: it does not subscribe to schedule, but to issues.labeled"
    assert causes() == [("not_subscribed", "a", text)]
    assert causes("--event-name", "issues.labeled")[0][:2] == ("planned", "a/crash")


def test_a_skip_an_observer_and_a_stop(repo: RepositoryHandle, policies: Any, causes: Any) -> None:
    policies(
        a="skip: [ { id: opt-out, when: { labels: { contains: no-triage } } } ]\n" + CRASH,
        b="mode: observe\n" + CRASH,
        c="rules:\n  - { id: first, when: { state: open }, stop: true }\n" + CRASH.partition("\n")[2],
    )
    repo.issue("A crash", "text", labels=["no-triage"])
    assert causes() == [
        ("skipped", "a", "no rule is evaluated: the skip `opt-out` holds"),
        ("observed", "b", "the policy has `mode: observe`: it plans nothing (1 effect if it were enforced)"),
        ("stopped", "c/crash", "not evaluated: stopped by first"),
    ]


def test_the_grace_period_and_what_is_gathered(
    sim: Simulator, repo: RepositoryHandle, policies: Any, causes: Any, rulewright: Command
) -> None:
    policies(a=CRASH)
    number = repo.issue("A crash", "text", labels=["bug"])
    sim.act("mona").remove_labels(repo, number, "bug")
    (found,) = causes()
    assert found[:2] == ("held", "a/crash")
    assert found[2].startswith("add labels: mona removed `bug` at ")
    assert "held until" in found[2]
    out = rulewright("explain", "--issue", "1", "--format", "json")[1]
    assert json.loads(out)["gathered"]["parts"]["timeline"] > 0


@pytest.mark.parametrize(
    ("more", "state", "kind"),
    [
        ("execution: { paused: true }\n", "open", "paused"),
        ("issues: { created_after: 2030-01-01 }\n", "open", "before_created_after"),
        ("", "closed", "closed"),
    ],
)
def test_what_keeps_runs_from_an_issue(
    more: str, state: str, kind: str, repo: RepositoryHandle, policies: Any, causes: Any, config: Any
) -> None:
    policies(a=CRASH)
    config(more)
    repo.issue("A question", "text", state=state)
    assert [found[0] for found in causes()] == [kind, "not_matched"]


def test_budgets_and_undecided_rules(repo: RepositoryHandle, policies: Any, causes: Any, config: Any) -> None:
    config("budgets: { effects_per_subject: 1 }\n")
    policies(
        a="rules:\n"
        "  - { id: two, when: { state: open }, then: [ add_labels: [bug], comment: { text: Hello. } ] }\n"
        "  - { id: none, when: { issue.milestone.title: v1 }, then: [ add_labels: [y] ] }\n"
    )
    repo.issue("A question", "text")
    found = causes()
    assert [one[0] for one in found] == ["planned", "over_budget", "undetermined"]
    assert found[2][2].startswith("it cannot be decided: issue.milestone")


def test_an_event_that_no_workflow_delivers(
    repo: RepositoryHandle, policies: Any, folder: Path, causes: Any
) -> None:
    policies(a=CRASH)
    (folder / ".git").mkdir()
    (folder / ".github" / "workflows").mkdir(parents=True)
    workflow = "on: { issues: { types: [opened] } }\njobs: { a: { steps: [ { run: rulewright run } ] } }\n"
    (folder / ".github" / "workflows" / "triage.yml").write_text(workflow)
    repo.issue("A question", "text")
    found = causes()
    assert {one[0] for one in found} == {"undelivered", "not_matched"}
    assert any("schedule" in one[2] for one in found)


@pytest.mark.parametrize("form", ["text", "markdown", "github", "json"])
def test_no_format_shows_a_secret(
    form: str, repo: RepositoryHandle, policies: Any, rulewright: Command
) -> None:
    secret = "AKIA" + "IOSFODNN7EXAMPLQ"
    policies(a=CRASH)
    repo.issue(f"My key is {secret} aws_secret", "text")
    code, out, err = rulewright("explain", "--issue", "1", "--format", form)
    assert (code, secret in out + err) == (0, False)
    assert form == "github" or "containing" in out


def test_one_rule_is_explained_with_what_was_gathered(
    sim: Simulator, repo: RepositoryHandle, policies: Any, rulewright: Command
) -> None:
    policies(
        a="let: { seen: { timeline: labels, by: human } }\n"
        "rules:\n  - { id: calm, when: { seen.count: 0 }, then: [ { add_labels: [calm] } ] }\n"
    )
    number = repo.issue("A question", "text")
    sim.act("mona").add_labels(repo, number, "x")
    code, out, _ = rulewright("explain", "calm", "rules", "--issue", "1")
    assert code == 0
    assert "a/calm  not matched" in out
    assert "actual    1" in out


def test_wrong_calls(repo: RepositoryHandle, policies: Any, rulewright: Command, folder: Path) -> None:
    policies(a=CRASH)
    repo.issue("A question", "text")
    (folder / "event.json").write_text("{}")
    for words, message in (
        (("--repo", "octo-org/demo"), "--repo needs the issue or pull request"),
        (("--issue", "9"), "has no issue or pull request 9"),
        (("--issue", "1", "--event", "event.json"), "cannot be used together"),
        ((), "no rule given"),
        (("rules",), "is a path, not a rule"),
        (("nothing", "rules", "--issue", "1"), "no rule named 'nothing'"),
        (("--issue", "1", "--event-name", "push"), "cannot be evaluated"),
    ):
        code, _, err = rulewright("explain", *words)
        assert (code, message in err) == (2, True), (words, err)
    assert rulewright("explain", "rules", "--issue", "1")[0] == 0


@pytest.mark.parametrize("written", ["#5", "octo-org/demo#5", "https://github.com/octo-org/demo/issues/5"])
@pytest.mark.parametrize(
    "command",
    ["run --issue", "evaluate --issue", "explain --issue", "undo --subject", "journal show --subject"],
)
def test_an_issue_that_is_not_written_as_a_number(command: str, written: str, rulewright: Command) -> None:
    code, _, err = rulewright(*command.split(), written)
    assert code == 2
    assert f"{written!r} is not a number; use 5" in err
