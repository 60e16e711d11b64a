"""Endpoints that the simulator serves and GitHub's description lacks: classic projects, which answer 410.

See docs.github.com/rest: they were taken away, and the description with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["PATHS"]

_PAGED = {
    "get": {
        "parameters": [{"name": name, "in": "query", "schema": {}} for name in ("per_page", "page")],
        "responses": {"200": {}},
    }
}

PATHS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "/repos/{owner}/{repo}/projects": _PAGED,
    "/orgs/{org}/projects": _PAGED,
}
