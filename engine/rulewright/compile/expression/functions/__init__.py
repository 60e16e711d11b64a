"""The table of functions: name → signature, documentation, implementation.

The standard's 26 stand first; the other families add to them and shadow none.
"""

from __future__ import annotations

from typing import Final

from rulewright.compile.expression.functions.model import Example, Function, Parameter
from rulewright.compile.expression.functions.standard import STANDARD

__all__ = ["FUNCTIONS", "Example", "Function", "Parameter"]

FUNCTIONS: Final[dict[str, Function]] = {each.name: each for each in STANDARD}
