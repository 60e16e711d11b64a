"""jsonschema's errors → violations: one for each mistake, about the branch that the author meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.policy.json_schema.messages import MOST_TOLD, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jsonschema import ValidationError

    from rulewright.policy.json_schema.violation import Path, Violation


def violations(errors: Iterable[ValidationError]) -> tuple[Violation, ...]:
    """Every mistake once, some `MOST_TOLD` at most. What follows from another mistake at the same place is left out."""
    found: list[Violation] = []
    different: set[tuple[Path, str]] = set()
    for error in errors:
        for leaf in meant(error):
            for said in say(leaf):
                found.append(said)
                different.add((said.path, said.message))
        if len(different) >= MOST_TOLD:
            break
    wrong_type = {v.path for v in found if v.code in ("RW204", "RW407")}
    typos = {(v.path[:-1], v.supposed) for v in found if v.supposed is not None}
    out: dict[tuple[Path, str, str], Violation] = {}
    for v in found:
        if v.path in wrong_type and v.code not in ("RW204", "RW407"):
            continue
        if v.missing is not None and (v.path, v.missing) in typos:
            continue
        out[v.path, v.code, v.message] = v
    return tuple(out.values())


def meant(error: ValidationError) -> list[ValidationError]:
    """The error itself; for `anyOf` and `oneOf` those of the branch that the value comes nearest to."""
    if error.validator not in ("anyOf", "oneOf") or not error.context:
        return [error]
    branches: dict[Any, list[ValidationError]] = {}
    for child in error.context:
        branches.setdefault(child.schema_path[0], []).extend(meant(child))
    base = len(error.absolute_path)
    alive = [
        b
        for b in branches.values()
        if not any(e.validator == "type" and len(e.absolute_path) == base for e in b)
    ]
    alive = narrowed(alive, lambda e: e.validator in ("const", "enum") and len(e.absolute_path) > base)
    alive = narrowed(
        alive, lambda e: e.validator in ("const", "enum", "pattern") and len(e.absolute_path) == base
    )
    alive = narrowed(alive, lambda e: e.validator == "required" and len(e.absolute_path) == base)
    if len(alive) == 1:
        return alive[0]
    if not alive or all(len(b) == 1 and b[0].validator in ("const", "enum", "required") for b in alive):
        return [error]
    deepest = max(alive, key=lambda b: (max(len(e.absolute_path) for e in b), -len(b)))
    return deepest if max(len(e.absolute_path) for e in deepest) > base else [error]


def narrowed(
    branches: list[list[ValidationError]], wrong: Callable[[ValidationError], bool]
) -> list[list[ValidationError]]:
    """The branches without such an error, where there are any."""
    return [b for b in branches if not any(wrong(e) for e in b)] or branches
