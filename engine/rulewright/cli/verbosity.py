"""`--quiet` and `--verbose`, which every command has: how much is written to stderr."""

from __future__ import annotations

from typing import Final

import click

from rulewright.cli.progress import stop_progress
from rulewright.policy.diagnostics import UsageError

_KEY: Final = "rulewright.verbosity"


def add_common_options(command: click.Command) -> click.Command:
    """Give a command the options that every command has, once. Returns the command."""
    if not any(option.name in ("quiet", "verbose") for option in command.params):
        command.params += _common_options()
    return command


def _common_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            expose_value=False,
            callback=_take_option,
            help="Write only the report and errors: no progress, notes or warnings.",
        ),
        click.Option(
            ["-v", "--verbose"],
            is_flag=True,
            expose_value=False,
            callback=_take_option,
            help="Also write what is read, and how long it takes, to stderr.",
        ),
    ]


def _take_option(context: click.Context, option: click.Parameter, value: bool) -> None:
    if not value:
        return
    if context.meta.setdefault(_KEY, option.name) != option.name:
        raise UsageError("--quiet and --verbose cannot be used together", hint="use one of them")
    if option.name == "quiet":
        stop_progress(context)


def is_quiet() -> bool:
    """Whether the command that runs writes no notes and warnings."""
    return _verbosity() == "quiet"


def is_verbose() -> bool:
    """Whether the command that runs writes details."""
    return _verbosity() == "verbose"


def _verbosity() -> object:
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(_KEY)
