"""What can be said about policies before any event: references that lead nowhere, rules that cannot work.

Every check takes the `AnalysisContext` and reports into the contexts of the policies. What they say is certain: a
check that cannot prove its point keeps silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.compile.analysis.analysis_context import AnalysisContext
from rulewright.compile.analysis.conflicts import check_conflicts
from rulewright.compile.analysis.contradictions import check_contradictions
from rulewright.compile.analysis.loops import check_loops
from rulewright.compile.analysis.notifications import check_notifications
from rulewright.compile.analysis.references import check_references
from rulewright.compile.analysis.shadowing import check_shadowing
from rulewright.compile.analysis.title_loops import check_title_loops
from rulewright.compile.analysis.triggers import check_triggers
from rulewright.compile.analysis.unused import check_unused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.model import Policy
    from rulewright.program.program import Program

CHECKS: Final[tuple[Callable[[AnalysisContext], None], ...]] = (
    check_references,
    check_triggers,
    check_contradictions,
    check_shadowing,
    check_conflicts,
    check_loops,
    check_title_loops,
    check_unused,
    check_notifications,
)


def analyse_policies(
    policies: Sequence[Policy], contexts: Sequence[Context], program: Program
) -> Iterable[Diagnostic]:
    """All findings of all checks. The contexts are as before: a policy can be analysed again with others."""
    counts = [len(context.findings) for context in contexts]
    analysis = AnalysisContext.of(policies, contexts, program)
    for check in CHECKS:
        check(analysis)
    findings: list[Diagnostic] = []
    for context, count in zip(contexts, counts, strict=True):
        findings += context.findings[count:]
        del context.findings[count:]
    return findings
