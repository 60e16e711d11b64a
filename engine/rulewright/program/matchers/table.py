"""The table of matchers: name → `Matcher`. What the format says of each is in `policy/matcher_declarations.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.program.matchers.age import AGE
from rulewright.program.matchers.comparison import COMPARISON
from rulewright.program.matchers.equality import EQUALITY
from rulewright.program.matchers.length import LENGTH
from rulewright.program.matchers.membership import MEMBERSHIP
from rulewright.program.matchers.pattern import PATTERN
from rulewright.program.matchers.presence import PRESENCE
from rulewright.program.matchers.text import TEXT

if TYPE_CHECKING:
    from rulewright.program.matchers.matcher import Matcher
    from rulewright.program.nodes import MatchNode

MATCHERS: Final[dict[str, Matcher]] = {
    matcher.name: matcher
    for family in (
        EQUALITY,
        COMPARISON,
        MEMBERSHIP,
        TEXT,
        PATTERN,
        LENGTH,
        PRESENCE,
        AGE,
    )
    for matcher in family
}


def missing_truth(node: MatchNode) -> bool | None:
    """The truth of a node whose value is absent or null; None where it is unknown."""
    presence = MATCHERS[node.matcher].missing_truth
    return node.on_missing if presence is None or node.on_missing is not None else presence(node.operand)
