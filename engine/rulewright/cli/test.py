"""`rulewright test`: run the test cases of policies, with coverage and mutation tests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from rulewright.cli.options import format_option, output_option, policies_argument
from rulewright.cli.output import print_error, print_note
from rulewright.cli.progress import track
from rulewright.cli.report_writer import write_report
from rulewright.policy.diagnostics import UsageError
from rulewright.report.cases import CasesReport
from rulewright.report.diagnostics import diagnostics_text
from rulewright.report.evaluation import format_count
from rulewright.run import exit_codes
from rulewright.run.inputs import policy_paths
from rulewright.testing.coverage import measure_coverage
from rulewright.testing.mutate import mutate_policy
from rulewright.testing.runner import run_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rulewright.report.reporter import Reporter
    from rulewright.testing.model import Case, CaseRun, TestedPolicy
    from rulewright.testing.mutate import Mutation


@click.command()
@policies_argument
@click.option(
    "--mutate",
    is_flag=True,
    help="Run mutation tests: each leaf is forced, each action removed, and a case must fail. Not run if a case fails.",
)
@click.option("--coverage", is_flag=True, help="Show rules, leaves and actions that no case covers.")
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, 100),
    metavar="PCT",
    help="Fail if a policy has lower coverage; implies --coverage.",
)
@click.option("-k", "only", metavar="TEXT", help="Run only cases whose id contains TEXT.")
@format_option("junit")
@output_option
def test(
    paths: tuple[str, ...],
    mutate: bool,
    coverage: bool,
    min_coverage: float | None,
    only: str | None,
    reporter: Reporter,
    output: str | None,
) -> int:
    """Run the test cases of policies.

    PATH is a *.test.yaml file, a policy (its test file is used), or a folder; default: the policies that
    rulewright.yaml names, else rules/. Facts are not gathered: a fact that a case does not give is unknown.
    """
    if only is not None and (mutate or coverage or min_coverage is not None):
        raise UsageError("-k cannot be used with --mutate or coverage", hint="they need all cases")
    run = run_some_cases(paths, only, track_cases)
    covered = tuple(map(measure_coverage, run.policies)) if coverage or min_coverage is not None else None
    mutated = mutate_policies(run) if mutate else None
    report = CasesReport(run, covered, mutated)
    write_report(report, reporter, output)
    # Without all cases, or with errors, it is unknown which policies have no tests.
    if only is None and not run.count("error") and not is_broken(run):
        _warn_of_untested(run.policies)
    return _exit_code(report, min_coverage)


# Prevents pytest from collecting this command as a test.
test.__test__ = False  # type: ignore[attr-defined]


def track_cases(cases: Sequence[Case]) -> Iterator[Case]:
    """The cases, counted as progress."""
    return track(cases, "cases")


def mutate_policies(run: CaseRun) -> tuple[Mutation, ...] | None:
    """The mutation tests of all policies; None if a case fails, because then it is not known what kills a mutant."""
    failing = run.count("failed") + run.count("error")
    if not run.passed:
        found = f"{format_count(failing, 'case')} did not pass" if failing else "there are errors"
        print_error(
            f"error: mutation tests were not run: {found}", hint="correct the policy or the cases first"
        )
        return None
    return tuple(
        mutate_policy(one, partial(track, unit="mutants", task=f"test --mutate: {one.policy.name}"))
        for one in run.policies
    )


def run_some_cases(
    paths: tuple[str, ...], only: str | None, watch: Callable[[Sequence[Case]], Iterable[Case]]
) -> CaseRun:
    """Run the cases, or those whose id contains `only`. Raises UsageError if there is none."""
    run = run_cases(policy_paths(paths), only=only, watch=watch)
    if not run.files:
        raise UsageError("no test files found", hint="cases are in a *.test.yaml file next to the policy")
    if only is not None and not (run.cases or run.unloaded or is_broken(run)):
        raise UsageError(f"no case id contains {only!r}")
    return run


def is_broken(run: CaseRun) -> bool:
    """Whether a file could not be run."""
    return any(file.broken for file in run.files)


def _warn_of_untested(policies: Iterable[TestedPolicy]) -> None:
    for tested in policies:
        if not tested.cases:
            print_note(f"warning: {tested.policy.file}: policy `{tested.policy.name}` has no tests")


def _exit_code(report: CasesReport, least: float | None) -> int:
    """2 for policies that do not load, 1 for cases that fail, mutants that survive, coverage below `least`."""
    codes = set() if report.run.passed else {exit_codes.NEGATIVE}
    if report.run.unloaded:
        print_error(diagnostics_text(report.run.unloaded).rstrip())
        codes.add(exit_codes.USAGE)
    for covered in report.coverage or ():
        if least is not None and covered.percent < least:
            print_error(f"error: {covered.policy}: {covered.percent:.1f} % covered; {least:g} % required")
            codes.add(exit_codes.NEGATIVE)
    if any(mutation.survivors for mutation in report.mutation or ()):
        codes.add(exit_codes.NEGATIVE)
    return exit_codes.combine(codes)
