"""A group of commands whose modules are imported when a command is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

import click

from rulewright.policy.lazy import import_attribute

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        return cast(click.Command, import_attribute(self.lazy_commands[cmd_name][0]))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in self.lazy_commands.items()])
