"""`rulewright policies`: list the policies that load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

import rulewright
from rulewright.cli.options import format_option, output_option, policies_argument
from rulewright.cli.report_writer import ReportWriter
from rulewright.report.reporter import LineReport
from rulewright.run import exit_codes
from rulewright.run.inputs import policy_paths

if TYPE_CHECKING:
    from rulewright.report.reporter import Reporter


@click.command()
@policies_argument
@format_option()
@output_option
def policies(paths: tuple[str, ...], reporter: Reporter, output: str | None) -> int:
    """List the policies that load: name, kind, number of rules, file.

    PATH is a policy file or a folder of policies; default: what rulewright.yaml names, else rules/.
    """
    program = rulewright.load(*policy_paths(paths))
    with ReportWriter(reporter, output) as writer:
        for policy in program.policies:
            row = {
                "name": policy.name,
                "kind": policy.kind,
                "rules": len(policy.entries),
                "file": policy.file,
            }
            writer.write(LineReport(row, "  ".join(map(str, row.values())) + "\n"))
    return exit_codes.DONE
