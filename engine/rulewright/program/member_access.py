"""Closures that read members: one try per path, however many steps it has.

A member is read by subscript, because the root may be a dict whose `__missing__` computes the value. A null
on the way, which is common (`milestone: null`), is looked for, because an exception costs ten times as much.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Evaluator = Callable[[object], object]
"""Data in, result out. JSON values; an object may also be a dict that computes members in `__missing__`."""


def same(value: object) -> object:
    """The evaluator of `@`; recognised by identity, so that nothing is called for it."""
    return value


def read_chain(names: tuple[str, ...]) -> Evaluator:
    """`a.b.c` as one closure; null where a step is no object or has no such member."""
    if len(names) == 1:
        return _read_one(names)
    if len(names) == 2:
        return _read_two(names)
    if len(names) == 3:
        return _read_three(names)
    return _read_many(names)


def _slowly(value: object, names: tuple[str, ...]) -> object:
    """The same, step by step, after a TypeError: so that one raised by a `__missing__` is not swallowed."""
    for name in names:
        if not isinstance(value, dict):
            return None
        try:
            value = value[name]
        except KeyError:
            return None
    return value


def _read_one(names: tuple[str, ...]) -> Evaluator:
    (first,) = names

    def read(value: Any) -> object:
        try:
            return value[first]
        except KeyError:
            return None
        except TypeError:
            return _slowly(value, names)

    return read


def _read_two(names: tuple[str, ...]) -> Evaluator:
    first, second = names

    def read(value: Any) -> object:
        try:
            inner = value[first]
            return None if inner is None else inner[second]
        except KeyError:
            return None
        except TypeError:
            return _slowly(value, names)

    return read


def _read_three(names: tuple[str, ...]) -> Evaluator:
    first, second, third = names

    def read(value: Any) -> object:
        try:
            inner = value[first]
            if inner is None:
                return None
            inner = inner[second]
            return None if inner is None else inner[third]
        except KeyError:
            return None
        except TypeError:
            return _slowly(value, names)

    return read


def _read_many(names: tuple[str, ...]) -> Evaluator:
    def read(value: Any) -> object:
        inner = value
        try:
            for name in names:
                inner = inner[name]
                if inner is None:
                    return None
        except KeyError:
            return None
        except TypeError:
            return _slowly(value, names)
        return inner

    return read
