"""A real session in a real terminal: tmux runs the command, keys are sent, and the screen is read back."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rulewright.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
NOW = "2026-01-05T09:00:00Z"
DEADLINE = 60.0
"""Seconds until a text must be on the screen; a busy machine takes a few."""

HIDDEN = ("COLUMNS", "LINES", "NO_COLOR", "TMUX")
"""What the tests set for commands without a terminal, or another tmux."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("tmux") is None and not os.environ.get("CI"),
        reason="tmux is not installed: apt install tmux",
    ),
]


class Terminal:
    """A pane of a tmux server of its own."""

    def __init__(self, folder: Path, columns: int, rows: int) -> None:
        self._server = f"rulewright-{uuid.uuid4().hex[:12]}"
        self._folder = folder
        self._tmux("-f", os.devnull, "new-session", "-d", "-x", str(columns), "-y", str(rows), "-s", "main",
                   "-c", str(folder), "sh")  # fmt: skip

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-L", self._server, "-u", *words]
        env = {name: value for name, value in os.environ.items() if name not in HIDDEN}
        run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=DEADLINE, env=env)
        return run.stdout

    def keys(self, *names: str) -> None:
        """Send keys by tmux's names."""
        self._tmux("send-keys", "-t", "main", *names)

    def type(self, text: str) -> None:
        """Send a text letter by letter."""
        self._tmux("send-keys", "-t", "main", "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-t", "main", "-x", str(columns), "-y", str(rows))

    @property
    def text(self) -> str:
        return self._tmux("capture-pane", "-p", "-t", "main")

    def wait(self, *texts: str, gone: str = "") -> str:
        """The screen as soon as it has all these texts, and one no more."""
        return self.wait_until(
            lambda text: all(part in text for part in texts) and not (gone and gone in text)
        )

    def wait_until(self, holds: Callable[[str], bool]) -> str:
        deadline = time.monotonic() + DEADLINE
        while True:
            text = self.text
            if holds(text):
                return text
            if time.monotonic() > deadline:
                pytest.fail(f"not on the screen after {DEADLINE:.0f} s:\n{text}")

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._server, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped policies and example events."""
    for name in ("rules", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("labels.yml", "rulewright.yaml", "README.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    session = Terminal(folder, 160, 50)
    try:
        yield session
    finally:
        session.close()


def start(terminal: Terminal, *words: str) -> None:
    program = Path(sys.executable).parent / "rulewright"
    command = shlex.join([str(program), "tui", *words, "--now", NOW])
    terminal.type(f"{command}; echo ended with $?")
    terminal.keys("Enter")


def test_open_walk_edit_filter_resize_save_a_test_case_and_quit(terminal: Terminal, folder: Path) -> None:
    start(terminal, "rules", "--event", "examples/events/issue-opened.json", "--event",
          "examples/events/issue-labeled.json")  # fmt: skip
    terminal.wait(" DRY RUN ", "1 Events  2", "3 Why  secret-found", "4 Source  rules/triage/intake.yaml:",
                  "5 Plan  12 effects")  # fmt: skip

    # Walk: the next rule, the next event and back.
    terminal.keys("]")
    terminal.wait("3 Why  pii-found")
    terminal.keys("[", "n")
    terminal.wait("Memory retrieval", "6 Event  issues.labeled")
    terminal.keys("p")
    terminal.wait("6 Event  issues.opened", "5 Plan  12 effects")

    # Edit the body, and see rules and plan follow while typing.
    terminal.keys("6", "Down", "e", "C-u")
    terminal.type("The app shows a crash.")
    terminal.wait("The app shows a crash.", "5 Plan  7 effects", "Δ +0 −5")
    terminal.keys("Enter")
    terminal.wait("• 1 edited", "changed by your edit", gone="enter keep")

    # Filter rules; the cursor is on the first hit.
    terminal.keys("2", "/")
    terminal.type("crash")
    terminal.wait("3 Why  crash-is-high", "not shown")
    terminal.keys("Enter")

    # Resize to the smallest common size and back.
    terminal.resize(80, 24)
    terminal.wait_until(
        lambda text: (
            max(map(len, text.split("\n"))) <= 80
            and "6 Event  issues" in text
            and [line[:1] for line in text.split("\n") if line[1:2] == " " and line[:1] in "13456"]
            == [*"13456"]
        )
    )
    terminal.resize(40, 10)
    terminal.wait("60×15 at least; this is 40×10.")
    terminal.resize(160, 50)
    terminal.wait("4 Source  rules/triage/intake.yaml:", "5 Plan  7 effects")

    # Write a test case into the copied folder.
    case_file = folder / "rules/triage/intake.test.yaml"
    before = case_file.read_bytes()
    terminal.keys("t")
    terminal.wait("Test case", "passes on the policy as it is", "id =")
    terminal.keys("C-u")
    terminal.type("from-the-terminal")
    terminal.wait("- id: from-the-terminal")
    terminal.keys("Enter")
    terminal.wait("Test case from-the-terminal written")
    after = case_file.read_bytes()
    assert after.startswith(before)
    assert b"- id: from-the-terminal" in after[len(before) :]

    terminal.keys("C-q")
    terminal.wait("ended with 0", gone=" DRY RUN ")
    assert main(["test", str(folder / "rules/triage/intake.yaml")]) == 0


def test_a_pipe_for_standard_error_is_refused(terminal: Terminal, folder: Path) -> None:
    program = Path(sys.executable).parent / "rulewright"
    terminal.type(f"{shlex.quote(str(program))} tui rules 2>err.txt; echo ended with $?; cat err.txt")
    terminal.keys("Enter")
    terminal.wait("ended with 2", "standard error is not a terminal")
    assert "Traceback" not in (folder / "err.txt").read_text("utf-8")
