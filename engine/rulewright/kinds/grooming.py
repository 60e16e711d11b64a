"""Upkeep: the same skips and rules as triage, mostly asked by `schedule` over all open subjects."""

from __future__ import annotations

from rulewright.kinds.rules import compile_rules

compile_grooming = compile_rules
