"""`rulewright stats`: triage metrics out of the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rulewright.cli.connection import github_options
from rulewright.cli.journals import contents_of, journals
from rulewright.cli.options import FORMATS, chosen_format, moment
from rulewright.cli.output import Output, append_summary

if TYPE_CHECKING:
    from rulewright.run.metrics import Metrics


@click.command()
@click.argument("places", nargs=-1, metavar="[JOURNAL]...")
@github_options
@click.option(
    "--now", metavar="ISO", help="When untriaged subjects are late; default: the last record's moment."
)
@click.option(
    "--format",
    "form",
    type=click.Choice((*FORMATS, "prometheus")),
    default=None,
    help="How to write the output. Default: text; github in Actions.",
)
@click.option("--output", metavar="FILE", help="Write the metrics here instead of to stdout.")
def stats(
    places: tuple[str, ...],
    repo: str | None,
    token_env: str | None,
    api_url: str | None,
    now: str | None,
    form: str | None,
    output: str | None,
) -> int:
    """Say how triage keeps its service levels, and how often runs fail.

    JOURNAL is a journal's file or a folder of state; default: where rulewright.yaml keeps state. The chain of hashes
    is checked first.
    """
    from rulewright.run.metrics import metrics

    shape = chosen_format(form)
    found = metrics(contents_of(journals(places, repo, token_env, api_url)), moment(now))
    with Output(output) as out:
        out.write(written(found, shape))
    return 0


def written(found: Metrics, shape: str) -> str:
    """The metrics in the format asked for; `github` appends them to the job summary and prints nothing else."""
    from rulewright.report import stats as report
    from rulewright.report.document import json_text

    if shape == "json":
        return json_text(report.stats_document(found))
    if shape == "prometheus":
        return report.stats_prometheus(found)
    if shape == "github":
        append_summary(report.stats_markdown(found))
        return ""
    return report.stats_markdown(found) if shape == "markdown" else report.stats_text(found)
