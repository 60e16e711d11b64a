"""The entry point: the group of all commands, each imported when it is called."""

from __future__ import annotations

import gc
import sys
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

import click

from rulewright.cli.error_handling import run_command
from rulewright.cli.lazy_group import LazyGroup
from rulewright.cli.output import prepare, print_detail
from rulewright.cli.progress import start_progress
from rulewright.cli.verbosity import add_common_options, is_quiet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMANDS: Final[Mapping[str, str]] = {
    "validate": "Validate policies, tests and any YAML or JSON.",
    "evaluate": "Evaluate policies against an event, and show the plan.",
    "run": "Evaluate issues and pull requests on GitHub, and apply the plans.",
    "apply": "Apply saved plans.",
    "undo": "Revert the effects recorded in a journal.",
    "journal": "Verify, show and export the journal.",
    "stats": "Show triage service-level metrics.",
    "explain": "Explain why a rule matched or did not match.",
    "measure": "Measure services, models and commands for gates.",
    "gate": "Judge measurements by SLO gates.",
    "slo": "Render rules of Prometheus for the error budgets of gates.",
    "baseline": "Keep runs that passed, for gates to compare with.",
    "test": "Run the test cases of policies.",
    "doctor": "Check the token permissions and channels that policies need.",
    "init": "Add policies, configuration and workflows to a repository.",
    "labels": "Sync the label file to GitHub.",
    "duplicates": "Index issues and find duplicates.",
    "model": "Download models, train classifiers and classify issues.",
    "scan": "Find personal data and secrets in files and folders.",
    "facts": "Show what each fact source returns.",
    "schema": "Print a JSON Schema, or install all schemas for an editor.",
    "tui": "Inspect a dry run in the terminal.",
    "completion": "Print the completion script of a shell.",
    "version": "Show the version, and what is installed with it.",
}
"""Name → short help. The command NAME is the function NAME of `cli/NAME.py`; it returns its exit code or None (0)."""

ELSEWHERE: Final[Mapping[str, str]] = {"tui": "rulewright_tui.command:tui"}
"""Commands of other packages, which are named and not imported."""

WITHOUT_PROGRESS: Final = frozenset(("tui", "completion"))
"""Commands that draw the terminal themselves, or whose output a shell reads."""

COLLECT_AFTER: Final = 50_000
"""Net number of allocated objects that triggers a collection of the youngest generation."""


OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "validate": ("lint", "check", "verify"),
    "evaluate": ("plan", "dry-run", "simulate", "preview"),
    "explain": ("why",),
    "run": ("sweep", "execute"),
    "undo": ("rollback", "revert"),
    "journal": ("log", "history"),
    "stats": ("metrics",),
    "init": ("new",),
    "measure": ("bench", "benchmark", "probe"),
    "tui": ("ui", "inspect"),
    "completion": ("completions", "autocomplete"),
    "facts": ("sources",),
}
"""Command → its names in other tools, for hints."""


class Commands(LazyGroup):
    """The commands of `rulewright`."""

    lazy_commands: ClassVar = {
        name: (ELSEWHERE.get(name, f"rulewright.cli.{name}:{name}"), short)
        for name, short in COMMANDS.items()
    }

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            meant = [command for command, others in OTHER_NAMES.items() if args[0].lower() in others]
            near = meant or get_close_matches(args[0], COMMANDS, n=1)
            mean = f"; did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"no such command {args[0]!r}{mean}", ctx)
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from rulewright import __version__

        click.echo(f"rulewright {__version__}")
        ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 success, 1 negative verdict, 2 usage, 3 undetermined, 4 source failed, 5 partly applied.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.pass_context
def rulewright(context: click.Context) -> None:
    """Evaluate YAML policies against GitHub events, and apply the planned changes.

    Output is written to stdout, diagnostics and progress to stderr. Only run, apply, undo and labels apply change
    anything on GitHub, and only where the execution policy allows it.
    """
    if context.invoked_subcommand not in WITHOUT_PROGRESS and not is_quiet():
        start_progress(context, str(context.invoked_subcommand))
    context.call_on_close(partial(_print_duration, monotonic()))


add_common_options(rulewright)


def _print_duration(began: float) -> None:
    from rulewright import __version__

    print_detail(f"rulewright {__version__}: {monotonic() - began:.2f} s")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name) and return its exit code; never raises."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    prepare()
    # Objects created at start-up live until the end: collecting among them takes a tenth of a short run.
    threshold = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *threshold[1:])

    def run() -> int | None:
        result: object = rulewright.main(args=words, prog_name="rulewright", standalone_mode=False)
        return result if isinstance(result, int) else None

    try:
        return run_command(run, words)
    finally:
        gc.set_threshold(*threshold)
