"""What can be said about policies before any event: references that lead nowhere, rules that cannot work.

Every check takes the `Study` and reports into the contexts of the policies. What they say is certain: a check
that cannot prove its point keeps silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.compile.analysis.analysis_context import Study
from rulewright.compile.analysis.conflicts import conflicts
from rulewright.compile.analysis.contradictions import contradictions
from rulewright.compile.analysis.loops import loops
from rulewright.compile.analysis.notifications import notifications
from rulewright.compile.analysis.possible import possible
from rulewright.compile.analysis.references import references
from rulewright.compile.analysis.shadowing import shadowing
from rulewright.compile.analysis.subscriptions import subscriptions
from rulewright.compile.analysis.unused import unused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.model import Policy
    from rulewright.program.program import Program

__all__ = ["CHECKS", "analyse"]

CHECKS: Final[tuple[Callable[[Study], None], ...]] = (
    references,
    possible,
    contradictions,
    shadowing,
    conflicts,
    loops,
    unused,
    subscriptions,
    notifications,
)


def analyse(
    policies: Sequence[Policy], contexts: Sequence[Context], program: Program
) -> Iterable[Diagnostic]:
    """All findings of all checks."""
    marks = [len(context.findings) for context in contexts]
    study = Study.of(policies, contexts, program)
    for check in CHECKS:
        check(study)
    return [one for context, mark in zip(contexts, marks, strict=True) for one in context.findings[mark:]]
