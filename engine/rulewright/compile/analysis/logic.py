"""Conditions as formulas over signed leaves, and whether any event could make a formula hold.

A leaf has one of four values, so four things can be asked of it: that it is `true`, that it is `false`, that
it is `untrue` (false, unknown or error) or `unfalse` (true, unknown or error). Every question of the analysis
is then whether a formula is possible:

    never true            true(c) is impossible
    never false           false(c) is impossible
    a implies b           true(a) and untrue(b) together are impossible

The answer errs on one side only: `possible` says no when it is certain for every event there could be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, final

from rulewright.compile.analysis.value_satisfiability import place_possible
from rulewright.policy.canonical import canonical_json
from rulewright.program.frame import fold
from rulewright.program.glob import GlobError
from rulewright.program.matchers import MATCHERS, path_of, reads_folded, test_of
from rulewright.program.nodes import ConstantNode, ExpressionNode, GroupNode, MatchNode
from rulewright.program.paths import field_chain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rulewright.program.nodes import Node, PathNode

Sign = Literal["true", "false", "untrue", "unfalse"]
Formula = tuple[Any, ...]
"""`("atom", sign, Leaf)`, `("and", (Formula, …))` or `("or", (Formula, …))`."""

OPPOSITE: Final[dict[Sign, Sign]] = {
    "true": "untrue",
    "untrue": "true",
    "false": "unfalse",
    "unfalse": "false",
}
TRUE: Final[Formula] = ("and", ())
FALSE: Final[Formula] = ("or", ())
CHOICES: Final = 40
"""Disjunctions of one question that are followed, the narrowest of them."""
STEPS: Final = 1500
"""Branches that one question may take before it is given up as possible."""

# How a sign goes down: op → sign → (how the children are joined, their sign).
_DOWN: Final[dict[str, dict[str, tuple[str, Sign]]]] = {
    "all": {
        "true": ("and", "true"),
        "false": ("or", "false"),
        "untrue": ("or", "untrue"),
        "unfalse": ("and", "unfalse"),
    },
    "any": {
        "true": ("or", "true"),
        "false": ("and", "false"),
        "untrue": ("and", "untrue"),
        "unfalse": ("or", "unfalse"),
    },
    "none": {
        "true": ("and", "false"),
        "false": ("or", "true"),
        "untrue": ("or", "unfalse"),
        "unfalse": ("and", "untrue"),
    },
}


@final
class Leaf:
    """One test, the same object wherever it is written again. `place` is the frame key that it reads: of leaves
    that ignore case, the folded twin of a path, so that all leaves of one place see the same value.

    `alias`: a second path that has the same value whenever this one has any (`issue.title`: the subject's).
    `want` is the literal, `other` the interned path of `{fact: …}`, `gap` what `on_missing:` says.
    """

    __slots__ = ("_test", "alias", "gap", "m", "node", "other", "place", "want")

    def __init__(self, node: PathNode, alias: int | None, *, folded: bool = False) -> None:
        self.node = node
        self.m = "expression"
        self.want: Any = None
        self.other: int | None = None
        self.gap: bool | None = None
        self.place = node.path
        if isinstance(node, MatchNode):
            self.m, self.other, self.gap = node.matcher, node.fact_path, node.on_missing
            self.want = fold(node.operand) if reads_folded(node) else node.operand
            self.place = ~node.path if folded else path_of(node)
        self.alias = alias if alias is None or self.place >= 0 else ~alias
        self._test: Callable[[Any], Any] | None = None

    @property
    def test(self) -> Callable[[Any], Any]:
        """Value → truth, for a literal. Raises GlobError for a glob that cannot be used."""
        if self._test is None:
            assert isinstance(self.node, MatchNode)
            self._test = test_of(self.node, self.node.operand)
        return self._test

    @property
    def moment(self) -> bool:
        """Whether it compares points in time."""
        return isinstance(self.node, MatchNode) and self.node.compares_moments

    def usable(self) -> bool:
        """False when nothing can be told about it: its matcher or its glob is broken."""
        if self.m == "expression":
            return True
        if self.m not in MATCHERS:
            return False
        try:
            return self.other is not None or self.test is not None
        except GlobError:
            return False


def atom(sign: Sign, leaf: Leaf) -> Formula:
    """The formula that one leaf has a sign."""
    return ("atom", sign, leaf)


def atoms(formula: Formula) -> Iterator[tuple[Sign, Leaf]]:
    """Every signed leaf in a formula."""
    if formula[0] == "atom":
        yield formula[1], formula[2]
    else:
        for part in formula[1]:
            yield from atoms(part)


class Logic:
    """The leaves of one program, and what was found out about them.

    `kinds`: interned path → the JSON types that the schema of its events allows; any, where it is not listed.
    """

    def __init__(self, paths: Sequence[Any], kinds: Mapping[int, frozenset[str]] | None = None) -> None:
        self._leaves: dict[bytes, Leaf | None] = {}
        self._known: dict[tuple[int, frozenset[tuple[Sign, Leaf]]], bool] = {}
        self._kinds = kinds or {}
        # By identity: conditions are asked about again and again. The node is kept, so that its id stays its own.
        self._formulas: dict[tuple[int, Sign], tuple[Node, Formula]] = {}
        self._aliases = _aliases(paths)

    def leaf(self, node: PathNode) -> Leaf | None:
        """The leaf of a `match` or `expression` node; None when nothing can be told about it."""
        key = canonical_json(node.test if isinstance(node, MatchNode) else node.path)
        if key not in self._leaves:
            # A list is as long when it is folded, so that its length goes with what else is known of it.
            kinds = self._kinds.get(node.path, frozenset({"string"}))
            is_length = isinstance(node, MatchNode) and node.matcher == "length" and node.folded
            leaf = Leaf(node, self._aliases.get(node.path), folded=is_length and "string" not in kinds)
            self._leaves[key] = leaf if leaf.usable() else None
        return self._leaves[key]

    def formula(self, node: Node, sign: Sign) -> Formula:
        """What must hold of the leaves for a condition to have this sign. What is not known is left open."""
        key = (id(node), sign)
        if key not in self._formulas:
            self._formulas[key] = (node, self._formula(node, sign))
        return self._formulas[key][1]

    def _formula(self, node: Node, sign: Sign) -> Formula:
        if isinstance(node, MatchNode | ExpressionNode):
            leaf = self.leaf(node)
            return TRUE if leaf is None else atom(sign, leaf)
        if isinstance(node, ConstantNode) and node.truth is not None:
            return TRUE if node.truth is (sign in ("true", "unfalse")) else FALSE
        if not isinstance(node, GroupNode):
            return TRUE
        join, inner = _DOWN[node.operator][sign]
        return (join, tuple(self.formula(child, inner) for child in node.children))

    def possible(self, *formulas: Formula) -> bool:
        """False only when no event can make all of the formulas hold."""
        return _Search(self).go(list(formulas), [], {})

    def place(self, place: int, signed: frozenset[tuple[Sign, Leaf]]) -> bool:
        """Whether one value of a place could give all these leaves their signs; remembered."""
        found = self._known.get((place, signed))
        if found is None:
            kinds = self._kinds.get(place if place >= 0 else ~place)
            found = self._known[(place, signed)] = place_possible(signed, kinds)
        return found

    def flat(self, formula: Formula) -> dict[int, frozenset[tuple[Sign, Leaf]]] | None:
        """A conjunction of leaves by place; None when it has alternatives."""
        out: dict[int, frozenset[tuple[Sign, Leaf]]] = {}
        todo = [formula]
        while todo:
            part = todo.pop()
            if part[0] == "atom":
                for place in places_of(part[1], part[2]):
                    out[place] = out.get(place, frozenset()) | {(part[1], part[2])}
            elif part[0] == "and" or len(part[1]) == 1:
                todo.extend(part[1])
            else:
                return None
        return out

    def implies(self, condition: Node, other: Node) -> bool:
        """Whether `other` is certainly true of every event for which `condition` is."""
        return not self.possible(self.formula(condition, "true"), self.formula(other, "untrue"))


class _Search:
    """Depth first over the branches of `or`, cut as soon as one path has no value left."""

    __slots__ = ("logic", "steps")

    def __init__(self, logic: Logic) -> None:
        self.logic = logic
        self.steps = STEPS

    def go(self, todo: list[Formula], choices: list[Formula], state: dict[int, frozenset[Any]]) -> bool:
        self.steps -= 1
        if self.steps < 0:
            return True
        while todo:
            part = todo.pop()
            if part[0] == "atom":
                if not self.add(part[1], part[2], state):
                    return False
            elif part[0] == "and" or len(part[1]) == 1:
                todo.extend(part[1])
            elif not part[1]:
                return False
            else:
                choices.append(part)
        if not choices:
            return True
        # What is left out only makes more things possible; a choice is one level of recursion.
        choices = sorted(choices, key=lambda choice: -len(choice[1]))[-CHOICES:]
        first = choices.pop()
        return any(self.go([branch], list(choices), dict(state)) for branch in first[1])

    def add(self, sign: Sign, leaf: Leaf, state: dict[int, frozenset[Any]]) -> bool:
        signed = (sign, leaf)
        for place in places_of(sign, leaf):
            before = state.get(place, frozenset())
            if signed not in before:
                after = state[place] = before | {signed}
                if not self.logic.place(place, after):
                    return False
        return True


def places_of(sign: Sign, leaf: Leaf) -> tuple[int, ...]:
    """The places that a signed leaf tells about: its own, and the alias where the path must have a value."""
    present = sign in ("true", "false") and leaf.gap is None and leaf.m not in ("exists", "missing")
    return (leaf.place,) if leaf.alias is None or not present else (leaf.place, leaf.alias)


def needs(formula: Formula) -> Iterator[tuple[Sign, Leaf]]:
    """The signed leaves that a formula needs, whatever its alternatives."""
    if formula[0] == "atom":
        yield formula[1], formula[2]
    elif formula[0] == "and" or len(formula[1]) == 1:
        for part in formula[1]:
            yield from needs(part)


def _aliases(paths: Sequence[Any]) -> dict[int, int]:
    """Paths below `issue` → the same below the subject: an event with an issue has it as its subject."""
    numbers = {canonical_json(ast): number for number, ast in enumerate(paths)}
    out = {}
    for number, ast in enumerate(paths):
        if _root(ast) == "issue":
            other = numbers.get(canonical_json(_rooted(ast)))
            if other is not None:
                out[number] = other
    return out


def _root(ast: Any) -> str | None:
    """The first name of a dotted path or of a projection of one; None for any other expression."""
    while ast["type"] in ("subexpression", "projection", "flatten") and ast["children"]:
        if ast["type"] == "projection" and not _simple(ast["children"][1]):
            return None
        if ast["type"] == "subexpression" and not all(_simple(child) for child in ast["children"][1:]):
            return None
        ast = ast["children"][0]
    return ast["value"] if ast["type"] == "field" else None


def _simple(ast: Any) -> bool:
    return ast["type"] == "identity" or field_chain(ast) is not None


def _rooted(ast: Any) -> Any:
    if ast["type"] == "field":
        return {**ast, "value": "$subject"}
    first, *rest = ast["children"]
    return {**ast, "children": [_rooted(first), *rest]}
