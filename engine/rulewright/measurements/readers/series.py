"""Which of the series in a file an objective means, and which of the figures of a summary."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from rulewright.measurements.reader import UnusableSource
from rulewright.policy.suggestions import did_you_mean, list_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.measurements.reader import Selection


def choose_name(select: str, names: Sequence[str], noun: str) -> str:
    """The one of `names` that `select` is; the only one there is where `select` is empty. `noun`: of a name, in the
    singular (`benchmark`).

    Raises UnusableSource: `empty` without names, `no_match` and `ambiguous` with those that there are.
    """
    if not names:
        raise UnusableSource("empty", f"it holds no {noun}")
    if select in names and names.count(select) == 1:
        return select
    listed = list_names(sorted(set(names)))
    if select in names:
        raise UnusableSource(
            "ambiguous", f"`{select}` occurs {names.count(select)} times; there are {listed}"
        )
    if select:
        hint = did_you_mean(select, names)
        raise UnusableSource("no_match", f"no {noun} is named `{select}`{hint}; there are {listed}")
    if len(names) > 1:
        raise UnusableSource("ambiguous", f"`select` names none of {len(names)} {noun}s: {listed}")
    return names[0]


def check_figure(figures: Mapping[str, float], aggregate: str, tool: str) -> None:
    """Raise UnusableSource (`unsuitable`) unless a summary has the figure that the objective asks for."""
    if aggregate not in figures:
        reason = f"{tool} tells no {aggregate} here, and no raw values; there are {list_names(figures)}"
        raise UnusableSource("unsuitable", reason)


def check_order(figures: Mapping[str, float], place: str) -> None:
    """Raise UnusableSource (`unreadable`) where the figures of a summary contradict each other: a percentile above a
    higher one, or a mean or a median outside of the least and the greatest value."""
    quantiles = sorted((float(name[1:]), number) for name, number in figures.items() if name[1:2].isdigit())
    numbers = [number for _, number in quantiles]
    low, high = figures.get("min", -inf), figures.get("max", inf)
    middle = [figures[name] for name in ("mean", "median") if name in figures]
    if numbers != sorted(numbers) or not all(low <= number <= high for number in middle):
        raise UnusableSource("unreadable", f"{place}: the figures contradict each other: they were changed")


def refuse_all_failed(failed: int, total: int) -> None:
    """Raise UnusableSource (`all_failed`) where every request failed."""
    if total and failed >= total:
        raise UnusableSource("all_failed", f"all {total} requests failed")


def refuse_expressions(selection: Selection, tool: str) -> None:
    """Raise UnusableSource (`unsuitable`) for what only JSON and tables have: `runs` inside of a file, and a ratio as
    `select`. The files of a tool have one run each, and their series have names."""
    if selection.arguments.get("runs"):
        raise UnusableSource("unsuitable", f"a file of {tool} is one run, so `runs` does not split it")
    if isinstance(selection.arguments.get("select"), dict):
        raise UnusableSource(
            "unsuitable", f"{tool} counts failures itself: use a name, and `aggregate: rate`"
        )
