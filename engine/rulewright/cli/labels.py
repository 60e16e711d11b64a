"""`rulewright labels`: what the label file declares, compared with the repository's labels, and brought there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from rulewright.cli import exit as codes
from rulewright.cli.connection import connect, github_options
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import Output, append_summary, complain
from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.cli.connection import Connection
    from rulewright.github.labels import LabelChange
    from rulewright.policy.config import Label


@click.group()
def labels() -> None:
    """Compare the label file with the repository's labels, and bring it there."""


@labels.command()
@github_options
@click.option("--output", metavar="FILE", help="Write the report here instead of to stdout.")
@format_option()
def plan(
    repo: str | None, token_env: str | None, api_url: str | None, output: str | None, form: str | None
) -> int:
    """Show which labels would be created, and which get another colour or description.

    The label file is the one that `labels:` of rulewright.yaml names. Nothing is written, and a label that the file
    does not list is never touched.
    """
    config, connection = _start(repo, token_env, api_url)
    found, others = _compare(config, connection)
    return _report(connection, found, others, {}, "nothing was changed", form, output)


@labels.command()
@github_options
@click.option("--output", metavar="FILE", help="Write the report here instead of to stdout.")
@format_option()
def apply(
    repo: str | None, token_env: str | None, api_url: str | None, output: str | None, form: str | None
) -> int:
    """Create the labels that are missing, and set colour and description of the others. None is deleted.

    Exit code 4 when a label cannot be written, after the others were tried.
    """
    from rulewright.cli.execution import PAUSED, paused
    from rulewright.github.labels import write_label
    from rulewright.run.apply import halted

    config, connection = _start(repo, token_env, api_url)
    found, others = _compare(config, connection)
    if paused(config):
        code = _report(connection, found, others, {}, PAUSED, form, output)
        return codes.combine((code, codes.PARTLY)) if found else code
    failed: dict[str, str] = {}
    for change in found:
        try:
            write_label(connection.client, connection.repository, change)
        except SourceError as error:
            failed[change.label.name] = error.message
            if halted(error) is not None:
                rest = found[found.index(change) + 1 :]
                failed |= {one.label.name: "not tried" for one in rest}
                break
    return _report(connection, found, others, failed, None, form, output)


def _start(
    repo: str | None, token_env: str | None, api_url: str | None
) -> tuple[Mapping[str, Any], Connection]:
    """The configuration, and the way to GitHub. Raises UsageError where no labels are declared."""
    from rulewright.policy.config import read_config

    config = read_config().data
    if "labels" not in config:
        raise UsageError(
            "rulewright.yaml declares no labels",
            hint="name the file: `labels: labels.yml`; `rulewright init --only labels,config` writes both",
        )
    return config, connect(repo, token_env, api_url, identity=config.get("identity"))


def _compare(
    config: Mapping[str, Any], connection: Connection
) -> tuple[tuple[LabelChange, ...], list[Label]]:
    """The changes, and the labels on GitHub that the file does not list."""
    from rulewright.github.labels import label_changes, read_labels
    from rulewright.policy.config import Label

    declared = [Label(**label) for label in config["labels"]]
    present = read_labels(connection.client, connection.repository)
    names = {label.name.casefold() for label in declared}
    return label_changes(declared, present), [one for one in present if one.name.casefold() not in names]


def _report(
    connection: Connection,
    found: Sequence[LabelChange],
    others: Sequence[Label],
    failed: Mapping[str, str],
    dry: str | None,
    form: str | None,
    output: str | None,
) -> int:
    """Write what would be, or was, changed. `dry`: why nothing was. Returns the exit code."""
    from rulewright.report import labels as report
    from rulewright.report.terminal import Paint, colourful

    shape = chosen_format(form)
    with Output(output) as out:
        if shape == "json":
            out.write(report.labels_json(connection.repository, found, others, failed, dry))
        elif shape == "text":
            out.write(
                report.labels_text(
                    found, others, failed, dry, Paint(output is None and colourful(sys.stdout))
                )
            )
        else:
            text = report.labels_markdown(found, others, failed, dry)
            out.write(text) if shape == "markdown" else append_summary(text)
    for name, reason in failed.items():
        complain(f"error: the label {name} was not written: {reason}")
    return codes.FAILED if failed else codes.DONE
