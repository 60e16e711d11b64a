"""The shared options that name a repository on GitHub."""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, Final, TypeVar

import click

from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rulewright.policy.config import Identity
    from rulewright.run.connection import Connection

R = TypeVar("R")

LONG_WAIT: Final = 5.0
"""Seconds. A longer wait is reported on stderr, so that the command does not appear to hang."""


class GitHubOptions(NamedTuple):
    """The values of --repo, --token-env and --api-url."""

    repo: str | None
    token_env: str | None
    api_url: str | None

    def connect(
        self,
        *,
        identity: Identity | None = None,
        attempts: int | None = None,
        suggested: Sequence[str] = (),
    ) -> Connection:
        """Connect to the repository. `suggested`: repositories for the hint where none is named. Raises the errors of
        `run.connection.connect`."""
        # Only commands that connect load the network code.
        from rulewright.github.client import RETRY_POLICY
        from rulewright.run.connection import connect

        retry_policy = RETRY_POLICY if attempts is None else RETRY_POLICY._replace(attempts=attempts)
        return connect(
            *self, identity=identity, retry_policy=retry_policy, on_wait=_print_wait, suggested=suggested
        )


def github_options(command: Callable[..., R]) -> Callable[..., R]:
    """--repo, --token-env and --api-url, as the one argument `github`."""

    @click.option("--repo", metavar="OWNER/NAME", help="The repository; default: GITHUB_REPOSITORY.")
    @click.option(
        "--token-env",
        metavar="NAME",
        help="The environment variable with the token; default: GITHUB_TOKEN, else GH_TOKEN.",
    )
    @click.option(
        "--api-url",
        metavar="URL",
        help="The URL of the GitHub API; default: GITHUB_API_URL, else github.com.",
    )
    @wraps(command)
    def wrapped(
        *args: object, repo: str | None, token_env: str | None, api_url: str | None, **kwargs: object
    ) -> R:
        return command(*args, github=GitHubOptions(repo, token_env, api_url), **kwargs)

    return wrapped


def _print_wait(seconds: float, why: str) -> None:
    if seconds >= LONG_WAIT:
        print(f"waiting {seconds:,.0f} s: {why}", file=sys.stderr)
