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

COMMON: Final = ("quiet", "verbose")
"""Options that every command has, listed once."""

_PROGRESS: Final = """\
A command that takes longer than two seconds shows its progress in one line on stderr: what is done, the rate and the \
time left. It is shown only if stderr is a terminal and stdout is not a pipe; never with `--quiet` or `TERM=dumb`.

`rulewright completion bash`, `zsh` or `fish` prints a script that completes commands, options, paths and the names of \
example events.
"""

_EXITS: Final = """\
## Exit codes

The same for every command. When several hold, the first of 2, 1, 4, 3, 5 is returned.

| code | meaning |
|---|---|
| 0 | success; pass, warn, waived; nothing to do; undetermined rules in Triage and Grooming, which are reported |
| 1 | a negative verdict: a gate failed, a promotion was denied, a policy test failed, `validate` found errors |
| 2 | usage or configuration error; policies that do not load (except in `validate`); an unknown event |
| 3 | an undetermined gate or promotion: no data, inconclusive, a required fact is missing |
| 4 | a source or provider failed, a file could not be read, a line of a stream was invalid; the rest was processed |
| 5 | partly applied: a budget or limit was reached, a precondition no longer held, a notification could not be sent, \
or writing is paused |
| 130 | interrupted |

## Environment

| variable | what it does |
|---|---|
| `RULEWRIGHT_CACHE_DIR` | The cache of compiled policies. Default: `rulewright` in `XDG_CACHE_HOME` or `~/.cache`. |
| `XDG_CACHE_HOME` | The folder of caches, if `RULEWRIGHT_CACHE_DIR` is not set. |
| `RULEWRIGHT_MODELS` | The mode in which models are asked, instead of `models.mode` of rulewright.yaml. |
| `_RULEWRIGHT_COMPLETE` | Set by the scripts of `rulewright completion`, to ask for completions. |
| `GITHUB_ACTIONS` | `true` in Actions: the default of `--format` is `github`. |
| `GITHUB_EVENT_PATH` | In Actions: the event that `evaluate` and `explain` read when none is named. |
| `GITHUB_EVENT_NAME` | The name of the event of `GITHUB_EVENT_PATH`. |
| `GITHUB_STEP_SUMMARY` | The file that the `github` format appends a summary to. |
| `GITHUB_OUTPUT` | The file that `set_output` appends its outputs to. |
| `GITHUB_TOKEN`, `GH_TOKEN` | The token for GitHub; `--token-env` names another variable. |
| `GITHUB_REPOSITORY` | The repository, if `--repo` is not given. |
| `GITHUB_API_URL` | The URL of the GitHub API, if `--api-url` is not given. |
| `GITHUB_SERVER_URL` | The server of GitHub whose repositories `init` accepts as the source of the installed action. |
| `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, `SSL_CERT_FILE` | The proxy for GitHub, models, channels \
and servers of measurements, hosts that bypass it, and trusted certificates. `measure` uses no proxy. |
| `GITHUB_REF` | The branch of a run: `run` applies plans on the default branch, or those of \
`execution.apply_branches`. |
| `GITHUB_BASE_REF` | Set in pull requests: without `--base`, waivers do not count in `gate`. |
| `GITHUB_SHA` | The commit that the pytest plugin records with measurements. |
| `NO_COLOR` | No colours on a terminal. |
| `TERM` | `dumb`: no colours and no progress. |
| `VISUAL`, `EDITOR` | The editor that `tui` opens. |
| `ESCDELAY` | Milliseconds that `tui` waits for the rest of a key after an escape. Default: 40. |
| `COLUMNS` | The width of text output. |

Variables that rulewright.yaml and policies name, such as `url_env` of a channel or `key_env` of a model provider, are
read as well.
"""


def markdown() -> str:
    """The page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Command line"
    yield ""
    yield "This page is generated from the commands."
    yield ""
    yield from _paragraphs(group.help or "")
    yield ""
    yield "| command | what it does |"
    yield "|---|---|"
    for name, short in COMMANDS.items():
        yield f"| [`{name}`](#rulewright-{name}) | {short} |"
    yield ""
    context = click.Context(group, info_name="rulewright")
    yield from ("## Options of every command", "", *_common(context), "")
    yield from _EXITS.splitlines()
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None, name
        yield ""
        yield from _command(command, click.Context(command, info_name=name, parent=context))


def _common(context: click.Context) -> Iterator[str]:
    """The options that every command has, and where they show progress."""
    yield "| option | what it does |"
    yield "|---|---|"
    yield from (
        _row(one, context) for one in group.params if isinstance(one, click.Option) and one.name in COMMON
    )
    yield "| `-h`, `--help` | Show the options of the command. |"
    yield ""
    yield from _paragraphs(_PROGRESS)


def _command(command: click.Command, context: click.Context, level: int = 2) -> Iterator[str]:
    yield f"{'#' * level} {context.command_path}"
    yield ""
    yield "```text"
    yield " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield "```"
    yield ""
    yield from _paragraphs(command.help or "")
    options = [option for option in command.params if isinstance(option, click.Option)]
    options = [option for option in options if option.name not in COMMON]
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
