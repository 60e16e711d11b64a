"""`rulewright model fit`: train a classifier on labelled issues."""

from __future__ import annotations

import importlib.util
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import click

from rulewright.cli.json_lines import JsonLines
from rulewright.cli.options import format_option
from rulewright.cli.output import print_note
from rulewright.cli.progress import current_progress
from rulewright.cli.report_writer import write_report
from rulewright.models.classifier.labelled_issue import read_labelled_issue
from rulewright.models.embedding.embedder import EmbeddingsUnavailable, open_embedder
from rulewright.policy.diagnostics import UsageError
from rulewright.report.reporter import LineReport
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from rulewright.models.classifier.linear_model import LinearClassifier
    from rulewright.models.embedding.embedder import Embedder
    from rulewright.report.reporter import Reporter


@click.command()
@click.option(
    "--from",
    "source",
    metavar="FILE",
    required=True,
    help="Labelled issues, one per line; - for standard input.",
)
@click.option(
    "--label-field",
    "field",
    metavar="NAME",
    default="label",
    show_default=True,
    help="The field with the label.",
)
@click.option("--output", "path", metavar="FILE", required=True, help="Write the classifier to this file.")
@click.option("--words-only", is_flag=True, help="Train on words only, even if MiniLM is installed.")
@format_option()
def fit(source: str, field: str, path: str, words_only: bool, reporter: Reporter) -> int:
    """Train a classifier from labelled issues.

    FILE has one issue per line: {"id", "title", "body", "label"}. Every label needs five examples. Three hundred issues
    take seconds, and a minute for their embeddings the first time. The scores shown are cross-validated. An invalid
    line is reported with its number and skipped, and the exit code is 4.
    """
    need_numpy()
    need_package("sklearn", "scikit-learn")
    from rulewright.models.classifier import model_file as file
    from rulewright.models.classifier.training import MAX_EXAMPLES
    from rulewright.models.classifier.training import train_classifier as learn

    with JsonLines(source, partial(read_labelled_issue, field=field)) as lines, ExitStack() as stack:
        examples = list(lines)
        current_progress().begin("", task="model fit: train")
        embed = None if words_only else embedder_or_none(stack)
        found = learn(examples, embed)
    size = file.write_classifier(found, path)
    if len(examples) > MAX_EXAMPLES:
        print_note(f"trained on {MAX_EXAMPLES} of {len(examples)} issues: the last ones of every label")
    about = {"file": path, "bytes": size, "labels": list(found.labels), **found.about}
    write_report(LineReport(about, describe_classifier(found, path, size)), reporter)
    return exit_codes.FAILED if lines.bad else exit_codes.DONE


def describe_classifier(found: LinearClassifier, path: str, size: int) -> str:
    counts, held_out = found.about["examples"], found.about["held_out"]
    labels = ", ".join(f"{label} {counts[label]}" for label in found.labels)
    by = "words and embeddings" if found.full is not None else "words only"
    return (
        f"{path}  {size / 1000:.0f} kB, trained on {sum(counts.values())} issues with {by}\n"
        f"  {labels}\n"
        f"  cross-validated: macro F1 {held_out['macro_f1']:.3f}, accuracy {held_out['accuracy']:.3f}\n"
    )


def need_numpy() -> None:
    """Raise UsageError if numpy is not installed."""
    need_package("numpy", "numpy")


def need_package(module: str, package: str) -> None:
    """Raise UsageError if a package that classifiers need is not installed."""
    if importlib.util.find_spec(module) is None:
        raise UsageError(
            f"classifiers need the package {package}, which is not installed",
            hint="pip install 'rulewright[learn]'",
        )


def embedder_or_none(stack: ExitStack) -> Embedder | None:
    """MiniLM, closed with the stack; if it is not available, the fallback is reported on stderr."""
    try:
        return stack.enter_context(open_embedder())
    except EmbeddingsUnavailable as missing:
        print_note(f"{missing.message}; using words only", hint=missing.hint)
        return None
