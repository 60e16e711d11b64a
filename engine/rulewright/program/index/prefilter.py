"""Sound witnesses: what must be seen in an event for a condition to come out other than expected.

A witness is a set of *atoms*, each a test on one path that an index can answer for all rules at once. As long as
none of its atoms is seen, the condition has one known truth: false for most (`issue.title: {contains: crash}`
needs `crash` in the title), true for conditions that only exclude something (`author: {not_in: […]}` is true
unless one of them is seen), unknown for conditions of which a part is known to be unknown, because its path is
missing, until the rest decides against it. This holds only where every path of the witness has a value of a type
that the atoms can judge: an absent value, or one of another type, makes a condition unknown, and its rules are
evaluated.

To keep a condition at a truth:

    leaf             its own atoms; positive matchers stay false, `ne`, `not_in`, `contains_none` stay true
    all at false     any one part at false         all at true      every part at true: the union of their atoms
    any at true      any one part at true          any at false     every part at false
    none             as `any`, with the truths exchanged
    all at unknown   some parts at unknown, the others at true: the union of their atoms; `any` likewise with false

A group is `(path, family)`: family `text` judges strings; `many` strings and lists; `number` and `boolean` what
they say. The path of a leaf that ignores case is the folded twin's. An index is made for one set of missing paths
(see `index.py`), so a witness's path always has a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.program.frame import fold
from rulewright.program.matchers import TEXT_MATCHERS, path_of, type_class
from rulewright.program.nodes import ConstantNode, GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from rulewright.program.nodes import Node, Operator

Group = tuple[int, str]
WEIGHTS = {"eq": 1, "member": 1, "prefix": 2, "suffix": 2, "substring": 3, "regex": 4, "low": 8, "high": 8}


class Atom(NamedTuple):
    """One indexable test: `kind` (a key of WEIGHTS) of `key` on the group's path."""

    group: Group
    kind: str
    key: Any


Tree = tuple[str, tuple[Any, ...]]
"""("atoms", (Atom, …)) any of them | ("one", (Tree, …)) any one tree | ("each", (Tree, …)) the union of all."""


NEGATIVE: Final = {"ne": "eq", "not_in": "in", "contains_none": "contains_any"}
"""Matchers that are true unless an atom is seen, and the positive matcher with the same atoms."""


AT_ONCE: Final[Tree] = ("atoms", ())
"""The witness of what is decided: nothing has to be looked at."""


def witness_tree(node: Node, target: bool | None = False) -> Tree | None:
    """All witnesses that keep a condition at `target` (None: unknown), or None when it has none."""
    if isinstance(node, ConstantNode):
        return AT_ONCE if node.truth is target else None
    if isinstance(node, MatchNode):
        return None if target is None else _leaf(node, target)
    if not isinstance(node, GroupNode):
        return None
    if target is None:
        return _undecided(node.operator, node.children)
    if node.operator == "none":
        target = not target
    trees = [witness_tree(child, target) for child in node.children]
    if (node.operator != "all") is target:  # one part decides
        found = tuple(tree for tree in trees if tree is not None)
        return ("one", found) if found else None
    if not trees or None in trees:
        return None
    return ("each", tuple(trees))


def _undecided(operator: Operator, nodes: tuple[Node, ...]) -> Tree | None:
    unknown = [witness_tree(node, None) for node in nodes]
    if not any(unknown):
        return None
    trees = [
        witness_tree(node, operator == "all") if tree is None else tree
        for node, tree in zip(nodes, unknown, strict=True)
    ]
    return None if None in trees else ("each", tuple(trees))


def _leaf(node: MatchNode, target: bool) -> Tree | None:
    if node.fact_path is not None or node.compares_moments:
        return None
    name, want = node.matcher, fold(node.operand) if node.folded else node.operand
    if (name in NEGATIVE) is not target:
        return None
    name = NEGATIVE.get(name, name)
    if name in ("eq", "in"):
        return _equality(node, want if name == "in" and isinstance(want, list) else [want])
    if name in ("gt", "gte", "lt", "lte", "between"):
        return _interval(node, name, want)
    if name == "contains":
        return _members(node, [want])
    if name == "contains_any" and isinstance(want, list):
        return _members(node, want)
    if name == "contains_all" and isinstance(want, list):
        trees = tuple(tree for item in want if (tree := _members(node, [item])) is not None)
        return ("one", trees) if trees else None
    if name in TEXT_MATCHERS:
        return _text(node, name, want if isinstance(want, list) else [want])
    return None


