"""`rulewright model`: the models that policies ask, and classifiers learnt from labelled issues.

Each subcommand is imported when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from rulewright.cli.lazy_group import LazyGroup

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


class ModelCommands(LazyGroup):
    """The subcommands of `rulewright model`."""

    lazy_commands = SUBCOMMANDS


@click.group(cls=ModelCommands)
def model() -> None:
    """Fetch and measure models, learn classifiers from labelled issues, and label issues with them."""
