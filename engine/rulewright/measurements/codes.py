"""The codes of verdicts: a closed list, which says why an objective does not simply pass.

`docs/generate.py` writes one page for each.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Verdict = Literal["PASS", "WARN", "FAIL", "NO_DATA", "INCONCLUSIVE", "ERROR", "WAIVED"]
"""Of an objective and of a gate. Only PASS, WARN and WAIVED promote."""
WORST_FIRST: Final[tuple[Verdict, ...]] = (
    "ERROR",
    "FAIL",
    "NO_DATA",
    "INCONCLUSIVE",
    "WARN",
    "WAIVED",
    "PASS",
)
PROMOTES: Final = frozenset({"PASS", "WARN", "WAIVED"})
_RANKS: Final[dict[str, int]] = {verdict: rank for rank, verdict in enumerate(WORST_FIRST)}


def rank_verdict(verdict: str) -> int:
    """The place of a verdict among all: 0 is the worst. Raises KeyError for what is no verdict of a gate."""
    return _RANKS[verdict]


class VerdictCode(NamedTuple):
    """One code: the verdict that it gives, what it means, and what to do about it."""

    code: str
    verdict: Verdict
    meaning: str
    remedy: str


VERDICT_CODES: Final = {
    entry.code: entry
    for entry in (
        # The source.
        VerdictCode("no_source", "NO_DATA", "Nothing was measured: no file matches, or the event has no measurement.",
                    "Check that the measuring step ran, and that the path is relative to the working directory."),
        VerdictCode("empty", "NO_DATA", "The source is there and holds no value.",
                    "Check that the tool measured anything; an empty suite does not pass."),
        VerdictCode("not_finite", "NO_DATA", "Values are missing, NaN or infinite.",
                    "Find out why the tool wrote them; the other values are not judged without them."),
        VerdictCode("min_samples", "NO_DATA", "There are fewer values than `min_samples`.", "Measure more values."),
        VerdictCode("no_total", "NO_DATA", "A ratio without events: the total is absent or 0.",
                    "Check the query for the total, and that there was traffic."),
        VerdictCode("stale", "NO_DATA", "The measurement is older than `max_age`.",
                    "Measure again, or raise `max_age`."),
        VerdictCode("no_time", "NO_DATA", "`max_age` is set and the source tells no time.",
                    "Use a source that tells when it was measured, or remove `max_age`."),
        VerdictCode("other_commit", "NO_DATA", "The measurement is of another commit than `--sha`.",
                    "Measure the commit that is judged."),
        VerdictCode("all_failed", "NO_DATA", "All requests failed: the latency of failed requests is no latency.",
                    "Find out why the requests failed; the tool's own log has the errors."),
        VerdictCode("missing_cases", "NO_DATA", "Cases of the suite are missing or errored on one side.",
                    "Run the whole suite again, or lower `min_complete`."),
        VerdictCode("duplicate_cases", "NO_DATA", "An id of a case occurs more than once.",
                    "Give every case an id of its own."),
        VerdictCode("unreadable", "ERROR", "The source is there and cannot be read.",
                    "Fix the place that the reason names, or write the file again."),
        VerdictCode("unit", "ERROR", "The unit of the values cannot be converted into the objective's.",
                    "Change `unit:` of the objective, or what the tool writes."),
        VerdictCode("ambiguous", "ERROR", "`select` matches several series, or a column that occurs twice.",
                    "Use one of the names that the reason lists."),
        VerdictCode("no_match", "ERROR", "`select` matches nothing.",
                    "Use one of the names that the reason lists."),
        VerdictCode("unsuitable", "ERROR", "The source cannot give what the objective asks for.",
                    "Use another aggregate, or a source with raw values."),
        # The absolute limits.
        VerdictCode("beyond_limit", "FAIL", "The value is beyond the limit.",
                    "Compare the distribution with the limit, and find out which values are beyond it."),
        VerdictCode("too_few", "INCONCLUSIVE", "There are too few values or runs to decide.",
                    "Measure as many as the reason says: `rulewright gate power` tells it for all objectives."),
        VerdictCode("undecided", "INCONCLUSIVE", "The limit lies within the interval of what was measured.",
                    "Measure more values or runs."),
        VerdictCode("bucket", "INCONCLUSIVE", "The limit lies inside a bucket of the histogram.",
                    "Add a bucket whose bound is the limit."),
        VerdictCode("summary", "INCONCLUSIVE", "Figures without raw values, and the objective asks for an interval.",
                    "Write raw values, or set `decide: point`."),
        VerdictCode("no_limit", "INCONCLUSIVE", "The objective has no limit that could be judged.",
                    "Add `pass:` or `baseline:`."),
        VerdictCode("failures", "FAIL", "More requests failed than `failures` allows.",
                    "Find out why the requests failed."),
        # The baseline.
        VerdictCode("no_baseline", "INCONCLUSIVE", "There is no baseline to compare with.",
                    "Save one from a protected branch: `rulewright baseline save`."),
        VerdictCode("same_as_baseline", "INCONCLUSIVE", "The baseline is the measurement itself.",
                    "Compare with a measurement of an earlier commit."),
        VerdictCode("other_machine", "INCONCLUSIVE", "The baseline was measured on another machine or by another tool.",
                    "Save a baseline on this kind of machine, or set `any_machine: true`."),
        VerdictCode("bad_baseline", "INCONCLUSIVE", "The baseline cannot be used.",
                    "Save the baseline again."),
        VerdictCode("zero_baseline", "INCONCLUSIVE", "A ratio to a baseline of zeros has no meaning.",
                    "Use an absolute limit."),
        VerdictCode("regression", "FAIL", "It is worse than the baseline by more than `max_regression`.",
                    "Compare the runs of both sides, and find the change that made it worse."),
        VerdictCode("likely_regression", "INCONCLUSIVE",
                    "It is probably worse than the baseline; how much is uncertain.",
                    "Measure more runs. `on_inconclusive: warn` does not let this pass."),
        # The error budget.
        VerdictCode("budget_spent", "FAIL", "Less of the error budget is left than `min_left`.",
                    "Wait until the window has moved on, or fix what spends the budget."),
        VerdictCode("burn_rate", "FAIL", "The error budget is spent too fast, over a long and a short window.",
                    "Fix what spends the budget before anything else is released."),
        VerdictCode("waived", "WAIVED", "A waiver stands until it expires.", "Renew or remove the waiver."),
    )
}  # fmt: skip
"""Code → what it means."""
