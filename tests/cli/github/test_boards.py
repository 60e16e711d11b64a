"""Fields of project boards on the simulator: a value is written once, whatever notation the policy uses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle

from .conftest import REPO

Command = Callable[..., tuple[int, str, str]]
Sweep = Callable[[str, str], tuple[int, str, str]]
FIELDS = {"Size": "number", "Note": "text", "Due": "date", "Sprint": ["1", "2"]}
POLICY = """\
apiVersion: rulewright/v1
kind: Grooming
metadata: { name: board, owner: team-triage, description: Fields of the board. }
on: [issues, schedule]
rules:
  - id: field
    description: A field of the board.
    when: { state: open }
    then: [ { set_field: { project: 1, field: FIELD, value: VALUE } } ]
"""


@pytest.fixture
def sweep(sim: Simulator, rulewright: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    """Runs a policy that sets a field to a value, as YAML, with a token that reaches boards."""
    monkeypatch.setenv("GITHUB_TOKEN", sim.token("app"))
    (folder / "rules" / "intake.yaml").unlink()

    def run(field: str, value: str) -> tuple[int, str, str]:
        text = POLICY.replace("FIELD", field).replace("VALUE", value)
        (folder / "rules" / "board.yaml").write_text(text)
        return rulewright("run", "--apply", "--journal", "journal.jsonl")

    return run


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("Size", "'3'", 3),
        ("Size", "' 3.50'", 3.5),
        ("Size", "3", 3),
        ("Note", "3", "3"),
        ("Note", "3.0", "3"),
        ("Note", "'003'", "003"),
        ("Due", "'2026-01-05T09:00:00Z'", "2026-01-05"),
        ("Due", "'2026-01-05'", "2026-01-05"),
        ("Sprint", "2", "2"),
        ("Sprint", "'1'", "1"),
    ],
)
def test_a_field_is_written_once(
    sim: Simulator, repo: RepositoryHandle, sweep: Sweep, field: str, value: str, shown: object
) -> None:
    number = repo.issue("A report", "text")
    board = sim.project("octo-org", "Board", FIELDS)
    board.add(REPO, number)
    code, out, err = sweep(field, value)
    assert (code, "1 effect done" in out) == (0, True), out + err
    found = board.values(REPO, number)
    assert found is not None
    assert found[field] == shown
    code, out, err = sweep(field, value)
    assert (code, out) == (0, ""), out + err
    assert "1 subject; 0 changed" in err


def test_a_value_in_another_notation_is_undone(
    sim: Simulator, repo: RepositoryHandle, sweep: Sweep, rulewright: Command
) -> None:
    number = repo.issue("A report", "text")
    board = sim.project("octo-org", "Board", FIELDS)
    board.add(REPO, number, Size=1)
    assert sweep("Size", "'3'")[0] == 0
    code, out, err = rulewright("undo", "journal.jsonl", "--repo", REPO, "--everything", "--apply")
    assert code == 0, out + err
    assert (board.values(REPO, number) or {})["Size"] == 1


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("Size", "three", "the field `Size` takes a number"),
        ("Size", "'1_000'", "the field `Size` takes a number"),
        ("Due", "soon", "the field `Due` takes a date"),
        ("Sprint", "3", "the field `Sprint` has no option `3`"),
    ],
)
def test_a_value_that_a_field_cannot_take_is_reported(
    sim: Simulator, repo: RepositoryHandle, sweep: Sweep, field: str, value: str, reason: str
) -> None:
    sim.project("octo-org", "Board", FIELDS).add(REPO, repo.issue("A report", "text"))
    code, out, err = sweep(field, value)
    assert code == 4
    assert reason in out + err
