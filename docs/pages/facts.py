"""docs/facts.md: what the facts of each source return, from the declarations."""

from __future__ import annotations

from rulewright.policy.fact_sources.results import all_result_rows
from rulewright.report.facts import FactsReport

__all__ = ["markdown"]

_HEAD = """\
# Fact sources

This page is generated from the declarations of the sources; `rulewright facts [SOURCE]` shows the same in a terminal.
[Use facts beyond the event](how-to/facts.md) explains the sources, [the format](format.md#named-facts) lists their
arguments.

`FACT` is the name under `let:`. `any` is a value of any type: that of an expression, a constant, or the answer
of a task that rulewright.yaml declares. A path of a list ends in `[]` for each item, or `[0]` for the first.

"""


def markdown() -> str:
    """The page."""
    return _HEAD + FactsReport(all_result_rows()).markdown().rstrip() + "\n"
