"""Options that several commands share, and the parsing of their values."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rulewright.policy.diagnostics import UsageError
from rulewright.report.reporter import reporter_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.report.reporter import Reporter

FORMATS = ("text", "json", "markdown", "github")
SHORT_HASH = 12
"""Characters of a plan's hash in reports: the fewest that `--expect-hash` takes."""
EVENT_HELP = "The event (JSON), or the name of a shipped example such as issue-opened."
NO_EVENT_HINT = (
    "pass --event FILE, --event issue-opened for a shipped example, or --event - for standard input"
)
WRITTEN_NUMBER = r"(?:[\w.-]+/[\w.-]+)?#(\d{1,10})|https?://\S+/(?:issues|pull)/(\d{1,10})"
"""`#5`, `owner/name#5` and the address of an issue. Not compiled at import: it is needed for errors only."""
C = TypeVar("C", bound="Callable[..., object]")


class IssueNumber(click.IntRange):
    """The number of an issue or pull request, 1 or greater."""

    def __init__(self) -> None:
        super().__init__(min=1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        by_name = isinstance(value, str) and not value.isdecimal()
        written = re.fullmatch(WRITTEN_NUMBER, value) if by_name else None
        if written is not None:
            self.fail(f"{value!r} is not a number; use {written[1] or written[2]}", param, ctx)
        return int(super().convert(value, param, ctx))


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


def expect_hash_option(otherwise: str) -> Callable[[C], C]:
    """`--expect-hash`, passed as `expected`: a plan's hash or its beginning, in lower case; None without it."""
    return click.option(
        "--expect-hash",
        "expected",
        metavar="HASH",
        callback=_checked_hash,
        help=f"Apply only a plan whose hash is or begins with this{otherwise}. At least {SHORT_HASH} characters.",
    )


def _checked_hash(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Raises UsageError for a text that no report prints as a hash."""
    if value is None:
        return None
    text = value.strip().lower()
    if not SHORT_HASH <= len(text) <= 64 or not set(text) <= set("0123456789abcdef"):
        raise UsageError(
            "--expect-hash is not the hash of a plan",
            hint=f"pass the hash that a report prints: {SHORT_HASH} to 64 characters of 0-9 and a-f",
        )
    return text


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
