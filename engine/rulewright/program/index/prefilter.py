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
(see `rule_index.py`), so a witness's path always has a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.program.matchers.table import MATCHERS
from rulewright.program.matchers.witness import AnyAtom, EachOf, OneOf
from rulewright.program.nodes import ConstantNode, GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from rulewright.policy.model import Operator
    from rulewright.program.matchers.witness import Atom, AtomKind, Witness
    from rulewright.program.nodes import Node

WEIGHTS: Final[dict[AtomKind, int]] = {
    "eq": 1, "member": 1, "prefix": 2, "suffix": 2, "substring": 3, "regex": 4, "low": 8, "high": 8,
}  # fmt: skip


def find_witness(node: Node, target: bool | None = False) -> Witness | None:
    """All witnesses that keep a condition at `target` (None: unknown), or None when it has none."""
    if isinstance(node, ConstantNode):
        return AnyAtom(()) if node.truth is target else None
    if isinstance(node, MatchNode):
        return None if target is None else _match_witness(node, target)
    if not isinstance(node, GroupNode):
        return None
    if target is None:
        return _unknown_witness(node.operator, node.children)
    return _group_witness(node, not target if node.operator == "none" else target)


def _group_witness(node: GroupNode, target: bool) -> Witness | None:
    """The witnesses that keep the parts of `all`, or else of `any`, at `target`."""
    witnesses = [find_witness(child, target) for child in node.children]
    found = tuple([witness for witness in witnesses if witness is not None])
    if not found:
        return None
    if (node.operator != "all") is target:  # one part decides
        return OneOf(found)
    return EachOf(found) if len(found) == len(witnesses) else None


def _unknown_witness(operator: Operator, nodes: Sequence[Node]) -> Witness | None:
    unknown = [find_witness(node, None) for node in nodes]
    if not any(unknown):
        return None
    found = []
    for node, witness in zip(nodes, unknown, strict=True):
        other = find_witness(node, operator == "all") if witness is None else witness
        if other is None:
            return None
        found.append(other)
    return EachOf(tuple(found))


def _match_witness(node: MatchNode, target: bool) -> Witness | None:
    matcher = MATCHERS[node.matcher]
    if node.fact_path is not None or (matcher.negates is not None) is not target:
        return None
    return matcher.witness(matcher.fold_operand(node, node.operand), node)


def atoms_of(witness: Witness) -> Iterable[Atom]:
    """Every atom that a witness mentions."""
    if isinstance(witness, AnyAtom):
        yield from witness.atoms
    else:
        for part in witness.witnesses:
            yield from atoms_of(part)


def choose_atoms(
    witness: Witness, counts: dict[Atom, int], watched: AbstractSet[int]
) -> tuple[int, tuple[Atom, ...]] | None:
    """The cheapest atoms on watched paths alone, as (cost, atoms); None when there are none.

    An atom costs its kind's weight times the number of rules that mention it: what many rules share tells
    them apart badly.
    """
    if isinstance(witness, AnyAtom):
        if any(atom.group[0] not in watched for atom in witness.atoms):
            return None
        return sum(WEIGHTS[atom.kind] * counts[atom] for atom in witness.atoms), witness.atoms
    choices = [choose_atoms(part, counts, watched) for part in witness.witnesses]
    found = [choice for choice in choices if choice is not None]
    if isinstance(witness, OneOf):
        return min(found, key=lambda choice: choice[0], default=None)
    if len(found) < len(choices):
        return None
    return sum(cost for cost, _ in found), tuple([atom for _, atoms in found for atom in atoms])
