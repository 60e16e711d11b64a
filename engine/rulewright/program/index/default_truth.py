"""Rules that have one truth unless something is seen in the event.

Conditions that only exclude (`author: {not_in: […]}`) are true unless an atom is seen; of others a part is known to be
unknown, because its path is missing, so that they are unknown unless an atom decides against it. Where such a rule
also asks for the size of one value, it has its truth at some sizes only (`threshold_index.py`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from rulewright.program.index.conjuncts import all_of_nodes, conjuncts
from rulewright.program.index.prefilter import atoms_of, choose_atoms, find_witness
from rulewright.program.index.threshold_index import ThresholdIndex, is_size_test
from rulewright.program.nodes import ConstantNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from rulewright.program.matchers.witness import Atom, Witness
    from rulewright.program.nodes import MatchNode, Node


class DefaultTruth(NamedTuple):
    """The truth of a rule unless one of the atoms is seen, at the sizes of one value that all size tests hold at."""

    truth: bool | None
    atoms: tuple[Atom, ...]
    size_tests: tuple[MatchNode, ...]


def find_default_truths(
    nodes: Mapping[int, Node], usable: AbstractSet[int], most: int | None = None
) -> tuple[dict[int, DefaultTruth], dict[int, Node]]:
    """(rules that stay true, or unknown, unless one of their atoms is seen; the others).

    `most`: how many rules may name an atom; without a bound, to see one costs no more than to decide them one by one.
    """
    sizes = {number: _size_tests(node, usable) for number, node in nodes.items()}
    witnesses = {
        (number, truth): witness
        for number, node in nodes.items()
        for truth in (True, None)
        if (witness := find_witness(_without(node, sizes[number]), truth)) is not None
    }
    counts = count_atoms(witnesses.values())
    defaults: dict[int, DefaultTruth] = {}
    for (number, truth), witness in witnesses.items():
        chosen = choose_atoms(witness, counts, usable)
        if chosen is None or number in defaults:
            continue
        if most is None or all(counts[atom] <= most for atom in chosen[1]):
            defaults[number] = DefaultTruth(truth, chosen[1], tuple(sizes[number].values()))
    return defaults, {number: node for number, node in nodes.items() if number not in defaults}


def build_threshold_indexes(
    defaults: Mapping[int, DefaultTruth],
) -> list[tuple[int, ThresholdIndex, tuple[int, ...]]]:
    """(path, index over its size, its rules) for every path whose size some of the rules ask for."""
    rules: dict[int, dict[int, tuple[bool | None, tuple[MatchNode, ...]]]] = {}
    for number, (truth, _, size_tests) in defaults.items():
        if size_tests:
            rules.setdefault(size_tests[0].path, {})[number] = (truth, size_tests)
    return [(path, ThresholdIndex(own), tuple(own)) for path, own in rules.items()]


def _size_tests(node: Node, usable: AbstractSet[int]) -> dict[str, MatchNode]:
    """The conjuncts that ask for the size of one value, by their keys; none where they ask for several values."""
    tests = {key: part for key, part in conjuncts(node).items() if is_size_test(part) and part.path in usable}
    return tests if len({test.path for test in tests.values()}) == 1 else {}


def _without(node: Node, size_tests: Mapping[str, MatchNode]) -> Node:
    if not size_tests:
        return node
    rest = [part for key, part in conjuncts(node).items() if key not in size_tests]
    return all_of_nodes(rest) if rest else ConstantNode(True, "", node.position)


def count_atoms(witnesses: Iterable[Witness | None]) -> Counter[Atom]:
    """How often the witnesses name each atom."""
    return Counter(atom for witness in witnesses if witness is not None for atom in atoms_of(witness))
