"""RW2xx: schemas and shapes."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

__all__ = ["SHAPE"]

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
SHAPE: tuple[Code, ...] = (
)
# fmt: on
