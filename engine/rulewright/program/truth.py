"""The four truth values of a condition, and how they combine.

`True`, `False`, `None` (unknown) and `ERROR`. Strong values win:

    all:  false > error > unknown > true        any:  true > error > unknown > false        none = not any

The truths of all entries for one event come in layers: mappings of entry number → truth, of which a later one wins.
Most layers are made once and shared by all events (what a missing path leaves undecided, what holds unless something
is seen), so that an event pays for what is its own, not for the number of rules. `False` in a later layer takes back
what an earlier one lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NoReturn, final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Layer = Mapping[int, "Truth"]


@final
class ErrorType:
    """The type of `ERROR`. It refuses to be used as a boolean, so that no error counts as true or false."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError("an error is neither true nor false")

    def __repr__(self) -> str:
        return "ERROR"

    def __reduce__(self) -> str:
        return "ERROR"


ERROR: Final = ErrorType()
UNKNOWN: Final = None
Truth = bool | None | ErrorType


def word(value: Truth) -> Literal["true", "false", "unknown", "error"]:
    """The word for a truth value in traces and reports."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    return "unknown" if value is None else "error"


def all_of(values: Iterable[Truth]) -> Truth:
    """false > error > unknown > true."""
    result: Truth = True
    for value in values:
        if value is False:
            return False
        if value is ERROR or (value is None and result is True):
            result = value
    return result


def any_of(values: Iterable[Truth]) -> Truth:
    """true > error > unknown > false."""
    result: Truth = False
    for value in values:
        if value is True:
            return True
        if value is ERROR or (value is None and result is False):
            result = value
    return result


def negate(value: Truth) -> Truth:
    """True and false change places; unknown and error stay."""
    return (not value) if isinstance(value, bool) else value


def merge_layers(layers: Iterable[Layer]) -> dict[int, Truth]:
    """Entry number → truth, for every entry that is not false. In no particular order."""
    truths: dict[int, Truth] = {}
    for layer in layers:
        truths.update(layer)
    for number in [number for number, truth in truths.items() if truth is False]:
        del truths[number]
    return truths
