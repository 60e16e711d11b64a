"""jsonschema's errors → violations: one for each mistake, about the branch that the author meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.json_schema.messages import MOST_REPORTED, describe_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jsonschema import ValidationError

    from rulewright.policy.json_schema.violation import Violation
    from rulewright.policy.json_types import JsonPath

    Branch = list[ValidationError]

_TYPE_CODES = ("RW204", "RW407")


def collect_violations(errors: Iterable[ValidationError]) -> tuple[Violation, ...]:
    """Every mistake once, some `MOST_REPORTED` at most. What follows from another mistake at the same place is left
    out."""
    found: list[Violation] = []
    different: set[tuple[JsonPath, str]] = set()
    for error in errors:
        for meant in _nearest_errors(error):
            violations = describe_error(meant)
            found += violations
            different.update((violation.path, violation.message) for violation in violations)
        if len(different) >= MOST_REPORTED:
            break
    of_wrong_type = {violation.path for violation in found if violation.code in _TYPE_CODES}
    typos = {
        (violation.path[:-1], violation.supposed) for violation in found if violation.supposed is not None
    }
    kept: dict[tuple[JsonPath, str, str], Violation] = {}
    for violation in found:
        if violation.path in of_wrong_type and violation.code not in _TYPE_CODES:
            continue
        if violation.missing is not None and (violation.path, violation.missing) in typos:
            continue
        kept[violation.path, violation.code, violation.message] = violation
    return tuple(kept.values())


def _nearest_errors(error: ValidationError) -> Branch:
    """The error itself; for `anyOf` and `oneOf` those of the branch that the value comes nearest to."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        return [error]
    branches: dict[object, Branch] = {}
    for child in error.context:
        branches.setdefault(child.schema_path[0], []).extend(_nearest_errors(child))
    depth = len(error.absolute_path)
    alive = [branch for branch in branches.values() if not _has_error(branch, _is_at(depth, "type"))]
    alive = _drop_where_possible(
        alive, lambda e: e.validator in ("const", "enum") and len(e.absolute_path) > depth
    )
    alive = _drop_where_possible(alive, _is_at(depth, "const", "enum", "pattern"))
    alive = _drop_where_possible(alive, _is_at(depth, "required"))
    if len(alive) == 1:
        return alive[0]
    if all(len(branch) == 1 and branch[0].validator in ("const", "enum", "required") for branch in alive):
        return [error]
    deepest = max(alive, key=lambda branch: (_depth(branch), -len(branch)))
    return deepest if _depth(deepest) > depth else [error]


def _is_at(depth: int, *keywords: str) -> Callable[[ValidationError], bool]:
    """Whether an error is of one of the keywords, about the value at this depth of the document."""
    return lambda error: error.validator in keywords and len(error.absolute_path) == depth


def _has_error(branch: Branch, is_wrong: Callable[[ValidationError], bool]) -> bool:
    return any(map(is_wrong, branch))


def _drop_where_possible(branches: list[Branch], is_wrong: Callable[[ValidationError], bool]) -> list[Branch]:
    """The branches without such an error, where there are any."""
    return [branch for branch in branches if not _has_error(branch, is_wrong)] or branches


def _depth(branch: Branch) -> int:
    return max(len(error.absolute_path) for error in branch)
