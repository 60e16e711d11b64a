"""Lists: what must be a member, what may not be one, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.compile.analysis.comparisons import fits, fixed, patterns, settled, sizes_possible
from rulewright.compile.analysis.text_satisfiability import implied, pieces
from rulewright.program.matchers import LIST_MATCHERS, TEXT_MATCHERS, type_class

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.compile.analysis.logic import Leaf, Sign

    Signed = Sequence[tuple[Sign, Leaf]]

Item = tuple[Any, Any]
"""(what it may be compared with, the value): `1` and `true` are two things."""


def list_possible(signed: Signed) -> bool:
    """Whether some list gives all leaves their signs."""
    members: list[tuple[bool, Leaf]] = []
    shapes: list[tuple[bool, Leaf]] = []
    sizes = []
    for sign, leaf in signed:
        if leaf.m in LIST_MATCHERS and _items(leaf) is not None:
            members.append((settled(sign), leaf))
        elif leaf.m in TEXT_MATCHERS:
            shapes.append((settled(sign), leaf))
        elif leaf.m == "length":
            sizes.append((sign, leaf))
        elif leaf.m not in LIST_MATCHERS and not _with_lists(leaf) and not fits(sign, fixed(leaf, [])):
            return False
    wanted, choices = _demands(members)
    banned = [item for holds, leaf in members for item in _bans(holds, leaf)]
    no_shape = [leaf for holds, leaf in shapes if not holds]

    def excluded(item: Item) -> bool:
        text = isinstance(item[1], str)
        return item in banned or any(text and leaf.test(item[1]) is True for leaf in no_shape)

    if any(excluded(item) for item in wanted):
        return False
    if any(all(excluded(item) for item in choice) for choice in choices):
        return False
    for holds, leaf in members:
        if leaf.m == "contains_all" and not holds and all(item in wanted for item in _items(leaf) or ()):
            return False
    if _shapes_clash(shapes):
        return False
    some = bool(choices) or any(holds for holds, leaf in shapes if patterns(leaf))
    return sizes_possible(sizes, max(len(set(wanted)), int(some)))


def _with_lists(leaf: Leaf) -> bool:
    """Equality with a list: left open."""
    if leaf.m in ("eq", "ne"):
        return isinstance(leaf.want, list)
    wanted = leaf.want if isinstance(leaf.want, list) else []
    return leaf.m in ("in", "not_in") and any(isinstance(item, list) for item in wanted)


def _items(leaf: Leaf) -> list[Item] | None:
    """The members that a leaf speaks of; None when there are some that cannot be told apart, or none."""
    wanted = leaf.want if isinstance(leaf.want, list) else [leaf.want]
    if not wanted or (leaf.m == "contains" and isinstance(leaf.want, list)):
        return None
    if any(type_class(item) not in (str, int, bool) for item in wanted):
        return None
    return [(type_class(item), item) for item in wanted]


def _demands(members: Sequence[tuple[bool, Leaf]]) -> tuple[list[Item], list[list[Item]]]:
    """What must be there, and lists of which one must be."""
    wanted: list[Item] = []
    choices: list[list[Item]] = []
    for holds, leaf in members:
        items = _items(leaf) or []
        if holds and leaf.m in ("contains", "contains_all"):
            wanted += items
        elif holds is (leaf.m == "contains_any") and leaf.m in ("contains_any", "contains_none"):
            if len(items) == 1:
                wanted += items
            else:
                choices.append(items)
    return wanted, choices


def _bans(holds: bool, leaf: Leaf) -> list[Item]:
    """What may not be there."""
    if holds is (leaf.m == "contains_none") and leaf.m != "contains_all":
        return _items(leaf) or []
    items = _items(leaf) or []
    return items if leaf.m == "contains_all" and not holds and len(items) == 1 else []


def _shapes_clash(shapes: Sequence[tuple[bool, Leaf]]) -> bool:
    """Whether a member of some form must be there that another leaf forbids."""
    held = [group for holds, leaf in shapes if holds for group, _ in pieces(leaf, True)]
    banned = [group for holds, leaf in shapes if not holds for group, _ in pieces(leaf, True)]
    return any(all(any(implied(has, no) for no in ban) for has in group) for ban in banned for group in held)
