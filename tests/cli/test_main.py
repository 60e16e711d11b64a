"""The console entry: lazy commands, and the trap around them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from rulewright.cli import main as entry
from rulewright.cli.error_handling import run_command
from rulewright.cli.main import COMMANDS, ELSEWHERE, main
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.lazy import import_attribute

if TYPE_CHECKING:
    from collections.abc import Callable


def raising(error: BaseException) -> Callable[[], int]:
    def run() -> int:
        raise error

    return run


def test_help_lists_every_command_and_imports_none() -> None:
    needed = ("main", "error_handling", "lazy_group", "output", "path_completion", "progress", "verbosity")
    script = (
        "import sys; from rulewright.cli.main import main; code = main(['--help']);"
        "loaded = [m for m in sys.modules if m.startswith('rulewright.cli.') and"
        f" m.rsplit('.', 1)[1] not in {needed}];"
        "print(code, loaded, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stderr == "0 []\n"
    assert all(f"\n  {name} " in run.stdout for name in COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("rulewright 0")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_loads_and_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: rulewright {name}")


def test_no_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Commands:" in captured.err


def test_an_unknown_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evalute"]) == 2
    assert "did you mean 'evaluate'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (UsageError("wrong", hint="do so"), 2, "error: wrong\nhint: do so\n"),
        (SourceError("gone"), 4, "error: gone\n"),
        (click.UsageError("No such thing"), 2, "error: no such thing\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (BrokenPipeError(), 0, ""),
        (
            FileNotFoundError(2, "No such file or directory", "x.json"),
            4,
            "error: x.json: No such file or directory\n",
        ),
        (
            OSError(28, "No space left on device"),
            4,
            "error: cannot write the output: No space left on device\n",
        ),
        (
            RecursionError(),
            4,
            "error: the input is nested too deeply\nhint: check for a value that contains itself\n",
        ),
        (MemoryError(), 4, "error: out of memory while reading the input\n"),
        (SystemExit(3), 3, ""),
        (SystemExit("x"), 4, ""),
    ],
)
def test_what_is_raised_becomes_one_message(
    error: BaseException, code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(raising(error), []) == code
    captured = capsys.readouterr()
    assert captured.err == text
    assert captured.out == ""


def test_the_unexpected_names_a_report_without_secrets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_0123456789abcdef")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run_command(raising(ZeroDivisionError("payload text")), ["evaluate", "ghp_0123456789abcdef"]) == 4
    message = capsys.readouterr().err
    (report,) = tmp_path.iterdir()
    assert message == f"error: unexpected ZeroDivisionError; a report was written to {report}\n"
    text = report.read_text()
    assert "Traceback" in text
    assert "command: rulewright evaluate ***\n" in text
    assert "payload text" not in text
    assert report.stat().st_mode & 0o077 == 0


def test_control_characters_in_a_message_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(raising(UsageError("a\x1b[31mb\x07\ud800")), []) == 2
    assert capsys.readouterr().err == "error: a[31mb\\ud800\n"


def test_the_table_names_real_modules() -> None:
    folder = Path(entry.__file__).parent
    assert all((folder / f"{name}.py").exists() for name in COMMANDS if name not in ELSEWHERE)
    assert all(callable(import_attribute(reference)) for reference in ELSEWHERE.values())
