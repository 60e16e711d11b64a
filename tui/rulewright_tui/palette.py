"""The commands of the palette: every key's action, by its words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Provider

from rulewright_tui.keys import KEYS, UNBOUND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rulewright_tui.keys import Key


COMMANDS = (*KEYS, *UNBOUND)


def _words(key: Key) -> str:
    return f"{key.description}  ({key.shown})" if key.shown else key.description


class KeyCommands(Provider):
    """What can be done on the screen Inspect."""

    async def discover(self) -> AsyncIterator[DiscoveryHit]:
        for key in COMMANDS:
            yield DiscoveryHit(_words(key), partial(self._run, key), help=key.tooltip)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        matcher = self.matcher(query)
        for key in COMMANDS:
            text = _words(key)
            score = max(matcher.match(text), matcher.match(key.tooltip))
            if score > 0:
                yield Hit(score, matcher.highlight(text), partial(self._run, key), help=key.tooltip)

    async def _run(self, key: Key) -> None:
        await self.app.run_action(key.action, self.screen)


class Palette(CommandPalette):
    """Textual's palette, which ends the application at a page key that comes before its list has been laid out."""

    def _action_command_list(self, action: str) -> None:
        if self.query_one(CommandList).size.height:
            super()._action_command_list(action)
