"""docs/cli.md: every command with its arguments and options, from click itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import click

from rulewright.cli.main import COMMANDS
from rulewright.cli.main import rulewright as group

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["markdown"]

_EXITS: Final = """\
## Exit codes

The same for every command. When several hold, the first of 2, 1, 4, 3, 5 is returned.

| code | meaning |
|---|---|
| 0 | done; pass, warn, waived; nothing to do; undetermined rules in Triage and Grooming, which are reported |
| 1 | a negative verdict: a gate failed, a promotion was denied, a policy test failed, `validate` found errors |
| 2 | usage or configuration error; policies that do not load (but in `validate`); an event of no known shape |
| 3 | an undetermined gate or promotion: no data, inconclusive, a required fact is missing |
| 4 | a source or provider failed, a file could not be read, a line of a stream was bad; the rest was done |
| 5 | partly applied: beyond a budget or a limit, a precondition that no longer held, a notification that could not be \
sent, or writing is paused |
| 130 | interrupted |

## Environment

| variable | what it does |
|---|---|
| `RULEWRIGHT_CACHE_DIR` | Where compiled policies are kept. Default: `rulewright` in `XDG_CACHE_HOME` or `~/.cache`. |
| `GITHUB_ACTIONS` | `true` in Actions: `--format` is `github` by itself. |
| `GITHUB_EVENT_PATH` | In Actions: the event that `evaluate` and `explain` read when none is named. |
| `GITHUB_EVENT_NAME` | Names the event of `GITHUB_EVENT_PATH`, and of no other file. |
| `GITHUB_STEP_SUMMARY` | The file that the `github` format appends a summary to. |
| `GITHUB_TOKEN`, `GH_TOKEN` | The token for GitHub, of commands that ask it; `--token-env` names another variable. |
| `GITHUB_REPOSITORY` | The repository, where `--repo` names none. |
| `GITHUB_API_URL` | GitHub's API, where `--api-url` names none. |
| `HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE` | The way to GitHub: a proxy, what goes past it, trusted authorities. |
| `GITHUB_REF` | The branch that a run is of: `run` applies plans on the default branch, or those of \
`execution.apply_branches`. |
| `NO_COLOR` | No colours on a terminal. |
| `COLUMNS` | The width of text output. |
"""


def markdown() -> str:
    """The page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Command line"
    yield ""
    yield "This page is made from the commands themselves."
    yield ""
    yield from _paragraphs(group.help or "")
    yield ""
    yield "| command | what it does |"
    yield "|---|---|"
    for name, (_, short) in COMMANDS.items():
        yield f"| [`{name}`](#rulewright-{name}) | {short} |"
    yield ""
    yield from _EXITS.splitlines()
    context = click.Context(group, info_name="rulewright")
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None, name
        yield ""
        yield from _command(command, click.Context(command, info_name=name, parent=context))


def _command(command: click.Command, context: click.Context, level: int = 2) -> Iterator[str]:
    yield f"{'#' * level} {context.command_path}"
    yield ""
    yield "```text"
    yield " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield "```"
    yield ""
    yield from _paragraphs(command.help or "")
    options = [option for option in command.params if isinstance(option, click.Option)]
    if options:
        yield ""
        yield "| option | what it does |"
        yield "|---|---|"
        for option in options:
            yield _row(option, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            own = command.get_command(context, name)
            assert own is not None, name
            yield ""
            yield from _command(own, click.Context(own, info_name=name, parent=context), level + 1)


def _row(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    taken = "" if option.is_flag else f" `{option.make_metavar(context)}`"
    default = f" Default: {option.default}." if option.show_default is True else ""
    return f"| {names}{_cell(taken)} | {_cell((option.help or '') + default)} |"


def _paragraphs(text: str) -> Iterator[str]:
    """Click's paragraphs, each on one line."""
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.replace("\b", ""))]
    yield from "\n\n".join(part for part in parts if part).splitlines()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
