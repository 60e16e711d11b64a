"""What a matcher is: one value of `Matcher` holds all that the engine does with it.

A test takes a value that is there and gives a `Truth`: unknown for NaN and for a value of a type that the matcher does
not compare.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.frame import Frame, fold
from rulewright.program.truth import Truth

if TYPE_CHECKING:
    from rulewright.program.matchers.witness import Witness
    from rulewright.program.nodes import MatchNode

Test = Callable[[Any], Truth]
Closure = Callable[[Frame], Truth]
Family = Literal["equality", "comparison", "membership", "text", "length", "presence", "age", "other"]
"""How the static analysis reasons about a matcher. It draws no conclusion from one of the family `other`."""


class Matcher(NamedTuple):
    """One matcher of the format. `words` stand before the operand in explanations: `at least 3`.

    `make_test(operand, node)` builds the test of an operand. `case` says what a condition without case folds: operand
    and value (`folded`), the value alone, as the operand is a pattern (`pattern`), or nothing (`kept`).
    """

    name: str
    words: str
    make_test: Callable[[object, MatchNode], Test]
    family: Family = "other"
    make_closure: Callable[[MatchNode], Closure | None] = lambda node: None
    """The closure of a node: a faster one for common operands, or one for what no test of a value can decide. None
    where the general one does."""
    case: Literal["folded", "pattern", "kept"] = "folded"
    negates: str | None = None
    """The matcher that is false where this one is true, and the other way round."""
    mismatch: str | Callable[[object, object, MatchNode], str] = "value_mismatch"
    """The reason for false: one of `evaluate.reason.REASONS`, or what gives one for operand, value and node."""
    missing_truth: Callable[[object], bool] | None = None
    """The truth for a missing value, by the operand; None where it is unknown."""
    witness: Callable[[object, MatchNode], Witness | None] = lambda operand, node: None
    """What is seen in every value for which a literal operand holds, or is broken where the matcher negates another."""
    nearest_value: Callable[[object, object, MatchNode], object] = lambda operand, value, node: None
    """A value that satisfies the operand, the nearest to the value where that tells; None where none can be named."""
    operand_problem: Callable[[str], str | None] = lambda text: None
    """What is wrong with a text as operand, in one sentence."""
    reads_clock: bool = False
    """Whether its truth depends on the moment of the decision."""

    def folds(self, node: MatchNode) -> bool:
        """Whether the node compares values without case."""
        return node.folded and self.case != "kept"

    def frame_key(self, node: MatchNode) -> int:
        """The frame key that the node reads: its path's number, or that of the folded value."""
        return ~node.path if self.folds(node) else node.path

    def fold_operand(self, node: MatchNode, operand: object) -> object:
        """The operand, without case where the node ignores case and the operand is no pattern."""
        return fold(operand) if node.folded and self.case == "folded" else operand

    def build_test(self, node: MatchNode, operand: object) -> Test:
        """The test of `operand` in the node. Where the node ignores case, it takes folded values (`folds`)."""
        return self.make_test(self.fold_operand(node, operand), node)


def never(value: object) -> Truth:
    """The test of an operand that nothing can be compared with."""
    return None


def negate(make_test: Callable[[object, MatchNode], Test]) -> Callable[[object, MatchNode], Test]:
    """The tests that are false where those of `make_test` are true, and the other way round."""

    def build(operand: object, node: MatchNode) -> Test:
        test = make_test(operand, node)

        def opposite(value: object) -> Truth:
            result = test(value)
            return (not result) if result.__class__ is bool else result

        return opposite

    return build


def text_operand(node: MatchNode) -> tuple[int, str] | None:
    """(the frame key to read, the text) of a node that compares with one literal text; folded where it folds."""
    if node.fact_path is not None or not isinstance(node.operand, str):
        return None
    return (~node.path, node.operand.casefold()) if node.folded else (node.path, node.operand)
