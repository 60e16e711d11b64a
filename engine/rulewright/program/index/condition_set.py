"""A set of conditions that are decided together: by witnesses, by what they share, and only then one by one.

Each rule goes where it costs least:

1. With a witness for *false* of its own it stays false unless an atom of it is seen.
2. With a default truth it has that truth unless an atom of it is seen (`default_truth.py`).
3. What the most of the others share is looked at first, all at once (`shared_guards.py`).
4. Rules that share a conjunct form a branch under it: it is evaluated once. If it is false they all are, otherwise
   what is left of them is a set of its own. This serves the rules without a witness, and those whose only witness is
   what many rules name (`state: open`).
5. The rest is evaluated every time.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.program.closures import build_closure
from rulewright.program.index.conjuncts import all_of_nodes, conjuncts
from rulewright.program.index.default_truth import build_threshold_indexes, count_atoms, find_default_truths
from rulewright.program.index.prefilter import choose_atoms, find_witness
from rulewright.program.index.probes import build_probe, table_of
from rulewright.program.index.shared_guards import SharedGuards, most_shared
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from rulewright.program.frame import Frame
    from rulewright.program.index.probes import Probe
    from rulewright.program.matchers.witness import Atom, Group
    from rulewright.program.nodes import Node
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
        "_branches",
        "_closures",
        "_defaults",
        "_guards",
        "_nodes",
        "_probes",
        "_sizes",
        "_tables",
        "_with_default",
        "unpruned",
    )

    def __init__(self, nodes: Mapping[int, Node], usable: AbstractSet[int], depth: int = 0) -> None:
        self._nodes = nodes
        self._closures: dict[int, Closure] = {}
        witnesses, common, rest = _split_by_witness(nodes, usable)
        self.unpruned: tuple[int, ...] = tuple(rest)
        defaults, rest = find_default_truths(rest, usable, POPULAR)
        sharing = {number: nodes[number] for number in (*common, *rest)}
        self._guards, sharing = _split_by_guards(sharing, usable, depth)
        self._branches, rest = _split_by_conjunct(sharing, usable, depth)
        witnesses.update((number, common[number]) for number in rest if number in common)
        rest = {number: node for number, node in rest.items() if number not in common}
        more, alone = find_default_truths(rest, usable)
        defaults.update(more)
        self._with_default = frozenset(defaults)
        always = {number: default.truth for number, default in defaults.items() if not default.size_tests}
        self._defaults = _LayerByTruth(always) if always else None
        if self._defaults is not None:
            self._defaults[True] = always
        self._sizes = build_threshold_indexes(defaults)
        self._tables: list[tuple[int, Mapping[object, tuple[int, ...]], tuple[int, ...]]] = []
        self._probes: list[tuple[int, Probe, tuple[int, ...]]] = []
        seen = {number: default.atoms for number, default in defaults.items()}
        self._add_lookups([*witnesses.items(), *seen.items()])
        self._branches += [Branch(self._closure(number), _LayerByTruth((number,)), None) for number in alone]

    def _add_lookups(self, atoms_of_rules: Iterable[tuple[int, tuple[Atom, ...]]]) -> None:
        groups: dict[Group, list[tuple[Atom, int]]] = {}
        for number, atoms in atoms_of_rules:
            for atom in atoms:
                groups.setdefault(atom.group, []).append((atom, number))
        for group, asked in groups.items():
            numbers = tuple(dict.fromkeys(number for _, number in asked))
            table = table_of(group, asked)
            if table is None:
                self._probes.append((group[0], build_probe(group, asked), numbers))
            else:
                self._tables.append((group[0], table, numbers))

    @property
    def keys(self) -> tuple[int, ...]:
        """The frame keys that the witnesses are looked up by."""
        return tuple(key for key, _, _ in (*self._tables, *self._probes))

    def decide(self, frame: Frame, above: Truth, layers: list[Layer], truths: dict[int, Truth]) -> None:
        """Say what is not false: by layers that are shared, not to be changed, and in `truths` on top of them.

        `above` is what the conjuncts that were taken out came to: true, unknown or error.
        """
        candidates = self._look_up(frame)
        if self._defaults is not None:
            layers.append(self._defaults[above])
        for key, sizes, numbers in self._sizes:
            layer = sizes.layer(frame[key], above)
            if layer:
                layers.append(layer)
            elif layer is None:
                candidates += numbers
        if candidates:
            self._evaluate(set(candidates), frame, above, truths)
        for guard, own, below in self._branches:
            value = guard(frame)
            if value is False:
                continue
            if value is True or above is ERROR:
                value = above
            if own is not None:
                layers.append(own[value])
            if below is not None:
                below.decide(frame, value, layers, truths)
        if self._guards is not None:
            self._guards.decider(frame).decide(frame, above, layers, truths)

    def _look_up(self, frame: Frame) -> list[int]:
        """The rules of which an atom is seen, and those whose value is of a type that no atom can judge."""
        candidates: list[int] = []
        for key, table, numbers in self._tables:
            value = frame[key]
            if value.__class__ is not str:
                candidates += numbers
            elif value in table:
                candidates += table[value]
        for key, probe, numbers in self._probes:
            seen = probe(frame[key])
            if seen:
                candidates += seen
            elif seen is None:
                candidates += numbers
        return candidates

    def _evaluate(self, numbers: set[int], frame: Frame, above: Truth, truths: dict[int, Truth]) -> None:
        closures = self._closures
        for number in numbers:
            value = (closures.get(number) or self._closure(number))(frame)
            if value is not False:
                truths[number] = above if value is True or above is ERROR else value
            elif number in self._with_default:
                truths[number] = False

    def _closure(self, number: int) -> Closure:
        closure = self._closures[number] = build_closure(self._nodes[number])
        return closure


class _LayerByTruth(dict["Truth", "Layer"]):
    """For each truth the layer in which all of the rules have it, made when it is first asked for."""

    __slots__ = ("numbers",)

    def __init__(self, numbers: Iterable[int]) -> None:
        self.numbers = tuple(numbers)

    def __missing__(self, truth: Truth) -> Layer:
        layer = self[truth] = dict.fromkeys(self.numbers, truth)
        return layer


class Branch(NamedTuple):
    """`guard` is evaluated once; `own` are the rules that it decides alone, `below` what is left of the others."""

    guard: Closure
    own: _LayerByTruth | None
    below: ConditionSet | None


def _split_by_guards(
    nodes: Mapping[int, Node], usable: AbstractSet[int], depth: int
) -> tuple[SharedGuards[ConditionSet] | None, dict[int, Node]]:
    """(the guards that most of the rules share, the rules that share none of them)."""
    keys = most_shared(nodes) if depth == 0 else ()
    sharing: dict[int, Node] = {}
    rest: dict[int, Node] = {}
    for number, node in nodes.items():
        (rest if conjuncts(node).keys().isdisjoint(keys) else sharing)[number] = node
    if not sharing:
        return None, rest
    return SharedGuards(sharing, keys, lambda left: ConditionSet(left, usable, 1)), rest


def _split_by_witness(
    nodes: Mapping[int, Node], usable: AbstractSet[int]
) -> tuple[dict[int, tuple[Atom, ...]], dict[int, tuple[Atom, ...]], dict[int, Node]]:
    """Rules that stay false unless one of their atoms is seen: (by atoms of their own, by popular ones); the others."""
    witnesses = {number: find_witness(node) for number, node in nodes.items()}
    counts = count_atoms(witnesses.values())
    own: dict[int, tuple[Atom, ...]] = {}
    common: dict[int, tuple[Atom, ...]] = {}
    rest: dict[int, Node] = {}
    for number, witness in witnesses.items():
        chosen = None if witness is None else choose_atoms(witness, counts, usable)
        if chosen is None:
            rest[number] = nodes[number]
        elif all(counts[atom] <= POPULAR for atom in chosen[1]):
            own[number] = chosen[1]
        else:
            common[number] = chosen[1]
    return own, common, rest


def _split_by_conjunct(
    nodes: Mapping[int, Node], usable: AbstractSet[int], depth: int
) -> tuple[list[Branch], dict[int, Node]]:
    """(branches over what several rules share, the rules that share nothing)."""
    if depth >= DEEPEST:
        return [], dict(nodes)
    parts = {number: conjuncts(node) for number, node in nodes.items()}
    counts = Counter(key for keys in parts.values() for key in keys)
    groups: dict[str, list[int]] = {}
    alone: dict[int, Node] = {}
    for number, keys in parts.items():
        key = max(keys, key=counts.__getitem__, default="")
        if counts[key] >= SHARED_BY:
            groups.setdefault(key, []).append(number)
        else:
            alone[number] = nodes[number]
    branches = [
        _branch(key, {number: parts[number] for number in members}, usable, depth)
        for key, members in groups.items()
    ]
    return branches, alone


def _branch(
    key: str, parts: Mapping[int, Mapping[str, Node]], usable: AbstractSet[int], depth: int
) -> Branch:
    """The branch of rules (number → conjuncts) under the conjunct that they share."""
    left = {number: [node for k, node in own.items() if k != key] for number, own in parts.items()}
    decided = tuple(number for number, rest in left.items() if not rest)
    below = {number: all_of_nodes(rest) for number, rest in left.items() if rest}
    return Branch(
        build_closure(next(iter(parts.values()))[key]),
        _LayerByTruth(decided) if decided else None,
        ConditionSet(below, usable, depth + 1) if below else None,
    )
