"""The two units of an objective: the one it is written in, and the one its sample came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.kinds.slo_gate.decisions.finding import Bound
from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.units import amount_text, convert, written_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.kinds.slo_gate.terms import Limit


class UnitScale:
    """Converts limits into the unit of the sample, and what was found back. `wanted`: the unit of the objective;
    `own`: that of the sample, "" where it names none, which is then the objective's.

    Raises UnusableSource for two units that have nothing in common.
    """

    def __init__(self, wanted: str, own: str) -> None:
        self.wanted, self.own = wanted, own or wanted
        if convert(1.0, self.own, self.wanted) is None:
            shown = f"`{own[:20]}`"
            raise UnusableSource("unit", f"the values' unit is {shown}, the objective's `{wanted or 'none'}`")

    def to_sample(self, value: float) -> float:
        """An amount of the objective's unit in that of the sample."""
        return self._convert(value, self.wanted, self.own)

    def to_objective(self, value: float) -> float:
        """An amount of the sample's unit in that of the objective."""
        return self._convert(value, self.own, self.wanted)

    @property
    def full_rate(self) -> float:
        """What a rate of 1 is in the sample's unit: 100 for `%`, 1 for ratios and plain numbers."""
        return convert(1.0, "ratio", self.own) or 1.0

    def bound_of(self, limits: Iterable[Limit]) -> Bound:
        """What limits in the objective's unit allow, in the unit of the sample."""
        low, high, low_open, high_open = float("-inf"), float("inf"), False, False
        for limit in limits:
            if limit.matcher in ("gte", "gt", "eq", "between"):
                low, low_open = max((low, low_open), (self.to_sample(limit.low), limit.matcher == "gt"))
            if limit.matcher in ("lte", "lt", "eq", "between"):
                end = (self.to_sample(limit.high), limit.matcher != "lt")
                high, is_closed = min((high, not high_open), end)
                high_open = not is_closed
        return Bound(low, low_open, high, high_open)

    def format(self, value: float, limits: Sequence[Limit]) -> str:
        """An amount of the sample's unit as text, in the unit in which the first limit is written, with as many digits
        as show on which side of the limits it lies."""
        own = self.to_objective(value)
        ends = [end for limit in limits for end in (limit.low, limit.high)]
        for limit in limits:
            written = written_unit(limit.text)
            if written is not None and (found := convert(own, self.wanted, written)) is not None:
                ends = [convert(end, self.wanted, written) or 0.0 for end in ends]
                return amount_text(found, written, ends)
        return amount_text(own, self.wanted, ends)

    @staticmethod
    def _convert(value: float, unit: str, wanted: str) -> float:
        if value in (float("inf"), float("-inf")):
            return value
        found = convert(value, unit, wanted)
        assert found is not None  # the units were checked
        return found
