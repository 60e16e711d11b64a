"""`rulewright gate explain` and `rulewright gate replay`: what evidence says, and the judgement again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import rulewright
from rulewright.cli import options
from rulewright.cli.report_writer import write_report
from rulewright.gates.differences import compare_runs
from rulewright.gates.evidence import (
    check_results,
    evidence_hash,
    read_evidence,
    rebuild_evidence,
    replay_evidence,
)
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.suggestions import nearest
from rulewright.report.gate_explanation import ObjectivesExplained
from rulewright.report.gates import GatesReport
from rulewright.run.exit_codes import combine

if TYPE_CHECKING:
    from rulewright.report.reporter import Reporter


@click.command()
@click.argument("path", metavar="EVIDENCE")
@click.argument("objective", metavar="[OBJECTIVE]", required=False)
@options.format_option()
@options.output_option
def explain(path: str, objective: str | None, reporter: Reporter, output: str | None) -> int:
    """Show why objectives have their verdicts: the rule, its numbers, and what would turn the verdict.

    EVIDENCE is a file that `rulewright gate --evidence` wrote; it is judged again, offline. OBJECTIVE is an id, or
    GATE/ID; default: every objective that does not pass.
    """
    evidence = read_evidence(path, read_bytes(Path(path)))
    run = replay_evidence(evidence)
    found = [
        (gate, row)
        for gate in run.gates
        for row in gate.objectives
        if (row.verdict != "PASS" if objective is None else objective in (row.id, f"{gate.name}/{row.id}"))
    ]
    if objective is not None and not found:
        known = [row.id for gate in run.gates for row in gate.objectives]
        near = nearest(objective, known)
        raise UsageError(
            f"{path} has no objective `{objective}`", hint=f"did you mean `{near}`?" if near else None
        )
    write_report(ObjectivesExplained(run, tuple(found)), reporter, output)
    return combine(run.exit_codes)


@click.command()
@click.argument("path", metavar="EVIDENCE")
@click.option(
    "--policy", "policies", multiple=True, metavar="PATH", help="Judge by these policies. Can be repeated."
)
@options.format_option("junit")
@options.output_option
def replay(path: str, policies: tuple[str, ...], reporter: Reporter, output: str | None) -> int:
    """Judge again what evidence holds, offline: the report has the same bytes anywhere.

    With --policy, the samples are judged by other policies, and what changes is listed.
    """
    evidence = read_evidence(path, read_bytes(Path(path)))
    program = rulewright.load(*policies) if policies else None
    run = replay_evidence(evidence, program)
    notes = compare_runs(evidence.results, run) if policies else check_results(evidence, run)
    digest = "" if policies else evidence_hash(rebuild_evidence(evidence, run))
    write_report(GatesReport(run, digest, notes), reporter, output)
    return combine(run.exit_codes)
