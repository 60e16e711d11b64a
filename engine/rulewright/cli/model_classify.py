"""`rulewright model classify`: label issues with a trained classifier."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from rulewright.cli.json_lines import JsonLines
from rulewright.cli.model_fit import embedder_or_none, need_numpy
from rulewright.cli.options import format_option
from rulewright.cli.output import print_note
from rulewright.cli.report_writer import ReportWriter
from rulewright.evaluate.masking import mask
from rulewright.models.classifier.labelled_issue import read_labelled_issue
from rulewright.policy.characters import escape_commands
from rulewright.policy.diagnostics import SourceError
from rulewright.report.reporter import LineReport
from rulewright.report.terminal import printable
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from rulewright.models.classifier.labelled_issue import LabelledIssue
    from rulewright.models.classifier.linear_model import LinearClassifier
    from rulewright.models.embedding.embedder import Embedder
    from rulewright.report.reporter import Reporter

BATCH: Final = 32
"""Number of issues in memory, labelled in one batch."""
DIGITS: Final = 3


@click.command()
@click.argument("file")
@click.option("--model", "path", metavar="FILE", required=True, help="The classifier file, from `model fit`.")
@click.option("--words-only", is_flag=True, help="Use words only, even if MiniLM is installed.")
@format_option()
def classify(file: str, path: str, words_only: bool, reporter: Reporter) -> int:
    """Classify issues with a trained classifier.

    FILE has one issue per line: {"id", "title", "body"}; "-" is standard input. With --format json, one line is written
    per issue: {"id", "label", "probabilities"}. Without MiniLM, only words are used, and a note is written to stderr.
    """
    need_numpy()
    from rulewright.models.classifier.model_file import read_classifier

    model = read_classifier(path)
    with (
        JsonLines(file, partial(read_labelled_issue, field=None)) as lines,
        ExitStack() as stack,
        ReportWriter(reporter) as writer,
    ):
        embed = None
        if model.full is not None and not words_only:
            embed = find_fitting(model, embedder_or_none(stack))
        examples = iter(lines)
        while batch := list(islice(examples, BATCH)):
            try:
                reports = label_issues(model, batch, embed)
            except SourceError as error:
                print_note(f"{error.message}; using words only", hint=error.hint)
                embed = None
                reports = label_issues(model, batch, embed)
            for report in reports:
                writer.write(report)
            if writer.closed:
                break
    return exit_codes.FAILED if lines.bad else exit_codes.DONE


def find_fitting(model: LinearClassifier, embed: Embedder | None) -> Embedder | None:
    """The embedder, if its vectors are those that the classifier was trained with."""
    if embed is None or embed.name == model.about["vectors"]:
        return embed
    print_note(
        f"the classifier was trained with other embeddings ({str(model.about['vectors'])[:40]}); using words only",
        hint="train it again: rulewright model fit",
    )
    return None


def label_issues(
    model: LinearClassifier, batch: list[LabelledIssue], embed: Embedder | None
) -> list[LineReport]:
    """The label of each issue, and the probability of every label. Raises SourceError if the embedder fails."""
    from rulewright.models.classifier.linear_model import predict_probabilities

    reports = []
    for issue, row in zip(batch, predict_probabilities(model, batch, embed), strict=True):
        shares = {name: round(float(share), DIGITS) for name, share in zip(model.labels, row, strict=True)}
        label = model.labels[int(row.argmax())]
        text = f"{label}  {shares[label]:.2f}  {issue.id}  {issue.title}"
        document = {"id": issue.id, "label": label, "probabilities": shares}
        reports.append(LineReport(document, escape_commands(printable(mask(text))) + "\n"))
    return reports
