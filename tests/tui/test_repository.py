"""A session about a repository: against a GitHub over HTTP, which is only read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import rulewright.run.connection as connection
from fixtures.terminal import open_session, run
from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle
from rulewright.policy.diagnostics import UsageError
from rulewright_tui.lines.rules import rule_states
from rulewright_tui.session.outcome import RuleRef

REPO = "octo-org/demo"
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: First triage of every new issue. }
on: [issues, schedule]
templates:
  hello: "Hello {{ author }}, this is about a crash."
rules:
  - id: crash
    description: The title mentions a crash.
    when: { title: { contains: crash }, state: open }
    then:
      - add_labels: [bug]
      - comment: hello
  - id: discussed
    description: Somebody wrote a comment.
    when: { "comments[].body": { contains: agree } }
    then: [ { add_labels: [Triaged] } ]
"""


@pytest.fixture
def sim(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Neither requests nor limits may be offended."""
    with Simulator() as running:
        monkeypatch.setattr(connection, "system_clock", lambda: running.clock)
        monkeypatch.setenv("GITHUB_TOKEN", running.token("actions", permissions={"issues": "write"}))
        monkeypatch.setenv("GITHUB_API_URL", running.api_url)
        yield running
    assert running.violations == []
    assert running.limits.breaches == 0


@pytest.fixture
def repo(sim: Simulator) -> RepositoryHandle:
    return sim.repository(REPO, labels=["bug", "Triaged"], collaborators={"mona": "write"})


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "intake.yaml"
    path.write_text(POLICY)
    return str(path)


def only_reads(sim: Simulator) -> bool:
    """Whether every request was a GET, or a GraphQL document that is a query."""
    return all(
        request.method == "GET"
        or (
            request.method == "POST"
            and request.path.endswith("/graphql")
            and re.match(r"\s*query\b", request.body["query"])
        )
        for request in sim.requests
    )


@pytest.mark.parametrize("count", [1, 130])
def test_a_whole_session_sends_nothing_but_reads(
    sim: Simulator, repo: RepositoryHandle, policy: str, tmp_path: Path, count: int
) -> None:
    numbers = [repo.issue(f"A crash, the {number}.") for number in range(count)]
    sim.act("mona").comment(repo, numbers[0], "agree")
    before = repo.state()

    @run
    async def use() -> None:
        async with open_session(paths=(policy,), repo=REPO) as session:
            assert len(session.app.state.archive) == count
            assert session.app.state.row == 0
            assert "2 matched" in session.title(2)
            await session.press("n", "p", "1", "slash")
            await session.type("crash")
            await session.press("enter", "escape", "6", "e", "Z", "enter", "f", "u", "v", "v", "3", "r", "y")
            await session.press("5", "y", "w")
            field = session.app.inspect.open_field
            assert field is not None
            field.input.value = str(tmp_path / "plan.json")
            await session.press(
                "enter", "enter", "escape", "6", "E", "escape", "t", "escape", "question_mark"
            )
            await session.press("escape", "ctrl+q")
        assert (tmp_path / "plan.json").exists()

    use()
    assert only_reads(sim)
    assert sim.writes == []
    assert repo.state() == before


def test_a_document_that_changes_something_is_no_read() -> None:
    class Sent:
        method, path, body = "POST", "/graphql", {"query": "mutation { addStar }"}

    class Log:
        requests = (Sent,)

    assert not only_reads(Log)  # type: ignore[arg-type]


@run
async def edits_keep(policy: str, sim: Simulator, number: int) -> None:
    async with open_session(paths=(policy,), repo=REPO, issues=(number,)) as session:
        state = session.app.state
        assert state.history is not None
        assert "comments" in state.history.original.event.payload
        asked = len(sim.requests)
        await session.press("6", "e", "Z", "enter")
        outcome = session.app.state.outcome
        assert outcome is not None
        assert outcome.decision is not None
        assert {rule.id: state.word for rule, state in rule_states(outcome).items()} == {
            "crash": "matched",
            "discussed": "matched",
        }
        assert "comments" in outcome.draft.event.payload
        assert len(sim.requests) == asked
        await session.press("u")
        assert session.app.state.outcome is session.app.state.original


def test_edits_keep_what_was_read_around_the_issue(
    sim: Simulator, repo: RepositoryHandle, policy: str
) -> None:
    number = repo.issue("A crash")
    sim.act("mona").comment(repo, number, "agree")
    edits_keep(policy, sim, number)


def test_the_next_issue_is_decided_with_its_surroundings_too(
    sim: Simulator, repo: RepositoryHandle, policy: str
) -> None:
    numbers = [repo.issue("First"), repo.issue("Second")]
    sim.act("mona").comment(repo, numbers[1], "agree")

    @run
    async def use() -> None:
        async with open_session(paths=(policy,), repo=REPO) as session:
            assert "1 matched" not in session.title(2)
            await session.press("n")
            assert "1 matched" in session.title(2)

    use()


def test_the_first_issue_is_decided_before_the_others_are_read(
    sim: Simulator, repo: RepositoryHandle, policy: str
) -> None:
    from rulewright_tui.command import Options, prepare

    for number in range(250):
        repo.issue(f"A crash, the {number}.")
    start = prepare(Options((policy,), repo=REPO))
    assert len(start.state.archive) == 1
    assert start.state.outcome is not None
    assert not [
        request
        for request in sim.requests
        if request.query.get("per_page") == "100" and request.path.endswith("/issues")
    ]
    rows = [len(batch.offsets) for batch in start.batches]
    assert sum(rows) == 249


def test_a_refusal_is_told_where_it_is_missed(sim: Simulator, repo: RepositoryHandle, policy: str) -> None:
    repo.issue("Quiet")
    sim.faults.script("error_before", path=".*/comments", times=50, status=503)

    @run
    async def use() -> None:
        async with open_session(paths=(policy,), repo=REPO) as session:
            session.app.select_rule(RuleRef("intake", "discussed"))
            await session.settle()
            assert "undetermined" in session.title(3)
            assert "503" in "\n".join(session.rows(3))
            sim.faults.clear()
            session.app.try_again()
            await session.settle()
            assert "not matched" in session.title(3)

    use()


def test_a_failure_at_the_start_is_told_in_pane_1_and_can_be_tried_again(
    sim: Simulator, repo: RepositoryHandle, policy: str
) -> None:
    repo.issue("A crash")
    sim.faults.script("cut_before", times=50)

    @run
    async def use() -> None:
        async with open_session(paths=(policy,), repo=REPO) as session:
            assert "cannot be reached" in session.rows(1)[0] or "connection" in session.rows(1)[0], (
                session.rows(1)
            )
            await session.press("v", "3", "e", "v")
            sim.faults.clear()
            session.app.try_again()
            await session.settle()
            assert session.app.state.row == 0
            assert "1 matched" in session.title(2)

    use()


def test_a_rate_limit_is_told_with_the_time_it_ends(
    sim: Simulator, repo: RepositoryHandle, policy: str
) -> None:
    for number in range(60):
        repo.issue(f"A crash, the {number}.")
    sim.faults.script("too_many", path=".*/issues", nth=2, times=50, seconds=900.0)

    @run
    async def use() -> None:
        async with open_session(paths=(policy,), repo=REPO) as session:
            assert len(session.app.state.archive) == 1
            assert "rate limit is reached; the limit ends at 20" in session.app.state.archive.problems[0]
            assert "rate limit" in session.title(1)
            assert "1 matched" in session.title(2)

    use()


def test_a_number_that_there_is_not_ends_before_the_screen_or_is_told(
    sim: Simulator, repo: RepositoryHandle, policy: str
) -> None:
    from rulewright_tui.command import Options, prepare

    number = repo.issue("A crash")
    with pytest.raises(UsageError, match="has no issue or pull request 7777"):
        prepare(Options((policy,), repo=REPO, issues=(7777,)))

    @run
    async def use() -> None:
        async with open_session(paths=(policy,), repo=REPO, issues=(number, 7777)) as session:
            assert "has no issue or pull request 7777" in session.title(1)

    use()
