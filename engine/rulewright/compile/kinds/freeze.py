"""Freeze windows: while one is open, nothing is promoted into its environment.

A window is `from:` and `to:`, or `from:` and `duration:`; both ends belong to it, and a date without a time
is the whole day. `time_zone:` says where moments without an offset are read; UTC when absent. Windows that
recur (`rrule:`) are refused: one that would silently never open protects nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.kinds.requirement import leaf

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from rulewright.compile.context import Context
    from rulewright.compile.program import Node
    from rulewright.policy.diagnostics import Span

__all__ = ["freeze_nodes"]

DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
TICK: Final = timedelta(microseconds=1)


def freeze_nodes(name: str, environment: Mapping[str, Any], context: Context) -> list[Node]:
    """One node for each window of an environment: true while the window is not open."""
    windows = environment.get("freeze")
    nodes = []
    for number, window in enumerate(windows if isinstance(windows, list) else ()):
        if not isinstance(window, dict):
            continue
        span = _span(context, name, number)
        try:
            first, last = _moments(window)
        except ValueError as error:
            context.report("RW416", f"a freeze window of `{name}`: {error}", span)
            continue
        inside = leaf(context, "now", "between", [_text(first), _text(last)], span)
        text = f"no freeze of {name} ({window.get('reason', 'no reason')}, until {_text(last)})"
        nodes.append({"op": "none", "of": [inside], "text": text, "at": [span.line, span.column]})
    return nodes


def _span(context: Context, name: str, number: int) -> Span:
    source = context.policy.source
    if source is None:
        return context.policy.span
    span: Span = source.span(("environments", name, "freeze", number))
    return span


def _moments(window: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """The window's first and last moment in UTC. Raises ValueError with what is wrong."""
    from rulewright.policy.quantity import QuantityError, parse_duration

    if "rrule" in window:
        raise ValueError("`rrule` is not supported; write one window for each occurrence")
    zone = _zone(window.get("time_zone"))
    if "from" not in window or ("to" in window) is ("duration" in window):
        raise ValueError("it needs `from`, and either `to` or `duration`")
    first = _moment(window["from"], zone)
    if "duration" in window:
        try:
            last = first + timedelta(seconds=parse_duration(str(window["duration"])))
        except (QuantityError, OverflowError) as error:
            raise ValueError(f"`duration`: {error}") from None
    else:
        last = _moment(window["to"], zone)
        if DATE.fullmatch(str(window["to"])):
            last = _moment(window["to"], zone, days=1) - TICK
    if last <= first:
        raise ValueError("it ends before it begins")
    return first, last


def _zone(name: Any) -> tzinfo:
    if name is None:
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(str(name))
    except (OSError, ValueError, KeyError):
        raise ValueError(f"`{name}` is no time zone") from None


def _moment(value: Any, zone: tzinfo, *, days: int = 0) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
        # Days are added to the local date: a day with a clock change is not 24 hours long.
        moment += timedelta(days=days)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"`{value}` is not an ISO 8601 moment") from None


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
