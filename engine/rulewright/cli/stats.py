"""`rulewright stats`: triage metrics of the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rulewright.cli.connection import github_options
from rulewright.cli.journal import open_journals
from rulewright.cli.options import format_option
from rulewright.cli.report_writer import write_report
from rulewright.report.stats import StatsReport
from rulewright.run.inputs import evaluation_moment
from rulewright.run.metrics import metrics
from rulewright.run.state.opening import contents_of

if TYPE_CHECKING:
    from rulewright.cli.connection import GitHubOptions
    from rulewright.report.reporter import Reporter


@click.command()
@click.argument("places", nargs=-1, metavar="[JOURNAL]...")
@github_options
@click.option(
    "--now",
    metavar="ISO",
    help="The time at which untriaged issues are checked; default: that of the last record.",
)
@format_option("prometheus")
@click.option("--output", metavar="FILE", help="Write the metrics to this file instead of stdout.")
def stats(
    places: tuple[str, ...],
    github: GitHubOptions,
    now: str | None,
    reporter: Reporter,
    output: str | None,
) -> int:
    """Show triage service-level metrics and failure rates.

    JOURNAL is a journal's file or a state folder; default: the journal of rulewright.yaml. The hash chain is verified
    first.
    """
    measured = metrics(contents_of(open_journals(places, github)), evaluation_moment(now))
    write_report(StatsReport(measured), reporter, output)
    return 0
