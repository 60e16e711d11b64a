"""One row of an SLO gate, compiled: every limit read, converted into the objective's unit and checked."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, cast

from rulewright.compile.conditions import position_of
from rulewright.kinds.slo_gate.terms import (
    SIGNS,
    BaselineTerms,
    BudgetTerms,
    Limit,
    ObjectiveNode,
    PairingTerms,
    Waiver,
)
from rulewright.measurements.queried.table import QUERIERS
from rulewright.measurements.readers.table import READERS
from rulewright.measurements.statistics import AGGREGATES, quantile_of
from rulewright.measurements.units import dimension, in_unit
from rulewright.policy.json_types import as_object, as_objects, as_text
from rulewright.policy.quantity import is_date, parse_quantity, read_moment, spelled_unit
from rulewright.policy.suggestions import nearest
from rulewright.program.frame import objective_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import Objective
    from rulewright.policy.quantity import Quantity

DIRECTIONS: Final = {"lte": "lower", "lt": "lower", "gte": "higher", "gt": "higher"}
CONFIDENCE: Final = 0.95
SINGLE: Final = ("last", "count")
FIXED_ORIGINS: Final = ("last_passed", "merge_base", "champion")
PATH_KINDS: Final = READERS.keys() - QUERIERS.keys()
"""The sources that are a path or a glob."""


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
        self.check_source()
        direction = self.direction(good)
        self.check_warn(good, weak)
        baseline = self.baseline(direction)
        return ObjectiveNode(
            text=self.objective.id,
            expected=self.expected(good, weak, baseline),
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
            baseline=baseline,
            measured=self.measured(direction),
            confidence=cast("float", self.body.get("confidence", CONFIDENCE)),
            decide_by=cast("str", self.body.get("decide", "")),
            on_inconclusive=cast("str", self.body.get("on_inconclusive", "hold")),
            is_independent=(as_object(self.body.get("source")) or {}).get("independent") is True,
            failure_limits=tuple(self.failure_limits()),
            pairing=self.pairing(direction),
            budget=self.budget(),
            waiver=self.waiver(),
        )

    def measured(self, direction: str | None) -> Mapping[str, Json]:
        """What gathering has to know: the source, and what of the objective decides how it is read."""
        baseline = as_object(self.body.get("baseline")) or {}
        out: dict[str, Json] = {
            "source": as_object(self.body.get("source")) or {},
            "aggregate": self.aggregate,
        }
        if direction == "higher":
            out["direction"] = direction
        if isinstance(self.body.get("pair_by"), str):
            out["pair_by"] = self.body["pair_by"]
        window = (as_object(self.body.get("budget")) or {}).get("window")
        if isinstance(window, str):
            out["window"] = window
        if baseline.get("from") is not None:
            out["baseline"] = baseline["from"]
        return out

    def check_source(self) -> None:
        """Report a path that leads out of the working directory, and a `max_age` that is no duration."""
        source = as_object(self.body.get("source")) or {}
        for kind in PATH_KINDS & source.keys():
            self.check_path(source[kind], "source", kind)
        for kind in QUERIERS:
            details = as_object(source.get(kind)) or {}
            for name in ("response", "file", "store"):
                self.check_path(details.get(name), "source", kind, name)
            for name in ("query", "bad", "good", "total"):
                query = as_object(details.get(name)) or {}
                self.check_path(query.get("response"), "source", kind, name, "response")
        if "max_age" in source:
            self.duration(source["max_age"], "source", "max_age")

    def check_path(self, path: Json, *place: str) -> None:
        if isinstance(path, str) and (
            path.startswith(("/", "\\", "~")) or ".." in path.split("/") or "\0" in path
        ):
            hint = "write it relative to the working directory, without `..`"
            self.report("RW422", f"`{path}` leads out of the working directory", *place, hint=hint)

    def duration(self, value: Json, *place: str) -> float | None:
        """A duration in seconds, or None after reporting."""
        quantity = parse_quantity(value) if isinstance(value, str) else None
        if quantity is None or quantity.dimension != "duration" or quantity.value <= 0:
            self.report("RW403", f"`{value}` is not a duration", *place, hint="write `24h`, `30d` or `5m`")
            return None
        return quantity.value

    def failure_limits(self) -> Iterator[Limit]:
        """The limits for the share of failed requests, as ratios."""
        for name, value in (as_object(self.body.get("failures")) or {}).items():
            ends = value if isinstance(value, list) else [value]
            shares = [self.share(end, "failures", name) for end in ends]
            numbers = [share for share in shares if share is not None]
            if len(numbers) == len(ends):
                yield Limit(name, numbers[0], numbers[-1], " to ".join(map(str, ends)))

    def share(self, value: Json, *place: str) -> float | None:
        """A ratio between 0 and 1, written as `1%` or as a number; None after reporting."""
        quantity = parse_quantity(value) if isinstance(value, str) else None
        number = quantity.value if quantity is not None and quantity.dimension == "ratio" else value
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
            hint = "write a percentage such as `1%`, or a ratio such as 0.01"
            self.report("RW403", f"`{value}` is not a share", *place, hint=hint)
            return None
        return float(number)

    def pairing(self, direction: str | None) -> PairingTerms | None:
        """How runs or cases of both sides are paired; None where they are not."""
        by = as_text(self.body.get("pair_by")) or ""
        if by and direction == "lower" and "baseline" in self.body:
            hint = "give each case 1 if it passes, and write `direction: higher`"
            self.report("RW413", "cases of both sides are compared by their pass rates", "pair_by", hint=hint)
        if not by and self.body.get("pairs") is not True and "max_drop" not in self.body:
            return None
        complete = self.share(self.body.get("min_complete", 1.0), "min_complete")
        drop = self.share(self.body["max_drop"], "max_drop") if "max_drop" in self.body else None
        if drop is not None and not by and self.body.get("pairs") is not True:
            self.report("RW406", "`max_drop` needs pairs", "max_drop", hint="add `pair_by:` or `pairs: true`")
        return PairingTerms(by, 1.0 if complete is None else complete, drop)

    def budget(self) -> BudgetTerms | None:
        """The error budget; None where there is none."""
        written = as_object(self.body.get("budget"))
        if written is None:
            return None
        target = self.share(written.get("target"), "budget", "target")
        left = self.share(written.get("min_left", 0), "budget", "min_left")
        window = self.duration(written.get("window"), "budget", "window")
        if target is None or left is None or window is None:
            return None
        if target == 1:
            hint = "use a target below 100%, or `pass: { lte: 0 }` for a count of bad events"
            self.report("RW406", "a target of 100 % leaves no budget", "budget", "target", hint=hint)
        if self.aggregate != "rate":
            self.report("RW406", "a budget needs `aggregate: rate`", "budget", hint="add `aggregate: rate`")
        return BudgetTerms(target, window, left)

    def waiver(self) -> Waiver | None:
        """The waiver that names this objective; of several the one that stands longest."""
        document = self.context.policy.source
        data = as_object(document.data) if document is not None else None
        found = None
        for number, row in enumerate(as_objects((data or {}).get("waivers"))):
            if row.get("objective") != self.objective.id:
                continue
            reason, owner, expires = (as_text(row.get(name)) or "" for name in ("reason", "owner", "expires"))
            if not is_date(expires) or read_moment(expires) is None:
                span = (
                    document.span(("waivers", number, "expires"))
                    if document is not None
                    else self.objective.span
                )
                self.context.report(
                    "RW403", f"`{expires}` is not a day", span, hint="write it as `2026-03-31`"
                )
            elif found is None or expires > found.expires:
                found = Waiver(reason, owner, expires)
        return found

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
        confidence = written.get("confidence", self.body.get("confidence", CONFIDENCE))
        origin, count, path = self.origin(written.get("from"))
        if self.aggregate in SINGLE:
            self.report("RW414", f"`{self.aggregate}` cannot be compared with a baseline", "aggregate")
        if self.body.get("on_no_baseline") == "absolute_only" and not self.body.get("pass"):
            self.report("RW414", "`absolute_only` needs a `pass`", "on_no_baseline")
        effect, amount = self.min_effect(written.get("min_effect", 0))
        return BaselineTerms(
            origin=origin,
            run_count=count,
            path=path,
            max_regression=self.ratio(written.get("max_regression", 0), "max_regression"),
            min_effect=effect,
            min_amount=amount,
            confidence=cast("float", confidence),
            any_machine=written.get("any_machine") is True,
        )

    def origin(self, written: Json) -> tuple[str, int, str]:
        """Where the baseline comes from: its name, the number of runs, and the path of a file."""
        mapping = as_object(written)
        if mapping is not None:
            path = as_text(mapping.get("file")) or ""
            self.check_path(path, "baseline", "from", "file")
            count = mapping.get("last_passed")
            return ("file", 0, path) if path else ("last_passed", count if isinstance(count, int) else 1, "")
        origin = str(written)
        if origin not in FIXED_ORIGINS:
            near = nearest(origin, FIXED_ORIGINS)
            mean = f"did you mean `{near}`?" if near else None
            hint = mean or "use `{ last_passed: 20 }`, `merge_base`, `champion` or `{ file: PATH }`"
            self.report("RW421", f"there is no baseline `{origin}`", "baseline", "from", hint=hint)
        return origin, 1, ""

    def min_effect(self, value: Json) -> tuple[float, float]:
        """The smallest change that counts: as a ratio, and as an amount in the objective's unit."""
        quantity = parse_quantity(value) if isinstance(value, str) else None
        if quantity is not None and quantity.dimension != "ratio":
            amount = in_unit(quantity, self.unit)
            if amount is not None and amount >= 0:
                return 0.0, amount
            self.report_other_unit(quantity, str(value), self.unit, "baseline", "min_effect")
            return 0.0, 0.0
        return self.ratio(value, "min_effect"), 0.0

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

    def expected(self, good: list[Limit], weak: list[Limit], terms: BaselineTerms | None) -> str:
        parts = [f"{self.aggregate} {limit!s}" for limit in good]
        text = " and ".join(parts)
        if weak:
            text += f" (warns up to {', '.join(map(str, weak))})"
        baseline = self.body.get("baseline")
        if isinstance(baseline, dict):
            worse = f"{self.aggregate} at most {baseline.get('max_regression')} worse than {terms}"
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
