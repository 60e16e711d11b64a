"""A group of commands whose modules are imported when a command is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

import click

from rulewright.cli.path_completion import complete_names, complete_paths
from rulewright.cli.verbosity import add_common_options
from rulewright.policy.lazy import import_attribute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from click.shell_completion import CompletionItem


def load_command(reference: str, *, is_completion: bool = False) -> click.Command:
    """The command "module:attribute", with what all commands have. `is_completion`: whether a shell asks for what it
    takes."""
    command = cast(click.Command, import_attribute(reference))
    for one in (command, *subcommands(command)):
        add_common_options(one)
        if is_completion:
            complete_paths(one)
    return command


def subcommands(command: click.Command) -> Iterator[click.Command]:
    """The subcommands of a group, and theirs; none for those that are imported when they are called."""
    for one in getattr(command, "commands", {}).values():
        yield one
        yield from subcommands(one)


class LazyGroup(click.Group):
    """A click group with the names and help of its commands, which it imports on demand.

    `lazy_commands`: name → ("module:attribute", short help).
    """

    lazy_commands: ClassVar[Mapping[str, tuple[str, str]]]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lazy_commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy_commands:
            return None
        return load_command(self.lazy_commands[cmd_name][0], is_completion=ctx.resilient_parsing)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names of commands and options; unlike click's own, it imports no command."""
        return [
            *complete_names({name: short for name, (_, short) in self.lazy_commands.items()}, incomplete),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in self.lazy_commands.items()])
