"""A ratio as counts: bad (or good) events among all events, out of two numbers that a tool gives apart."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.sample import Count
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.measurements.reader import Selection
    from rulewright.policy.json_types import Json

SLACK: Final = 1e-9
"""Relative excess of the part over the total that is rounding: both were extrapolated by the same factor."""


class Ratio(NamedTuple):
    """What a policy asks for: the part (`bad` or `good`) and the total, each as written."""

    part: Json
    total: Json
    is_good: bool

    @property
    def part_name(self) -> str:
        """The key in the policy."""
        return "good" if self.is_good else "bad"


def read_ratio(arguments: Mapping[str, Json]) -> Ratio | None:
    """The ratio in a mapping with `bad` or `good`, and `total`; None where it has none of these.

    Raises UnusableSource when one is missing, or both parts are there.
    """
    names = [name for name in ("bad", "good") if name in arguments]
    if not names and "total" not in arguments:
        return None
    if len(names) != 1 or "total" not in arguments:
        raise UnusableSource("unsuitable", "a ratio takes `total`, and one of `bad` and `good`")
    return Ratio(arguments[names[0]], arguments["total"], names[0] == "good")


def read_file_ratio(selection: Selection, kind: str) -> Ratio | None:
    """The ratio that a policy asks of a file of this kind: in `select:`, below the kind, or beside it."""
    arguments = selection.arguments
    for place in (arguments.get("select"), arguments.get(kind), arguments):
        mapping = as_object(place)
        ratio = None if mapping is None else read_ratio(mapping)
        if ratio is not None:
            return ratio
    return None


def count_ratio(ratio: Ratio, find: Callable[[str, Json], float | None]) -> tuple[Count, tuple[str, ...]]:
    """The count, and warnings. `find(name, query)` gives the number of a query, None where there is none.

    A counter that never counted often does not exist: with a total above 0, an absent part is 0. Raises UnusableSource:
    `no_total` for an absent total and for 0, `not_finite`, `unreadable` for a part that is no share of the total.
    """
    total = find("total", ratio.total)
    if total is None:
        raise UnusableSource("no_total", "`total` has no value")
    _check_finite("total", total)
    if total == 0:
        raise UnusableSource("no_total", "`total` is 0")
    part = find(ratio.part_name, ratio.part)
    warnings: tuple[str, ...] = ()
    if part is None:
        part = 0.0
        warnings = (f"`{ratio.part_name}` has no value: counted as 0",)
    _check_finite(ratio.part_name, part)
    if total < part <= total * (1 + SLACK):
        part = total
    if not 0 <= part <= total:
        raise UnusableSource("unreadable", f"`{ratio.part_name}` is {part:g} of {total:g}, which is no share")
    return Count(total - part if ratio.is_good else part, total), warnings


def _check_finite(name: str, number: float) -> None:
    if not isfinite(number):
        raise UnusableSource("not_finite", f"`{name}` is {number}")
