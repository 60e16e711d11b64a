"""What every command has: --format, --quiet, --verbose, and completion in shells."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest

from rulewright.cli.lazy_group import load_command, subcommands
from rulewright.cli.main import main
from rulewright.cli.main import rulewright as group

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WITHOUT_FORMAT = {"tui"}
"""The terminal interface writes no report."""


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something: its words and itself, subcommands that are imported when called included."""

    def below(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        lazy = getattr(command, "lazy_commands", {})
        own = {name: load_command(reference) for name, (reference, _) in lazy.items()}
        own |= getattr(command, "commands", {})
        for name, one in own.items():
            yield from below(f"{words} {name}".strip(), one)
        if not isinstance(command, click.Group):
            yield words, command

    yield from below("", group)


COMMANDS = dict(all_commands())


def test_the_list_of_commands_is_whole() -> None:
    assert {
        "evaluate",
        "gate",
        "gate replay",
        "model pull",
        "journal export",
        "slo render",
        "tui",
    } <= COMMANDS.keys()
    assert [name for name, one in COMMANDS.items() if list(subcommands(one))] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_common_options(name: str) -> None:
    found = [opt for one in COMMANDS[name].params for opt in one.opts]
    assert {"-q", "--quiet", "-v", "--verbose"} <= set(found)
    assert len(found) == len(set(found)), "an option is declared twice"
    assert ("--format" in found) == (name not in WITHOUT_FORMAT)


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - WITHOUT_FORMAT))
def test_every_command_has_the_four_formats(name: str) -> None:
    option = next(one for one in COMMANDS[name].params if "--format" in one.opts)
    assert isinstance(option.type, click.Choice)
    assert {"text", "json", "markdown", "github"} <= set(option.type.choices)


