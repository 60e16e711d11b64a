"""Closures for projections: an expression on each element, nulls dropped."""

from __future__ import annotations

from typing import Any

from rulewright.compile.expression.access import Evaluator, each_field, same
from rulewright.compile.expression.values import MAX_ELEMENTS, bounded_list

__all__ = ["filter_projection", "flatten", "flatten_projection", "list_projection", "value_projection"]


def list_projection(left: Evaluator, right: Evaluator, names: tuple[str, ...] | None) -> Evaluator:
    """`left[*].right`; `names` when right is a plain chain of members."""
    collect = each_field(names) if names else None

    def project(value: Any) -> Any:
        base = left(value)
        if not isinstance(base, list):
            return None
        if collect is not None and (found := collect(base)) is not None:
            return found
        return _keep(base, right)

    return project


def flatten_projection(left: Evaluator, right: Evaluator, names: tuple[str, ...] | None) -> Evaluator:
    """`left[].right`: elements that are lists give their own elements first.

    Members are tried without looking for such lists: a list among the elements has no member, and shows then.
    """
    collect = each_field(names) if names else None

    def project(value: Any) -> Any:
        base = left(value)
        if not isinstance(base, list):
            return None
        if collect is not None and (found := collect(base)) is not None:
            return found
        return _keep(_flat(base), right)

    return project


def flatten(left: Evaluator) -> Evaluator:
    """One level of lists in `left` is taken away; null when it is no list."""

    def run(value: Any) -> Any:
        base = left(value)
        return _flat(base) if isinstance(base, list) else None

    return run


def value_projection(left: Evaluator, right: Evaluator) -> Evaluator:
    """`left.*.right`: over the values of an object."""

    def project(value: Any) -> Any:
        base = left(value)
        return _keep(base.values(), right) if isinstance(base, dict) else None

    return project


def filter_projection(left: Evaluator, right: Evaluator, holds: Evaluator) -> Evaluator:
    """`left[?holds].right`; `holds` has Python's truth."""
    if right is same:

        def select(value: Any) -> Any:
            base = left(value)
            if not isinstance(base, list):
                return None
            return [each for each in base if each is not None and holds(each)]

        return select

    def project(value: Any) -> Any:
        base = left(value)
        if not isinstance(base, list):
            return None
        return [found for each in base if holds(each) and (found := right(each)) is not None]

    return project


def _keep(elements: Any, right: Evaluator) -> list[Any]:
    if right is same:
        return [each for each in elements if each is not None]
    return [found for each in elements if (found := right(each)) is not None]


def _flat(elements: list[Any]) -> list[Any]:
    if list not in set(map(type, elements)):
        return elements
    merged: list[Any] = []
    for each in elements:
        if isinstance(each, list):
            merged.extend(each)
        else:
            merged.append(each)
        if len(merged) > MAX_ELEMENTS:
            bounded_list(merged)
    return merged
