"""`rulewright doctor`: compare the permissions of a token with those that policies need. Sends only reads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click

import rulewright
from rulewright.cli.connection import github_options
from rulewright.cli.options import format_option, output_option
from rulewright.cli.report_writer import page_for, write_report
from rulewright.github.preflight import examine
from rulewright.github.required_permissions import demands, used_channels
from rulewright.report.preflight import PreflightReport
from rulewright.report.reporter import Page
from rulewright.run import exit_codes
from rulewright.run.connection import TOKENS
from rulewright.run.inputs import policy_paths

if TYPE_CHECKING:
    from rulewright.cli.connection import GitHubOptions
    from rulewright.report.reporter import Reporter

ATTEMPTS: Final = 3
"""Number of attempts of each request. Few, because the command is interactive."""


@click.command()
@click.argument("paths", nargs=-1, metavar="[POLICY]...")
@github_options
@format_option()
@output_option
@click.option("--enforce", is_flag=True, help="Check policies in observe mode as if they were enforced.")
def doctor(
    paths: tuple[str, ...],
    enforce: bool,
    github: GitHubOptions,
    reporter: Reporter,
    output: str | None,
) -> int:
    """Check the permissions of the token and the channels that these policies need.

    POLICY is a file or a folder; default: the policies that rulewright.yaml names, else rules/. Each permission that an
    action or a fact needs is listed as allowed, missing, or unknown if only a write can show it. A policy in observe
    mode needs no write permission and no channel; --enforce checks what it will need. A private channel whose
    environment variable is not set is missing. Nothing is written, and the token is never shown. Exits with 1 when
    anything is missing, 4 when GitHub cannot be reached.
    """
    program = rulewright.load(*policy_paths(paths))
    if enforce:
        program = program.with_policies(
            tuple(
                policy._replace(mode="enforce") if policy.mode == "observe" else policy
                for policy in program.policies
            )
        )
    connection = github.connect(attempts=ATTEMPTS)
    with connection.client:
        found = examine(
            connection.client,
            connection.repository,
            demands(program, connection.repository),
            used_channels(program),
            program.config.channels,
            os.environ,
            program.config.identity,
        )
    variable = github.token_env or next(name for name in TOKENS if os.environ.get(name))
    page = page_for(output) if output is None else Page()
    write_report(PreflightReport(found, variable), reporter, output, page=page)
    return exit_codes.NEGATIVE if found.missing else exit_codes.DONE
