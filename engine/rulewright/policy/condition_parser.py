"""Conditions as written → `ConditionGroup`, `Match`, `Expression`, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rulewright.policy.json_types import as_array, as_object, value_at
from rulewright.policy.matcher_declarations import MATCHER_DECLARATIONS
from rulewright.policy.model import ConditionGroup, Expression, Match

if TYPE_CHECKING:
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.json_types import Json, JsonPath
    from rulewright.policy.model import Condition, Operator


def parse_condition(
    document: Document, path: JsonPath
) -> tuple[Condition | None, tuple[Diagnostic, ...], bool]:
    """(the condition at `path`, findings, whether it is whole).

    Where a part is broken (the schema, or a finding here, says how) the condition is what is left of it, so
    that the sound parts are checked in the same run; None when nothing is left.
    """
    parser = _ConditionParser(document)
    condition = parser.parse(value_at(document.data, path), path)
    return condition, tuple(parser.findings), condition is not None and parser.is_whole


class _ConditionParser:
    """Collects `findings`; `is_whole` is false once a part was left out."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings: list[Diagnostic] = []
        self.is_whole = True

    def parse(self, value: Json, path: JsonPath) -> Condition | None:
        """What is sound of the mapping at `path`, None when nothing is."""
        parts: list[Condition | None] = []
        for key, inner in (as_object(value) or {}).items():
            at = (*path, key)
            if key in ("all", "any", "none"):
                parts.append(self.combine(cast("Operator", key), inner, at))
            elif key == "jmespath":
                is_text = isinstance(inner, str)
                parts.append(Expression(str(inner), self.document.span(at)) if is_text else None)
            else:
                parts += self.matches(key, inner, at)
        sound = tuple(part for part in parts if part is not None)
        if not sound or len(sound) < len(parts):
            self.is_whole = False
        if not sound:
            return None
        return sound[0] if len(sound) == 1 else ConditionGroup("all", sound, self.document.span(path))

    def combine(self, operator: Operator, value: Json, path: JsonPath) -> Condition | None:
        """`all`, `any` or `none` of the sound ones among its parts."""
        children = [self.parse(child, (*path, n)) for n, child in enumerate(as_array(value) or ())]
        sound = tuple(child for child in children if child is not None)
        return ConditionGroup(operator, sound, self.document.span(path, key=True)) if sound else None

    def matches(self, name: str, value: Json, path: JsonPath) -> list[Condition | None]:
        """One `Match` for each matcher on one path; None for each broken one."""
        document, key_span = self.document, self.document.span(path, key=True)
        if isinstance(value, list):
            return [Match(name, "in", value, document.span(path), key_span) if value else None]
        if not isinstance(value, dict):
            return [None if value is None else Match(name, "eq", value, document.span(path), key_span)]
        on_missing = value.get("on_missing")
        exception = on_missing if isinstance(on_missing, bool) else None
        matches: list[Condition | None] = [
            Match(name, matcher, argument, document.span((*path, matcher)), key_span, exception)
            if matcher in MATCHER_DECLARATIONS and argument is not None
            else None
            for matcher, argument in value.items()
            if matcher != "on_missing"
        ]
        if not matches and "on_missing" in value:
            hint = "add a matcher next to it, or write `missing: true`"
            at = (*path, "on_missing")
            self.findings.append(
                document.diagnostic(
                    "RW232", "`on_missing` without a matcher has no effect", at, key=True, hint=hint
                )
            )
        return matches or [None]
