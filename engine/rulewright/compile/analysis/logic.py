"""Whether any event could make a formula hold. Every question of the analysis is one of:

    never true            true(c) is impossible
    never false           false(c) is impossible
    a implies b           true(a) and untrue(b) together are impossible

The answer errs on one side only: `is_possible` says no when it is certain for every event there could be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.compile.analysis.formula import (
    ALWAYS,
    NEVER,
    Conjunction,
    Disjunction,
    Formula,
    Leaf,
    SignedLeaf,
    has_no_choice,
)
from rulewright.compile.analysis.paths import find_aliases
from rulewright.compile.analysis.value_satisfiability import is_value_possible
from rulewright.policy.canonical import canonical_json
from rulewright.program.nodes import ConstantNode, ExpressionNode, GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.compile.analysis.formula import Sign
    from rulewright.policy.model import Operator
    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.nodes import Node, PathNode

CHOICES: Final = 40
"""Disjunctions of one question that are followed, the narrowest of them."""
STEPS: Final = 1500
"""Branches that one question may take before it is given up as possible."""

# How a sign goes down: op → sign → (how the children are joined, their sign).
_DOWN: Final[dict[Operator, dict[Sign, tuple[type[Conjunction | Disjunction], Sign]]]] = {
    "all": {
        "true": (Conjunction, "true"),
        "false": (Disjunction, "false"),
        "untrue": (Disjunction, "untrue"),
        "unfalse": (Conjunction, "unfalse"),
    },
    "any": {
        "true": (Disjunction, "true"),
        "false": (Conjunction, "false"),
        "untrue": (Conjunction, "untrue"),
        "unfalse": (Disjunction, "unfalse"),
    },
    "none": {
        "true": (Conjunction, "false"),
        "false": (Disjunction, "true"),
        "untrue": (Disjunction, "unfalse"),
        "unfalse": (Conjunction, "untrue"),
    },
}


class Logic:
    """The leaves of one program, and what was found out about them.

    `types`: interned path → the JSON types that the schema of its events allows; any, where it is not listed.
    """

    def __init__(self, paths: Sequence[Ast], types: Mapping[int, frozenset[str]] | None = None) -> None:
        self._leaves: dict[bytes, Leaf | None] = {}
        self._values: dict[tuple[int, frozenset[SignedLeaf]], bool] = {}
        self._types = types or {}
        # By identity: conditions are asked about again and again. The node is kept, so that its id stays its own.
        self._formulas: dict[tuple[int, Sign], tuple[Node, Formula]] = {}
        self._aliases = find_aliases(paths)

    def leaf(self, node: PathNode) -> Leaf | None:
        """The leaf of a `match` or `expression` node; None when nothing can be told about it."""
        key = canonical_json(node.test if isinstance(node, MatchNode) else node.path)
        if key not in self._leaves:
            # A list is as long when it is folded, so that its length goes with what else is known of it.
            types = self._types.get(node.path, frozenset({"string"}))
            is_length = isinstance(node, MatchNode) and node.matcher == "length" and node.folded
            leaf = Leaf(node, self._aliases.get(node.path), folded=is_length and "string" not in types)
            self._leaves[key] = leaf if leaf.is_usable() else None
        return self._leaves[key]

    def formula(self, node: Node, sign: Sign) -> Formula:
        """What must hold of the leaves for a condition to have this sign. What is not known is left open."""
        key = (id(node), sign)
        if key not in self._formulas:
            self._formulas[key] = (node, self._make_formula(node, sign))
        return self._formulas[key][1]

    def _make_formula(self, node: Node, sign: Sign) -> Formula:
        if isinstance(node, MatchNode | ExpressionNode):
            leaf = self.leaf(node)
            return ALWAYS if leaf is None else SignedLeaf(sign, leaf)
        if isinstance(node, ConstantNode) and node.truth is not None:
            return ALWAYS if node.truth is (sign in ("true", "unfalse")) else NEVER
        if not isinstance(node, GroupNode):
            return ALWAYS
        join, inner = _DOWN[node.operator][sign]
        return join(tuple(self.formula(child, inner) for child in node.children))

    def is_possible(self, *formulas: Formula) -> bool:
        """False only when no event can make all of the formulas hold."""
        return _Search(self).run(list(formulas), [], {})

    def is_value_possible(self, key: int, signed: frozenset[SignedLeaf]) -> bool:
        """Whether one value of a frame key could give all these leaves their signs; remembered."""
        known = self._values.get((key, signed))
        if known is None:
            types = self._types.get(key if key >= 0 else ~key)
            known = self._values[key, signed] = is_value_possible(signed, types)
        return known


class _Search:
    """Depth first over the branches of disjunctions, cut as soon as one frame key has no value left."""

    __slots__ = ("logic", "steps")

    def __init__(self, logic: Logic) -> None:
        self.logic = logic
        self.steps = STEPS

    def run(
        self, pending: list[Formula], choices: list[Disjunction], state: dict[int, frozenset[SignedLeaf]]
    ) -> bool:
        self.steps -= 1
        if self.steps < 0:
            return True
        while pending:
            part = pending.pop()
            if isinstance(part, SignedLeaf):
                if not self.add(part, state):
                    return False
            elif isinstance(part, Conjunction) or has_no_choice(part):
                pending.extend(part.parts)
            elif not part.parts:
                return False
            else:
                choices.append(part)
        if not choices:
            return True
        # What is left out only makes more things possible; a choice is one level of recursion.
        choices = sorted(choices, key=lambda choice: -len(choice.parts))[-CHOICES:]
        first = choices.pop()
        return any(self.run([branch], list(choices), dict(state)) for branch in first.parts)

    def add(self, signed: SignedLeaf, state: dict[int, frozenset[SignedLeaf]]) -> bool:
        for key in signed.frame_keys:
            before = state.get(key, frozenset())
            if signed not in before:
                after = state[key] = before | {signed}
                if not self.logic.is_value_possible(key, after):
                    return False
        return True
