"""Every REST request held against GitHub's own description of its API."""

from __future__ import annotations

from typing import Any

__all__ = ["Checks"]


class Checks:
    def __init__(self, violations: list[str]) -> None:
        self._violations = violations

    def request(self, method: str, path: str, query: dict[str, str], body: Any) -> str | None:
        return None
