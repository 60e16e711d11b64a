"""One row of an SLO gate, compiled: every limit read, converted into the objective's unit and checked."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, cast

from rulewright.compile.conditions import position_of
from rulewright.kinds.slo_gate.judgement import SIGNS, BaselineTerms, Limit, ObjectiveNode
from rulewright.measurements.statistics import AGGREGATES, quantile_of
from rulewright.measurements.units import dimension, in_unit
from rulewright.policy.json_types import as_object
from rulewright.policy.quantity import parse_quantity, spelled_unit
from rulewright.program.frame import objective_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import Objective
    from rulewright.policy.quantity import Quantity

DIRECTIONS: Final = {"lte": "lower", "lt": "lower", "gte": "higher", "gt": "higher"}
CONFIDENCE: Final = 0.98
SINGLE: Final = ("last", "count")


def compile_objective(objective: Objective, number: int, context: Context) -> ObjectiveNode:
    """The node of one objective; findings go to the context. `number` is its place under `objectives:`."""
    return _ObjectiveReader(objective, number, context).node()


class _ObjectiveReader:
    def __init__(self, objective: Objective, number: int, context: Context) -> None:
        self.objective = objective
        self.body: Mapping[str, Json] = objective.body
        self.path = ("objectives", number)
        self.context = context
        self.aggregate = str(self.body.get("aggregate", "mean"))
        self.unit = str(self.body.get("unit", ""))

    def span(self, *path: str | int) -> Span:
        """The place of a part of the objective."""
        source = self.context.policy.source
        return self.objective.span if source is None else source.span((*self.path, *path))

    def report(self, code: str, message: str, *path: str | int, hint: str | None = None) -> None:
        self.context.report(code, f"`{self.objective.id}`: {message}", self.span(*path), hint=hint)

    def node(self) -> ObjectiveNode:
        if quantile_of(self.aggregate) is None and self.aggregate not in AGGREGATES:
            self.report(
                "RW406",
                f"unknown aggregate `{self.aggregate}`",
                "aggregate",
                hint="use an aggregate such as `p95`, `mean`, `max`, `rate`",
            )
            self.aggregate = "mean"
        good, weak = self.limits("pass"), self.limits("warn")
        direction = self.direction(good)
        self.check_warn(good, weak)
        return ObjectiveNode(
            text=self.objective.id,
            expected=self.expected(good, weak),
            position=position_of(self.objective.span),
            key=objective_key(self.context.policy.name, self.objective.id),
            unit=self.unit,
            direction=direction,
            aggregate=self.aggregate,
            pass_limits=tuple(good),
            warn_limits=tuple(weak),
            min_samples=cast("int", self.body.get("min_samples", 1)),
            required=self.body.get("required", True) is not False,
            on_no_baseline=cast("str", self.body.get("on_no_baseline", "hold")),
            baseline=self.baseline(direction),
            measured=as_object(self.body.get("source")),
        )

    def limits(self, section: str) -> list[Limit]:
        """The limits under `pass` or `warn`; those that cannot be read are reported and left out."""
        written = as_object(self.body.get(section)) or {}
        limits = (self.limit(section, name, value) for name, value in written.items())
        return [limit for limit in limits if limit is not None]

    def limit(self, section: str, name: str, value: Json) -> Limit | None:
        if name not in SIGNS and name != "between":
            hint = (
                "remove it; unmeasured values must block"
                if name == "on_missing"
                else "use `lte`, `lt`, `gte`, `gt`, `eq` or `between`"
            )
            code = "RW408" if name == "on_missing" else "RW406"
            self.report(code, f"`{name}` is not allowed in `{section}`", section, name, hint=hint)
            return None
        ends = value if name == "between" and isinstance(value, list) else [value]
        numbers = [number for end in ends if (number := self.number(end, section, name)) is not None]
        if len(numbers) < len(ends):
            return None
        if name != "between":
            return Limit(name, numbers[0], numbers[0], str(value))
        if len(numbers) != 2 or numbers[0] > numbers[1]:
            self.report("RW406", "`between` takes two limits, the lower one first", section, name)
            return None
        low, high = numbers
        return Limit(name, low, high, f"{ends[0]} to {ends[1]}")

    def number(self, value: Json, section: str, name: str) -> float | None:
        """A limit in the objective's unit, or None after reporting."""
        unit = "" if self.aggregate == "count" else self.unit
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and value == value
            and abs(value) != inf
        ):
            if dimension(unit) is None or unit == "ratio":
                return value
            message = f"{value} has no unit, but the objective uses `{unit}`"
            self.report("RW404", message, section, name, hint=f"write `{value}{unit}`")
            return None
        quantity = parse_quantity(value) if isinstance(value, str) else None
        if quantity is None:
            hint = "write a number and a unit, such as `300ms` or `5%`"
            self.report("RW403", f"`{value}` is neither a number nor a quantity", section, name, hint=hint)
            return None
        number = in_unit(quantity, unit)
        if number is None:
            self.report_other_unit(quantity, str(value), unit, section, name)
        return number

    def report_other_unit(self, quantity: Quantity, value: str, unit: str, section: str, name: str) -> None:
        """Report a limit whose unit cannot be converted into the objective's."""
        meant = spelled_unit(unit)
        if meant is not None:  # the limit is right, and the unit is one that nothing converts
            self.report("RW404", f"`{unit}` is not a known unit", "unit", hint=f"write `{meant}`")
            return
        what = f"the objective uses `{unit}`" if unit else "the objective has no unit"
        missing = "give the objective a `unit:`" if not unit and self.aggregate != "count" else None
        self.report("RW404", f"`{value}` is a {quantity.dimension}; {what}", section, name, hint=missing)

    def direction(self, good: list[Limit]) -> str | None:
        implied = {DIRECTIONS[limit.matcher] for limit in good if limit.matcher in DIRECTIONS}
        stated = self.body.get("direction")
        if isinstance(stated, str):
            if implied and stated not in implied:
                self.report("RW413", f"`direction: {stated}` contradicts the limits of `pass`", "pass")
            return stated
        return implied.pop() if len(implied) == 1 else None

    def check_warn(self, good: list[Limit], weak: list[Limit]) -> None:
        """Something must warn that does not pass, and everything that passes must lie within what warns."""
        if not good or not weak:
            return
        inside, outside = _interval(good), _interval(weak)
        wider = outside[0] <= inside[0] and outside[1] >= inside[1] and outside != inside
        if not wider:
            self.report("RW412", "`warn` must allow more than `pass`", "warn")

    def baseline(self, direction: str | None) -> BaselineTerms | None:
        written = self.body.get("baseline")
        if not isinstance(written, dict):
            return None
        if direction is None:
            self.report(
                "RW413",
                "a baseline needs a `direction`",
                "baseline",
                hint="add `direction: lower` or `higher`",
            )
        if self.aggregate in SINGLE:
            self.report("RW414", f"`{self.aggregate}` cannot be compared with a baseline", "aggregate")
        if self.body.get("on_no_baseline") == "absolute_only" and not self.body.get("pass"):
            self.report("RW414", "`absolute_only` needs a `pass`", "on_no_baseline")
        return BaselineTerms(
            origin=cast("str", written.get("from", "last_passed")),
            max_regression=self.ratio(written.get("max_regression", 0), "max_regression"),
            min_effect=self.ratio(written.get("min_effect", 0), "min_effect"),
            confidence=cast("float", written.get("confidence", CONFIDENCE)),
        )

    def ratio(self, value: Json, name: str) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6:
            if value >= 1:
                self.report(
                    "RW404",
                    f"`{name}: {value}` has no unit",
                    "baseline",
                    name,
                    hint=f"write `{value}%`, or a ratio such as 0.1",
                )
            return float(value)
        quantity = parse_quantity(value) if isinstance(value, str) else None
        if quantity is None:
            self.report("RW403", f"`{value}` is not a percentage", "baseline", name, hint="write `10%`")
        elif quantity.dimension != "ratio" or quantity.value < 0:
            self.report("RW404", f"`{value}` is not a percentage", "baseline", name, hint="write `10%`")
        else:
            return quantity.value
        return 0.0

    def expected(self, good: list[Limit], weak: list[Limit]) -> str:
        parts = [f"{self.aggregate} {limit!s}" for limit in good]
        text = " and ".join(parts)
        if weak:
            text += f" (warns up to {', '.join(map(str, weak))})"
        baseline = self.body.get("baseline")
        if isinstance(baseline, dict):
            worse = (
                f"{self.aggregate} at most {baseline.get('max_regression')} worse than {baseline.get('from')}"
            )
            text = f"{text}; {worse}" if text else worse
        return text


def _interval(limits: list[Limit]) -> tuple[tuple[float, int], tuple[float, int]]:
    """What the limits allow: (lower end, 1 when excluded), (upper end, -1 when excluded)."""
    low, high = (float("-inf"), 0), (float("inf"), 0)
    for limit in limits:
        if limit.matcher in ("gte", "gt", "eq", "between"):
            low = max(low, (limit.low, int(limit.matcher == "gt")))
        if limit.matcher in ("lte", "lt", "eq", "between"):
            high = min(high, (limit.high, -int(limit.matcher == "lt")))
    return low, high
