"""`rulewright model`: the models that policies use, and classifiers trained on labelled issues.

Each subcommand is imported when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from rulewright.cli.lazy_group import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBCOMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "list": ("rulewright.cli.model_files:list_models", "List cached models and those that can be pulled."),
    "pull": ("rulewright.cli.model_files:pull", "Download a model into the cache."),
    "verify": ("rulewright.cli.model_files:verify", "Verify the hashes of pulled models."),
    "info": ("rulewright.cli.model_files:info", "Show information about a model or a classifier."),
    "bench": ("rulewright.cli.model_bench:bench", "Measure the speed of a local model."),
    "fit": ("rulewright.cli.model_fit:fit", "Train a classifier from labelled issues."),
    "evaluate": ("rulewright.cli.model_evaluate:evaluate", "Measure a model with suites, for gates."),
    "classify": ("rulewright.cli.model_classify:classify", "Classify issues with a trained classifier."),
}
"""Name → ("module:attribute", short help)."""


class ModelCommands(LazyGroup):
    """The subcommands of `rulewright model`."""

    lazy_commands = SUBCOMMANDS


@click.group(cls=ModelCommands)
def model() -> None:
    """Download and benchmark models, train classifiers from labelled issues, and classify issues."""
