"""Completion of values in shells: paths of files, and names of shipped example events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from rulewright.policy.lazy import defer_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem

_PATH: Final = defer_pattern(r"FILE|DIR|PATH|JOURNAL|PLAN|POLICY|EVIDENCE|SUITE|CONFIG|OUT")
"""What the placeholder of an option or argument has that is a path."""


class PathText(click.ParamType[str]):
    """A path as it is written. Shells complete it; whether there is a file is for the command to say."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class EventText(PathText):
    """The path of an event file, or the name of a shipped example."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from rulewright.events.reader import example_events

        names = complete_names(dict.fromkeys(example_events(), "shipped example"), incomplete)
        return names if names and incomplete else [*names, *super().shell_complete(ctx, param, incomplete)]


def complete_names(names: Mapping[str, str], incomplete: str) -> list[CompletionItem]:
    """The names that begin so, with their help."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(name, help=text) for name, text in names.items() if name.startswith(incomplete)]


def complete_paths(command: click.Command) -> None:
    """Let shells complete the paths that a command takes: those whose placeholder names a file or a folder."""
    for one in command.params:
        if one.type is click.STRING and _PATH.search((one.metavar or one.name or "").upper()):
            one.type = EventText() if "--event" in one.opts else PathText()
