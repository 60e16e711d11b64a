"""`run` on the simulator: dry, applied, swept, stopped, taken up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle

Command = Callable[..., tuple[int, str, str]]


def records(path: Path, kind: str) -> list[dict[str, Any]]:
    lines = map(json.loads, path.read_text().splitlines())
    return [line for line in lines if line["kind"] == kind]


def test_a_run_of_another_branch_is_a_dry_run_and_says_why(
    sim: Simulator,
    repo: RepositoryHandle,
    rulewright: Command,
    config: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repo.issue("A crash", "text")
    before = repo.state()
    code, out, err = rulewright("run")
    assert code == 0
    assert "DRY RUN: nothing was changed." in out
    assert "use --apply to apply the plan" in out
    assert "1 subject; dry run, nothing was changed: this run is not on a branch" in err
    monkeypatch.setenv("GITHUB_REF", "refs/heads/feature")
    assert "feature is not the default branch, main;" in rulewright("run")[1]
    config("execution: { apply_branches: [main, 'release-*'] }\n")
    assert "feature is not one of `execution.apply_branches` (main, release-*);" in rulewright("run")[1]
    monkeypatch.setenv("GITHUB_REF", "refs/pull/3/merge")
    assert "refs/pull/3/merge is not a branch" in rulewright("run")[1]
    assert repo.state() == before
    assert not [one for one in sim.writes if "graphql" not in one.path]


@pytest.mark.parametrize("how", ["main", "other-default", "glob", "earlier-name", "named"])
def test_a_run_applies_where_it_may(
    how: str,
    repo: RepositoryHandle,
    rulewright: Command,
    config: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = repo.issue("[P1] A crash", "text")
    words = ["run", "--journal", "journal.jsonl"]
    if how == "named":
        words.append("--apply")
    elif how == "main":
        monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    elif how == "other-default":
        repo.data.default_branch = "trunk"
        monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
        assert "main is not the default branch, trunk;" in rulewright("run")[1]
        monkeypatch.setenv("GITHUB_REF", "refs/heads/trunk")
    else:
        name = "apply_branches" if how == "glob" else "protected_branches"
        config(f"execution: {{ {name}: ['release-*'] }}\n")
        monkeypatch.setenv("GITHUB_REF", "refs/heads/release-1")
    code, out, err = rulewright(*words)
    assert code == 0, err
    assert "APPLIED: 3 effects done." in out
    found = repo.state()[number]
    assert found["labels"] == ["bug", "severity/high"]
    assert found["title"] == "A crash"
    assert [login for login, _ in found["comments"]] == ["github-actions[bot]"]
    code, out, err = rulewright(*words)
    assert (code, out) == (0, "")
    assert "1 subject; 0 changed\n" in err
    assert repo.state()[number] == found
    (first, second) = records(Path("journal.jsonl"), "subject")
    assert first["title_before"] == "[P1] A crash"
    assert first["severity"] == second["severity"] == "high"
    branches = {"main": "main", "other-default": "trunk", "named": ""}
    assert first["branch"] == branches.get(how, "release-1")
    assert first["fields_changed"] == ["comments", "labels", "title"]
    assert rulewright("journal", "verify", "journal.jsonl")[0] == 0


def test_a_pause_stops_every_write_and_is_said(
    sim: Simulator,
    repo: RepositoryHandle,
    rulewright: Command,
    config: Callable[[str], None],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repo.issue("[P1] A crash", "text")
    assert rulewright("run", "--plan-out", "plan.json")[0] == 0
    assert rulewright("run", "--apply", "--journal", "journal.jsonl")[0] == 0
    before, refs = repo.state(), dict(repo.data.refs)
    repo.issue("A second crash", "text")
    written = len(sim.writes)
    config("execution: { paused: true }\nstate: { git_ref: refs/rulewright/state }\n")
    summary = folder / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    for words in (["run"], ["run", "--apply"], ["run", "--apply", "--format", "github"]):
        code, _, err = rulewright(*words)
        assert code == 5  # something was to be changed
        assert (
            "dry run, nothing was changed: writing is paused (`execution.paused` in rulewright.yaml)" in err
        )
    assert "writing is paused" in summary.read_text().splitlines()[0]
    assert rulewright("run", "--issue", "1")[0] == 0
    for words in (["apply", "plan.json"], ["undo", "journal.jsonl", "--everything", "--apply"]):
        code, out, err = rulewright(*words)
        assert (code, "nothing was applied: writing is paused" in err) == (5, True)
        assert "DRY RUN: nothing was changed." in out
    assert repo.state() == {**before, 2: repo.state()[2]}
    assert repo.state()[2]["labels"] == []
    assert repo.data.refs == refs
    assert not [one for one in sim.writes[written:] if "graphql" not in one.path]


def test_a_sweep_leaves_out_what_was_opened_before_the_date(
    sim: Simulator,
    repo: RepositoryHandle,
    rulewright: Command,
    config: Callable[[str], None],
    folder: Path,
) -> None:
    old = repo.issue("An old crash", "text", created_at="2025-12-31T23:59:59Z")
    new = repo.issue("A new crash", "text", created_at="2026-01-01T00:00:00Z")
    config("issues: { created_after: 2026-01-01 }\n")
    code, _, err = rulewright("run", "--apply")
    assert code == 0, err
    assert "1 issue opened before 2026-01-01 skipped (`issues.created_after`)" in err
    assert (repo.state()[old]["labels"], "bug" in repo.state()[new]["labels"]) == ([], True)
    # Somebody names it, or something happens to it: then it is looked at.
    payload = event(old, "An old crash", "mona")
    (folder / "event.json").write_text(json.dumps(payload))
    assert rulewright("run", "--apply", "--event", "event.json")[0] == 0
    assert "bug" in repo.state()[old]["labels"]


def test_the_comment_of_another_identity_of_ours_is_kept(
    sim: Simulator,
    repo: RepositoryHandle,
    rulewright: Command,
    config: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A workflow with the token of Actions and one with an app's: each finds what the other wrote."""
    number = repo.issue("A crash", "text")
    assert rulewright("run", "--apply")[0] == 0
    monkeypatch.setenv("GITHUB_TOKEN", sim.token("app", "triage-app"))
    assert rulewright("run", "--apply")[0] == 0
    assert [login for login, _ in repo.state()[number]["comments"]] == ["github-actions[bot]"]
    # The other way round, the app must be named: anybody may have a bot.
    second = repo.issue("Another crash", "text")
    assert rulewright("run", "--apply")[0] == 0
    assert [login for login, _ in repo.state()[second]["comments"]] == ["triage-app[bot]"]
    config("identity: { also: ['triage-app[bot]'] }\n")
    monkeypatch.setenv("GITHUB_TOKEN", sim.token("actions", permissions={"issues": "write"}))
    assert rulewright("run", "--apply")[0] == 0
    assert [login for login, _ in repo.state()[second]["comments"]] == ["triage-app[bot]"]
    config("")
    assert rulewright("run", "--apply")[0] == 0
    assert [login for login, _ in repo.state()[second]["comments"]] == [
        "triage-app[bot]",
        "github-actions[bot]",
    ]


