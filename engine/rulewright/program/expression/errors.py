"""Errors of expressions: in their text, and in their functions at run time."""

from __future__ import annotations

from typing import Literal

from rulewright.policy.diagnostics import RulewrightError

FailureKind = Literal["invalid-type", "invalid-value", "invalid-arity", "unknown-function", "limit"]


class ExpressionError(RulewrightError):
    """Text that is not a JMESPath expression. `position` is a 0-based offset in code points."""

    def __init__(self, message: str, position: int, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.position = position


class ExpressionFailure(RulewrightError):
    """A function that failed on its data. `kind` is the standard's name of the failure, or `limit`. `of_null`: its
    argument was null, as missing values are."""

    def __init__(self, kind: FailureKind, message: str, *, of_null: bool = False) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.of_null = of_null
