"""Probes: one look at a path's value that answers for the atoms of many rules at once.

A probe gives the rules whose atoms it saw, an empty sequence when it saw none, and None when the value is of a
type that the atoms cannot judge.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from re import escape
from typing import TYPE_CHECKING, Any, Final

from rulewright.program.pattern import PatternSet, replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rulewright.program.matchers.witness import Atom, AtomKind, Group

    Hits = Sequence[int]
    Probe = Callable[[Any], "Hits | None"]
    Rows = Sequence[tuple[Atom, int]]

NONE: Final[tuple[int, ...]] = ()
LONGEST: Final = 1000
"""Code points of a prefix or suffix that are searched for: to have seen so many is enough to look at the rule."""


def build_probe(group: Group, atoms: Rows) -> Probe:
    """The probe of a group's atoms."""
    family = group[1]
    if family == "number":
        return _number_probe(atoms)
    if family == "many":
        return _many_probe(atoms)
    get = _table(atoms, "eq").get
    kind = bool if family == "boolean" else str
    return lambda value: get(value, NONE) if value.__class__ is kind else None


def table_of(group: Group, atoms: Rows) -> dict[object, tuple[int, ...]] | None:
    """Text → rules, where all that a group asks is which text it is: a look-up needs no call then."""
    return _table(atoms, "eq") if group[1] == "text" else None


def _table(atoms: Rows, kind: AtomKind) -> dict[object, tuple[int, ...]]:
    table: dict[object, list[int]] = {}
    for atom, number in atoms:
        if atom.kind == kind:
            table.setdefault(atom.key, []).append(number)
    return {key: tuple(numbers) for key, numbers in table.items()}


def _limits(atoms: Rows, kind: AtomKind) -> tuple[list[float], list[int]]:
    """(the limits, ascending; their rules)."""
    limits = sorted(
        (atom.key, number) for atom, number in atoms if atom.kind == kind and not isinstance(atom.key, str)
    )
    return [key for key, _ in limits], [number for _, number in limits]


def _number_probe(atoms: Rows) -> Probe:
    equal = _table(atoms, "eq")
    low_keys, low_rules = _limits(atoms, "low")
    high_keys, high_rules = _limits(atoms, "high")

    def probe(value: Any) -> Hits | None:
        if value.__class__ is not int and (value.__class__ is not float or value != value):
            return None
        hits: Hits = equal.get(value, NONE)
        if low_keys or high_keys:
            low = low_rules[: bisect_right(low_keys, value)]
            hits = [*hits, *low, *high_rules[bisect_left(high_keys, value) :]]
        return hits

    return probe


def _texts(atoms: Rows, kind: AtomKind) -> list[tuple[str, int]]:
    return [(atom.key, number) for atom, number in atoms if atom.kind == kind and isinstance(atom.key, str)]


def _needles(atoms: Rows, *kinds: AtomKind) -> list[tuple[str, int, bool]]:
    """(needle, rule, whether it is plain text and no pattern)."""
    return [(text, number, kind != "regex") for kind in kinds for text, number in _texts(atoms, kind)]


def _many_probe(atoms: Rows) -> Probe:
    """Strings, and lists of which any element will do."""
    members = _table(atoms, "member")
    exact = _table(atoms, "eq")
    needles = _needles(atoms, "substring", "regex")
    in_text = _occurring([*needles, *_needles(atoms, "member")], atoms)
    element = _element_probe(exact, _edges(atoms), _occurring(needles))

    def probe(value: Any) -> Hits | None:
        if value.__class__ is list:
            hits: list[int] = []
            for item in value:
                if item.__class__ is str:
                    if item in members:
                        hits += members[item]
                    if element is not None:
                        hits += element(item)
            return hits
        if value.__class__ is not str:
            return None
        if in_text is None:
            return element(value) if element is not None else NONE
        return [*exact[value], *in_text.find(value)] if value in exact else in_text.find(value)

    return probe


def _element_probe(
    exact: dict[object, tuple[int, ...]],
    edges: Callable[[str], list[int]] | None,
    occurring: _NeedleSearch | None,
) -> Callable[[str], list[int]] | None:
    """What is seen in a text by other atoms than members; None where there are none."""
    if not exact and edges is None and occurring is None:
        return None

    def element(text: str) -> list[int]:
        hits = list(exact.get(text, NONE))
        if edges is not None:
            hits += edges(text)
        if occurring is not None:
            hits += occurring.find(text)
        return hits

    return element


def _edges(atoms: Rows) -> Callable[[str], list[int]] | None:
    """Prefixes and suffixes, by length: one hash look-up for each length that occurs."""
    prefixes, suffixes = _table(atoms, "prefix"), _table(atoms, "suffix")
    if not prefixes and not suffixes:
        return None
    starts = sorted({len(text) for text, _ in _texts(atoms, "prefix")})
    ends = sorted({len(text) for text, _ in _texts(atoms, "suffix")})

    def edges(v: str) -> list[int]:
        hits: list[int] = []
        for size in starts:
            hits += prefixes.get(v[:size], NONE)
        for size in ends:
            hits += suffixes.get(v[-size:], NONE)
        return hits

    return edges


def _occurring(needles: list[tuple[str, int, bool]], atoms: Rows = ()) -> _NeedleSearch | None:
    """Which needles occur in a text: (needle, rule, literal?). With the prefixes and suffixes among `atoms`, where
    there are needles: what looks at the whole text anyway finds them at no further cost.

    The first few texts are searched needle by needle (patterns count as found); a stream pays once for one
    automaton over all of them, which then answers in a few microseconds whatever their number.
    """
    if not needles:
        return None
    starts = [(replace_surrogates(text[:LONGEST]), number) for text, number in _texts(atoms, "prefix")]
    ends = [(replace_surrogates(text[-LONGEST:]), number) for text, number in _texts(atoms, "suffix")]
    return _NeedleSearch(
        [
            *needles,
            *((rf"\A{escape(key)}", number, False) for key, number in starts),
            *((rf"{escape(key)}\z", number, False) for key, number in ends),
        ]
    )


class _NeedleSearch:
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
        match, rules = PatternSet(self._needles).match, self._rules

        def find(text: str) -> Hits:
            places = match(text)
            return [rule for place in places for rule in rules[place]] if places else NONE

        return find
