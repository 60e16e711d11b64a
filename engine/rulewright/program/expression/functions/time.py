"""Moments, durations and sizes. Nothing here reads a clock: `now` is a fact and comes as an argument.

A moment is ISO 8601 text, or a number of seconds since 1970-01-01T00:00Z. Days and hours are those of UTC.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rulewright.policy.diagnostics import shorten
from rulewright.policy.quantity import (
    QuantityError,
    format_duration,
    parse_duration,
    parse_moment,
    parse_quantity,
)
from rulewright.program.expression.errors import ExpressionFailure
from rulewright.program.expression.functions.model import Example, Function, Raises

if TYPE_CHECKING:
    from datetime import datetime

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NO_MOMENT: Raises = (
    ("invalid-value", "the text is not an ISO 8601 time, or the time is outside the years 1 to 9999"),
)


def _seconds(function: str, moment: str | float) -> float:
    if not isinstance(moment, str):
        return float(moment)
    seconds = parse_moment(moment)
    if seconds is None:
        shown = shorten(moment, 40)
        raise ExpressionFailure("invalid-value", f"{function}(): `{shown}` is not an ISO 8601 time")
    return seconds


def _utc(function: str, moment: str | float) -> datetime:
    from datetime import UTC, datetime, timedelta

    seconds = _seconds(function, moment)
    try:
        # Not fromtimestamp: it refuses moments before 1970 on some platforms.
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        message = f"{function}(): {seconds:g} seconds are outside the years 1 to 9999"
        raise ExpressionFailure("invalid-value", message) from None


def _format_time(moment: str | float) -> str:
    return _utc("format_time", moment).isoformat(timespec="seconds").replace("+00:00", "Z")


def _seconds_between(start: str | float, end: str | float) -> float:
    return _seconds("seconds_between", end) - _seconds("seconds_between", start)


def _duration(text: str) -> float:
    try:
        return parse_duration(text)
    except QuantityError as error:
        message = f"{error.message}; {error.hint}" if error.hint else error.message
        raise ExpressionFailure("invalid-value", f"duration(): {message}") from None


def _size(text: str) -> float:
    quantity = parse_quantity(text)
    if quantity is None or quantity.dimension != "size":
        shown = shorten(text, 40)
        raise ExpressionFailure("invalid-value", f"size(): `{shown}` is not a size such as `10MiB`")
    return quantity.value


_row = partial(Function, family="time", raises=_NO_MOMENT)


TIME: tuple[Function, ...] = (
    _row(
        "parse_time(text: string) -> number or null",
        "The seconds from 1970-01-01T00:00Z to an ISO 8601 date or date-time; null if the text is neither.",
        Example("parse_time(@)", "2026-01-05T09:00:00Z", 1767603600.0),
        parse_moment,
        raises=(),
    ),
    _row(
        "format_time(moment: string|number) -> string",
        "The time as ISO 8601 text in UTC, in seconds precision.",
        Example("format_time(@)", 1767603600, "2026-01-05T09:00:00Z"),
        _format_time,
    ),
    _row(
        "seconds_between(start: string|number, end: string|number) -> number",
        "The seconds from start to end; negative if the end is before the start.",
        Example(
            "seconds_between(created_at, now) > duration('14d')",
            {"created_at": "2026-01-01T00:00:00Z", "now": "2026-01-20T00:00:00Z"},
            True,
        ),
        _seconds_between,
    ),
    _row(
        "weekday(moment: string|number) -> string",
        "The day of the week in UTC, `monday` to `sunday`.",
        Example("weekday(@)", "2026-01-05T09:00:00Z", "monday"),
        lambda moment: _WEEKDAYS[_utc("weekday", moment).weekday()],
    ),
    _row(
        "date_of(moment: string|number) -> string",
        "The day in UTC, as `YYYY-MM-DD`.",
        Example("date_of(@)", "2026-01-05T23:30:00-02:00", "2026-01-06"),
        lambda moment: _utc("date_of", moment).date().isoformat(),
    ),
    _row(
        "hour_of(moment: string|number) -> number",
        "The hour in UTC, 0 to 23.",
        Example("hour_of(@)", "2026-01-05T09:30:00Z", 9),
        lambda moment: _utc("hour_of", moment).hour,
    ),
    _row(
        "duration(text: string) -> number",
        "The seconds of a duration such as `300ms`, `24h`, `14d`, `1h30m`.",
        Example("duration(@)", "14d", 1209600.0),
        _duration,
        raises=(("invalid-value", "the text is not a duration"),),
    ),
    _row(
        "format_duration(seconds: number) -> string",
        "The seconds as a duration with at most two units.",
        Example("format_duration(@)", 5400, "1h30m"),
        format_duration,
        raises=(),
    ),
    _row(
        "size(text: string) -> number",
        "The bytes of a size such as `10MB` (1000) or `4KiB` (1024).",
        Example("size(@)", "4KiB", 4096.0),
        _size,
        raises=(("invalid-value", "the text is not a size"),),
    ),
)
