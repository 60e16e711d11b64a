"""One row of a route table, and the permissions that rows name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from github_simulator.call import Answer, Call

__all__ = [
    "CONTENTS",
    "CONTENTS_WRITE",
    "ISSUES",
    "ISSUES_WRITE",
    "METADATA",
    "NOTHING",
    "PULLS",
    "PULLS_WRITE",
    "Needs",
    "Route",
    "pattern",
]

Needs = tuple[tuple[str, str], ...]

NOTHING: Needs = ()
METADATA: Needs = (("metadata", "read"),)
ISSUES: Needs = (("issues", "read"), ("pull_requests", "read"))
ISSUES_WRITE: Needs = (("issues", "write"), ("pull_requests", "write"))
PULLS: Needs = (("pull_requests", "read"),)
PULLS_WRITE: Needs = (("pull_requests", "write"),)
CONTENTS: Needs = (("contents", "read"),)
CONTENTS_WRITE: Needs = (("contents", "write"),)


class Route(NamedTuple):
    """`needs`: permissions of a token, any one will do. `role`: what a person must be in the repository.

    `creates`: makes content that people see, which GitHub limits by itself.
    """

    method: str
    template: str
    handler: Callable[[Call], Answer]
    needs: Needs = NOTHING
    role: str = "read"
    creates: bool = False


_LONG = ("{path}", "{ref}")


def pattern(template: str) -> re.Pattern[str]:
    """Matches a path that is still percent-encoded; `{path}` and `{ref}` may hold slashes."""
    parts = re.split(r"(\{\w+\})", template)
    expression = "".join(
        f"(?P<{part[1:-1]}>{'.+' if part in _LONG else '[^/]+'})" if part.startswith("{") else re.escape(part)
        for part in parts
    )
    return re.compile(expression)
