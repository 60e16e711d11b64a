"""`rulewright completion`: the completion script of a shell, from click."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from rulewright.cli.main import rulewright as group
from rulewright.cli.options import format_option
from rulewright.cli.report_writer import write_report
from rulewright.report.reporter import LineReport
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from rulewright.report.reporter import Reporter

VARIABLE = "_RULEWRIGHT_COMPLETE"
"""The environment variable by which the script asks the program for completions; click derives the same name."""


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@format_option()
def completion(shell: str, reporter: Reporter) -> int:
    """Print the completion script of a shell.

    Load it where the shell starts: `eval "$(rulewright completion bash)"` in ~/.bashrc (bash 4.4 or newer), `eval
    "$(rulewright completion zsh)"` in ~/.zshrc after `compinit`, and for fish `rulewright completion fish >
    ~/.config/fish/completions/rulewright.fish`.
    """
    made = get_completion_class(shell)
    assert made is not None, shell
    script = made(group, {}, "rulewright", VARIABLE).source().rstrip() + "\n"
    write_report(LineReport({"shell": shell, "script": script}, script), reporter)
    return exit_codes.DONE
