"""The table of functions: name → signature, documentation, implementation.

The standard's 26 stand first; the other families add to them and shadow none.
"""

from __future__ import annotations

from typing import Final

from rulewright.program.expression.functions.collections import COLLECTIONS
from rulewright.program.expression.functions.model import Example, Function, Parameter
from rulewright.program.expression.functions.number import NUMBER_FUNCTIONS
from rulewright.program.expression.functions.regex import REGEX
from rulewright.program.expression.functions.semver import SEMVER
from rulewright.program.expression.functions.standard import STANDARD
from rulewright.program.expression.functions.statistics import STATISTICS
from rulewright.program.expression.functions.text import TEXT
from rulewright.program.expression.functions.time import TIME

__all__ = ["FUNCTIONS", "Example", "Function", "Parameter"]

FUNCTIONS: Final[dict[str, Function]] = {
    each.name: each
    for family in (STANDARD, TEXT, REGEX, NUMBER_FUNCTIONS, TIME, SEMVER, STATISTICS, COLLECTIONS)
    for each in family
}
