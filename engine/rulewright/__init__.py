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

if TYPE_CHECKING:
    from rulewright.actions.apply import apply
    from rulewright.actions.planner import plan
    from rulewright.compile.load import load
    from rulewright.evaluate.explain import explain
    from rulewright.facts.gather import gather

__all__ = ["__version__", "apply", "evaluate", "explain", "gather", "load", "plan"]

__version__ = "0.1.0"

_HOMES = {
    "apply": "rulewright.actions.apply",
    "explain": "rulewright.evaluate.explain",
    "gather": "rulewright.facts.gather",
    "load": "rulewright.compile.load",
    "plan": "rulewright.actions.planner",
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
