"""RW3xx: unknown path, fact, template, label, channel, list, event."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

__all__ = ["REFERENCES"]

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
REFERENCES: tuple[Code, ...] = (
)
# fmt: on
