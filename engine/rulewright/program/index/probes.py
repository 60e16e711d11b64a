"""Probes: one look at a path's value that answers for the atoms of many rules at once.

A probe gives the rules whose atoms it saw, an empty sequence when it saw none, and None when the value is of a
type that the atoms cannot judge.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from re import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rulewright.program.index.prefilter import Atom, Group

    Hits = Sequence[int]
    Probe = Callable[[Any], "Hits | None"]

NONE: Final[tuple[int, ...]] = ()
LONGEST: Final = 1000
"""Code points of a prefix or suffix that are searched for: to have seen so many is enough to look at the rule."""


def build_probe(group: Group, atoms: list[tuple[Atom, int]]) -> Probe:
    family = group[1]
    if family == "number":
        return _numbers(atoms)
    if family == "many":
        return _many(atoms)
    get = _table(atoms, "eq").get
    kind = bool if family == "boolean" else str
    return lambda v: get(v, NONE) if v.__class__ is kind else None


def table_of(group: Group, atoms: list[tuple[Atom, int]]) -> dict[Any, tuple[int, ...]] | None:
    """Text → rules, where all that a group asks is which text it is: a look-up needs no call then."""
    return _table(atoms, "eq") if group[1] == "text" else None


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
    in_text = _occurring([*needles, *((a.key, n, True) for a, n in atoms if a.kind == "member")], atoms)
    plain = not exact and edges is None and in_element is None

    def element(v: str) -> list[int]:
        hits = list(exact.get(v, NONE))
        if edges is not None:
            hits += edges(v)
        if in_element is not None:
            hits += in_element.find(v)
        return hits

    def probe(v: Any) -> Hits | None:
        if v.__class__ is list:
            hits: list[int] = []
            for item in v:
                if item.__class__ is str:
                    if item in members:
                        hits += members[item]
                    if not plain:
                        hits += element(item)
            return hits
        if v.__class__ is str:
            if in_text is None:
                return element(v)
            return [*exact[v], *in_text.find(v)] if v in exact else in_text.find(v)
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


def _occurring(
    needles: list[tuple[str, int, bool]], atoms: Sequence[tuple[Atom, int]] = ()
) -> _Occurring | None:
    """Which needles occur in a text: (needle, rule, literal?). With the prefixes and suffixes among `atoms`, where
    there are needles: what looks at the whole text anyway finds them at no further cost.

    The first few texts are searched needle by needle (patterns count as found); a stream pays once for one
    automaton over all of them, which then answers in a few microseconds whatever their number.
    """
    if not needles:
        return None
    from rulewright.program.pattern import encodable

    starts = [(encodable(a.key[:LONGEST]), n) for a, n in atoms if a.kind == "prefix"]
    ends = [(encodable(a.key[-LONGEST:]), n) for a, n in atoms if a.kind == "suffix"]
    return _Occurring(
        [
            *needles,
            *((rf"\A{escape(key)}", number, False) for key, number in starts),
            *((rf"{escape(key)}\z", number, False) for key, number in ends),
        ]
    )


class _Occurring:
    """`find` says which rules' needles occur in a text."""

    __slots__ = ("_needles", "_rules", "_seen", "find")

    WARM_UP: Final = 3
    FEW: Final = 3

    def __init__(self, needles: list[tuple[str, int, bool]]) -> None:
        table: dict[tuple[str, bool], list[int]] = {}
        for needle, rule, literal in needles:
            table.setdefault((needle, literal), []).append(rule)
        self._needles = list(table)
        self._rules = [tuple(rules) for rules in table.values()]
        self.find: Callable[[str], Hits] = self._one_by_one
        few = len(table) <= self.FEW and all(literal for _, literal in table)
        self._seen = -(10**18) if few else 0

    def _one_by_one(self, text: str) -> Hits:
        hits: list[int] = []
        for (needle, literal), rules in zip(self._needles, self._rules, strict=True):
            if not literal or needle in text:
                hits += rules
        self._seen += 1
        if self._seen >= self.WARM_UP:
            self.find = self._all_at_once()
        return hits

    def _all_at_once(self) -> Callable[[str], Hits]:
        from rulewright.program.pattern import PatternSet

        match, rules = PatternSet(self._needles).match, self._rules

        def find(text: str) -> Hits:
            places = match(text)
            return [rule for place in places for rule in rules[place]] if places else NONE

        return find
