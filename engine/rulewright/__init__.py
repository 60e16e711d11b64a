"""Rulewright: reviewed YAML policies in, explained decisions and honest plans out.

    program  = rulewright.load("rules/")
    facts    = rulewright.gather(program, event, now=…, given={…})    # the only input before apply
    decision = rulewright.evaluate(program, facts)                    # pure
    plan     = rulewright.plan(decision)                              # pure
    journal  = rulewright.apply(plan, port)                           # the only writer

All but `evaluate` are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# At once, not lazily: importing the package `rulewright.evaluate` later would put itself in the function's place.
from rulewright.evaluate.evaluator import evaluate
from rulewright.version import __version__

if TYPE_CHECKING:
    from rulewright.actions.port import RecordingPort
    from rulewright.compile.loader import load
    from rulewright.evaluate.explain import explain
    from rulewright.facts.gather import gather
    from rulewright.planning.planner import plan
    from rulewright.policy.diagnostics import PolicyError, RulewrightError, SourceError, UsageError
    from rulewright.run.apply import apply

__all__ = [
    "PolicyError",
    "RecordingPort",
    "RulewrightError",
    "SourceError",
    "UsageError",
    "__version__",
    "apply",
    "evaluate",
    "explain",
    "gather",
    "load",
    "plan",
]

_HOMES = {
    "PolicyError": "rulewright.policy.diagnostics",
    "RecordingPort": "rulewright.actions.port",
    "RulewrightError": "rulewright.policy.diagnostics",
    "SourceError": "rulewright.policy.diagnostics",
    "UsageError": "rulewright.policy.diagnostics",
    "apply": "rulewright.run.apply",
    "explain": "rulewright.evaluate.explain",
    "gather": "rulewright.facts.gather",
    "load": "rulewright.compile.loader",
    "plan": "rulewright.planning.planner",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'rulewright' has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(home), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
