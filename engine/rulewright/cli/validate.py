"""`rulewright validate`: everything that is wrong with policies, tests, configurations, and any YAML or
JSON."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rulewright.cli import exit as codes
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import Output, append_summary, complain
from rulewright.policy.diagnostics import SourceError, UsageError, ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.policy.diagnostics import Diagnostic


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--schema", metavar="FILE", help="The JSON Schema that every document must fit, or one of our names."
)
@format_option("sarif")
@click.option("--output", metavar="FILE", help="Write the report here instead of to stdout.")
@click.option(
    "--skip-unknown", is_flag=True, help="Pass over files that name no schema, even those named here."
)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
def validate(
    paths: tuple[str, ...],
    schema: str | None,
    form: str | None,
    output: str | None,
    skip_unknown: bool,
    strict: bool,
) -> int:
    """Check policies, test files, model configurations and any YAML or JSON.

    PATH is a file or a folder; default: rulewright.yaml and what it names, else rules/. Files that are not
    Rulewright's are held against the schema that they name: json_schema:, $schema, or a
    "# yaml-language-server: $schema=FILE" line.
    """
    places = paths or default_paths()
    by = schema_path(schema) if schema is not None else None
    findings, files, failed = inspect(places, by, skip_unknown=skip_unknown)
    with Output(output) as out:
        out.write(rendered(findings, chosen_format(form), files, to_file=output is not None))
    wrong = {"error", "warning"} if strict else {"error"}
    held = [codes.FAILED] if failed else []
    if any(found.severity in wrong for found in findings):
        held.append(codes.NEGATIVE)
    return codes.combine(held)


def default_paths() -> tuple[str, ...]:
    """`rulewright.yaml` where there is one, and the policies that it names. Raises UsageError when there is
    nothing."""
    from rulewright.cli.options import policy_paths

    own = tuple(name for name in ("rulewright.yaml",) if os.path.isfile(name))
    try:
        return (*own, *policy_paths(()))
    except UsageError:
        if own:
            return own
        raise


def schema_path(name: str) -> Path:
    """The schema file that is meant: a path, or the name of one of ours. Raises UsageError."""
    if os.path.exists(name):
        return Path(name)
    from rulewright.policy.files import data_folder
    from rulewright.policy.json_schema.check import schema_names
    from rulewright.policy.suggestions import one_of

    if name in schema_names():
        return data_folder("schemas") / f"{name}.schema.json"
    raise UsageError(
        f"the schema {name} does not exist", hint=f"a file, or one of {one_of(schema_names(), limit=40)}"
    )


def inspect(
    paths: Sequence[str], by: Path | None, *, skip_unknown: bool = False
) -> tuple[tuple[Diagnostic, ...], int, bool]:
    """All findings, how many files were checked, and whether one could not be read. Raises UsageError."""
    from rulewright.policy.files import document_files
    from rulewright.policy.inspection import CONFIGURATIONS, Inspector

    inspector = Inspector()
    named = {os.path.realpath(path) for path in paths if not os.path.isdir(path)}
    files: dict[str, Path] = {}
    findings: list[Diagnostic] = []
    failed = False
    for path in paths:
        try:
            for file in document_files([path]):
                files.setdefault(os.path.realpath(file), file)
        except SourceError as error:
            failed = True
            complain(f"error: {error.message}", hint=error.hint)
    for real, file in files.items():
        try:
            findings.extend(inspector.file(file, named=real in named and not skip_unknown, by=by))
        except SourceError as error:
            failed = True
            complain(f"error: {error.message}", hint=error.hint)
    if inspector.policies:
        from rulewright.compile.loader import check_paths

        for finding in check_paths(inspector.policies):
            # the configuration that holds for the policies is found by another way, under another name
            place = finding.span.file
            known = files.get(os.path.realpath(place))
            if known is None or str(known) == place or known.name not in CONFIGURATIONS:
                findings.append(finding)
        findings.extend(undelivered_events(inspector.policies))
    return ordered(findings), len(files), failed


def undelivered_events(paths: Sequence[Path]) -> list[Diagnostic]:
    """Events that policies wait for, and that no workflow of their repository delivers (`policy/workflows.py`)."""
    from rulewright.policy.config import find_config, load_config
    from rulewright.policy.policy_reader import read_policies
    from rulewright.policy.workflows import FOLDER, undelivered

    roots = {root for path in paths if (root := repository_root(path)) is not None}
    out: list[Diagnostic] = []
    for root in sorted(root for root in roots if (root / FOLDER).is_dir()):
        mine = [path for path in paths if repository_root(path) == root]
        config = load_config(root)[0] if find_config(root) is not None else None
        default = config.policies if config is not None and config.policies else ("rules",)
        out += undelivered(read_policies(mine)[0], root, default)
    return out


def repository_root(path: Path) -> Path | None:
    """The nearest folder with a `.git` above a file; None where there is none."""
    for folder in Path(os.path.realpath(path)).parents:
        if os.path.lexists(folder / ".git"):
            return folder
    return None


def rendered(findings: Sequence[Diagnostic], form: str, files: int, *, to_file: bool) -> str:
    """The report. In text, a line even when nothing was found; in Actions, a job summary as well."""
    if form == "sarif":
        from rulewright.report.sarif import sarif

        return sarif(findings)
    from rulewright.report import diagnostics as report

    if form == "text":
        from rulewright.report.terminal import Paint, colourful, width

        paint = Paint(not to_file and colourful(sys.stdout))
        shown = report.text(findings, paint=paint, width=width())
        return shown or f"{files} {'file' if files == 1 else 'files'} checked: {report.counts(findings)}\n"
    if form == "github":
        append_summary(report.markdown(findings))
    return report.RENDERERS[form](findings)