def _group(node: MatchNode, family: str) -> Group:
    return (path_of(node), family)


def _equality(node: MatchNode, wanted: list[Any]) -> Tree | None:
    kinds = {type_class(item) for item in wanted}
    if len(kinds) != 1:
        return None
    family = {str: "text", int: "number", bool: "boolean"}.get(kinds.pop() or object)
    if family is None:
        return None
    group = _group(node, family)
    return ("atoms", tuple(Atom(group, "eq", item) for item in wanted))


def _interval(node: MatchNode, name: str, want: Any) -> Tree | None:
    group = _group(node, "number")
    if name == "between":
        if not isinstance(want, list) or len(want) != 2 or any(type_class(item) is not int for item in want):
            return None
        return (
            "one",
            (("atoms", (Atom(group, "low", want[0]),)), ("atoms", (Atom(group, "high", want[1]),))),
        )
    if type_class(want) is not int:
        return None
    return ("atoms", (Atom(group, "low" if name in ("gt", "gte") else "high", want),))


def _members(node: MatchNode, wanted: list[Any]) -> Tree | None:
    if not wanted or not all(isinstance(item, str) and item for item in wanted):
        return None
    group = _group(node, "many")
    return ("atoms", tuple(Atom(group, "member", item) for item in wanted))


def _text(node: MatchNode, name: str, wanted: list[Any]) -> Tree | None:
    group = _group(node, "many")
    atoms = []
    for item in wanted:
        atom = _text_atom(group, name, item) if isinstance(item, str) else None
        if atom is None:
            return None
        atoms.append(atom)
    return ("atoms", tuple(atoms)) if atoms else None


def _text_atom(group: Group, name: str, want: str) -> Atom | None:
    if name == "regex":
        # On folded text the pattern itself would have to be folded, which is not sound.
        return None if group[0] < 0 else Atom(group, "regex", want)
    if name in ("starts_with", "ends_with"):
        return Atom(group, "prefix" if name == "starts_with" else "suffix", want) if want else None
    if name in ("path_glob", "words"):
        # What stands in it has no form that the index knows: parts of a path, a word within an element of a list.
        return None
    return _glob_atom(group, want)


def _glob_atom(group: Group, key: str) -> Atom | None:
    """A glob without alternatives has its longest literal piece as witness."""
    if any(mark in key for mark in "{}\\"):
        return None
    pieces = key.replace("?", "*").split("*")
    if len(pieces) == 1:
        return Atom(group, "eq", key)
    if pieces[0]:
        return Atom(group, "prefix", pieces[0])
    if pieces[-1]:
        return Atom(group, "suffix", pieces[-1])
    longest = max(pieces, key=len)
    return Atom(group, "substring", longest) if longest else None


def atoms_of(tree: Tree) -> Iterable[Atom]:
    """Every atom that a witness tree mentions."""
    kind, parts = tree
    if kind == "atoms":
        yield from parts
    else:
        for part in parts:
            yield from atoms_of(part)


def choose(
    tree: Tree, counts: dict[Atom, int], watched: AbstractSet[int]
) -> tuple[int, tuple[Atom, ...]] | None:
    """The cheapest witness on watched paths alone, as (cost, atoms); None when there is none.

    An atom costs its kind's weight times the number of rules that mention it: what many rules share tells
    them apart badly.
    """
    kind, parts = tree
    if kind == "atoms":
        if any(atom.group[0] not in watched for atom in parts):
            return None
        return sum(WEIGHTS[atom.kind] * counts[atom] for atom in parts), parts
    options = [choose(part, counts, watched) for part in parts]
    if kind == "one":
        found = [option for option in options if option is not None]
        return min(found, key=lambda option: option[0]) if found else None
    cost = 0
    atoms: tuple[Atom, ...] = ()
    for option in options:
        if option is None:
            return None
        cost, atoms = cost + option[0], atoms + option[1]
    return cost, atoms
