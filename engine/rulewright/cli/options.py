"""Options that several commands share, and the parsing of their values."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import click

from rulewright.report.reporter import reporter_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.report.reporter import Reporter

FORMATS = ("text", "json", "markdown", "github")
C = TypeVar("C", bound="Callable[..., object]")

output_option = click.option(
    "--output", metavar="FILE", help="Write the report to this file instead of stdout."
)
policies_argument = click.argument("paths", nargs=-1, metavar="[PATH]...")
event_name_option = click.option(
    "--event-name", metavar="NAME", help="The event name, if it cannot be detected."
)
given_option = click.option(
    "--given", metavar="FILE", help="Use the facts of this file (JSON or YAML) instead of gathering them."
)


def format_option(*more: str) -> Callable[[C], C]:
    """`--format`, passed as `reporter`: the four formats of every command and additional ones (`sarif`, `junit`)."""
    return click.option(
        "--format",
        "reporter",
        type=click.Choice((*FORMATS, *more)),
        default=None,
        callback=_chosen_reporter,
        help="Output format. Default: text; github in Actions.",
    )


def _chosen_reporter(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Reporter:
    """The reporter of the requested format; default: `github` in Actions, `text` elsewhere."""
    in_actions = os.environ.get("GITHUB_ACTIONS") == "true"
    return reporter_named(value or ("github" if in_actions else "text"))
