"""`rulewright test`: the cases beside the policies, what they cover, and what they would let pass."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from rulewright.cli import exit as codes
from rulewright.cli.options import chosen_format, format_option, policy_paths
from rulewright.cli.output import Output, append_summary, complain
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from rulewright.report.cases import CasesReport


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--mutate", is_flag=True, help="Force every leaf, leave out every action: does a case fail?")
@click.option("--coverage", is_flag=True, help="Say which rules, leaves and actions no case has shown.")
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, 100),
    metavar="PCT",
    help="Fail below this coverage of any policy; implies --coverage.",
)
@click.option("-k", "only", metavar="TEXT", help="Only the cases whose id contains this.")
@format_option("junit")
@click.option("--output", metavar="FILE", help="Write the report here instead of to stdout.")
def test(
    paths: tuple[str, ...],
    mutate: bool,
    coverage: bool,
    min_coverage: float | None,
    only: str | None,
    form: str | None,
    output: str | None,
) -> int:
    """Run the test cases that stand beside the policies.

    PATH is a *.test.yaml, a policy (its test beside it), or a folder; default: what rulewright.yaml names, else
    rules/. Nothing is gathered: a fact that a case does not give is unknown.
    """
    if only is not None and (mutate or coverage or min_coverage is not None):
        raise UsageError("-k does not go with --mutate or coverage", hint="they speak of all cases together")
    from rulewright.report.cases import CasesReport
    from rulewright.testing.runner import run

    found = run(policy_paths(paths), only=only)
    if not found.files:
        raise UsageError("there is nothing to test", hint="cases stand in a *.test.yaml beside their policy")
    broken = bool(found.unloaded) or any(file.broken for file in found.files)
    if only is not None and not found.cases and not broken:
        raise UsageError(f"no case has {only!r} in its id")
    covered = mutated = None
    if coverage or min_coverage is not None:
        from rulewright.testing.coverage import cover

        covered = tuple(cover(tested) for tested in found.policies)
    if mutate:
        from rulewright.testing.mutate import mutate as mutation

        mutated = tuple(mutation(tested) for tested in found.policies)
    shown = CasesReport(found, covered, mutated)
    with Output(output) as out:
        out.write(_rendered(shown, chosen_format(form), to_file=output is not None))
    # Of a part of the cases, or of cases that could not be judged, this would say nothing.
    if only is None and not found.count("error") and not any(file.broken for file in found.files):
        for tested in found.policies:
            if not tested.cases:
                complain(f"warning: {tested.policy.file}: no case is about `{tested.policy.name}`")
    return _code(shown, min_coverage)


# pytest would take the name of this command for a test of its own.
test.__test__ = False  # type: ignore[attr-defined]


def _rendered(shown: CasesReport, form: str, *, to_file: bool) -> str:
    from rulewright.report import cases as report

    if form == "junit":
        from rulewright.report.junit import junit

        return junit(shown.run)
    if form == "json":
        return report.cases_json(shown)
    if form == "markdown":
        return report.cases_markdown(shown)
    if form == "github":
        append_summary(report.cases_markdown(shown))
        return report.cases_github(shown)
    from rulewright.report.terminal import Paint, colourful

    return report.cases_text(shown, Paint(not to_file and colourful(sys.stdout)))


def _code(shown: CasesReport, least: float | None) -> int:
    """2 for policies that do not load, 1 for cases that fail, mutants that survive, coverage below `least`."""
    held = set() if shown.run.passed else {codes.NEGATIVE}
    if shown.run.unloaded:
        from rulewright.report.diagnostics import text

        complain(text(shown.run.unloaded).rstrip())
        held.add(codes.USAGE)
    for covered in shown.coverage or ():
        if least is not None and covered.percent < least:
            complain(f"error: {covered.policy}: {covered.percent:.1f} % covered; {least:g} % are asked for")
            held.add(codes.NEGATIVE)
    if any(mutation.survivors for mutation in shown.mutation or ()):
        held.add(codes.NEGATIVE)
    return codes.combine(held)
