"""Conditions as written → `All`, `AnyOf`, `NoneOf`, `Match`, `Expression`, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.matcher_declarations import MATCHER_DECLARATIONS
from rulewright.policy.model import All, AnyOf, Expression, Match, NoneOf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.model import Condition

Path = tuple[str | int, ...]

COMBINERS: Final[Mapping[str, type[All | AnyOf | NoneOf]]] = {"all": All, "any": AnyOf, "none": NoneOf}


def parse_condition(document: Document, path: Path) -> tuple[Condition | None, tuple[Diagnostic, ...], bool]:
    """(the condition at `path`, findings, whether it is whole).

    Where a part is broken (the schema, or a finding here, says how) the condition is what is left of it, so
    that the sound parts are checked in the same run; None when nothing is left.
    """
    findings: list[Diagnostic] = []
    broken: list[Path] = []
    value: Any = document.data
    for part in path:
        value = value[part]
    found = _condition(document, value, path, findings, broken)
    return found, tuple(findings), found is not None and not broken


def _condition(
    document: Document, value: Any, path: Path, findings: list[Diagnostic], broken: list[Path]
) -> Condition | None:
    if not isinstance(value, dict) or not value:
        broken.append(path)
        return None
    parts: list[Condition | None] = []
    for key, inner in value.items():
        at = (*path, key)
        if key in COMBINERS:
            if not isinstance(inner, list) or not inner:
                parts.append(None)
                continue
            children = [
                _condition(document, child, (*at, n), findings, broken) for n, child in enumerate(inner)
            ]
            whole = tuple(child for child in children if child is not None)
            parts.append(COMBINERS[key](whole, document.span(at, key=True)) if whole else None)
        elif key == "jmespath":
            parts.append(Expression(inner, document.span(at)) if isinstance(inner, str) else None)
        else:
            parts.extend(_matches(document, key, inner, at, findings))
    sound = tuple(part for part in parts if part is not None)
    if len(sound) != len(parts):
        broken.append(path)
    if not sound:
        return None
    return sound[0] if len(sound) == 1 else All(sound, document.span(path))


def _matches(
    document: Document, name: str, value: Any, path: Path, findings: list[Diagnostic]
) -> list[Condition | None]:
    """One `Match` for each matcher on one path; None for each broken one."""
    key_span = document.span(path, key=True)
    if isinstance(value, list):
        return [Match(name, "in", value, document.span(path), key_span) if value else None]
    if not isinstance(value, dict):
        return [None if value is None else Match(name, "eq", value, document.span(path), key_span)]
    on_missing = value.get("on_missing")
    exception = on_missing if isinstance(on_missing, bool) else None
    out: list[Condition | None] = []
    for matcher, argument in value.items():
        if matcher == "on_missing":
            continue
        sound = matcher in MATCHER_DECLARATIONS and argument is not None
        span = document.span((*path, matcher))
        out.append(Match(name, matcher, argument, span, key_span, exception) if sound else None)
    if not out and "on_missing" in value:
        hint = "add a matcher beside it, or say `missing: true`"
        findings.append(
            document.diagnostic(
                "RW232", "`on_missing` alone says nothing", (*path, "on_missing"), key=True, hint=hint
            )
        )
    return out or [None]
