"""A set of conditions that are decided together: by witnesses, by what they share, and only then one by one.

Each rule goes where it costs least:

1. With a witness for *false* of its own it stays false unless an atom of it is seen.
2. Rules that share a conjunct stand under it: it is evaluated once. If it is false they all are, otherwise what is
   left of them is a set of its own. This serves the rules without such a witness, and those whose only witness is
   what many rules name (`state: open`).
3. With a witness for *true* (conditions that only exclude) or for *unknown* (a part of it is, because of a missing
   path) it stays so unless an atom is seen.
4. The rest is evaluated every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.compile.closures import build
from rulewright.compile.probes import build_probe
from rulewright.compile.truth import ERROR
from rulewright.compile.witness import Atom, Group, Tree, atoms_of, choose, witness_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from rulewright.compile.frame import Frame
    from rulewright.compile.layers import Layer
    from rulewright.compile.program import Node
    from rulewright.compile.truth import Truth

    Closure = Callable[[Frame], Truth]

__all__ = ["Part", "conjuncts"]

SHARED_BY: Final = 3
"""A conjunct that fewer rules share is not worth a branch of its own."""
DEEPEST: Final = 32
"""Below so many shared conjuncts rules are decided one by one: copies of one long condition must not nest further."""
POPULAR: Final = 8
"""An atom that more rules name is likely to be seen, and tells few of them apart."""


def conjuncts(node: Node) -> dict[str, Node]:
    """The parts of a condition that must all hold, each under a key that equal conditions share."""
    if node["op"] == "all":
        return {key: part for child in node["of"] for key, part in conjuncts(child).items()}
    return {_key(node): node}


def _key(node: Node) -> str:
    if "of" in node:
        return f"{node['op']}({','.join(_key(child) for child in node['of'])})"
    return repr([(key, value) for key, value in sorted(node.items()) if key not in ("at", "path", "unit")])


class Part:
    """Decides the conditions `nodes` (number → condition); `usable` are the frame keys that can hold witnesses."""

    __slots__ = ("_assumed", "_branches", "_closures", "_nodes", "_probes", "unpruned")

    def __init__(self, nodes: Mapping[int, Node], usable: AbstractSet[int], depth: int = 0) -> None:
        self._nodes = nodes
        self._closures: dict[int, Closure] = {}
        witnesses, common, rest = _witnessed(nodes, usable)
        self.unpruned: tuple[int, ...] = tuple(rest)
        self._branches, rest = _branches(
            {number: nodes[number] for number in (*common, *rest)}, usable, depth
        )
        witnesses.update((number, common[number]) for number in rest if number in common)
        rest = [number for number in rest if number not in common]
        assumed, alone = _assumed({number: nodes[number] for number in rest}, usable)
        self._assumed = _each_truth(assumed)
        if assumed:
            self._assumed[True] = {number: truth for number, (truth, _) in assumed.items()}
        groups: dict[Group, list[tuple[Atom, int]]] = {}
        seen = {number: atoms for number, (_, atoms) in assumed.items()}
        for number, atoms in [*witnesses.items(), *seen.items()]:
            for atom in atoms:
                groups.setdefault(atom.group, []).append((atom, number))
        self._probes = [
            (group[0], build_probe(group, atoms), tuple(dict.fromkeys(number for _, number in atoms)))
            for group, atoms in groups.items()
        ]
        self._branches += [(self._closure(number), _each_truth((number,)), None) for number in alone]

    @property
    def keys(self) -> tuple[int, ...]:
        """The frame keys that the witnesses are looked up by."""
        return tuple(key for key, _, _ in self._probes)

    def decide(self, frame: Frame, above: Truth, layers: list[Layer], found: dict[int, Truth]) -> None:
        """Say what is not false: by layers that are shared, not to be changed, and in `found` on top of them.

        `above` is what the conjuncts that were taken out came to: true, unknown or error.
        """
        hits: list[int] = []
        for key, probe, numbers in self._probes:
            seen = probe(frame[key])
            if seen:
                hits += seen
            elif seen is None:
                hits += numbers  # of a type that no atom can judge: all of them must be looked at
        assumed = self._assumed
        if assumed:
            layers.append(assumed[above])
        if hits:
            closures = self._closures
            for number in set(hits):
                value = (closures.get(number) or self._closure(number))(frame)
                if value is not False:
                    found[number] = above if value is True or above is ERROR else value
                elif assumed and number in assumed[True]:
                    found[number] = False
        for guard, ends, below in self._branches:
            value = guard(frame)
            if value is False:
                continue
            if value is True or above is ERROR:
                value = above
            if ends:
                layers.append(ends[value])
            if below is not None:
                below.decide(frame, value, layers, found)

    def _closure(self, number: int) -> Closure:
        closure = self._closures[number] = build(self._nodes[number])
        return closure


Branch = tuple["Closure", "dict[Truth, Layer]", "Part | None"]
"""(what is evaluated once, the rules that it decides alone, what is left of the others)."""


def _each_truth(numbers: Collection[int]) -> dict[Truth, Layer]:
    """For each truth but false the layer in which all of the numbers have it; nothing where there are none."""
    return {truth: dict.fromkeys(numbers, truth) for truth in (True, None, ERROR)} if numbers else {}


def _witnessed(
    nodes: Mapping[int, Node], usable: AbstractSet[int]
) -> tuple[dict[int, tuple[Atom, ...]], dict[int, tuple[Atom, ...]], list[int]]:
    """Rules that stay false unless one of their atoms is seen: (by atoms of their own, by popular ones); the others."""
    trees = {number: witness_tree(node) for number, node in nodes.items()}
    counts = _count(trees.values())
    own: dict[int, tuple[Atom, ...]] = {}
    common: dict[int, tuple[Atom, ...]] = {}
    rest = []
    for number, tree in trees.items():
        chosen = None if tree is None else choose(tree, counts, usable)
        if chosen is None:
            rest.append(number)
        elif all(counts[atom] <= POPULAR for atom in chosen[1]):
            own[number] = chosen[1]
        else:
            common[number] = chosen[1]
    return own, common, rest


def _branches(
    nodes: Mapping[int, Node], usable: AbstractSet[int], depth: int
) -> tuple[list[Branch], list[int]]:
    """(branches over what several rules share, the rules that share nothing)."""
    if depth >= DEEPEST:
        return [], list(nodes)
    parts = {number: conjuncts(node) for number, node in nodes.items()}
    counts: dict[str, int] = {}
    for keys in parts.values():
        for key in keys:
            counts[key] = counts.get(key, 0) + 1
    groups: dict[str, list[int]] = {}
    alone = []
    for number, keys in parts.items():
        key = max(keys, key=counts.__getitem__, default="")
        if counts.get(key, 0) >= SHARED_BY:
            groups.setdefault(key, []).append(number)
        else:
            alone.append(number)
    branches: list[Branch] = []
    for key, members in groups.items():
        guard = build(parts[members[0]][key])
        left = {n: [node for k, node in parts[n].items() if k != key] for n in members}
        ends = tuple(number for number, rest in left.items() if not rest)
        below = {number: _together(rest) for number, rest in left.items() if rest}
        branches.append((guard, _each_truth(ends), Part(below, usable, depth + 1) if below else None))
    return branches, alone


def _together(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else {"op": "all", "of": nodes, "at": [0, 0]}


def _assumed(
    nodes: Mapping[int, Node], usable: AbstractSet[int]
) -> tuple[dict[int, tuple[bool | None, tuple[Atom, ...]]], list[int]]:
    """(rules that stay true, or unknown, unless one of their atoms is seen; the others).

    Also by atoms that many rules name: to see one costs no more than to decide these rules one by one.
    """
    trees = {
        (number, truth): tree
        for number, node in nodes.items()
        for truth in (True, None)
        if (tree := witness_tree(node, truth)) is not None
    }
    counts = _count(trees.values())
    found: dict[int, tuple[bool | None, tuple[Atom, ...]]] = {}
    for (number, truth), tree in trees.items():
        chosen = choose(tree, counts, usable)
        if chosen is not None and number not in found:
            found[number] = (truth, chosen[1])
    return found, [number for number in nodes if number not in found]


def _count(trees: Iterable[Tree | None]) -> dict[Atom, int]:
    counts: dict[Atom, int] = {}
    for tree in trees:
        if tree is not None:
            for atom in atoms_of(tree):
                counts[atom] = counts.get(atom, 0) + 1
    return counts
