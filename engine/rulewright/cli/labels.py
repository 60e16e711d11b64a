"""`rulewright labels`: compare the label file with the labels of a repository, and sync them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from rulewright.cli.connection import github_options
from rulewright.cli.options import format_option, output_option
from rulewright.cli.output import print_error
from rulewright.cli.report_writer import write_report
from rulewright.github.labels import label_changes, read_labels, write_label
from rulewright.policy.config_reader import read_config
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.report.labels import LabelsReport
from rulewright.run import exit_codes
from rulewright.run.apply import halt_of
from rulewright.run.execution import PAUSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.cli.connection import GitHubOptions
    from rulewright.github.labels import LabelChange
    from rulewright.policy.config import Label
    from rulewright.report.reporter import Reporter
    from rulewright.run.connection import Connection


class Comparison(NamedTuple):
    """The label file compared with a repository. `others`: labels on GitHub that the file does not list."""

    connection: Connection
    changes: Sequence[LabelChange]
    others: Sequence[Label]
    paused: bool


@click.group()
def labels() -> None:
    """Compare the label file with the labels on GitHub, and sync them."""


@labels.command()
@github_options
@output_option
@format_option()
def plan(github: GitHubOptions, output: str | None, reporter: Reporter) -> int:
    """Show which labels would be created or updated.

    The label file is set by `labels:` of rulewright.yaml. Nothing is written. Labels that the file does not list are
    never changed.
    """
    return _report(_compare(github), {}, "nothing was changed", reporter, output)


@labels.command()
@github_options
@output_option
@format_option()
def apply(github: GitHubOptions, output: str | None, reporter: Reporter) -> int:
    """Create missing labels, and update the colour and description of existing ones. No label is deleted.

    Exits with 4 when a label cannot be written; the others are still tried.
    """
    compared = _compare(github)
    if compared.paused:
        code = _report(compared, {}, PAUSED, reporter, output)
        return exit_codes.combine((code, exit_codes.PARTLY)) if compared.changes else code
    failed: dict[str, str] = {}
    for number, change in enumerate(compared.changes, 1):
        try:
            write_label(compared.connection.client, compared.connection.repository, change)
        except SourceError as error:
            failed[change.label.name] = error.message
            if halt_of(error) is not None:
                failed |= {later.label.name: "not tried" for later in compared.changes[number:]}
                break
    return _report(compared, failed, None, reporter, output)


def _compare(github: GitHubOptions) -> Comparison:
    """Compare the label file with the repository. Raises UsageError if no labels are declared."""
    config = read_config()
    if config.labels is None:
        raise UsageError(
            "rulewright.yaml declares no labels",
            hint="add `labels: labels.yml`, or run `rulewright init --only labels,config`",
        )
    connection = github.connect(identity=config.identity)
    present = read_labels(connection.client, connection.repository)
    names = {label.name.casefold() for label in config.labels}
    others = [label for label in present if label.name.casefold() not in names]
    return Comparison(connection, label_changes(config.labels, present), others, config.execution.paused)


def _report(
    compared: Comparison, failed: dict[str, str], dry: str | None, reporter: Reporter, output: str | None
) -> int:
    """Write the planned or applied changes. `dry`: why nothing was changed. Returns the exit code."""
    repository = compared.connection.repository
    report = LabelsReport(repository, compared.changes, compared.others, failed, dry)
    write_report(report, reporter, output)
    for name, reason in failed.items():
        print_error(f"error: label {name} could not be written: {reason}")
    return exit_codes.FAILED if failed else exit_codes.DONE
