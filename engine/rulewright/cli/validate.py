"""`rulewright validate`: report all problems of policies, tests, configurations, and any YAML or JSON."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from rulewright.cli.options import format_option, output_option, policies_argument
from rulewright.cli.output import print_error
from rulewright.cli.progress import track
from rulewright.cli.report_writer import write_report
from rulewright.compile.loader import check_paths
from rulewright.policy.config_reader import find_config, load_config
from rulewright.policy.diagnostics import Diagnostic, SourceError, Span, UsageError, has_errors, ordered
from rulewright.policy.files import document_files, repository_root
from rulewright.policy.inspection import CONFIGURATIONS, Inspector
from rulewright.policy.json_schema.bundled_schema import schema_file, schema_names
from rulewright.policy.policy_reader import read_policies
from rulewright.policy.suggestions import list_names
from rulewright.policy.workflows import FOLDER, find_undelivered
from rulewright.report.diagnostics import DiagnosticsReport
from rulewright.run import exit_codes
from rulewright.run.inputs import policy_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.report.reporter import Reporter


@click.command()
@policies_argument
@click.option(
    "--schema",
    metavar="FILE",
    help="Validate every document against this JSON Schema: a file or a built-in name.",
)
@format_option("sarif")
@output_option
@click.option("--skip-unknown", is_flag=True, help="Skip files that name no schema, even if given as PATH.")
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
def validate(
    paths: tuple[str, ...],
    schema: str | None,
    reporter: Reporter,
    output: str | None,
    skip_unknown: bool,
    strict: bool,
) -> int:
    """Validate policies, test files, model configurations and any YAML or JSON.

    PATH is a file or a folder; default: rulewright.yaml and the files it names, else rules/. Files of other formats are
    validated against the schema that they name: json_schema:, $schema, or a "# yaml-language-server: $schema=FILE"
    line.
    """
    places = paths or default_paths()
    by = schema_path(schema) if schema is not None else None
    checked = inspect_files(places, by, skip_unknown=skip_unknown)
    findings = checked.findings
    if not (paths or checked.policies or checked.failed or has_errors(findings)):
        findings = (*findings, no_policies(places))
    write_report(DiagnosticsReport(findings, checked.files), reporter, output)
    wrong = {"error", "warning"} if strict else {"error"}
    held = [exit_codes.FAILED] if checked.failed else []
    if any(found.severity in wrong for found in findings):
        held.append(exit_codes.NEGATIVE)
    return exit_codes.combine(held)


def default_paths() -> tuple[str, ...]:
    """The configuration, if there is one, and the policies that it names. Raises UsageError if there is nothing."""
    own = tuple(name for name in CONFIGURATIONS if os.path.isfile(name))[:1]
    try:
        return (*own, *policy_paths(()))
    except UsageError:
        if own:
            return own
        raise


def no_policies(places: Sequence[str]) -> Diagnostic:
    """The warning that the default paths have no policies."""
    return Diagnostic(
        "RW887",
        f"no policies found: only {', '.join(places)} {'was' if len(places) == 1 else 'were'} checked",
        Span(places[0], 1, 1),
        "warning",
        "name folders of policies under `policies:` of rulewright.yaml, or pass them as PATH",
    )


def schema_path(name: str) -> Path:
    """The schema file: a path, or the name of a built-in schema. Raises UsageError."""
    if os.path.exists(name):
        return Path(name)
    if name in schema_names():
        return schema_file(name)
    raise UsageError(
        f"schema {name} does not exist", hint=f"use a file, or one of {list_names(schema_names(), limit=40)}"
    )


class Inspection(NamedTuple):
    """All findings, the numbers of checked files and of policy files, and whether a file could not be read."""

    findings: tuple[Diagnostic, ...]
    files: int
    policies: int
    failed: bool


def inspect_files(paths: Sequence[str], by: Path | None, *, skip_unknown: bool = False) -> Inspection:
    """Check all files under the paths. Raises UsageError."""
    inspector = Inspector()
    named = {os.path.realpath(path) for path in paths if not os.path.isdir(path)}
    files, failed = find_files(paths)
    findings: list[Diagnostic] = []
    for real, file in track(files.items(), "files"):
        try:
            named_itself = real in named and not skip_unknown
            findings.extend(
                inspector.inspect_file(file, named=named_itself, schema=by, skip_unknown=skip_unknown)
            )
        except SourceError as error:
            failed = True
            print_error(f"error: {error.message}", hint=error.hint)
    if inspector.policies:
        start = config_start(paths, inspector.policies)
        findings += new_findings(check_paths(inspector.policies, start), files)
        findings += undelivered_events(inspector.policies)
    return Inspection(ordered(findings), len(files), len(inspector.policies), failed)


def config_start(paths: Iterable[str], policies: Iterable[Path]) -> str | None:
    """The path from which the configuration is searched, as by the commands that take only policies: the first one that
    is a folder or a policy."""
    known = {os.path.realpath(policy) for policy in policies}
    return next((path for path in paths if os.path.isdir(path) or os.path.realpath(path) in known), None)


def find_files(paths: Iterable[str]) -> tuple[dict[str, Path], bool]:
    """Real path of each document → its path as given; and whether a folder could not be read."""
    files: dict[str, Path] = {}
    failed = False
    for path in paths:
        try:
            for file in document_files([path]):
                files.setdefault(os.path.realpath(file), file)
        except SourceError as error:
            failed = True
            print_error(f"error: {error.message}", hint=error.hint)
    return files, failed


def new_findings(findings: Iterable[Diagnostic], files: dict[str, Path]) -> list[Diagnostic]:
    """The findings, without repeated ones on a configuration that was also found by another path."""
    kept = []
    for finding in findings:
        place = finding.span.file
        known = files.get(os.path.realpath(place))
        if known is None or str(known) == place or known.name not in CONFIGURATIONS:
            kept.append(finding)
    return kept


def undelivered_events(paths: Sequence[Path]) -> list[Diagnostic]:
    """Events that policies subscribe to and no workflow of their repository delivers (`policy/workflows.py`)."""
    root_of = {path: repository_root(path) for path in paths}
    out: list[Diagnostic] = []
    for root in sorted({root for root in root_of.values() if root is not None and (root / FOLDER).is_dir()}):
        mine = [path for path in paths if root_of[path] == root]
        config = load_config(root)[0] if find_config(root) is not None else None
        default = config.policies if config is not None and config.policies else ("rules",)
        out += find_undelivered(read_policies(mine)[0], root, default)
    return out
