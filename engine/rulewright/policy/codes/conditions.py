"""RW4xx: quantities, patterns, list against scalar, matchers."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

__all__ = ["CONDITIONS"]

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
CONDITIONS: tuple[Code, ...] = (
)
# fmt: on