@pytest.mark.parametrize("identity", ["", "login: 'triage-app[bot]'", "app_id: {app}", "also: [mona]"])
def test_an_issue_is_opened_once_however_we_are_named(
    identity: str,
    sim: Simulator,
    repo: RepositoryHandle,
    config: Callable[[str], None],
    rulewright: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = sim.token("app")
    app = sim.identities[token].who.app
    assert app is not None
    config(f"identity: {{ {identity.format(app=app.id)} }}\n" if identity else "")
    monkeypatch.setenv("GITHUB_TOKEN", token)
    number = repo.issue("Old", "text", labels=["wontfix"])
    for _ in range(3):
        code, _, err = rulewright("run", "--apply")
        assert code == 0, err
        sim.clock.advance(60)
        sim.act("mona").reopen(repo, number)
        sim.act("mona").add_labels(repo, number, "wontfix")
        sim.clock.advance(3 * 86_400)
    assert [one["title"] for one in repo.state().values()] == ["Old", "Closed one"]


def test_what_is_settled_is_pruned(sim: Simulator, repo: RepositoryHandle, rulewright: Command) -> None:
    number = repo.issue("A question", "")
    assert rulewright("run", "--apply")[0] == 0
    assert repo.state()[number]["labels"] == ["needs-info"]
    assert len(repo.state()[number]["comments"]) == 1
    fake = sim.act("mona").comment(repo, number, "<!-- rulewright:intake/incomplete -->\nMine.")
    sim.act("mona").edit_body(repo, number, "Here it is.")
    sim.clock.advance(25 * 3600) if hasattr(sim.clock, "advance") else sim.clock.sleep(25 * 3600)
    code, out, _ = rulewright("run", "--apply")
    assert code == 0
    assert "delete comment  of intake/incomplete" in out
    assert repo.state()[number]["labels"] == []
    assert [login for login, _ in repo.state()[number]["comments"]] == ["mona"]
    assert fake


def test_one_event_is_taken_as_it_is_now(
    sim: Simulator, repo: RepositoryHandle, rulewright: Command, folder: Path
) -> None:
    number = repo.issue("A question", "text")
    (folder / "event.json").write_text(json.dumps(event(number, "A crash", "mona")))
    code, _, err = rulewright("run", "--apply", "--event", "event.json")
    assert code == 0, err
    assert repo.state()[number]["labels"] == []
    sim.act("mona").edit_title(repo, number, "A crash")
    code, out, err = rulewright("run", "--apply", "--event", "event.json")
    assert code == 0, err
    assert "issues.opened" in out
    assert "bug" in repo.state()[number]["labels"]


def event(number: int, title: str, sender: str, repository: str = "octo-org/demo") -> dict[str, Any]:
    return {
        "action": "opened",
        "issue": {
            "number": number,
            "title": title,
            "body": "text",
            "state": "open",
            "labels": [],
            "assignees": [],
            "user": {"login": "mona", "type": "User"},
        },
        "repository": {"full_name": repository},
        "sender": {"login": sender, "type": "Bot" if sender.endswith("]") else "User"},
    }


def test_what_we_did_ourselves_causes_nothing(
    repo: RepositoryHandle, rulewright: Command, folder: Path
) -> None:
    number = repo.issue("A crash", "text")
    (folder / "event.json").write_text(json.dumps(event(number, "A crash", "github-actions[bot]")))
    code, out, err = rulewright("run", "--apply", "--event", "event.json")
    assert (code, out) == (0, "")
    assert "github-actions[bot] is the account of this tool, and caused this event: nothing to do" in err
    assert repo.state()[number]["labels"] == []


def test_an_event_of_another_repository_is_refused(
    repo: RepositoryHandle, rulewright: Command, folder: Path
) -> None:
    (folder / "event.json").write_text(json.dumps(event(1, "A crash", "mona", "octo-org/other")))
    code, _, err = rulewright("run", "--apply", "--event", "event.json")
    assert code == 2
    assert "the event is from octo-org/other" in err


def test_a_subject_that_is_gone_is_said(repo: RepositoryHandle, rulewright: Command, folder: Path) -> None:
    (folder / "event.json").write_text(json.dumps(event(7, "A crash", "mona")))
    code, _, err = rulewright("run", "--apply", "--event", "event.json")
    assert code == 0
    assert "octo-org/demo#7 no longer exists: nothing to do" in err
    assert rulewright("run", "--issue", "7")[0] == 2


def test_another_plan_than_the_expected_one_is_refused(
    repo: RepositoryHandle, rulewright: Command, folder: Path
) -> None:
    number = repo.issue("A crash", "text")
    (folder / "event.json").write_text(json.dumps(event(number, "A crash", "mona")))
    words = ["run", "--event", "event.json", "--format", "json"]
    _, out, _ = rulewright(*words)
    name = json.loads(out)["plan"]["hash"]
    code, out, _ = rulewright(*words, "--apply", "--expect-hash", "0" * 64)
    assert code == 5
    assert json.loads(out)["dry_run"].endswith("nothing was applied")
    assert repo.state()[number]["labels"] == []
    code, out, _ = rulewright(*words, "--apply", "--expect-hash", name)
    assert code == 0
    assert {one["status"] for one in json.loads(out)["applied"]} == {"applied"}


def test_a_budget_leaves_the_rest_to_the_next_runs(
    repo: RepositoryHandle, rulewright: Command, config: Callable[[str], None]
) -> None:
    config("budgets: { effects_per_run: 4 }\nstate: { directory: .state }\n")
    numbers = [repo.issue(f"A crash {number}", "text") for number in range(5)]
    codes, states = [], []
    for _ in range(5):
        before = repo.state()
        codes.append(rulewright("run", "--apply")[0])
        states.append(repo.state() != before)
    assert codes[-1] == 0
    assert codes[0] == 5
    assert states == [True, True, True, False, False]
    for number in numbers:
        assert repo.state()[number]["labels"] == ["bug", "severity/high"]
        assert len(repo.state()[number]["comments"]) == 1
    assert rulewright("journal", "verify")[0] == 0


def test_a_spent_limit_ends_the_run_with_the_exact_rest_and_the_next_goes_on(
    sim: Simulator, repo: RepositoryHandle, rulewright: Command, config: Callable[[str], None]
) -> None:
    config("state: { directory: .state }\n")
    numbers = [repo.issue(f"A crash {number}", "text") for number in range(6)]
    sim.faults.script("secondary", method="POST", path=".*/comments", nth=3, times=1000, seconds=7200)
    code, _, err = rulewright("run", "--apply")
    assert code == 5
    assert "stopped: " in err
    done = [number for number in numbers if repo.state()[number]["comments"]]
    assert len(done) == 2
    sim.faults.clear()
    sim.clock.sleep(7300)
    code, _, err = rulewright("run", "--apply")
    assert code == 0, err
    assert "resumed from an interrupted run" in err
    for number in numbers:
        assert repo.state()[number]["labels"] == ["bug", "severity/high"]
        assert len(repo.state()[number]["comments"]) == 1


def test_state_on_github_is_found_by_the_next_runner(
    repo: RepositoryHandle, rulewright: Command, config: Callable[[str], None]
) -> None:
    config("state: { git_ref: refs/rulewright/state }\n")
    repo.issue("A crash", "text")
    assert rulewright("run")[0] == 0
    assert "refs/rulewright/state" not in repo.data.refs
    code, _, err = rulewright("run", "--apply")
    assert code == 0, err
    assert "refs/rulewright/state" in repo.data.refs
    code, out, err = rulewright("journal", "verify")
    assert code == 0, err
    assert "chain verified" in out
    assert "applied add_labels intake/crash" in rulewright("journal", "show")[1]


def test_evaluate_says_of_github_what_run_would_do(repo: RepositoryHandle, rulewright: Command) -> None:
    number = repo.issue("A crash", "text")
    before = repo.state()
    code, out, _ = rulewright("evaluate", "--repo", repo.name, "--issue", str(number), "--format", "json")
    assert code == 0
    planned = json.loads(out)["plan"]["hash"]
    assert repo.state() == before
    _, out, _ = rulewright("run", "--issue", str(number), "--apply", "--format", "json")
    assert json.loads(out)["plan"]["hash"] == planned


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
def test_every_format_tells_what_was_done(
    form: str, repo: RepositoryHandle, rulewright: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    repo.issue("A crash", "text")
    code, out, _ = rulewright("run", "--apply", "--format", form)
    assert code == 0
    told = out + ((folder / "summary.md").read_text() if form == "github" else "")
    assert {
        "text": "APPLIED: 2 effects done",
        "json": '"status":"applied"',
        "markdown": "**Applied: 2 effects done.**",
        "github": "**Applied: 2 effects done.**",
    }[form] in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--issue", "1", "--event", "x"], "cannot be used together"),
        (["--repo", "nonsense"], "not a repository"),
    ],
)
def test_wrong_words_are_usage(words: list[str], message: str, rulewright: Command) -> None:
    code, _, err = rulewright("run", *words)
    assert code == 2
    assert message in err


