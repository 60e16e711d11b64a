"""The rule index: which rules of a route an event can possibly concern.

An index is made for one set of missing paths: what they decide is folded into the conditions (`specialise.py`), so
that rules which cannot be decided without them are constants, listed once in `Index.fixed`. Every other rule
stands under one witness (`witness.py`); a query reads each witness path once and looks the value up in hash,
prefix, suffix, interval and substring structures. What is not found is false.

Rules without a witness are always evaluated and listed in `Index.always`. They stand in a tree of their conjuncts,
the commonest first (`conjuncts.py`), so that what they share is computed once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.closures import build
from rulewright.compile.conjuncts import conjunct_tree
from rulewright.compile.specialise import Constant, specialise
from rulewright.compile.witness import Atom, Group, atoms_of, choose, witness_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from rulewright.compile.frame import Frame
    from rulewright.compile.program import Node
    from rulewright.compile.truth import Truth

    Closure = Callable[[Frame], Truth]
    Hits = Sequence[int]
    Probe = Callable[[Any], "Hits | None"]

__all__ = ["Index"]

NONE: Final[tuple[int, ...]] = ()


class Index:
    """What an event can concern, for one set of missing paths.

    `nodes`: entry number → condition. `watched`: the paths that are known to have a value whenever this index is
    asked; only they can hold witnesses. `safe`: the paths that cannot fail.
    """

    __slots__ = ("_closures", "_nodes", "_probes", "_tree", "always", "fixed")

    def __init__(
        self,
        nodes: Sequence[Node],
        missing: AbstractSet[int],
        watched: AbstractSet[int],
        safe: AbstractSet[int] = frozenset(),
    ) -> None:
        self.fixed: dict[int, Truth] = {}
        self._nodes: dict[int, Node] = {}
        for number, node in enumerate(nodes):
            left = specialise(node, missing, safe)
            if not isinstance(left, Constant):
                self._nodes[number] = left
            elif left.truth is not False:
                self.fixed[number] = left.truth
        self._closures: dict[int, Closure] = {}
        present = frozenset(watched - missing)
        usable = present | {~path for path in present}
        trees = {number: witness_tree(node) for number, node in self._nodes.items()}
        counts = _count(trees.values())
        groups: dict[Group, list[tuple[Atom, int]]] = {}
        always = []
        for number, tree in trees.items():
            chosen = None if tree is None else choose(tree, counts, usable)
            if chosen is None:
                always.append(number)
                continue
            for atom in chosen[1]:
                groups.setdefault(atom.group, []).append((atom, number))
        self.always: tuple[int, ...] = tuple(always)
        self._tree = conjunct_tree({number: self._nodes[number] for number in always})
        self._probes = [(group[0], _probe(group, atoms)) for group, atoms in groups.items()]

    @property
    def paths(self) -> tuple[int, ...]:
        """The frame keys that a query reads."""
        return tuple(path for path, _ in self._probes)

    def decide(self, frame: Frame) -> dict[int, Truth] | None:
        """Entry number → truth for every entry that is not false and not in `fixed`.

        None when a value's type defeats the index.
        """
        found: dict[int, Truth] = {}
        hits: list[int] = []
        for path, probe in self._probes:
            seen = probe(frame[path])
            if seen:
                hits += seen
            elif seen is None:
                return None
        closures = self._closures
        for number in hits:
            if number not in found:
                closure = closures.get(number) or self._closure(number)
                value = closure(frame)
                if value is not False:
                    found[number] = value
        for branch in self._tree:
            branch(frame, True, found)
        return found

    def _closure(self, number: int) -> Closure:
        closure = self._closures[number] = build(self._nodes[number])
        return closure


def _count(trees: Any) -> dict[Atom, int]:
    counts: dict[Atom, int] = {}
    for tree in trees:
        if tree is not None:
            for atom in atoms_of(tree):
                counts[atom] = counts.get(atom, 0) + 1
    return counts


def _probe(group: Group, atoms: list[tuple[Atom, int]]) -> Probe:
    family = group[1]
    if family == "number":
        return _numbers(atoms)
    if family == "many":
        return _many(atoms)
    table = _table(atoms, "eq")
    kind = bool if family == "boolean" else str
    get = table.get
    return lambda v: get(v, NONE) if v.__class__ is kind else None


def _table(atoms: list[tuple[Atom, int]], kind: str) -> dict[Any, tuple[int, ...]]:
    table: dict[Any, list[int]] = {}
    for atom, number in atoms:
        if atom.kind == kind:
            table.setdefault(atom.key, []).append(number)
    return {key: tuple(numbers) for key, numbers in table.items()}


def _numbers(atoms: list[tuple[Atom, int]]) -> Probe:
    equal = _table(atoms, "eq")
    low = sorted((atom.key, number) for atom, number in atoms if atom.kind == "low")
    high = sorted((atom.key, number) for atom, number in atoms if atom.kind == "high")
    low_keys, low_rules = [key for key, _ in low], [number for _, number in low]
    high_keys, high_rules = [key for key, _ in high], [number for _, number in high]

    def probe(v: Any) -> Hits | None:
        if v.__class__ is not int and (v.__class__ is not float or v != v):
            return None
        hits: Hits = equal.get(v, NONE)
        if low_keys or high_keys:
            hits = [*hits, *low_rules[: bisect_right(low_keys, v)], *high_rules[bisect_left(high_keys, v) :]]
        return hits

    return probe


def _many(atoms: list[tuple[Atom, int]]) -> Probe:
    """Strings, and lists of which any element will do."""
    members = _table(atoms, "member")
    exact = _table(atoms, "eq")
    edges = _edges(atoms)
    needles = [(a.key, n, a.kind != "regex") for a, n in atoms if a.kind in ("substring", "regex")]
    in_element = _occurring(needles)
    in_text = _occurring([*needles, *((a.key, n, True) for a, n in atoms if a.kind == "member")])
    plain = not exact and edges is None and in_element is None

    def text(v: str, occurring: Callable[[str], Hits] | None) -> list[int]:
        hits = list(exact.get(v, NONE))
        if edges is not None:
            hits += edges(v)
        if occurring is not None:
            hits += occurring(v)
        return hits

    def probe(v: Any) -> Hits | None:
        if v.__class__ is list:
            hits: list[int] = []
            for item in v:
                if item.__class__ is str:
                    if item in members:
                        hits += members[item]
                    if not plain:
                        hits += text(item, in_element)
            return hits
        if v.__class__ is str:
            return in_text(v) if plain and in_text is not None else text(v, in_text)
        return None

    return probe


def _edges(atoms: list[tuple[Atom, int]]) -> Callable[[str], list[int]] | None:
    """Prefixes and suffixes, by length: one hash look-up for each length that occurs."""
    prefixes, suffixes = _table(atoms, "prefix"), _table(atoms, "suffix")
    if not prefixes and not suffixes:
        return None
    starts, ends = sorted({len(key) for key in prefixes}), sorted({len(key) for key in suffixes})

    def edges(v: str) -> list[int]:
        hits: list[int] = []
        for size in starts:
            hits += prefixes.get(v[:size], NONE)
        for size in ends:
            hits += suffixes.get(v[-size:], NONE)
        return hits

    return edges


def _occurring(needles: list[tuple[str, int, bool]]) -> Callable[[str], Hits] | None:
    """Which needles occur in a text: (needle, rule, literal?).

    The first few texts are searched needle by needle (patterns count as found); a stream pays once for one
    automaton over all of them, which then answers in a few microseconds whatever their number.
    """
    return _Occurring(needles).find if needles else None


class _Occurring:
    __slots__ = ("_automaton", "_needles", "_rules", "_seen")

    WARM_UP: Final = 3
    FEW: Final = 3

    def __init__(self, needles: list[tuple[str, int, bool]]) -> None:
        table: dict[tuple[str, bool], list[int]] = {}
        for needle, rule, literal in needles:
            table.setdefault((needle, literal), []).append(rule)
        self._needles = list(table)
        self._rules = [tuple(rules) for rules in table.values()]
        self._automaton: Callable[[str], list[int]] | None = None
        few = len(table) <= self.FEW and all(literal for _, literal in table)
        self._seen = -(10**18) if few else 0

    def find(self, text: str) -> Hits:
        if self._automaton is not None:
            places = self._automaton(text)
            if not places:
                return NONE
            return [rule for place in places for rule in self._rules[place]]
        hits: list[int] = []
        for (needle, literal), rules in zip(self._needles, self._rules, strict=True):
            if not literal or needle in text:
                hits += rules
        self._seen += 1
        if self._seen >= self.WARM_UP:
            from rulewright.compile.pattern import PatternSet

            self._automaton = PatternSet(self._needles).match
        return hits
