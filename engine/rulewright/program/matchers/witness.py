"""Witnesses: what is seen in every value for which a condition holds. See `index/prefilter.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.matchers.values import number_of, type_class

if TYPE_CHECKING:
    from rulewright.program.nodes import MatchNode

ValueFamily = Literal["text", "many", "number", "boolean"]
"""The values that an atom can judge: texts; texts and lists; numbers; booleans."""
AtomKind = Literal["eq", "member", "prefix", "suffix", "substring", "regex", "low", "high"]
Group = tuple[int, ValueFamily]
"""(frame key, family): what one look at a value answers for. Negative keys are those of folded values."""


class Atom(NamedTuple):
    """One test that an index can answer for all rules at once, on the value at the group's key."""

    group: Group
    kind: AtomKind
    key: str | float


class AnyAtom(NamedTuple):
    """One of these is seen. None at all: nothing has to be looked at."""

    atoms: tuple[Atom, ...]


class OneOf(NamedTuple):
    """Any one of these witnesses is enough."""

    witnesses: tuple[Witness, ...]


class EachOf(NamedTuple):
    """All of these witnesses are needed together."""

    witnesses: tuple[Witness, ...]


Witness = AnyAtom | OneOf | EachOf


def equality_witness(operand: object, node: MatchNode) -> Witness | None:
    """The value is the operand, or one of its items, which are of one type."""
    operands = operand if isinstance(operand, list) else [operand]
    families: dict[type, ValueFamily] = {str: "text", int: "number", bool: "boolean"}
    kinds = {type_class(item) for item in operands}
    family = families.get(kinds.pop() or object) if len(kinds) == 1 else None
    if family is None:
        return None
    group: Group = (value_key(node), family)
    return AnyAtom(
        tuple([Atom(group, "eq", item) for item in operands if isinstance(item, str | int | float)])
    )


def element_witness(operand: object, node: MatchNode) -> Witness | None:
    """The text holds the operand or one of its items, or the list has it as an element."""
    operands = operand if isinstance(operand, list) else [operand]
    texts = [item for item in operands if isinstance(item, str) and item]
    if not texts or len(texts) != len(operands):
        return None
    group: Group = (value_key(node), "many")
    return AnyAtom(tuple([Atom(group, "member", text) for text in texts]))


def limit_witness(kind: Literal["low", "high"], limit: object, node: MatchNode) -> Witness | None:
    """The value is a number at or beyond a limit."""
    number = number_of(limit)
    return None if number is None else AnyAtom((Atom((value_key(node), "number"), kind, number),))


def value_key(node: MatchNode) -> int:
    """The frame key that a node with a witness reads: its path's number, or that of the folded value."""
    return ~node.path if node.folded else node.path
