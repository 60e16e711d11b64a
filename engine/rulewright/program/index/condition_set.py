"""A set of conditions that are decided together: by witnesses, by what they share, and only then one by one.

Each rule goes where it costs least:

1. With a witness for *false* of its own it stays false unless an atom of it is seen.
2. With a witness for *true* (conditions that only exclude) or for *unknown* (a part of it is, because of a missing
   path) it stays so unless an atom is seen; if it also asks for the size of a value, only at some sizes
   (`threshold_index.py`).
3. What the most of the others share is looked at first, all at once (`shared_guards.py`).
4. Rules that share a conjunct stand under it: it is evaluated once. If it is false they all are, otherwise what is
   left of them is a set of its own. This serves the rules without a witness, and those whose only witness is
   what many rules name (`state: open`).
5. The rest is evaluated every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.program.closures import build
from rulewright.program.index.conjuncts import conjuncts, together
from rulewright.program.index.prefilter import atoms_of, choose_atoms, find_witness
from rulewright.program.index.probes import build_probe, table_of
from rulewright.program.index.shared_guards import SharedGuards, shared
from rulewright.program.index.threshold_index import ThresholdIndex, is_step
from rulewright.program.nodes import ConstantNode
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from rulewright.program.frame import Frame
    from rulewright.program.matchers.witness import Atom, Group, Witness
    from rulewright.program.nodes import MatchNode, Node
    from rulewright.program.truth import Layer, Truth

    Closure = Callable[[Frame], Truth]

SHARED_BY: Final = 3
"""A conjunct that fewer rules share is not worth a branch of its own."""
DEEPEST: Final = 32
"""Below so many shared conjuncts rules are decided one by one: copies of one long condition must not nest further."""
POPULAR: Final = 8
"""An atom that more rules name is likely to be seen, and tells few of them apart."""


class ConditionSet:
    """Decides the conditions `nodes` (number → condition); `usable` are the frame keys that can hold witnesses."""

    __slots__ = (
        "_assumed",
        "_branches",
        "_closures",
        "_ladders",
        "_nodes",
        "_probes",
        "_standing",
        "_switch",
        "_tables",
        "unpruned",
    )

    def __init__(self, nodes: Mapping[int, Node], usable: AbstractSet[int], depth: int = 0) -> None:
        self._nodes = nodes
        self._closures: dict[int, Closure] = {}
        witnesses, common, rest = _witnessed(nodes, usable)
        self.unpruned: tuple[int, ...] = tuple(rest)
        assumed, rest = _assumed({number: nodes[number] for number in rest}, usable, POPULAR)
        self._switch, rest = _switch({number: nodes[number] for number in (*common, *rest)}, usable, depth)
        self._branches, rest = _branches({number: nodes[number] for number in rest}, usable, depth)
        witnesses.update((number, common[number]) for number in rest if number in common)
        rest = [number for number in rest if number not in common]
        more, alone = _assumed({number: nodes[number] for number in rest}, usable)
        assumed.update(more)
        self._standing = frozenset(assumed)
        always = {number: each.truth for number, each in assumed.items() if not each.steps}
        self._assumed = _Ends(always) if always else None
        if self._assumed is not None:
            self._assumed[True] = always
        self._ladders = _ladders(assumed)
        groups: dict[Group, list[tuple[Atom, int]]] = {}
        seen = {number: each.atoms for number, each in assumed.items()}
        for number, atoms in [*witnesses.items(), *seen.items()]:
            for atom in atoms:
                groups.setdefault(atom.group, []).append((atom, number))
        self._tables = []
        self._probes = []
        for group, asked in groups.items():
            numbers = tuple(dict.fromkeys(number for _, number in asked))
            table = table_of(group, asked)
            if table is None:
                self._probes.append((group[0], build_probe(group, asked), numbers))
            else:
                self._tables.append((group[0], table, numbers))
        self._branches += [(self._closure(number), _Ends((number,)), None) for number in alone]

    @property
    def keys(self) -> tuple[int, ...]:
        """The frame keys that the witnesses are looked up by."""
        return tuple(key for key, _, _ in (*self._tables, *self._probes))

    def decide(self, frame: Frame, above: Truth, layers: list[Layer], found: dict[int, Truth]) -> None:
        """Say what is not false: by layers that are shared, not to be changed, and in `found` on top of them.

        `above` is what the conjuncts that were taken out came to: true, unknown or error.
        """
        hits: list[int] = []
        for key, table, numbers in self._tables:
            value = frame[key]
            if value.__class__ is not str:
                hits += numbers  # of a type that no atom can judge: all of them must be looked at
            elif value in table:
                hits += table[value]
        for key, probe, numbers in self._probes:
            seen = probe(frame[key])
            if seen:
                hits += seen
            elif seen is None:
                hits += numbers
        assumed = self._assumed
        if assumed is not None:
            layers.append(assumed[above])
        for key, ladder, numbers in self._ladders:
            layer = ladder.layer(frame[key], above)
            if layer:
                layers.append(layer)
            elif layer is None:
                hits += numbers
        if hits:
            closures = self._closures
            for number in set(hits):
                value = (closures.get(number) or self._closure(number))(frame)
                if value is not False:
                    found[number] = above if value is True or above is ERROR else value
                elif number in self._standing:
                    found[number] = False
        for guard, ends, below in self._branches:
            value = guard(frame)
            if value is False:
                continue
            if value is True or above is ERROR:
                value = above
            if ends is not None:
                layers.append(ends[value])
            if below is not None:
                below.decide(frame, value, layers, found)
        if self._switch is not None:
            self._switch.part(frame).decide(frame, above, layers, found)

    def _closure(self, number: int) -> Closure:
        closure = self._closures[number] = build(self._nodes[number])
        return closure


class _Ends(dict["Truth", "Layer"]):
    """For each truth the layer in which all of the rules have it, made when it is first asked for."""

    __slots__ = ("numbers",)

    def __init__(self, numbers: Iterable[int]) -> None:
        self.numbers = tuple(numbers)

    def __missing__(self, truth: Truth) -> Layer:
        layer = self[truth] = dict.fromkeys(self.numbers, truth)
        return layer


Branch = tuple["Closure", _Ends | None, "ConditionSet | None"]
"""(what is evaluated once, the rules that it decides alone, what is left of the others)."""


def _switch(
    nodes: Mapping[int, Node], usable: AbstractSet[int], depth: int
) -> tuple[SharedGuards[ConditionSet] | None, list[int]]:
    """(a switch over what most of the rules share, the rules that share nothing of it)."""
    keys = shared(nodes) if depth == 0 else ()
    under = {number: node for number, node in nodes.items() if not conjuncts(node).keys().isdisjoint(keys)}
    if not under:
        return None, list(nodes)
    switch = SharedGuards(under, keys, lambda left: ConditionSet(left, usable, 1))
    return switch, [number for number in nodes if number not in under]


def _witnessed(
    nodes: Mapping[int, Node], usable: AbstractSet[int]
) -> tuple[dict[int, tuple[Atom, ...]], dict[int, tuple[Atom, ...]], list[int]]:
    """Rules that stay false unless one of their atoms is seen: (by atoms of their own, by popular ones); the others."""
    trees = {number: find_witness(node) for number, node in nodes.items()}
    counts = _count(trees.values())
    own: dict[int, tuple[Atom, ...]] = {}
    common: dict[int, tuple[Atom, ...]] = {}
    rest = []
    for number, tree in trees.items():
        chosen = None if tree is None else choose_atoms(tree, counts, usable)
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
        below = {number: together(rest) for number, rest in left.items() if rest}
        branches.append(
            (guard, _Ends(ends) if ends else None, ConditionSet(below, usable, depth + 1) if below else None)
        )
    return branches, alone


class _Standing(NamedTuple):
    """A rule that has one truth unless an atom is seen, at the sizes of one value that all of its steps hold at."""

    truth: bool | None
    atoms: tuple[Atom, ...]
    steps: tuple[MatchNode, ...]


def _steps(node: Node, usable: AbstractSet[int]) -> dict[str, MatchNode]:
    """The conjuncts that ask for the size of one value, by their keys; none where they ask for several."""
    steps = {key: part for key, part in conjuncts(node).items() if is_step(part) and part.path in usable}
    return steps if len({step.path for step in steps.values()}) == 1 else {}


def _without(node: Node, steps: Mapping[str, MatchNode]) -> Node:
    if not steps:
        return node
    rest = [part for key, part in conjuncts(node).items() if key not in steps]
    return together(rest) if rest else ConstantNode(True, "", node.position)


def _ladders(standing: Mapping[int, _Standing]) -> list[tuple[int, ThresholdIndex, tuple[int, ...]]]:
    """(path, ladder, its rules) for every path whose size some of the rules ask for."""
    rules: dict[int, dict[int, tuple[bool | None, tuple[MatchNode, ...]]]] = {}
    for number, (truth, _, steps) in standing.items():
        if steps:
            rules.setdefault(steps[0].path, {})[number] = (truth, steps)
    return [(path, ThresholdIndex(under), tuple(under)) for path, under in rules.items()]


def _assumed(
    nodes: Mapping[int, Node], usable: AbstractSet[int], most: int | None = None
) -> tuple[dict[int, _Standing], list[int]]:
    """(rules that stay true, or unknown, unless one of their atoms is seen; the others).

    By atoms that at most so many rules name; without a bound, to see one costs no more than to decide them one by one.
    """
    steps = {number: _steps(node, usable) for number, node in nodes.items()}
    trees = {
        (number, truth): tree
        for number, node in nodes.items()
        for truth in (True, None)
        if (tree := find_witness(_without(node, steps[number]), truth)) is not None
    }
    counts = _count(trees.values())
    found: dict[int, _Standing] = {}
    for (number, truth), tree in trees.items():
        chosen = choose_atoms(tree, counts, usable)
        if chosen is None or number in found:
            continue
        if most is None or all(counts[atom] <= most for atom in chosen[1]):
            found[number] = _Standing(truth, chosen[1], tuple(steps[number].values()))
    return found, [number for number in nodes if number not in found]


def _count(trees: Iterable[Witness | None]) -> dict[Atom, int]:
    counts: dict[Atom, int] = {}
    for tree in trees:
        if tree is not None:
            for atom in atoms_of(tree):
                counts[atom] = counts.get(atom, 0) + 1
    return counts
