"""Rules of Prometheus for the error budgets of gates: what a gate judges before a release, watched afterwards.

Each objective with a `budget:` and a ratio of queries with `$window` gives a group: the share of bad events over every
window (`slo:bad_ratio:5m`, …), an alert for each pair of windows of which both spend the budget too fast, and one for
a total that is not there. A numerator that does not exist is 0 where there is a total: a counter of errors that never
counted has no series.

The rules hold for Prometheus 2 and 3. Version 3 writes the bound `le="1"` as `1.0`, so that whole numbers of `le` and
`quantile` match both. Names of rules are of the older character set.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.kinds.slo_gate.terms import list_objectives
from rulewright.measurements.burn_rates import BURN_WINDOWS, HOUR
from rulewright.measurements.queried.prometheus_api import (
    fill_window,
    format_window,
    is_windowed,
    list_burn_windows,
)
from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.readers.counts import read_ratio
from rulewright.policy.json_types import as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.kinds.slo_gate.terms import ObjectiveNode
    from rulewright.program.compiled_policy import CompiledPolicy

PAGED: Final = 6 * HOUR
"""Budgets that are spent within windows up to this one page somebody; the others open a ticket."""
NO_DATA_FOR: Final = "15m"
_WHOLE_BOUND: Final = re.compile(r'\b(le|quantile)\s*(!?)=\s*"([0-9]+)(?:\.0)?"')


class Rule(NamedTuple):
    """A recording rule or an alert. `name` is that of the record or of the alert; `lasting`: its `for`."""

    name: str
    is_alert: bool
    expression: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = {}
    lasting: str = ""


class RuleGroup(NamedTuple):
    """The rules of one objective."""

    name: str
    rules: tuple[Rule, ...]


class Rendered(NamedTuple):
    """The groups of all gates. `left_out`: one line for each objective over Prometheus that gives no rules."""

    groups: tuple[RuleGroup, ...]
    left_out: tuple[str, ...]


class _Budgeted(NamedTuple):
    """An objective with what its rules need. `share`: how much of all events may be bad."""

    gate: str
    objective: str
    part: str
    total: str
    is_good: bool
    share: float
    window: float
    written: str

    @property
    def labels(self) -> dict[str, str]:
        return {"gate": self.gate, "objective": self.objective}


def render_rules(gates: Iterable[CompiledPolicy]) -> Rendered:
    """The rules of gates, in their order."""
    groups: list[RuleGroup] = []
    left_out: list[str] = []
    for gate in gates:
        for name, node in list_objectives(gate).items():
            if "prometheus" not in _source(node):
                continue
            found = _read_objective(gate.name, name, node)
            if isinstance(found, str):
                left_out.append(f"{gate.name}/{name}: {found}")
            else:
                groups.append(RuleGroup(f"{gate.name}-{name}", tuple(_list_rules(found))))
    return Rendered(tuple(groups), tuple(left_out))


def _source(node: ObjectiveNode) -> Mapping[str, object]:
    return as_object((node.measured or {}).get("source")) or {}


def _read_objective(gate: str, objective: str, node: ObjectiveNode) -> _Budgeted | str:
    """What the rules of an objective need, or why it gives none."""
    try:
        ratio = read_ratio(as_object(_source(node).get("prometheus")) or {})
    except UnusableSource as error:
        return error.reason
    if node.budget is None or ratio is None:
        return "it has no `budget:` over `bad` or `good` and `total`"
    part, total = as_text(ratio.part), as_text(ratio.total)
    if part is None or total is None or not is_windowed(ratio):
        return "its queries do not use `$window`"
    return _Budgeted(
        gate,
        objective,
        match_whole_bounds(part),
        match_whole_bounds(total),
        ratio.is_good,
        float(f"{1 - node.budget.target:.12g}"),
        node.budget.window,
        as_text((node.measured or {}).get("window")) or "",
    )


def match_whole_bounds(query: str) -> str:
    """A query whose matchers of `le` and `quantile` with whole numbers fit `1` and `1.0`."""
    return _WHOLE_BOUND.sub(lambda found: f'{found[1]}{found[2] or "="}~"{found[3]}(\\\\.0)?"', query)


def _list_rules(objective: _Budgeted) -> Iterator[Rule]:
    windows = [*list_burn_windows(), objective.written]
    for window in dict.fromkeys(windows):
        yield Rule(_record(window), False, _express_share(objective, window), objective.labels)
    selector = ", ".join(f'{name}="{value}"' for name, value in objective.labels.items())
    left = f"1 - {_record(objective.written)}{{{selector}}} / {objective.share:g}"
    yield Rule("slo:budget_left:ratio", False, left, objective.labels)
    for pair in BURN_WINDOWS:
        long, short = format_window(pair.long), format_window(pair.short)
        limit = f"{pair.compute_factor(objective.window):g} * {objective.share:g}"
        yield Rule(
            "ErrorBudgetBurn",
            True,
            f"{_record(long)}{{{selector}}} > {limit}\nand\n{_record(short)}{{{selector}}} > {limit}",
            {
                **objective.labels,
                "severity": "page" if pair.long <= PAGED else "ticket",
                "long": long,
                "short": short,
            },
            {
                "summary": f"{objective.gate}/{objective.objective} spends its error budget too fast",
                "description": f"{pair.spent:.0%} of the budget of {objective.written} would be gone within {long}, "
                f"and it is still being spent: {{{{ $value | humanizePercentage }}}} of the events are bad.",
            },
        )
    yield Rule(
        "ErrorBudgetNoData",
        True,
        f"absent({_record('1h')}{{{selector}}})",
        {**objective.labels, "severity": "ticket"},
        {"summary": f"{objective.gate}/{objective.objective} has no events, so that nothing is watched"},
        NO_DATA_FOR,
    )


def _record(window: str) -> str:
    return f"slo:bad_ratio:{window}"


def _express_share(objective: _Budgeted, window: str) -> str:
    """The share of bad events. Without a total, and with one of 0, there is none."""
    part, total = (_enclose(str(fill_window(query, window))) for query in (objective.part, objective.total))
    share = f"(\n{_indent(f'{part} or {total} * 0')}\n)\n/\n({total} > 0)"
    return f"1 - {share}" if objective.is_good else share


def _enclose(query: str) -> str:
    """A query in parentheses, which stand on lines of their own: it may end with a comment."""
    return f"(\n{_indent(query.strip())}\n)"


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
