"""Every REST route that the simulator serves, and how a path finds its own."""

from __future__ import annotations

import re
from urllib.parse import unquote

from github_simulator.rest import (
    assignees,
    comments,
    contents,
    git,
    issues,
    labels,
    projects,
    pulls,
    repositories,
    search,
    security,
    timeline,
)
from github_simulator.rest.route import Route, pattern

__all__ = ["ROUTES", "find", "methods"]

ROUTES: tuple[Route, ...] = (
    *repositories.ROUTES,
    *issues.ROUTES,
    *labels.ROUTES,
    *comments.ROUTES,
    *assignees.ROUTES,
    *timeline.ROUTES,
    *pulls.ROUTES,
    *projects.ROUTES,
    *search.ROUTES,
    *security.ROUTES,
    *git.ROUTES,
    *contents.ROUTES,
)

_COMPILED: tuple[tuple[re.Pattern[str], Route], ...] = tuple(
    # Fixed words before parameters: `/issues/comments` is no issue.
    sorted(
        ((pattern(route.template), route) for route in ROUTES),
        key=lambda pair: [part.startswith("{") for part in pair[1].template.split("/")],
    )
)


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route and the decoded parts of a path that is still percent-encoded; None where there is none."""
    for expression, route in _COMPILED:
        if route.method == method and (match := expression.fullmatch(path)):
            return route, {name: unquote(value) for name, value in match.groupdict().items()}
    return None


def methods(path: str) -> set[str]:
    """The methods that a path is served with."""
    return {route.method for expression, route in _COMPILED if expression.fullmatch(path)}
