"""What can be said about policies before any event comes: references that lead nowhere, rules that cannot work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.compile.context import Context
    from rulewright.compile.program import Program
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.model import Policy

__all__ = ["CHECKS", "analyse"]

CHECKS: tuple[object, ...] = ()


def analyse(policies: Sequence[Policy], contexts: Sequence[Context], program: Program) -> Iterable[Diagnostic]:
    """All findings of all checks."""
    return ()
