"""The row of an objective: the observed value, the limit, the number of values, and the reason for the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.evaluate.masking import mask_line
from rulewright.report.gate_figures import format_baseline, format_interval, format_observed
from rulewright.report.terminal import VERDICT_MARKS, wrap_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rulewright.report.evaluation import RuleView
    from rulewright.report.terminal import Paint


class Row(NamedTuple):
    """The cells of an objective: `1.2 s`, `p95 ≤ 1000ms`, `n 40`; `why` is empty for a PASS."""

    observed: str
    limit: str
    size: str
    why: str


def row(rule: RuleView) -> Row:
    """The cells of an evaluated objective."""
    detail = rule.detail
    count = f"n {detail.get('values', 0)}"
    return Row(
        observed=format_observed(detail),
        limit=mask_line(str(detail.get("limit") or ""), 60),
        size=count if detail.get("required", True) else f"{count}, optional",
        why="" if rule.word == "PASS" else reason(rule),
    )


def reason(rule: RuleView) -> str:
    """The reason for the verdict, with the interval and the comparison with the baseline if there are any."""
    interval = format_interval(rule.detail)
    parts = (
        mask_line(str(rule.reason or rule.detail.get("reason") or ""), 300),
        f"interval {interval}" if interval else "",
        format_baseline(rule.detail),
    )
    return "; ".join(part for part in parts if part)


def gate_lines(rules: Sequence[RuleView], columns: int, paint: Paint) -> Iterator[str]:
    """The objectives as a table, with an additional line for each one that did not pass."""
    rows = [(rule, row(rule)) for rule in rules]
    ids = min(_widest(rule.id for rule in rules), 40)
    words = _widest(rule.word for rule in rules)
    seen = _widest(cells.observed for _, cells in rows)
    # A long limit can exceed its column, so that short ones stay next to their numbers.
    limits = min(_widest(cells.limit for _, cells in rows), 24)
    for rule, cells in rows:
        unmeasured = bool(rule.detail.get("values") == 0 and cells.why)
        glyph, styles = VERDICT_MARKS.get(rule.word, ("?", ("yellow",)))
        head = f"  {glyph} {rule.id:<{ids}}  {rule.word:<{words}}"
        observed = f"  {cells.observed:>{seen}}"
        body = f"{observed}  {cells.limit:<{limits}}  {cells.why if unmeasured else cells.size}"
        if unmeasured and len(head) + len(body) > columns:
            # Without measurements there is only a reason.
            body = f"{observed}  {cells.why}"
        yield from _row_lines(head, styles, body, rule.line, columns, paint)
        if cells.why and not unmeasured:
            yield f"    {wrap_lines(cells.why, columns - 4, '    ')}"


def _widest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)


def _row_lines(
    head: str, styles: tuple[str, ...], body: str, line: int, columns: int, paint: Paint
) -> Iterator[str]:
    """One row, on two lines if it does not fit on one; with the position at the right edge if it fits."""
    if len(head) + len(body) > columns:
        yield paint(head, *styles)
        yield f"    {wrap_lines(body.strip(), columns - 4, '    ')}"
        return
    place = f":{line}" if line else ""
    gap = columns - len(head) - len(body) - len(place)
    right = f"{' ' * gap}{paint(place, 'dim')}" if gap >= 2 else ""
    yield f"{paint(head, *styles)}{body}{right}"
