"""Conditions as formulas over signed leaves.

A leaf has one of four values, so four things can be asked of it: that it is `true`, that it is `false`, that
it is `untrue` (false, unknown or error) or `unfalse` (true, unknown or error). A formula joins such questions by
"and" and "or"; `logic.py` makes it from a condition and tells whether any event could meet it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, final

from rulewright.program.frame import fold
from rulewright.program.glob import GlobError
from rulewright.program.matchers.table import MATCHERS, missing_truth
from rulewright.program.nodes import MatchNode
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rulewright.policy.json_types import Json
    from rulewright.program.matchers.matcher import Family
    from rulewright.program.nodes import PathNode
    from rulewright.program.truth import Truth

Sign = Literal["true", "false", "untrue", "unfalse"]

OPPOSITE: Final[dict[Sign, Sign]] = {
    "true": "untrue",
    "untrue": "true",
    "false": "unfalse",
    "unfalse": "false",
}


@final
class Leaf:
    """One test of one value; a test that is written twice is the same object.

    `frame_key` is the frame key that it reads: of leaves that ignore case, the folded twin of a path, so that all
    leaves with one key see the same value. `alias` is the key of a second path that has the same value whenever
    this one has any (`issue.title`: the subject's). `wanted` is the literal, `compared` the interned path of
    `{fact: …}`, `on_missing` what the policy says of a missing value.
    """

    __slots__ = (
        "_test",
        "alias",
        "compared",
        "family",
        "frame_key",
        "matcher",
        "node",
        "on_missing",
        "options",
        "texts",
        "wanted",
    )

    def __init__(self, node: PathNode, alias: int | None, *, folded: bool = False) -> None:
        self.node = node
        self.matcher = "expression"
        self.family: Family | None = None
        self.wanted: Json = None
        self.compared: int | None = None
        self.on_missing: bool | None = None
        self.frame_key = node.path
        if isinstance(node, MatchNode):
            self.matcher, self.compared, self.on_missing = node.matcher, node.fact_path, node.on_missing
            matcher = MATCHERS[node.matcher]
            self.family = matcher.family
            self.wanted = fold(node.operand) if matcher.folds(node) else node.operand
            self.frame_key = ~node.path if folded else matcher.frame_key(node)
        self.alias = alias if alias is None or self.frame_key >= 0 else ~alias
        self.options = self.wanted if isinstance(self.wanted, list) else [self.wanted]
        self.texts = [option for option in self.options if isinstance(option, str)]
        self._test: Callable[[object], Truth] | None = None

    @property
    def test(self) -> Callable[[object], Truth]:
        """Value → truth, for a literal. Raises GlobError for a glob that cannot be used."""
        if self._test is None:
            assert isinstance(self.node, MatchNode)
            self._test = MATCHERS[self.matcher].build_test(self.node, self.node.operand)
        return self._test

    @property
    def is_moment(self) -> bool:
        """Whether it compares points in time."""
        return isinstance(self.node, MatchNode) and self.node.compares_moments

    @property
    def path(self) -> int:
        """The interned path that it reads."""
        return self.node.path

    @property
    def tests_presence(self) -> bool:
        """Whether it asks only if there is a value."""
        return self.family == "presence"

    @property
    def truth_of_absence(self) -> bool | None:
        """Its truth for a missing value; None where it is unknown."""
        return missing_truth(self.node) if isinstance(self.node, MatchNode) else None

    def is_usable(self) -> bool:
        """False when nothing can be told about it: its matcher is of no known family, or its glob is broken."""
        if self.family == "other":
            return False
        try:
            return self.family is None or self.compared is not None or self.test is not None
        except GlobError:
            return False

    def truth_of(self, value: object) -> Truth:
        """The truth of a leaf with a literal for a value that is there. Ages of text are not told: unknown."""
        if self.family is None:
            return value if isinstance(value, bool) else ERROR
        return self.test(value)


class SignedLeaf(NamedTuple):
    """The formula that one leaf has a sign."""

    sign: Sign
    leaf: Leaf

    @property
    def affirms(self) -> bool:
        """Whether the leaf must be true where it is always true or false."""
        return self.sign in ("true", "unfalse")

    @property
    def frame_keys(self) -> tuple[int, ...]:
        """The frame keys that it tells about: the leaf's own, and the alias where the path must have a value."""
        leaf = self.leaf
        return (
            (leaf.frame_key,) if leaf.alias is None or not self.needs_value else (leaf.frame_key, leaf.alias)
        )

    @property
    def needs_value(self) -> bool:
        """Whether no missing value meets it."""
        leaf = self.leaf
        return self.sign in ("true", "false") and leaf.on_missing is None and not leaf.tests_presence

    def admits(self, truth: Truth) -> bool:
        """Whether a truth has the sign."""
        if self.sign == "true":
            return truth is True
        if self.sign == "false":
            return truth is False
        return truth is not True if self.sign == "untrue" else truth is not False

    def is_met_by(self, value: object) -> bool:
        """Whether a value that is there gives the leaf, which has a literal, its sign."""
        return self.admits(self.leaf.truth_of(value))

    def opposite(self) -> SignedLeaf:
        """The same leaf with every truth that this sign excludes."""
        return SignedLeaf(OPPOSITE[self.sign], self.leaf)


@dataclass(frozen=True, slots=True, eq=False)
class Conjunction:
    """All parts hold; without parts, always."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Disjunction:
    """One of the parts holds; without parts, never."""

    parts: tuple[Formula, ...]


Formula = SignedLeaf | Conjunction | Disjunction
ALWAYS: Final = Conjunction(())
NEVER: Final = Disjunction(())


def signed_leaves(formula: Formula) -> Iterator[SignedLeaf]:
    """Every signed leaf in a formula."""
    if isinstance(formula, SignedLeaf):
        yield formula
    else:
        for part in formula.parts:
            yield from signed_leaves(part)


def required_leaves(formula: Formula) -> Iterator[SignedLeaf]:
    """The signed leaves that a formula needs, whatever its alternatives."""
    if isinstance(formula, SignedLeaf):
        yield formula
    elif has_no_choice(formula):
        for part in formula.parts:
            yield from required_leaves(part)


def has_no_choice(formula: Conjunction | Disjunction) -> bool:
    """Whether all parts must hold."""
    return isinstance(formula, Conjunction) or len(formula.parts) == 1


def flatten(formula: Formula) -> dict[int, frozenset[SignedLeaf]] | None:
    """A conjunction of leaves by frame key; None when it has alternatives."""
    by_key: dict[int, frozenset[SignedLeaf]] = {}
    pending = [formula]
    while pending:
        part = pending.pop()
        if isinstance(part, SignedLeaf):
            for key in part.frame_keys:
                by_key[key] = by_key.get(key, frozenset()) | {part}
        elif has_no_choice(part):
            pending.extend(part.parts)
        else:
            return None
    return by_key
