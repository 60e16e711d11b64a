"""Closures for projections: an expression on each element, nulls dropped; in the strict ones they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import NoneType

from rulewright.program.expression.errors import ExpressionFailure
from rulewright.program.expression.values import MAX_ELEMENTS, bounded_list
from rulewright.program.member_access import Evaluator, same

_Prepare = Callable[[list[object]], list[object]]


def list_projection(
    left: Evaluator, right: Evaluator, names: tuple[str, ...] | None, *, is_flat: bool = False
) -> Evaluator:
    """`left[*].right`; `names` when right is a plain chain of members. `is_flat`: `left[].right`, in which elements
    that are lists give their own elements first."""
    prepare = _flat if is_flat else _unchanged
    if names is not None and len(names) <= 2:
        return _project_members(left, right, names, prepare)

    def project(value: object) -> object:
        base = left(value)
        return _keep(prepare(base), right) if isinstance(base, list) else None

    return project


def _unchanged(elements: list[object]) -> list[object]:
    """What a list projection does to the elements before it goes over them: nothing."""
    return elements


def _project_members(
    left: Evaluator, right: Evaluator, names: tuple[str, ...], prepare: _Prepare
) -> Evaluator:
    """One or two members of each element, in one comprehension where all elements have them.

    Where one has not, each is read by itself; so is a list to be flattened, because a list has no member.
    """
    first, last = names[0], names[-1]

    def project_one(value: object) -> object:
        base = left(value)
        if not isinstance(base, list):
            return None
        try:
            found = [each[first] for each in base]
        except (KeyError, TypeError):
            return _keep(prepare(base), right)
        return [each for each in found if each is not None] if None in found else found

    def project_two(value: object) -> object:
        base = left(value)
        if not isinstance(base, list):
            return None
        try:
            found = [each[first][last] for each in base]
        except (KeyError, TypeError):
            return _keep(prepare(base), right)
        return [each for each in found if each is not None] if None in found else found

    return project_one if len(names) == 1 else project_two


def flatten(left: Evaluator) -> Evaluator:
    """One level of lists in `left` is taken away; null when it is no list."""

    def run(value: object) -> object:
        base = left(value)
        return _flat(base) if isinstance(base, list) else None

    return run


def value_projection(left: Evaluator, right: Evaluator) -> Evaluator:
    """`left.*.right`: over the values of an object."""

    def project(value: object) -> object:
        base = left(value)
        return _keep(base.values(), right) if isinstance(base, dict) else None

    return project


def filter_projection(left: Evaluator, right: Evaluator, holds: Evaluator) -> Evaluator:
    """`left[?holds].right`; `holds` has Python's truth."""
    if right is same:

        def select(value: object) -> object:
            base = left(value)
            if not isinstance(base, list):
                return None
            return [each for each in base if holds(each) and each is not None]

        return select

    def project(value: object) -> object:
        base = left(value)
        if not isinstance(base, list):
            return None
        return [found for each in base if holds(each) and (found := right(each)) is not None]

    return project


def strict_flatten(left: Evaluator) -> Evaluator:
    """`flatten`, in which a list without elements does not disappear: beside objects and scalars it stands where one of
    them is missing, and becomes null."""

    def run(value: object) -> object:
        base = left(value)
        if not isinstance(base, list):
            return None
        types = set(map(type, base))
        if list not in types:
            return base
        is_mixed = not types <= {list, NoneType}
        return _flat([None if element == [] else element for element in base] if is_mixed else base)

    return run


def strict_projection(
    left: Evaluator, right: Evaluator, names: tuple[str, ...] | None, container: str
) -> Evaluator:
    """`left[*].right` over a `list`, or `left.*.right` over a `dict`, in which nulls stay; `names` as in
    `list_projection`."""
    name = names[0] if names is not None and len(names) == 1 else None

    def project(value: object) -> object:
        base = left(value)
        if container == "dict":
            base = list(base.values()) if isinstance(base, dict) else None
        if not isinstance(base, list):
            return None
        if name is not None:
            try:
                return [element[name] for element in base]
            except (KeyError, TypeError):  # an element has no such member, or is no object
                pass
        return base if right is same else [right(element) for element in base]

    return project


def strict_filter_projection(left: Evaluator, right: Evaluator, holds: Evaluator) -> Evaluator:
    """`left[?holds].right`, in which nulls stay. A failure of the condition tells the position of the element."""

    def project(value: object) -> object:
        base = left(value)
        if not isinstance(base, list):
            return None
        chosen: list[object] = []
        for position, element in enumerate(base):
            try:
                if holds(element):
                    chosen.append(right(element))
            except ExpressionFailure as failure:
                message = f"item {position}: {failure.message}"
                raise ExpressionFailure(failure.kind, message, of_null=failure.of_null) from None
        return chosen

    return project


def _keep(elements: Iterable[object], right: Evaluator) -> list[object]:
    if right is same:
        return [each for each in elements if each is not None]
    return [found for each in elements if (found := right(each)) is not None]


def _flat(elements: list[object]) -> list[object]:
    if list not in set(map(type, elements)):
        return elements
    merged: list[object] = []
    for each in elements:
        if isinstance(each, list):
            merged.extend(each)
        else:
            merged.append(each)
        if len(merged) > MAX_ELEMENTS:
            bounded_list(merged)
    return merged
