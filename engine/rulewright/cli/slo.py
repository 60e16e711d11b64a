"""`rulewright slo`: what gates judge, for other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

import rulewright
from rulewright.cli import options
from rulewright.cli.output import print_load_warnings, print_note
from rulewright.cli.report_writer import write_report
from rulewright.gates.gate_run import select_gates
from rulewright.gates.prometheus_rules import render_rules
from rulewright.policy.diagnostics import UsageError
from rulewright.report.prometheus_rules import build_document, format_rules
from rulewright.report.reporter import LineReport
from rulewright.run import exit_codes
from rulewright.run.inputs import policy_paths

if TYPE_CHECKING:
    from rulewright.report.reporter import Reporter


@click.group()
def slo() -> None:
    """Render what gates judge for other tools."""


@slo.command()
@options.policies_argument
@click.option(
    "--gate", "names", multiple=True, metavar="NAME", help="Render only this gate. Can be repeated."
)
@options.format_option()
@click.option("--output", metavar="FILE", help="Write the rules to this file instead of stdout.")
def render(paths: tuple[str, ...], names: tuple[str, ...], reporter: Reporter, output: str | None) -> int:
    """Print recording rules and alerts of Prometheus for the error budgets of gates.

    PATH is a policy file or a folder of policies; default: the policies that rulewright.yaml names, else rules/. Of
    objectives with `budget:` whose source is `prometheus: {bad: QUERY, total: QUERY}` (or `good`), with `$window` in
    their queries. Each pair of windows of which both spend the budget too fast is an alert.
    """
    places = policy_paths(paths)
    program = rulewright.load(*places)
    print_load_warnings(program)
    rendered = render_rules(select_gates(program, names))
    for line in rendered.left_out:
        print_note(f"left out {line}")
    if not rendered.groups:
        hint = "give an objective a `budget:`, and `$window` in the queries of its source"
        raise UsageError("no objective gives rules", hint=hint)
    text = format_rules(rendered.groups, " ".join(["rulewright slo render", *paths]))
    write_report(LineReport(build_document(rendered.groups), text), reporter, output)
    return exit_codes.DONE
