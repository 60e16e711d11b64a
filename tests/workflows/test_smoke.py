"""`scripts/smoke-triage`: passes on the shipped rules, and fails loudly on anything else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "smoke-triage"
EXPECTED = "examples/smoke/triage.json"


def smoke(folder: Path, *arguments: str, path: str | None = None) -> tuple[int, str]:
    """Exit code and everything that is printed by the script, run in this folder."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "RULEWRIGHT_"))
    }
    done = subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        cwd=folder,
        env={**environ, "RULEWRIGHT_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": path or ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the rules and examples, to be broken."""
    for name in ("rules", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / ".git").mkdir()
    return tmp_path


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    found = {path: path.stat() for path in folder.rglob("*")}
    return {str(path): (stat.st_mtime_ns, stat.st_size) for path, stat in found.items()}


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_shipped_triage_is_sound(tmp_path):
    code, printed = smoke(tmp_path)
    assert (code, printed.count("ok    ")) == (0, 4), printed
    assert printed.endswith("touched nothing\n")
    assert list(tmp_path.iterdir()) == []


def test_it_changes_nothing(checkout):
    before = listing(checkout)
    code, printed = smoke(checkout, EXPECTED)
    assert code == 0, printed
    assert listing(checkout) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("add_labels: [security]", "add_labels: [bug]"),
        ("pii.count: { gt: 0 }", "pii.count: { gt: 1 }"),
        ("add_labels: [Triaged, Backlog]", "add_labels: [Triaged]"),
        ("kind: Triage\n", "kind: Triage\nmode: observe\n"),
    ],
    ids=["another-label", "a-condition", "a-label-less", "observed-only"],
)
def test_a_broken_rule_fails_it(checkout, old, new):
    change(checkout / "rules" / "triage" / "intake.yaml", old, new)
    code, printed = smoke(checkout, EXPECTED)
    assert code == 1
    assert "FAILED" in printed
    assert "expected  " in printed
    assert printed.endswith("smoke test: the triage is broken\n")


def test_a_policy_that_does_not_load_fails_it(checkout):
    change(checkout / "rules" / "triage" / "intake.yaml", "rules:\n", "rulez:\n")
    code, printed = smoke(checkout, EXPECTED)
    assert code == 2
    assert "rulez" in printed


def test_a_missing_event_fails_it(checkout):
    (checkout / "examples" / "events" / "issue-opened.json").unlink()
    code, printed = smoke(checkout, EXPECTED)
    assert code == 4
    assert "issue-opened.json" in printed


PLUGINS = {
    "a file": "open('trace', 'w')",
    "a file by its number": "import os; os.open('trace', os.O_CREAT | os.O_WRONLY)",
    "a folder": "import os; os.mkdir('trace')",
    "a removal": "import os; os.remove('rules/triage/intake.yaml')",
    "a connection": "import socket; socket.socket().connect(('127.0.0.1', 9))",
    "a process": "import subprocess; subprocess.run(['touch', 'trace'])",
    "a database": "import sqlite3; sqlite3.connect('trace')",
    "in a handler": "try:\n    open('trace', 'w')\nexcept Exception:\n    pass",
}


@pytest.mark.parametrize("code", PLUGINS.values(), ids=list(PLUGINS))
def test_whatever_touches_the_world_fails_it(checkout, code, tmp_path_factory):
    """A plugin stands for any code of ours that would write or connect while it decides."""
    place = tmp_path_factory.mktemp("plugin")
    (place / "leaky.py").write_text(f"{code}\nSOURCES = {{}}\n")
    (checkout / "rulewright.yaml").write_text(
        "apiVersion: rulewright/v1\nkind: Config\npolicies: [rules]\nplugins: ['leaky:SOURCES']\n"
    )
    expected = json.loads((checkout / EXPECTED).read_text("utf-8"))
    for case in expected["events"]:
        case["given"].pop("severity", None)  # so that somebody is asked
    (checkout / EXPECTED).write_text(json.dumps(expected))
    status, printed = smoke(checkout, EXPECTED, path=str(place))
    assert status == 1, printed
    assert "a dry run touches nothing" in printed
    assert not (checkout / "trace").exists()
    assert (checkout / "rules" / "triage" / "intake.yaml").exists()


@pytest.mark.parametrize("text", ["", "{}", '{"events": []}', '{"events": [{"effects": []}]}'])
def test_expectations_that_could_not_fail_are_refused(checkout, text):
    (checkout / EXPECTED).write_text(text)
    code, printed = smoke(checkout, EXPECTED)
    assert code == 2
    assert "smoke-triage: cannot use" in printed


def test_more_effects_than_expected_fail_it(checkout):
    expected = json.loads((checkout / EXPECTED).read_text("utf-8"))
    expected["events"][0]["effects"].pop()
    (checkout / EXPECTED).write_text(json.dumps(expected))
    code, printed = smoke(checkout, EXPECTED)
    assert code == 1
    assert "planned   notify by intake/pii-found" in printed
