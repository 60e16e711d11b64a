"""A journal that somebody else wrote, its chain in order: what it says is input like any other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle
from rulewright.run.hash_chain import seal_contents

Command = Callable[..., tuple[int, str, str]]
EARLIER = "2026-01-01T00:00:00Z"
ODD_RULE = "a\n::error title=x::forged\n##[error]x\x1b[31m"


def effect(action: str, arguments: Any, target: str, **others: Any) -> dict[str, Any]:
    return {
        "action": action,
        "target": target,
        "arguments": arguments,
        "rule": "intake/crash",
        "preconditions": [],
        "emission": action in ("notify", "create_issue"),
        "key": "0123456789abcdef",
        "round": 1,
        **others,
    }


def intent(*effects: Any, target: str, **others: Any) -> dict[str, Any]:
    return {
        "kind": "intent",
        "at": EARLIER,
        "plan": "a" * 64,
        "target": target,
        "policies": {},
        "effects": list(effects),
        **others,
    }


def record(one: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "effect", "at": EARLIER, "plan": "a" * 64, "status": "applied", "undo": None, **one}


def write(file: Path, *contents: dict[str, Any]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"".join(line.data() for line in seal_contents(contents)))
    return file


@pytest.fixture
def left(folder: Path, config: Callable[[str], None]) -> Callable[..., None]:
    """Leave these contents as what an interrupted run wrote."""
    config("state: { directory: .state }\n")
    return lambda *contents: write(folder / ".state" / "journal" / "2026-01.jsonl", *contents)


@pytest.mark.parametrize(
    ("action", "arguments", "where"),
    [
        ("add_labels", {"labels": ["pwned"]}, "octo-org/other#1"),
        ("close", {"reason": "completed"}, "octo-org/demo#2"),
        (
            "create_issue",
            {"title": "x", "body": "<!-- rulewright:issue:0123456789abcdef -->\nx"},
            "octo-org/other",
        ),
    ],
)
def test_an_intent_is_about_its_own_target(
    action: str,
    arguments: Any,
    where: str,
    sim: Simulator,
    repo: RepositoryHandle,
    rulewright: Command,
    left: Callable[..., None],
) -> None:
    for _ in range(2):
        repo.issue("quiet", "text")
    left(intent(effect(action, arguments, where), target="octo-org/demo#1"))
    code, _, err = rulewright("run", "--apply")
    assert code == 2
    assert f"The journal's intent for octo-org/demo#1 has an effect on {where}" in err
    assert not [one for one in sim.requests if one.method != "GET" and "graphql" not in one.path]


@pytest.mark.parametrize(
    "wrong",
    [
        1,
        effect("add_labels", {"labels": [5]}, "octo-org/demo#1"),
        effect("add_labels", {"labels": "abc"}, "octo-org/demo#1"),
        effect("notify", {"channel": "intake", "text": 5}, "octo-org/demo#1"),
        effect("close", {"reason": "nonsense"}, "octo-org/demo#1"),
        effect("add_labels", {"labels": ["bug"]}, "octo-org/demo#1", rule=ODD_RULE),
        effect("add_labels", {"labels": ["bug"]}, "octo-org/demo#1", key="x\x1b[31m"),
    ],
    ids=str,
)
def test_an_effect_that_no_plan_has_is_refused(
    wrong: Any, repo: RepositoryHandle, rulewright: Command, left: Callable[..., None]
) -> None:
    number = repo.issue("quiet", "text")
    left(intent(wrong, target="octo-org/demo#1"))
    code, out, err = rulewright("run", "--apply")
    assert code == 2, err
    assert "unexpected" not in err
    assert "\x1b" not in out + err
    assert repo.state()[number]["labels"] == []


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("add_labels", {}),
        ("remove_labels", {"labels": 5}),
        ("remove_labels", {"labels": [5]}),
        ("set_label", {"group": 1, "label": 2, "value": 3}),
        ("set_field", {"field": []}),
        ("assign", {"logins": [None]}),
    ],
)
@pytest.mark.parametrize("target", ["octo-org/demo#1", "octo-org/demo#²", "octo-org/demo#01", ""])
def test_what_undo_reads_is_such_as_actions_plan_it(
    action: str, arguments: Any, target: str, repo: RepositoryHandle, rulewright: Command, folder: Path
) -> None:
    repo.issue("quiet", "text")
    file = write(folder / "j.jsonl", record(effect(action, arguments, target)))
    code, _, err = rulewright("undo", str(file), "--everything", "--apply")
    assert code == 2, err
    assert "An effect is not such as its action plans it" in err


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_nothing_in_a_record_reaches_a_runner_or_a_terminal(
    form: str, rulewright: Command, folder: Path
) -> None:
    odd = record(effect("remove_labels", {"labels": ["x"]}, "octo-org/demo#1", rule=ODD_RULE))
    file = str(write(folder / "j.jsonl", odd, {**odd, "kind": "x\n::error::y\x1b[31m"}))
    for words in (("journal", "show", file), ("undo", file, "--everything")):
        _, out, err = rulewright(*words, "--format", form)
        assert "\x1b" not in out + err
        assert not [line for line in (out + err).splitlines() if line.startswith("::") or "##[" in line]
    _, out, _ = rulewright("journal", "export", file, "--as", "csv", "--kind", "effect")
    assert "\x1b" not in out


def test_a_line_with_a_key_twice_is_a_changed_record(rulewright: Command, folder: Path) -> None:
    file = write(folder / "j.jsonl", record(effect("remove_labels", {"labels": ["x"]}, "octo-org/demo#1")))
    assert rulewright("journal", "verify", str(file))[0] == 0
    file.write_bytes(file.read_bytes().replace(b"{", b'{"status":"failed",', 1))
    code, _, err = rulewright("journal", "verify", str(file))
    assert code == 1
    assert "appears twice" in err


def test_a_last_line_without_an_end_is_told(rulewright: Command, folder: Path) -> None:
    file = write(
        folder / "j.jsonl", *[record(effect("remove_labels", {"labels": ["x"]}, "octo-org/demo#1"))] * 2
    )
    file.write_bytes(file.read_bytes()[:-1])
    code, out, err = rulewright("journal", "verify", str(file))
    assert (code, out.startswith("1 records")) == (0, True)
    assert "the last line of" in err
    assert json.loads(rulewright("journal", "verify", str(file), "--format", "json")[1])["torn"] == [
        str(file)
    ]


def test_a_damaged_memory_is_made_anew(
    repo: RepositoryHandle, rulewright: Command, config: Callable[[str], None], folder: Path
) -> None:
    config("state: { directory: .state }\n")
    repo.issue("A crash", "text")
    assert rulewright("run", "--apply")[0] == 0
    memory = folder / ".state" / "memory.json"
    kept = json.loads(memory.read_bytes())
    for name, wrong in (
        ("open", {"a": {"effects": 5}}),
        ("open", {"a": 1}),
        ("sent", {"a": 1}),
        ("resume", {"a": "b"}),
        ("seen", {"a": 1}),
    ):
        memory.write_text(json.dumps({**kept, name: wrong}))
        code, _, err = rulewright("run", "--apply")
        assert code == 0, err