@pytest.mark.parametrize("words", [["--quiet", "evaluate"], ["evaluate", "-q"]])
def test_quiet_writes_the_report_and_no_warning(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = folder / "rules" / "intake.yaml"
    policy.write_text(policy.read_text().replace("mode: enforce", "") + "  - { id: twice, description: Same., "
                      "when: { title: { contains: docs } }, then: [ { add_labels: [docs] } ] }\n")  # fmt: skip
    rest = ["--event", "event.json", "--now", "2026-01-05T09:00:00Z"]
    assert main(["evaluate", *rest]) == 0
    usual = capsys.readouterr()
    assert main([*words, *rest]) == 0
    quiet = capsys.readouterr()
    assert "warning" in usual.err
    assert (quiet.out, quiet.err) == (usual.out, "")


def test_quiet_writes_errors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--quiet", "--event", "nowhere.json"]) == 4
    assert "error: The event file nowhere.json does not exist" in capsys.readouterr().err


def test_verbose_tells_what_was_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", "--event", "event.json", "--now", "2026-01-05T09:00:00Z"]
    assert main(words) == 0
    usual = capsys.readouterr()
    assert main([*words, "--verbose"]) == 0
    verbose = capsys.readouterr()
    assert verbose.out == usual.out
    assert "policy intake (Triage, 4 entries): rules/intake.yaml\n" in verbose.err
    assert "event issues.opened: evaluated as of 2026-01-05T09:00:00Z\n" in verbose.err
    assert verbose.err.splitlines()[-1].startswith("rulewright 0.")


def test_quiet_and_verbose_contradict(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-q", "evaluate", "-v", "--event", "event.json"]) == 2
    assert "--quiet and --verbose cannot be used together" in capsys.readouterr().err
    assert main(["evaluate", "--event", "event.json"]) == 0, "one command does not change the next"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    short = capsys.readouterr().out
    assert main(["version"]) == 0
    assert capsys.readouterr().out.startswith(short)
    assert main(["version", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert f"rulewright {found['version']}\n" == short
    assert set(found["extras"]) <= {"tui", "learn", "llama"}


def complete(words: str, shell: str = "bash") -> list[str]:
    """What the program answers to a shell that completes the last word."""
    given = words.split(" ")
    environment = {
        **os.environ,
        "_RULEWRIGHT_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": given[-1] if shell == "fish" else str(len(given) - 1),
    }
    command = [sys.executable, "-c", "from rulewright.cli.main import main; raise SystemExit(main([]))"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert run.stderr == ""
    return run.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("rulewright ev", ["plain,evaluate"]),
        ("rulewright evaluate --plan", ["plain,--plan-out"]),
        ("rulewright evaluate --event issue-open", ["plain,issue-opened"]),
        ("rulewright explain crash --event issue-open", ["plain,issue-opened"]),
        ("rulewright evaluate --event ./x", ["file,./x"]),
        ("rulewright evaluate --format js", ["plain,json"]),
        ("rulewright evaluate rul", ["file,rul"]),
        ("rulewright duplicates index iss", ["file,iss"]),
        ("rulewright model cl", ["plain,classify"]),
        ("rulewright gate repl", ["plain,replay", "file,repl"]),
        ("rulewright gate replay --form", ["plain,--format"]),
        ("rulewright journal ver", ["plain,verify"]),
        ("rulewright completion z", ["plain,zsh"]),
    ],
)
def test_shells_complete_commands_options_examples_and_paths(words: str, found: list[str]) -> None:
    assert complete(words) == found


def test_completing_a_command_imports_none() -> None:
    script = (
        "import sys; from rulewright.cli.main import main; main([]);"
        "print([name for name in sys.modules if name.startswith('rulewright.run')], file=sys.stderr)"
    )
    environment = {
        **os.environ,
        "_RULEWRIGHT_COMPLETE": "bash_complete",
        "COMP_WORDS": "rulewright e",
        "COMP_CWORD": "1",
    }
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    assert "plain,explain" in run.stdout
    assert run.stderr == "['rulewright.run', 'rulewright.run.exit_codes']\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_the_program_and_the_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_RULEWRIGHT_COMPLETE={shell}_complete" in script
    assert main(["completion", shell, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"shell": shell, "script": script}


def test_an_unknown_shell_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    assert "'bash', 'zsh', 'fish'" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_with_the_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    program = tmp_path / "rulewright"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m rulewright "$@"\n')
    program.chmod(0o755)
    script = capsys.readouterr().out + (
        "COMP_WORDS=(rulewright evaluate --event issue-open); COMP_CWORD=3\n"
        f'_rulewright_completion {program}; echo "${{COMPREPLY[@]}}"\n'
    )
    run = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "issue-opened\n"


EXAMPLES = ["issue-opened", "pull-request-opened", "schedule-issue"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_taken_by_its_name(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    path = request.config.rootpath / "examples" / "events" / f"{name}.json"
    rest = ["--now", "2026-01-05T09:00:00Z", "--format", "json"]
    assert main(["evaluate", "--event", name, *rest]) == 0
    by_name = capsys.readouterr().out
    assert main(["evaluate", "--event", str(path), *rest]) == 0
    assert capsys.readouterr().out == by_name


def test_explain_takes_an_example(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "crash", "--event", "issue-opened", "--now", "2026-01-05T09:00:00Z"]) == 0
    assert "issues.opened on octo-org/assistant#41" in capsys.readouterr().out


def test_a_file_is_meant_before_an_example(
    folder: Path, payload: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "issue-opened").write_text(json.dumps(payload("docs")))
    assert main(["evaluate", "--event", "issue-opened"]) == 0
    assert "octo-org/hello#12" in capsys.readouterr().out


@pytest.mark.parametrize("written", ["isue-opened", "issue-opend", "issue_opened", "issue-opened.json"])
def test_a_name_that_is_nearly_an_example_gets_a_hint(
    written: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--event", written]) == 4
    assert "Did you mean the example issue-opened?" in capsys.readouterr().err


def test_an_example_is_a_name_and_no_path(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--event", "./issue-opened"]) == 4
    assert "The event file ./issue-opened does not exist" in capsys.readouterr().err
