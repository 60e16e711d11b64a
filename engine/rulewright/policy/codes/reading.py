"""RW1xx: bytes and YAML."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

__all__ = ["READING"]

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
READING: tuple[Code, ...] = (
)
# fmt: on
