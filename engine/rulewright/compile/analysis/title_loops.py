"""Rules whose new title contains the title, under a condition that the new title leaves as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions.set_title import SET_TITLE
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.program.frame import SUBJECT, SUBJECT_KEYS, is_fact_key
from rulewright.program.nodes import paths_read
from rulewright.program.paths import field_chain
from rulewright.program.template import parts

if TYPE_CHECKING:
    from rulewright.compile.analysis.analysis_context import AnalysedRule, AnalysisContext
    from rulewright.policy.model import ActionUse
    from rulewright.program.compiled_policy import Entry

TITLES: Final = frozenset({"title", "issue.title", "pull_request.title", "discussion.title"})
OUTSIDE: Final = frozenset({"channel", "comments", "issues", "output", "verdict"})
"""What effects change that no condition on the subject's own fields reads."""
_SUBJECTS: Final = frozenset({SUBJECT, *SUBJECT_KEYS})


def check_title_loops(analysis: AnalysisContext) -> None:
    """Reports each such rule as a warning: every evaluation would change the title again."""
    for policy in analysis.planning_policies:
        skips = [entry for entry in policy.skips if _may_read_title(analysis, entry)]
        for rule in policy.rules:
            use = next((use for use in rule.actions if _keeps_title(use)), None)
            if use is None or skips or _may_read_title(analysis, rule.entry) or _changes_more(rule):
                continue
            policy.report(
                "RW520",
                f"`{rule.name}` changes the title again in every evaluation: the new title contains the title, and "
                "the condition does not depend on it",
                use.span,
                hint="add a condition that the new title ends, such as "
                "`none: [ title: { starts_with: '[triaged]' } ]`",
                severity="warning",
            )


def _keeps_title(use: ActionUse) -> bool:
    """Whether an action sets a title that is the title with more text."""
    given = SET_TITLE.named(use.arguments) if use.name == SET_TITLE.name else {}
    text = given.get("text", given.get("title"))
    if not isinstance(text, str):
        return False
    literals, values, problems = parts(text)
    return not problems and any(path in TITLES for path, _ in values) and bool("".join(literals).strip())


def _changes_more(rule: AnalysedRule) -> bool:
    """Whether the rule also changes what its condition may read."""
    changed = {name for use in rule.actions for name in ACTION_DECLARATIONS[use.name].changes}
    return bool(changed - OUTSIDE - {"title"})


def _may_read_title(analysis: AnalysisContext, entry: Entry) -> bool:
    """Whether a condition may depend on the title: by a path to it or to the whole subject, or by a named fact."""
    for number in paths_read(entry.when):
        names = field_chain(analysis.program.paths[number])
        if names is None or is_fact_key(names[0]) or names[0] == "title":
            return True
        if names[0] in _SUBJECTS and (len(names) == 1 or names[1] in ("title", "updated_at")):
            return True
    return False
