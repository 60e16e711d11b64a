"""Freeze windows: while one is open, nothing is promoted into its environment.

A window is `from:` and `to:`, or `from:` and `duration:`; both ends belong to it, and a date without a time
is the whole day. `time_zone:` says where moments without an offset are read; UTC when absent. Windows that
recur (`rrule:`) are refused: one that would silently never open protects nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rulewright.compile.conditions import position_of
from rulewright.kinds.promotion.requirement import compile_match
from rulewright.policy.quantity import QuantityError, is_date, parse_duration, read_moment
from rulewright.policy.suggestions import nearest
from rulewright.program.nodes import GroupNode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from rulewright.compile.context import Context
    from rulewright.policy.json_types import Json
    from rulewright.program.nodes import Node

DAY: Final = 86_400
IN_DAYS: Final = re.compile(r"(?:\d+(?:d|w))+")
"""A duration of whole days or weeks."""
NO_ZONES: Final = frozenset({"localtime", "Factory", "posixrules"})
"""What stands in the folder of the database, and is the machine's own or nobody's."""
TICK: Final = timedelta(microseconds=1)


def freeze_nodes(name: str, environment: Mapping[str, Json], context: Context) -> list[Node]:
    """One node for each window of an environment: true while the window is not open."""
    windows = environment.get("freeze")
    nodes: list[Node] = []
    for number, window in enumerate(windows if isinstance(windows, list) else ()):
        if not isinstance(window, dict):
            continue
        place = ("environments", name, "freeze", number)
        span = context.span_of(*place)
        bad = [key for key in ("from", "to") if key in window and read_moment(str(window[key])) is None]
        for key in bad:
            context.report(
                "RW416",
                f"freeze window of `{name}`: `{window[key]}` is not a date",
                context.span_of(*place, key),
                hint="write `2026-12-19`, or `2026-12-19T18:00` with a time",
            )
        if bad:
            continue
        try:
            first, last = _moments(window)
        except (ValueError, OverflowError) as error:
            context.report("RW416", f"freeze window of `{name}`: {error}", span)
            continue
        inside = compile_match(context, "now", "between", [_text(first), _text(last)], span)
        text = f"no freeze of {name} ({window.get('reason', 'no reason')}, until {_text(last)})"
        nodes.append(GroupNode("none", (inside,), position_of(span), text))
    return nodes


def _moments(window: Mapping[str, Json]) -> tuple[datetime, datetime]:
    """The window's first and last moment in UTC. Raises ValueError with what is wrong."""
    if "rrule" in window:
        raise ValueError("`rrule` is not supported; write one window for each occurrence")
    zone = _zone(window.get("time_zone"))
    if "from" not in window or ("to" in window) is ("duration" in window):
        raise ValueError("`from` and either `to` or `duration` are required")
    start = _read("from", window["from"])
    first = _in_utc(start, zone)
    if "duration" in window:
        last = _after(start, str(window["duration"]), zone)
    else:
        end = _read("to", window["to"])
        if is_date(str(window["to"])):
            beyond = end.date() == date.max
            last = _in_utc(end if beyond else end + timedelta(days=1), zone, later=True) - TICK
        else:
            last = _in_utc(end, zone, later=True)
    if last <= first:
        raise ValueError("the end is before the beginning")
    return first, last


def _after(start: datetime, duration: str, zone: tzinfo) -> datetime:
    """The moment that much later in UTC. Days are those of the calendar: one with a clock change has not 24 hours."""
    try:
        seconds = parse_duration(duration)
        if IN_DAYS.fullmatch(duration.strip()):
            return _in_utc(start + timedelta(days=round(seconds / DAY)), zone, later=True)
        return _in_utc(start, zone) + timedelta(seconds=seconds)
    except (QuantityError, OverflowError) as error:
        raise ValueError(f"`duration`: {error}") from None


def _zone(name: Json) -> tzinfo:
    """The time zone of a name out of the IANA database. Raises ValueError."""
    if name is None or name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    known = _known_zones()
    if not known:
        raise ValueError("time zone data is not available; install the package `tzdata`")
    if str(name) not in known:
        near = nearest(str(name), known)
        raise ValueError(f"`{name}` is not a time zone" + (f"; did you mean `{near}`?" if near else ""))
    return ZoneInfo(str(name))


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    """The names in the database of this machine; each look at it takes 20 ms."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones() - NO_ZONES)


def _read(key: str, value: Json) -> datetime:
    moment = read_moment(str(value))
    if moment is None:
        raise ValueError(f"`{key}`: `{value}` is not a date")
    return moment


def _in_utc(moment: datetime, zone: tzinfo, *, later: bool = False) -> datetime:
    """A moment in UTC. `later`: of an hour that the clock shows twice, or skips, the later reading, as a freeze ends
    then; else the earlier one."""
    try:
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        readings = [moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        return max(readings) if later else min(readings)
    except (ValueError, OverflowError):
        raise ValueError(f"`{moment}` is outside the supported date range") from None


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
