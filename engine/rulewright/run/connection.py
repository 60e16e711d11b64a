"""The connection to GitHub of one run: which repository, whose token, which server.

A token comes out of the environment and goes into the client's headers, nowhere else.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.github.client import RETRY_POLICY, Client
from rulewright.github.reader import GitHubReader
from rulewright.github.urls import repository as checked_repository
from rulewright.github.waiting import SystemClock
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.github.waiting import Clock, RetryPolicy
    from rulewright.policy.config import Identity

TOKENS: Final = ("GITHUB_TOKEN", "GH_TOKEN")
API: Final = "https://api.github.com"
VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
"""How variables are named that hold a token; tokens have small letters, or are longer."""


class Connection(NamedTuple):
    """The client and the reader of one run. `repository` is `owner/name`."""

    repository: str
    client: Client
    reader: GitHubReader
    clock: Clock
    environ: Mapping[str, str]


def repository_named(repo: str | None, environ: Mapping[str, str], suggested: Sequence[str] = ()) -> str:
    """The repository that is meant. Raises UsageError where none is named, or the name is none. `suggested`: for the
    hint of the error. It is only shown: a plan or a journal must not choose where a token writes.

    What was given is not shown: a token that got into the wrong option would be in a public log.
    """
    named = repo or environ.get("GITHUB_REPOSITORY", "")
    if not named:
        hint = f"use --repo {' or --repo '.join(suggested[:3]) or 'owner/name'}"
        raise UsageError("no repository given", hint=hint)
    try:
        return checked_repository(named)
    except UsageError as error:
        where = "--repo" if repo else "the variable GITHUB_REPOSITORY"
        raise UsageError(f"the value of {where} is not a repository name", hint=error.hint) from None


def _variable_shown(name: str) -> str:
    """A variable's name for a message; without it where it may be a token, given in place of the name."""
    if VARIABLE.fullmatch(name):
        from rulewright.detection import detect

        if not detect(name):
            return name
    return "the variable that --token-env names"


def connect(
    repo: str | None,
    token_env: str | None = None,
    api_url: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    retry_policy: RetryPolicy = RETRY_POLICY,
    identity: Identity | None = None,
    on_wait: Callable[[float, str], None] | None = None,
    suggested: Sequence[str] = (),
) -> Connection:
    """A connection; nothing is asked of GitHub yet.

    `retry_policy`: how long a request is tried again. `identity`: rulewright.yaml's. `on_wait`: is called
    with the seconds and the reason before a wait. `suggested`: repositories for the hint where none is named.

    Raises UsageError where the repository or the token is missing, or the address is none.
    """
    given = os.environ if environ is None else environ
    repository = repository_named(repo, given, suggested)
    names = (token_env,) if token_env else TOKENS
    token = next((given[name] for name in names if given.get(name)), None)
    if token is None:
        raise UsageError(
            f"no token: {' and '.join(map(_variable_shown, names))} {'are' if len(names) > 1 else 'is'} empty",
            hint="set `env: GITHUB_TOKEN` in a workflow, or `GH_TOKEN=$(gh auth token)` locally",
        )
    time = clock if clock is not None else system_clock()
    url = api_url or given.get("GITHUB_API_URL") or API
    client = Client(token, api_url=url, clock=time, retry_policy=retry_policy, on_wait=on_wait)
    return Connection(repository, client, GitHubReader(client, identity), time, given)


def system_clock() -> Clock:
    """The machine's clock. Tests and the demo put another in its place."""
    return SystemClock()