def test_no_policy_for_a_sweep_is_said(rulewright: Command, folder: Path, repo: RepositoryHandle) -> None:
    text = (folder / "rules" / "intake.yaml").read_text().replace("on: [issues, schedule]", "on: [issues]")
    (folder / "rules" / "intake.yaml").write_text(text)
    code, _, err = rulewright("run")
    assert code == 0
    assert "no policy subscribes to schedule" in err


def test_half_of_what_must_be_seen_is_not_planned_on(
    sim: Simulator, repo: RepositoryHandle, rulewright: Command
) -> None:
    """A comment that could not be looked for would be lost, since what else was done ends its rule's condition."""
    number = repo.issue("A crash", "text")
    sim.faults.script("error_before", method="GET", path=".*/comments", times=1000)
    code, _, err = rulewright("run", "--apply")
    assert code == 4
    assert "error: octo-org/demo#1: GET /repos/octo-org/demo/issues/1/comments" in err
    assert repo.state()[number]["labels"] == []
    sim.faults.clear()
    assert rulewright("run", "--apply")[0] == 0
    assert repo.state()[number]["labels"] == ["bug", "severity/high"]
    assert len(repo.state()[number]["comments"]) == 1


def test_nothing_is_begun_that_no_journal_could_tell(
    sim: Simulator, repo: RepositoryHandle, rulewright: Command, config: Callable[[str], None]
) -> None:
    config("state: { git_ref: refs/rulewright/state }\n")
    number = repo.issue("A crash", "text")
    sim.faults.script("secondary", method="POST", path=".*/git/trees", times=1000, seconds=7200)
    code, _, err = rulewright("run", "--apply")
    assert code == 5
    assert "stopped: POST /repos/octo-org/demo/git/trees" in err
    assert "1 subject not evaluated, deferred to the next run: 1" in err
    assert repo.state()[number]["labels"] == []
    sim.faults.clear()
    sim.clock.sleep(7300)
    assert rulewright("run", "--apply")[0] == 0
    assert repo.state()[number]["labels"] == ["bug", "severity/high"]


