"""What a node keeps of the right side of a matcher, and what is raised where it cannot work."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import Match


class Operand(NamedTuple):
    """The fields of a `MatchNode` that come from the operand."""

    value: Json
    fact_path: int | None = None
    folded: bool = False
    compares_moments: bool = False
    written: str | None = None


class OperandError(Exception):
    """A finding about an operand. `span` is the operand's own where None."""

    def __init__(self, code: str, message: str, hint: str | None = None, span: Span | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.span = span

    def report(self, match: Match, context: Context) -> None:
        """Collect the finding."""
        context.report(self.code, self.message, self.span or match.span, hint=self.hint)
