"""What a change of the policies takes away is told: a pull request cannot loosen a gate unseen."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.gates.conftest import GATE

import rulewright
from rulewright.gates.base_policy import compare_with_base, find_new_waivers, load_base
from rulewright.gates.gate_run import select_gates

LOOSER = "chat/slowest is looser:"


@pytest.fixture
def repository(folder: Path) -> Path:
    for words in (
        ["init", "-q", "-b", "main"],
        ["add", "rules"],
        ["-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-q", "-m", "gate"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def changes(folder: Path, text: str) -> tuple[str, ...]:
    (folder / "rules" / "chat.yaml").write_text(text)
    return compare_with_base(select_gates(rulewright.load("rules")), load_base(["rules"], "main"))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("lte: 1s", "lte: 2s", f"{LOOSER} ≤ 1s became ≤ 2s"),
        ("lte: 1s", "between: [0s, 2s]", f"{LOOSER} ≤ 1s became between 0s to 2s"),
        ("aggregate: max", "aggregate: p95", f"{LOOSER} aggregate max became p95"),
        (
            "pass: { lte: 1s }",
            "pass: { lte: 1s }\n    warn: { lte: 2s }",
            f"{LOOSER} it warns up to ≤ 2s",
        ),
        (
            "pass: { lte: 1s }",
            "pass: { lte: 1s }\n    required: false",
            f"{LOOSER} required is False",
        ),
        (
            "pass: { lte: 1s }",
            "pass: { lte: 1s }\n    decide: point",
            f"{LOOSER} decide by is point",
        ),
        ("id: errors", "id: faults", "chat/errors is gone: sum ≤ 0"),
        ("\non:", "\nmode: observe\non:", "the gate chat only observes now"),
        ("name: chat", "name: talk", "the gate chat is gone"),
        (
            "objectives:",
            "waivers: [ { objective: errors, reason: New log, owner: mona, expires: 2026-03-31 } ]\nobjectives:",
            "the waiver of chat/errors is new, and does not count before it is merged: New log",
        ),
    ],
)
def test_what_is_looser_is_told(repository: Path, before: str, after: str, told: str) -> None:
    assert changes(repository, GATE.replace(before, after)) == (told,)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("lte: 1s", "lte: 900ms"),
        ("lte: 1s", "lt: 1s"),
        ("lte: 1s", "between: [0s, 1s]"),
        ("The slowest", "A slow"),
    ],
)
def test_what_is_stricter_or_the_same_is_not(repository: Path, before: str, after: str) -> None:
    assert changes(repository, GATE.replace(before, after)) == ()


def test_the_waiver_of_a_gate_that_the_base_does_not_have_is_told(repository: Path) -> None:
    waived = GATE.replace("objectives:", WAIVER).replace("name: chat", "name: talk")
    (repository / "rules" / "talk.yaml").write_text(waived)
    told = compare_with_base(select_gates(rulewright.load("rules")), load_base(["rules"], "main"))
    assert told == ("the waiver of talk/errors is new, and does not count before it is merged: New log",)


WAIVER = "waivers: [ { objective: errors, reason: New log, owner: mona, expires: 2026-03-31 } ]\nobjectives:"


def test_a_change_cannot_waive_itself(repository: Path) -> None:
    (repository / "rules" / "chat.yaml").write_text(GATE.replace("objectives:", WAIVER))
    gates = select_gates(rulewright.load("rules"))
    assert find_new_waivers(gates, load_base(["rules"], "main")) == ("chat/errors",)
    assert find_new_waivers(gates, None) == ("chat/errors",), "the base is not known"
    commit = ["git", "-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-qam", "waive"]
    subprocess.run(commit, cwd=repository, check=True)
    assert find_new_waivers(gates, load_base(["rules"], "main")) == ()
    longer = WAIVER.replace("2026-03-31", "2027-03-31")
    (repository / "rules" / "chat.yaml").write_text(GATE.replace("objectives:", longer))
    gates = select_gates(rulewright.load("rules"))
    assert find_new_waivers(gates, load_base(["rules"], "main")) == ("chat/errors",), "it stands longer"
