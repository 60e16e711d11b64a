"""What is wrong with one subject does not keep a sweep from the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle

Command = Callable[..., tuple[int, str, str]]
POLICY = """\
apiVersion: rulewright/v1
kind: Grooming
metadata: { name: tidy, owner: me, description: Takes off what nobody needs. }
on: [schedule]
rules:
  - { id: a, description: d, when: { title: { exists: true } }, then: [ { remove_labels: [NAME, wontfix] } ] }
"""


@pytest.mark.parametrize("name", [".", ".."])
def test_a_label_without_an_address_is_refused_alone(
    name: str,
    sim: Simulator,
    repo: RepositoryHandle,
    rulewright: Command,
    folder: Path,
    config: Callable[[str], None],
) -> None:
    config("execution: { grace_period: 1m }\n")
    (folder / "rules" / "intake.yaml").write_text(POLICY.replace("NAME", f'"{name}"'))
    numbers = [
        repo.issue("First", "text", labels=[name, "wontfix"]),
        repo.issue("Second", "text", labels=["wontfix"]),
    ]
    sim.clock.sleep(120)
    code, _, err = rulewright("run", "--apply", "--journal", "j.jsonl")
    assert code == 5, err
    assert "unexpected" not in err
    assert [repo.state()[number]["labels"] for number in numbers] == [[name], []]


def test_an_error_that_nobody_expected_is_told_of_its_subject(
    repo: RepositoryHandle, rulewright: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program, put in here: the second issue's write fails in a way that nothing expects."""
    from rulewright.github import writes

    policy = POLICY.replace("remove_labels: [NAME, wontfix]", "add_labels: [bug]")
    (folder / "rules" / "intake.yaml").write_text(policy)
    numbers = [repo.issue(f"Issue {number}", "text") for number in range(3)]
    written = writes.WRITES["add_labels"]

    def broken(effect: object, desk: writes.Desk) -> None:
        if desk.subject.number == numbers[1]:
            raise KeyError("somewhere")
        written(effect, desk)  # type: ignore[arg-type]

    monkeypatch.setitem(writes.WRITES, "add_labels", broken)  # type: ignore[arg-type]
    for _ in range(2):  # the second time the rest of the first run is taken up
        code, out, err = rulewright("run", "--apply", "--journal", "j.jsonl")
        assert code == 4
        assert f"#{numbers[1]}" in out + err
        assert "unexpected KeyError; a report was written to" in out + err
    assert [repo.state()[number]["labels"] for number in numbers] == [["bug"], [], ["bug"]]
