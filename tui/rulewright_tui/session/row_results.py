"""How many events were decided, compactly: rows with the same outcome of all rules share one result."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rulewright.evaluate.decision import Decision, Status


class RuleOutcome(NamedTuple):
    """A rule, objective or transition that came out notably. `verdict`: of an objective or transition, in one word."""

    policy: str
    rule: str
    status: Status
    verdict: str | None = None


class RowResult(NamedTuple):
    """What the policies decide about one event.

    `outcomes`: entries that are not `not_matched`, and every entry with a verdict. `verdicts`: (policy, verdict) of
    gates and promotions. `effects`: how many the plan has, None where none was made. `error`: why there is no decision,
    if so.
    """

    outcomes: tuple[RuleOutcome, ...] = ()
    verdicts: tuple[tuple[str, str], ...] = ()
    effects: int | None = None
    error: str | None = None

    @property
    def status(self) -> str:
        """One word for a list: error, matched, undetermined, skipped or not_matched, the first that holds."""
        if self.error is not None:
            return "error"
        statuses = {outcome.status for outcome in self.outcomes}
        order = ("error", "matched", "undetermined", "skipped")
        return next((status for status in order if status in statuses), "not_matched")


def summarize_decision(decision: Decision, effects: int | None = None) -> RowResult:
    """The notable outcomes of a decision; `effects` is how many the plan has."""
    outcomes: list[RuleOutcome] = []
    verdicts: list[tuple[str, str]] = []
    for part in () if _is_quiet(decision) else decision.policies:
        has_verdicts = KINDS[part.kind].judge is not None
        for result in part.rules if has_verdicts else part.notable:
            verdict = result.detail.get("verdict")
            text = verdict if isinstance(verdict, str) else None
            if text is not None or result.status != "not_matched":
                outcomes.append(RuleOutcome(part.name, result.id, result.status, text))
        if has_verdicts:
            verdicts.append((part.name, part.verdict))
    return RowResult(tuple(outcomes), tuple(verdicts), effects)


def _is_quiet(decision: Decision) -> bool:
    """Whether nothing matched, and no policy has a verdict of its own: there is nothing to list."""
    return decision.quiet and all(KINDS[policy.kind].judge is None for policy in decision.route.policies)


class ResultBatch(NamedTuple):
    """Results of consecutive rows, as a process sends them: for each row its number in `distinct`."""

    numbers: array[int]
    distinct: tuple[RowResult, ...]


def collect_results(results: Sequence[RowResult]) -> ResultBatch:
    """The same results with each distinct one listed once."""
    known: dict[RowResult, int] = {}
    numbers = array("I", [known.setdefault(result, len(known)) for result in results])
    return ResultBatch(numbers, tuple(known))


UNDECIDED: Final = 0
"""The number of a row that was not decided yet."""


class ResultTable:
    """The result of each row of an archive: a number into `distinct`, whose first is for rows not decided yet."""

    def __init__(self) -> None:
        self.numbers = array("I")
        self.distinct: list[RowResult] = [RowResult()]
        self.decided = 0
        self._known: dict[RowResult, int] = {}

    def set_batch(self, first_row: int, batch: ResultBatch) -> None:
        """Set the results of the rows from `first_row`, which were not decided before."""
        numbers = [self._number_result(result) for result in batch.distinct]
        end = first_row + len(batch.numbers)
        self.numbers.extend([UNDECIDED] * (end - len(self.numbers)))
        self.numbers[first_row:end] = array("I", [numbers[local] for local in batch.numbers])
        self.decided += len(batch.numbers)

    def result(self, row: int) -> RowResult | None:
        """The result of a row; None where it is not decided yet."""
        number = self.numbers[row] if row < len(self.numbers) else UNDECIDED
        return None if number == UNDECIDED else self.distinct[number]

    def undecided_ranges(self, rows: int) -> Iterator[range]:
        """The rows below `rows` that are not decided yet."""
        start = None
        for row in range(rows):
            is_open = row >= len(self.numbers) or self.numbers[row] == UNDECIDED
            if is_open and start is None:
                start = row
            elif not is_open and start is not None:
                yield range(start, row)
                start = None
        if start is not None:
            yield range(start, rows)

    def rows_with(self, policy: str, rule: str, status: str) -> array[int]:
        """The rows for which a rule has this status."""
        found = {
            number
            for number, result in enumerate(self.distinct)
            if any(
                (each.policy, each.rule, each.status) == (policy, rule, status) for each in result.outcomes
            )
        }
        return array("I", [row for row, number in enumerate(self.numbers) if number in found])

    def count_outcomes(self) -> Tally:
        """The number of rows for each outcome of a rule, and for each verdict of a policy."""
        rows = Counter(self.numbers)
        rules: Counter[RuleOutcome] = Counter()
        verdicts: Counter[tuple[str, str]] = Counter()
        failed = 0
        for number, count in rows.items():
            result = self.distinct[number]
            failed += count if result.error is not None else 0
            for outcome in result.outcomes:
                rules[outcome] += count
            for verdict in result.verdicts:
                verdicts[verdict] += count
        return Tally(self.decided, failed, rules, verdicts)

    def _number_result(self, result: RowResult) -> int:
        number = self._known.setdefault(result, len(self.distinct))
        if number == len(self.distinct):
            self.distinct.append(result)
        return number


class Tally(NamedTuple):
    """Counts over the rows that were decided: rows without a decision, rows for each outcome of a rule, and rows for
    each (policy, verdict)."""

    decided: int
    failed: int
    rules: Counter[RuleOutcome]
    verdicts: Counter[tuple[str, str]]
