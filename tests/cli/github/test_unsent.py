"""Notifications that cannot be sent: the rest is done, they wait on GitHub, and every run says so until they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle
from rulewright.actions.plan import Effect
from rulewright.policy.config import Config
from rulewright.run.pending_notifications import MARKER, Unsent, unsent_in
from rulewright.run.write_port import open_port

Command = Callable[..., tuple[int, str, str]]

POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: Pages on crashes. }
on: [issues, schedule]
rules:
  - id: crash
    description: The title speaks of a crash.
    when: { title: { contains: crash }, state: open }
    then: [ { add_labels: [urgent] }, { notify: { channel: oncall, text: "Look at {{ issue.number }}." } } ]
"""
CHANNEL = "channels: { oncall: { kind: webhook, url_env: ONCALL_URL, description: On call. } }\n"


@pytest.fixture
def pages(folder: Path, config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> Path:
    (folder / "rules" / "intake.yaml").write_text(POLICY)
    config(CHANNEL)
    monkeypatch.delenv("ONCALL_URL", raising=False)
    return folder


def waiting(repo: RepositoryHandle, number: int) -> list[str]:
    return [body for _, body in repo.state()[number]["comments"] if body.startswith(MARKER)]


def test_without_its_secret_the_rest_is_done_and_it_waits(
    sim: Simulator,
    repo: RepositoryHandle,
    pages: Path,
    rulewright: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = repo.issue("A crash"), repo.issue("No crash report", "text")
    summary = pages / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    reason = "the channel `oncall` is not configured: the environment variable ONCALL_URL is not set"
    for _ in range(3):
        code, _, err = rulewright("run", "--apply", "--format", "github")
        assert code == 5, err
        assert f"2 notifications not sent yet: octo-org/demo#{first} to oncall: {reason}" in err
        assert [repo.state()[number]["labels"] for number in (first, second)] == [["urgent"], ["urgent"]]
        (body,) = waiting(repo, first)
        assert "could not be sent" in body
        sim.clock.advance(86_400)
    assert summary.read_text().count("2 notifications not sent yet") == 3
    # A dry run says it too, and sends nothing.
    code, _, err = rulewright("run")
    assert (code, "2 notifications not sent yet" in err) == (5, True)
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    code, _, err = rulewright("run", "--apply")
    assert code == 0, err
    assert "not sent" not in err
    assert waiting(repo, first) == waiting(repo, second) == []
    texts = [one.body["text"] for one in sim.hooks.all]
    assert len(texts) == 2
    assert all(
        "needs attention: the notification of the rule intake/crash could not be sent at 2026" in t
        for t in texts
    )
    assert rulewright("run", "--apply")[0] == 0
    assert len(sim.hooks.all) == 2


@pytest.mark.parametrize(
    "address",
    [
        "ftp://host/path", "not an address", "https://", "https://[::1", "https://[x]/", "http://host:port/", "https://h\u00f6st/",
        "http://'host'/", "https://host/a b", "https://host\\evil/", "http://host:99999/", "http://host:0/", "https://\nhost/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_waits_too(
    repo: RepositoryHandle,
    pages: Path,
    rulewright: Command,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    number = repo.issue("A crash")
    monkeypatch.setenv("ONCALL_URL", address)
    code, out, err = rulewright("run", "--apply")
    assert code == 5, err
    assert address not in out + err
    assert len(waiting(repo, number)) == 1


def test_a_receiver_that_refuses_is_a_failure_and_is_asked_again(
    sim: Simulator, repo: RepositoryHandle, pages: Path, rulewright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = repo.issue("A crash")
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    sim.hooks.answers["oncall"] = [403, 403]
    assert rulewright("run", "--apply")[0] == 4
    assert repo.state()[number]["labels"] == ["urgent"]
    assert len(waiting(repo, number)) == 1
    code, _, err = rulewright("run", "--apply")
    assert code == 5, err
    assert "1 notification not sent yet" in err
    assert rulewright("run", "--apply")[0] == 0
    assert waiting(repo, number) == []


def test_one_of_two_is_sent_and_the_other_waits_on(
    sim: Simulator,
    repo: RepositoryHandle,
    pages: Path,
    config: Callable[[str], None],
    rulewright: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config(
        "channels:\n  oncall: { kind: webhook, url_env: ONCALL_URL }\n"
        "  other: { kind: webhook, url_env: OTHER_URL }\n"
    )
    (pages / "rules" / "intake.yaml").write_text(
        POLICY.replace(" } ]\n", " }, { notify: { channel: other, text: Other. } } ]\n")
    )
    number = repo.issue("A crash")
    assert rulewright("run", "--apply")[0] == 5
    (body,) = waiting(repo, number)
    assert "to oncall, other could not" in body
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    code, _, err = rulewright("run", "--apply", "--issue", str(number))
    assert (code, "1 notification not sent yet" in err) == (5, True)
    (body,) = waiting(repo, number)
    assert "to other could not" in body
    assert [one.name for one in sim.hooks.all] == ["oncall"]


def test_a_sweep_finds_what_waits_on_a_closed_issue(
    sim: Simulator, repo: RepositoryHandle, pages: Path, rulewright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = repo.issue("A crash")
    assert rulewright("run", "--apply")[0] == 5
    sim.act("mona").close(repo, number)
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    assert rulewright("run", "--apply")[0] == 0
    assert len(sim.hooks.all) == 1
    assert waiting(repo, number) == []


def test_nobody_else_can_make_us_send(
    sim: Simulator, repo: RepositoryHandle, pages: Path, rulewright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = repo.issue("A question", "text")
    entry = {"key": "0" * 16, "rule": "intake/crash", "channel": "oncall", "at": "2026-01-01T00:00:00Z"}
    sim.act("mona").comment(
        repo, number, f"{MARKER}\n<!-- {json.dumps({'notifications': [entry]})} -->\nText."
    )
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    assert rulewright("run", "--apply")[0] == 0
    assert sim.hooks.all == []
    assert len(waiting(repo, number)) == 1  # and we touch no comment of anybody's


def test_where_state_is_kept_the_journal_remembers_it(
    sim: Simulator,
    repo: RepositoryHandle,
    pages: Path,
    config: Callable[[str], None],
    rulewright: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config(CHANNEL + "state: { directory: state }\n")
    number = repo.issue("A crash")
    code, _, err = rulewright("run", "--apply")
    assert (code, "1 notification not sent yet" in err) == (5, True)
    assert waiting(repo, number) == []
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    assert rulewright("run", "--apply")[0] == 0
    assert [one.body["text"] for one in sim.hooks.all] == [f"Look at {number}."]


def test_apply_keeps_it_too(repo: RepositoryHandle, pages: Path, rulewright: Command) -> None:
    number = repo.issue("A crash")
    assert rulewright("run", "--plan-out", "plan.json")[0] == 0
    code, _, err = rulewright("apply", "plan.json")
    assert (code, f"not sent yet: octo-org/demo#{number} to oncall" in err) == (5, True)
    assert len(waiting(repo, number)) == 1


def test_a_label_that_would_remember_it_waits_where_it_cannot_be_kept(
    sim: Simulator, repo: RepositoryHandle, pages: Path, rulewright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nobody would ever be told."""
    number = repo.issue("A crash")
    sim.faults.script("error_before", method="POST", path=".*/comments", times=100)
    code, _, err = rulewright("run", "--apply")
    assert code == 5, err
    assert "not sent yet" in err
    assert repo.state()[number]["labels"] == []
    sim.faults.clear()
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    assert rulewright("run", "--apply")[0] == 0
    assert [one.body["text"] for one in sim.hooks.all] == [f"Look at {number}."]
    assert repo.state()[number]["labels"] == ["urgent"]


def test_it_is_found_however_long_it_waits(
    sim: Simulator, repo: RepositoryHandle, pages: Path, rulewright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sweeps look at the comments of the last 30 days: the one that keeps it is written anew each week."""
    number = repo.issue("A crash")
    assert rulewright("run", "--apply")[0] == 5
    sim.act("mona").close(repo, number)
    written = waiting(repo, number)
    sim.clock.advance(3 * 86_400)
    assert rulewright("run", "--apply")[0] == 5
    assert waiting(repo, number) == written
    for _ in range(5):
        sim.clock.advance(8 * 86_400)
        code, _, err = rulewright("run", "--apply")
        assert (code, "1 notification not sent yet" in err) == (5, True)
    assert waiting(repo, number) != written
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    assert rulewright("run", "--apply")[0] == 0
    assert len(sim.hooks.all) == 1
    assert waiting(repo, number) == []


def test_it_is_sent_after_state_was_turned_on(
    sim: Simulator,
    repo: RepositoryHandle,
    pages: Path,
    config: Callable[[str], None],
    rulewright: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = repo.issue("A crash")
    assert rulewright("run", "--apply")[0] == 5
    config(CHANNEL + "state: { directory: state }\n")
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    assert rulewright("run", "--apply")[0] == 0
    assert len(sim.hooks.all) == 1
    assert waiting(repo, number) == []


def test_where_state_is_kept_it_is_sent_weeks_later_and_under_other_policies(
    sim: Simulator,
    repo: RepositoryHandle,
    pages: Path,
    config: Callable[[str], None],
    rulewright: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config(CHANNEL + "state: { directory: state }\n")
    number = repo.issue("A crash")
    assert rulewright("run", "--apply")[0] == 5
    sim.clock.advance(20 * 86_400)
    (pages / "rules" / "intake.yaml").write_text(POLICY.replace("speaks of a crash", "speaks of crashes"))
    code, _, err = rulewright("run", "--apply")
    assert (code, "1 notification not sent yet" in err) == (5, True), err
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    assert rulewright("run", "--apply")[0] == 0
    assert [one.body["text"] for one in sim.hooks.all] == [f"Look at {number}."]
    assert rulewright("run", "--apply")[0] == 0
    assert len(sim.hooks.all) == 1


def test_what_no_rule_says_any_more_is_not_sent(
    sim: Simulator, repo: RepositoryHandle, pages: Path, rulewright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = repo.issue("A crash")
    assert rulewright("run", "--apply")[0] == 5
    (pages / "rules" / "intake.yaml").write_text(
        POLICY.replace("id: crash", "id: other").replace("contains: crash", "contains: none")
    )
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    code, _, err = rulewright("run", "--apply")
    assert (
        code,
        f"withdrawn, no rule requests it any more: octo-org/demo#{number} to oncall" in err,
    ) == (0, True)
    assert sim.hooks.all == []
    assert waiting(repo, number) == []


@pytest.mark.parametrize("event", [False, True])
def test_what_is_of_policies_that_a_run_does_not_enforce_waits(
    event: bool,
    sim: Simulator,
    repo: RepositoryHandle,
    pages: Path,
    rulewright: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = repo.issue("A crash")
    assert rulewright("run", "--apply")[0] == 5
    (written,) = waiting(repo, number)
    monkeypatch.setenv("ONCALL_URL", sim.hook_url("oncall"))
    (pages / "other").mkdir()
    other = POLICY.replace("name: intake", "name: other").replace("contains: crash", "contains: outage")
    (pages / "other" / "other.yaml").write_text(other)
    words = ["--issue", str(number)] if event else []
    code, _, err = rulewright("run", "other", "--apply", *words)
    assert (code, waiting(repo, number), sim.hooks.all) == (0, [written], []), err
    (pages / "rules" / "intake.yaml").write_text(POLICY.replace("on: [issues", "mode: observe\non: [issues"))
    code, _, err = rulewright("run", "rules", "other", "--apply", *words)
    assert (code, waiting(repo, number), sim.hooks.all) == (5, [written], []), err
    assert "1 notification not sent yet" in err
    assert "the policy of intake/crash is not enforced" in err
    (pages / "rules" / "intake.yaml").write_text(POLICY)
    assert rulewright("run", "--apply", *words)[0] == 0
    assert len(sim.hooks.all) == 1
    assert waiting(repo, number) == []


def test_what_another_run_adds_meanwhile_stays(
    sim: Simulator,
    repo: RepositoryHandle,
    pages: Path,
    config: Callable[[str], None],
    rulewright: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each change is of the comment as it is at that moment, not as read succeeded before."""
    from rulewright.run.connection import connect
    from rulewright.run.pending_notifications import keep, update

    number = repo.issue("A crash")
    assert rulewright("run", "--apply")[0] == 5
    target = f"octo-org/demo#{number}"
    port = open_port(connect("octo-org/demo", clock=sim.clock), Config())
    (entry,) = unsent_in(port.read(target, frozenset({"comments"})).comments)
    other = Effect("notify", target, {"channel": "other"}, "p/other", emission=True, key="f" * 16)
    read, late = port.read, [other]

    def interrupted(*arguments: Any) -> Any:
        found = read(*arguments)
        if late:
            assert keep(late.pop(), open_port(connect("octo-org/demo", clock=sim.clock), Config()))
        return found

    monkeypatch.setattr(port, "read", interrupted)
    assert update(target, port, remove=[entry.key]).exit_code == 0
    left = unsent_in(read(target, frozenset({"comments"})).comments)
    assert [one.key for one in left] == [other.key]


ENTRY: dict[str, Any] = {
    "key": "0123456789abcdef",
    "rule": "a/b",
    "channel": "c",
    "at": "2026-01-05T09:00:00Z",
}


@pytest.mark.parametrize(
    "data",
    [
        "",
        "<!-- {} -->",
        '<!-- {"notifications": ',
        "<!-- {" + "[" * 100_000 + "} -->",
        '<!-- {"notifications": ' + "[" * 100_000 + "} -->",
        *(
            f"<!-- {json.dumps({'notifications': found})} -->"
            for found in (
                3,
                [3, None, {}],
                [{**ENTRY, "key": "short"}],
                [{**ENTRY, "rule": "a"}],
                [{**ENTRY, "channel": 3}],
                [{**ENTRY, "channel": "c" * 101}],
                [{**ENTRY, "at": "x"}],
                [{**ENTRY, "at": "2026-13-45T99:99:99Z"}],
                [{**ENTRY, "at": 3}],
            )
        ),
    ],
)
def test_a_broken_comment_says_nothing(data: str) -> None:
    assert unsent_in([{"own": True, "body": f"{MARKER}\n{data}\nText."}]) == ()


def test_what_is_written_is_read_again(repo: RepositoryHandle) -> None:
    from rulewright.actions.port import RecordingPort
    from rulewright.events.snapshot import Snapshot
    from rulewright.run.pending_notifications import keep

    port = RecordingPort({"o/r#1": Snapshot("t", "b", "open", comments=())})
    effects = [
        Effect(
            "notify", "o/r#1", {"channel": "on->call --> <x>"}, f"a--b/c{n}", emission=True, key=f"{n:016x}"
        )
        for n in range(25)
    ]
    for effect in effects:
        assert keep(effect, port)
        (comment,) = port.snapshots["o/r#1"].comments or ()
        port.snapshots["o/r#1"] = port.snapshots["o/r#1"]._replace(comments=({**comment, "own": True},))
    shown: Any = {**comment, "own": True}
    wanted = [Unsent(one.key, one.rule, "on->call --> <x>", port.now()) for one in effects[-20:]]
    assert list(unsent_in([shown])) == wanted
    assert shown["body"].count("-->") == 2


@pytest.mark.parametrize("target", ["o/r", "o/r#", "deployment 3"])
def test_what_is_about_no_issue_cannot_be_kept(target: str) -> None:
    from rulewright.actions.port import RecordingPort
    from rulewright.run.pending_notifications import keep

    effect = Effect("notify", target, {"channel": "x"}, "a/b", emission=True, key="0" * 16)
    assert not keep(effect, RecordingPort({}))
