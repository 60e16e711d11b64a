"""`rulewright doctor`: what the policies need of a token, and what it has. Reads only, tries nothing."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import click

from rulewright.cli import exit as codes
from rulewright.cli.connection import connect, github_options
from rulewright.cli.options import chosen_format, format_option, policy_paths
from rulewright.cli.output import Output, append_summary

if TYPE_CHECKING:
    from rulewright.github.preflight import Preflight

ATTEMPTS: Final = 3
"""Of each request: somebody is waiting to hear what is wrong."""


@click.command()
@click.argument("paths", nargs=-1, metavar="[POLICY]...")
@github_options
@format_option()
@click.option("--output", metavar="FILE", help="Write the report here instead of to stdout.")
@click.option("--enforce", is_flag=True, help="Ask as if policies that observe enforced.")
def doctor(
    paths: tuple[str, ...],
    enforce: bool,
    repo: str | None,
    token_env: str | None,
    api_url: str | None,
    form: str | None,
    output: str | None,
) -> int:
    """Say what the token can and cannot do for these policies, and whether their channels are configured.

    POLICY is a file or a folder; default: what rulewright.yaml names, else rules/. Each permission that an action
    or a fact needs is listed with what is known of it: allowed, missing, or unknown where only a write would tell.
    A policy that observes needs no writing permission and no channel; --enforce asks for what it will need. A private
    channel whose environment variable is not set is missing. Nothing is written, and the token is never shown. Exit
    code 1 when anything is missing, 4 when GitHub cannot be reached.
    """
    import rulewright
    from rulewright.github.preflight import examine
    from rulewright.github.required_permissions import demands, used_channels

    program = rulewright.load(*policy_paths(paths))
    if enforce:
        program = program.replaced(
            tuple(
                policy._replace(mode="enforce") if policy.mode == "observe" else policy
                for policy in program.policies
            )
        )
    connection = connect(repo, token_env, api_url, attempts=ATTEMPTS)
    with connection.client:
        found = examine(
            connection.client,
            connection.repository,
            demands(program, connection.repository),
            used_channels(program),
            program.config.get("channels"),
            os.environ,
            program.config.get("identity"),
        )
    shape = chosen_format(form)
    with Output(output) as out:
        out.write(rendered(found, shape, variable(token_env), to_file=output is not None))
    if shape == "github":
        from rulewright.report.preflight import preflight_markdown

        append_summary(preflight_markdown(found))
    return codes.NEGATIVE if found.missing else codes.DONE


def variable(token_env: str | None) -> str:
    """The variable that the token came from."""
    from rulewright.cli.connection import TOKENS

    return token_env or next(name for name in TOKENS if os.environ.get(name))


def rendered(found: Preflight, form: str, variable: str, *, to_file: bool) -> str:
    """The report in one of the four formats."""
    from rulewright.report import preflight as report
    from rulewright.report.terminal import Paint, colourful, width

    if form == "json":
        return report.preflight_json(found, variable)
    if form == "markdown":
        return report.preflight_markdown(found)
    if form == "github":
        return report.preflight_github(found)
    paint = Paint(not to_file and colourful(sys.stdout))
    return report.preflight_text(found, columns=100 if to_file else width(), paint=paint)
