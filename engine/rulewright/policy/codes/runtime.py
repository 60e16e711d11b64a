"""RW8xx: configuration and runtime."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

__all__ = ["RUNTIME"]

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
RUNTIME: tuple[Code, ...] = (
)
# fmt: on
