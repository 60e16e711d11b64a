"""The port of one run: what apply writes to GitHub through. A run that only reads does not import this module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.github.delivery import Poster
from rulewright.github.port import GitHubPort
from rulewright.policy.diagnostics import UsageError
from rulewright.run.execution import PAUSED

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.policy.config import Config
    from rulewright.run.connection import Connection


def open_port(
    connection: Connection, config: Config, sent: Callable[[str], bool] = lambda key: False
) -> GitHubPort:
    """The port of a connection. `sent`: whether an emission went out before.

    Raises UsageError while writing is paused: commands say so before they come here.
    """
    if config.execution.paused:
        raise UsageError(PAUSED)
    return GitHubPort(
        connection.client,
        connection.reader,
        clock=connection.clock,
        post=Poster(connection.clock),
        channels=config.channels,
        environ=connection.environ,
        sent=sent,
    )
