"""The rule index: which rules of a route an event can possibly concern.

Every rule stands under one witness (see `witness.py`). A query reads each witness path once and looks the
value up in hash, prefix, suffix, interval and substring structures; what is not found is false. Where a path's
value cannot be judged (absent, null, of another type), a variant of the index is used in which no rule relies on
that path; variants are made when first needed and kept.

Rules without a witness are always evaluated; `Index.always` lists them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.witness import Atom, Group, Tree, atoms_of, choose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rulewright.compile.frame import Frame

    Hits = Sequence[int]
    Probe = Callable[[Any], "Hits | None"]

__all__ = ["Index"]

MOST_VARIANTS: Final = 256
NONE: Final[tuple[int, ...]] = ()


class Index:
    """Candidates for a frame. `rules` are (number, witness tree or None), numbers in any order."""

    __slots__ = ("_banned", "_counts", "_probes", "_rules", "_variants", "always")

    def __init__(
        self,
        rules: Sequence[tuple[int, Tree | None]],
        *,
        counts: dict[Atom, int] | None = None,
        banned: frozenset[Group] = frozenset(),
        variants: dict[frozenset[Group], Index] | None = None,
    ) -> None:
        self._rules = rules
        self._banned = banned
        self._counts = _count(rules) if counts is None else counts
        self._variants: dict[frozenset[Group], Index] = {} if variants is None else variants
        groups: dict[Group, list[tuple[Atom, int]]] = {}
        always = []
        for number, tree in rules:
            chosen = None if tree is None else choose(tree, self._counts, banned)
            if chosen is None:
                always.append(number)
                continue
            for atom in chosen[1]:
                groups.setdefault(atom.group, []).append((atom, number))
        self.always: tuple[int, ...] = tuple(always)
        self._probes = [(group[0], _probe(group, atoms), group) for group, atoms in groups.items()]

    def candidates(self, frame: Frame) -> tuple[Sequence[int], Sequence[int]]:
        """(always evaluated, found through a witness): every rule not listed is false for this frame."""
        hits: list[int] = []
        odd: list[Group] = []
        for path, probe, group in self._probes:
            found = probe(frame[path])
            if found is None:
                odd.append(group)
            elif found:
                hits.extend(found)
        if odd:
            return self._variant(frozenset(odd)).candidates(frame)
        return self.always, hits if len(hits) < 2 else list(dict.fromkeys(hits))

    def _variant(self, odd: frozenset[Group]) -> Index:
        banned = self._banned | odd
        variant = self._variants.get(banned)
        if variant is None:
            if len(self._variants) >= MOST_VARIANTS:
                return Index([(number, None) for number, _ in self._rules])
            variant = Index(self._rules, counts=self._counts, banned=banned, variants=self._variants)
            self._variants[banned] = variant
        return variant

    @property
    def paths(self) -> tuple[int, ...]:
        """The interned paths that a query reads."""
        return tuple(path for path, _, _ in self._probes)


def _count(rules: Sequence[tuple[int, Tree | None]]) -> dict[Atom, int]:
    counts: dict[Atom, int] = {}
    for _, tree in rules:
        if tree is not None:
            for atom in atoms_of(tree):
                counts[atom] = counts.get(atom, 0) + 1
    return counts


def _probe(group: Group, atoms: list[tuple[Atom, int]]) -> Probe:
    _, family, ci, lenient = group
    if family == "number":
        probe = _numbers(atoms)
    elif family == "boolean":
        table = _table(atoms, "eq")
        probe = lambda v: table.get(v, NONE) if v.__class__ is bool else None  # noqa: E731
    elif family == "text" and not ci:
        words = _table(atoms, "eq")
        probe = lambda v: words.get(v, NONE) if v.__class__ is str else None  # noqa: E731
    elif family == "text":
        folded = _table(atoms, "eq")
        probe = lambda v: folded.get(v.casefold(), NONE) if v.__class__ is str else None  # noqa: E731
    else:
        probe = _many(atoms, ci)
    if not lenient:
        return probe
    return lambda v: NONE if v is None else probe(v)


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


def _many(atoms: list[tuple[Atom, int]], ci: bool) -> Probe:
    """Strings, and lists of which any element will do."""
    members = _table(atoms, "member")
    exact = _table(atoms, "eq")
    edges = _edges(atoms)
    in_text = _occurring([(a.key, n, a.kind != "regex") for a, n in atoms if a.kind in ("member", "substring", "regex")])
    in_element = _occurring([(a.key, n, a.kind != "regex") for a, n in atoms if a.kind in ("substring", "regex")])

    def text(v: str, occurring: Callable[[str], list[int]] | None) -> list[int]:
        hits = list(exact.get(v, NONE))
        if edges is not None:
            hits += edges(v)
        if occurring is not None:
            hits += occurring(v)
        return hits

    plain = not exact and edges is None and in_element is None

    def probe(v: Any) -> Hits | None:
        if v.__class__ is list:
            hits: list[int] = []
            for item in v:
                if item.__class__ is str:
                    key = item.casefold() if ci else item
                    if key in members:
                        hits += members[key]
                    if not plain:
                        hits += text(key, in_element)
            return hits
        if v.__class__ is str:
            return text(v.casefold() if ci else v, in_text)
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


def _occurring(needles: list[tuple[str, int, bool]]) -> Callable[[str], list[int]] | None:
    """Which needles occur in a text: (needle, rule, literal?).

    The first few texts are searched needle by needle (patterns count as found); a stream pays once for one
    automaton over all of them, which then answers in a few microseconds whatever their number.
    """
    if not needles:
        return None
    return _Occurring(needles).find


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

    def find(self, text: str) -> list[int]:
        hits: list[int] = []
        if self._automaton is not None:
            for place in self._automaton(text):
                hits += self._rules[place]
            return hits
        for (needle, literal), rules in zip(self._needles, self._rules, strict=True):
            if not literal or needle in text:
                hits += rules
        self._seen += 1
        if self._seen >= self.WARM_UP:
            from rulewright.compile.pattern import PatternSet

            self._automaton = PatternSet(self._needles).match
        return hits
