"""RW5xx: static analysis."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

__all__ = ["ANALYSIS"]

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
ANALYSIS: tuple[Code, ...] = (
)
# fmt: on
