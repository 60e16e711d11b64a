"""RW7xx: events and other inputs."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
INPUTS: tuple[Code, ...] = (
)
# fmt: on
