"""`rulewright facts`: what each fact source returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rulewright.cli.options import format_option
from rulewright.cli.report_writer import write_report
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.fact_sources import LET_SOURCES
from rulewright.policy.fact_sources.results import result_rows
from rulewright.report.facts import FactsReport
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from rulewright.report.reporter import Reporter


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@format_option()
def facts(sources: tuple[str, ...], reporter: Reporter) -> int:
    """Show what each fact source returns: the paths, their types, and an example.

    SOURCE is a source of `let:`, such as detect; default: all. FACT is the name that the policy gives.
    """
    for name in sources:
        if name not in LET_SOURCES:
            raise UsageError(f"there is no fact source {name!r}", hint=f"use one of {', '.join(LET_SOURCES)}")
    write_report(FactsReport({name: result_rows(name) for name in sources or LET_SOURCES}), reporter)
    return exit_codes.DONE
