"""`rulewright model classify`: labels for issues, by a classifier that was learnt."""

from __future__ import annotations

import json
from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click

from rulewright.cli import exit as codes
from rulewright.cli.model_fit import embedder_or_none, need_numpy
from rulewright.cli.model_lines import ExampleLines
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import Output, complain
from rulewright.policy.diagnostics import SourceError
from rulewright.report.terminal import printable, unspoken, unspoken_json

if TYPE_CHECKING:
    from rulewright.models.classifier.labelled_issue import LabelledIssue
    from rulewright.models.classifier.linear_model import LinearClassifier
    from rulewright.models.embedding.embedder import Embedder

BATCH: Final = 32
"""Issues that are labelled at a time: what is held in memory."""
DIGITS: Final = 3


@click.command()
@click.argument("file")
@click.option("--model", "path", metavar="FILE", required=True, help="The classifier, made by `model fit`.")
@click.option("--words-only", is_flag=True, help="Label without embeddings, even where MiniLM is there.")
@format_option()
def classify(file: str, path: str, words_only: bool, form: str | None) -> int:
    """Label issues with a classifier that was learnt.

    FILE holds one issue per line: {"id", "title", "body"}; "-" is standard input. With --format json one line comes
    out per line: {"id", "label", "probabilities"}. Without MiniLM, words alone decide, and stderr says so.
    """
    need_numpy()
    from rulewright.models.classifier.model_file import read_classifier

    shape = chosen_format(form)
    model = read_classifier(path)
    with ExampleLines(file) as lines, ExitStack() as stack, Output() as out:
        embed = None
        if model.full is not None and not words_only:
            embed = fitting(model, embedder_or_none(stack))
        examples = lines.examples()
        while batch := list(islice(examples, BATCH)):
            try:
                rows = answers(model, batch, embed)
            except SourceError as error:
                complain(f"{error.message}; going on with words alone", hint=error.hint)
                embed = None
                rows = answers(model, batch, embed)
            for example, found in zip(batch, rows, strict=True):
                out.write(
                    f"{unspoken_json(json.dumps(found))}\n" if shape == "json" else as_text(example, found)
                )
            out.flush()
            if out.closed:
                break
    return codes.FAILED if lines.bad else codes.DONE


def fitting(model: LinearClassifier, embed: Embedder | None) -> Embedder | None:
    """The embedder, where its vectors are those that the classifier was learnt with."""
    if embed is None or embed.name == model.about["vectors"]:
        return embed
    complain(
        f"the classifier was learnt with other vectors ({str(model.about['vectors'])[:40]}); going on with words alone",
        hint="learn it again: rulewright model fit",
    )
    return None


def answers(
    model: LinearClassifier, batch: list[LabelledIssue], embed: Embedder | None
) -> list[dict[str, Any]]:
    from rulewright.models.classifier.linear_model import predict_probabilities

    return [
        {
            "id": example.id,
            "label": model.labels[int(row.argmax())],
            "probabilities": {
                label: round(float(one), DIGITS) for label, one in zip(model.labels, row, strict=True)
            },
        }
        for example, row in zip(batch, predict_probabilities(model, batch, embed), strict=True)
    ]


def as_text(example: LabelledIssue, found: dict[str, Any]) -> str:
    chance = found["probabilities"][found["label"]]
    return unspoken(printable(f"{found['label']}  {chance:.2f}  {found['id']}  {example.title}")) + "\n"
