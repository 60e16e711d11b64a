"""First looks: what an event says about its subject, decided by skips and rules."""

from __future__ import annotations

from rulewright.kinds.rules import compile_rules

compile_triage = compile_rules
