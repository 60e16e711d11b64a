"""The console entry: one group of commands, each imported only when it is called."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Final

import click

from rulewright.cli.error_handling import run_command
from rulewright.cli.lazy_group import LazyGroup
from rulewright.cli.output import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "validate": (
        "rulewright.cli.validate:validate",
        "Check policies, tests, any YAML or JSON against schemas.",
    ),
    "evaluate": ("rulewright.cli.evaluate:evaluate", "Decide about an event, and show what would be done."),
    "run": ("rulewright.cli.run:run", "Decide about subjects on GitHub, and apply the plans where allowed."),
    "apply": ("rulewright.cli.apply:apply", "Carry out plans that were made and reviewed before."),
    "undo": ("rulewright.cli.undo:undo", "Take back what a journal says was done."),
    "journal": ("rulewright.cli.journal:journal", "Check, show and export the journal of what was done."),
    "stats": ("rulewright.cli.stats:stats", "Say how triage keeps its service levels."),
    "explain": (
        "rulewright.cli.explain:explain",
        "Say why a rule matched or not, and what would turn it.",
    ),
    "test": ("rulewright.cli.test:test", "Run the test cases that stand beside the policies."),
    "doctor": ("rulewright.cli.doctor:doctor", "Say what a token can and cannot do for the policies."),
    "init": ("rulewright.cli.init:init", "Put policies, configuration and workflows into a repository."),
    "labels": ("rulewright.cli.labels:labels", "Bring the label file's colours and descriptions to GitHub."),
    "duplicates": (
        "rulewright.cli.duplicates:duplicates",
        "Index issues, and say which earlier ones a new one repeats.",
    ),
    "model": (
        "rulewright.cli.model:model",
        "Fetch models, learn classifiers from labelled issues, label issues.",
    ),
    "scan": ("rulewright.cli.scan:scan", "Find personal data and secrets in texts, files and folders."),
    "schema": ("rulewright.cli.schema:schema", "Print a schema, or install all of them for an editor."),
}
"""Name → ("module:attribute", short help). A command's function returns its exit code, or None for 0."""

COLLECT_AFTER: Final = 50_000
"""Objects made, less those freed, before the collector looks at the young ones."""


OTHER_NAMES: Final = {
    "lint": ("validate",),
    "check": ("validate",),
    "verify": ("validate",),
    "plan": ("evaluate",),
    "dry-run": ("evaluate",),
    "simulate": ("evaluate",),
    "preview": ("evaluate",),
    "why": ("explain",),
    "sweep": ("run",),
    "execute": ("run",),
    "rollback": ("undo",),
    "revert": ("undo",),
    "log": ("journal",),
    "history": ("journal",),
    "metrics": ("stats",),
    "new": ("init",),
}
"""Commands as other tools call them."""


class Commands(LazyGroup):
    """The commands of `rulewright`."""

    lazy_commands = COMMANDS

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = OTHER_NAMES.get(args[0].lower(), ()) or get_close_matches(args[0], COMMANDS, n=1)
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
    epilog="Exit codes: 0 done, 1 negative verdict, 2 usage, 3 undetermined, 4 a source failed, 5 partly.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and exit.",
)
def rulewright() -> None:
    """Turn reviewed YAML policies into decisions and plans.

    Output goes to stdout, diagnostics and progress to stderr. Only run, apply, undo and labels apply change anything
    on GitHub, and only where they may.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name) and return its exit code; never raises."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    prepare()
    # What is made at the start lives to the end: looking for garbage among it is a tenth of a short run.
    threshold = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *threshold[1:])

    def run() -> int | None:
        result: object = rulewright.main(args=words, prog_name="rulewright", standalone_mode=False)
        return result if isinstance(result, int) else None

    try:
        return run_command(run, words)
    finally:
        gc.set_threshold(*threshold)
