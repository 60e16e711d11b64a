"""How many events were decided, compactly: rows with the same outcome of all rules share one result."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from rulewright.policy.kinds import KINDS
from rulewright.run.comparison import NO_DIFFERENCE, ComparisonSummary, EffectCount, RuleChange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rulewright.evaluate.decision import Decision, Status


T = TypeVar("T")


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


class ResultBatch(NamedTuple, Generic[T]):
    """Results of consecutive rows, as a process sends them: for each row its number in `distinct`."""

    numbers: array[int]
    distinct: tuple[T, ...]


def collect_results(results: Sequence[T]) -> ResultBatch[T]:
    """The same results with each distinct one listed once."""
    known: dict[T, int] = {}
    numbers = array("I", [known.setdefault(result, len(known)) for result in results])
    return ResultBatch(numbers, tuple(known))


UNDECIDED: Final = 0
"""The number of a row without a result yet."""


class RowTable(Generic[T]):
    """A result for each row of an archive: a number into `distinct`, whose first is for rows without a result yet.

    `decided`: how many rows have one.
    """

    def __init__(self, empty: T) -> None:
        self.numbers = array("I")
        self.distinct: list[T] = [empty]
        self.decided = 0
        self._known: dict[T, int] = {}

    def set_batch(self, first_row: int, batch: ResultBatch[T]) -> None:
        """Set the results of the rows from `first_row`, which had none before."""
        numbers = [self._number_result(result) for result in batch.distinct]
        end = first_row + len(batch.numbers)
        self.numbers.extend([UNDECIDED] * (end - len(self.numbers)))
        self.numbers[first_row:end] = array("I", [numbers[local] for local in batch.numbers])
        self.decided += len(batch.numbers)

    def result(self, row: int) -> T | None:
        """The result of a row; None where there is none yet."""
        number = self.numbers[row] if row < len(self.numbers) else UNDECIDED
        return None if number == UNDECIDED else self.distinct[number]

    def undecided_ranges(self, rows: int) -> Iterator[range]:
        """The rows below `rows` without a result."""
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

    def rows_where(self, holds: Callable[[T], bool]) -> array[int]:
        """The rows whose result is such."""
        wanted = {
            number for number, result in enumerate(self.distinct) if number != UNDECIDED and holds(result)
        }
        return array("I", [row for row, number in enumerate(self.numbers) if number in wanted])

    def counted(self) -> Iterator[tuple[T, int]]:
        """Each distinct result, and how many rows have it."""
        for number, count in Counter(self.numbers).items():
            if number != UNDECIDED:
                yield self.distinct[number], count

    def _number_result(self, result: T) -> int:
        number = self._known.setdefault(result, len(self.distinct))
        if number == len(self.distinct):
            self.distinct.append(result)
        return number


class ResultTable(RowTable[RowResult]):
    """What the policies decide about each row."""

    def __init__(self) -> None:
        super().__init__(RowResult())

    def rows_with(self, policy: str, rule: str, status: str) -> array[int]:
        """The rows for which a rule has this status."""
        wanted = policy, rule, status
        return self.rows_where(
            lambda result: any((each.policy, each.rule, each.status) == wanted for each in result.outcomes)
        )

    def count_outcomes(self) -> Tally:
        """The number of rows for each outcome of a rule, and for each verdict of a policy."""
        rules: Counter[RuleOutcome] = Counter()
        verdicts: Counter[tuple[str, str]] = Counter()
        failed = 0
        for result, count in self.counted():
            failed += count if result.error is not None else 0
            for outcome in result.outcomes:
                rules[outcome] += count
            for verdict in result.verdicts:
                verdicts[verdict] += count
        return Tally(self.decided, failed, rules, verdicts)


class Tally(NamedTuple):
    """Counts over the rows that were decided: rows without a decision, rows for each outcome of a rule, and rows for
    each (policy, verdict)."""

    decided: int
    failed: int
    rules: Counter[RuleOutcome]
    verdicts: Counter[tuple[str, str]]


class RuleDifference(NamedTuple):
    """How many rows a rule decides otherwise for, by (before, after), and how many of its effects differ."""

    changes: Counter[tuple[str | None, str | None]]
    effects: EffectCount


class ComparisonTable(RowTable[ComparisonSummary]):
    """What two programs decide otherwise about each row."""

    def __init__(self) -> None:
        super().__init__(NO_DIFFERENCE)

    def differing_rows(self) -> array[int]:
        """The rows about which anything differs."""
        return self.rows_where(lambda summary: summary.differs)

    def rows_changed(self, policy: str, rule: str, before: str | None, after: str | None) -> array[int]:
        """The rows for which a rule has one status, or verdict, before and the other after."""
        wanted = RuleChange(policy, rule, before, after)
        return self.rows_where(lambda summary: wanted in summary.rules)

    def rows_with_effects(self, rule: str) -> array[int]:
        """The rows for which effects of a rule (`policy/rule`) differ."""
        return self.rows_where(lambda summary: any(count.rule == rule for count in summary.effects))

    def count_by_rule(self) -> dict[str, RuleDifference]:
        """`policy/rule` → what differs over all rows, the rules with the most rows first."""
        found: dict[str, RuleDifference] = {}
        rows: Counter[str] = Counter()
        for summary, count in self.counted():
            for change in summary.rules:
                name = f"{change.policy}/{change.rule}"
                difference = found.setdefault(name, RuleDifference(Counter(), EffectCount(name)))
                difference.changes[change.before, change.after] += count
                rows[name] += count
            for effect in summary.effects:
                changes, sum_ = found.get(effect.rule, RuleDifference(Counter(), EffectCount(effect.rule)))
                found[effect.rule] = RuleDifference(
                    changes,
                    EffectCount(
                        effect.rule,
                        sum_.new + count * effect.new,
                        sum_.gone + count * effect.gone,
                        sum_.changed + count * effect.changed,
                    ),
                )
        return dict(sorted(found.items(), key=lambda item: (-rows[item[0]], item[0])))
