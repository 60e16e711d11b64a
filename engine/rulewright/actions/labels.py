"""Labels as a set of names without case, in the order that the subject has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["claim", "held", "lacking", "minus", "of_group", "plus"]


def held(names: Iterable[str]) -> frozenset[str]:
    """The names in the form in which they compare."""
    return frozenset(name.casefold() for name in names)


def lacking(wanted: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those of `wanted` that are not among `names`."""
    present = held(names)
    return [name for name in wanted if name.casefold() not in present]


def plus(names: Sequence[str], added: Iterable[str]) -> tuple[str, ...]:
    """`names` and after them what of `added` is new."""
    return (*names, *lacking(added, names))


def minus(names: Iterable[str], removed: Iterable[str]) -> tuple[str, ...]:
    """`names` without `removed`."""
    return tuple(lacking(names, removed))


def of_group(names: Iterable[str], group: str) -> list[str]:
    """Those names that stand in the group: `group/…`."""
    prefix = group.casefold() + "/"
    return [name for name in names if name.casefold().startswith(prefix)]


def claim(name: str) -> str:
    """The field that stands for one label."""
    return f"label:{name.casefold()}"
