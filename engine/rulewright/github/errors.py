"""What can go wrong with GitHub, as one error with a kind.

A message is made of our own words, the request's method and path, and names out of closed lists. No text of an
answer gets in: GitHub repeats what it was sent, and that may be an issue's secret.

    RulewrightError
    └── SourceError          exit code 4
        └── GitHubError      kind, status
"""

from __future__ import annotations

from typing import Literal

from rulewright.policy.diagnostics import SourceError

ErrorKind = Literal[
    "unauthorised",
    "forbidden",
    "not_found",
    "gone",
    "invalid",
    "conflict",
    "rate_limited",
    "server",
    "unreachable",
    "graphql",
]
"""`graphql` is a document that GitHub refuses as such, for instance one that an older server does not know."""


class GitHubError(SourceError):
    """A request that GitHub refused, or that did not get through.

    `status`: the HTTP status, None without an answer. `retry_at`: when it could go on (seconds since 1970), where
    GitHub said so. `uncertain`: a write of which nobody knows whether it was done.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: ErrorKind,
        status: int | None = None,
        hint: str | None = None,
        retry_at: float | None = None,
        uncertain: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind: ErrorKind = kind
        self.status = status
        self.retry_at = retry_at
        self.uncertain = uncertain
