"""RW6xx: policy tests."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

__all__ = ["CASES"]

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
CASES: tuple[Code, ...] = (
)
# fmt: on
