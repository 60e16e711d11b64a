"""`rulewright model`: the models that policies ask, and classifiers learnt from labelled issues.

Each subcommand is imported when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBCOMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "list": ("rulewright.cli.model_files:list_models", "List models that are here, and that can be pulled."),
    "pull": ("rulewright.cli.model_files:pull", "Fetch a model, check it, and put it into the cache."),
    "verify": ("rulewright.cli.model_files:verify", "Check that models are the files that were pulled."),
    "info": ("rulewright.cli.model_files:info", "Say what a model or a classifier is."),
    "bench": ("rulewright.cli.model_bench:bench", "Measure how fast a local model is on this machine."),
    "fit": ("rulewright.cli.model_fit:fit", "Learn a classifier from labelled issues."),
    "evaluate": ("rulewright.cli.model_evaluate:evaluate", "Measure a model by suites, for gates."),
    "classify": ("rulewright.cli.model_classify:classify", "Label issues with a classifier that was learnt."),
}
"""Name → ("module:attribute", short help)."""


class Subcommands(click.Group):
    """A group that knows its commands' names and help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        from importlib import import_module

        module, _, attribute = SUBCOMMANDS[cmd_name][0].partition(":")
        return cast(click.Command, getattr(import_module(module), attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in SUBCOMMANDS.items()])


@click.group(cls=Subcommands)
def model() -> None:
    """Fetch and measure models, learn classifiers from labelled issues, and label issues with them."""