def test_an_interrupted_run_puts_away_what_it_did(
    repo: RepositoryHandle,
    rulewright: Command,
    config: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    config("state: { git_ref: refs/rulewright/state }\n")
    repo.issue("A crash", "text")

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("rulewright.run.runner.audit", interrupted)
        assert rulewright("run", "--apply")[0] == 130
    _, out, _ = rulewright("journal", "show", "--kind", "effect")
    assert out.count("applied") == 2


ON_OPENING = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: greet, owner: me, description: Greets. }
on: [issues.opened, issues.edited, pull_request.opened]
rules:
  - id: hello
    description: Somebody opened it.
    when: { state: open }
    then: [ { add_labels: [seen] } ]
"""


def labels_planned(out: str) -> list[str]:
    effects = json.loads(out)["plan"]["effects"]
    return [label for effect in effects for label in effect["arguments"].get("labels", ())]


@pytest.mark.parametrize("command", ["run", "evaluate"])
def test_a_number_is_evaluated_as_the_opening_where_no_policy_subscribes_to_a_sweep(
    command: str, repo: RepositoryHandle, rulewright: Command, folder: Path
) -> None:
    (folder / "rules" / "intake.yaml").write_text(ON_OPENING)
    repo.issue("A crash", "text")
    repo.pull("A change", "text")
    for number, event in ((1, "issues.opened"), (2, "pull_request.opened")):
        code, out, err = rulewright(command, "--repo", repo.name, "--issue", str(number), "--format", "json")
        assert code == 0
        assert labels_planned(out) == ["seen"]
        assert f"octo-org/demo#{number} is evaluated as {event}: no policy subscribes to schedule" in err


def test_policies_that_a_number_does_not_reach_are_named(
    repo: RepositoryHandle, rulewright: Command, folder: Path
) -> None:
    (folder / "rules" / "greet.yaml").write_text(ON_OPENING)
    number = str(repo.issue("A crash", "text"))
    code, out, err = rulewright("run", "--issue", number, "--format", "json")
    assert code == 0
    assert "seen" not in out
    assert (
        "to which these policies do not subscribe: greet (issues.opened, issues.edited, pull_request.open"
        in err
    )
    assert "use --event-name, such as --event-name issues.opened" in err
    code, out, err = rulewright("run", "--issue", number, "--event-name", "issues.opened", "--format", "json")
    assert code == 0
    assert "seen" in labels_planned(out)
    assert "do not subscribe" not in err
    code, out, _ = rulewright("run", "--issue", number, "--event-name", "issues.labeled", "--format", "json")
    assert (code, "seen" in labels_planned(out)) == (0, False)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("issues.openend", "has no action `openend`"),
        ("isues.opened", "unknown event `isues`"),
        ("pull_request.opened", "cannot be evaluated for octo-org/demo#1, which is an issue"),
        ("push", "cannot be evaluated for octo-org/demo#1"),
        ("issue_comment.created", "cannot be evaluated for octo-org/demo#1"),
    ],
)
def test_an_event_that_a_number_cannot_have_is_refused(
    name: str, message: str, repo: RepositoryHandle, rulewright: Command
) -> None:
    repo.issue("A crash", "text")
    code, _, err = rulewright("run", "--issue", "1", "--event-name", name)
    assert code == 2
    assert message in err
