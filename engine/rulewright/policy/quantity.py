"""Numbers with units, as policies write them: durations, sizes, percentages; and moments in ISO 8601.

    300ms 10s 5m 24h 14d 2w 1h30m     seconds    (also us, µs, ns)
    100B 10kB 10MB 1GB 1TB 4KiB 2MiB  bytes      (KB = 1000, KiB = 1024)
    10% 99.9%                         a ratio, 0.1 and 0.999

`m` is a minute; months and years have no fixed length and are refused.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from math import isfinite
from time import gmtime, strftime
from typing import Final, Literal

from rulewright.policy.diagnostics import RulewrightError, shorten
from rulewright.policy.lazy import defer_pattern
from rulewright.policy.named_tuple import NamedTuple

Dimension = Literal["duration", "size", "ratio"]

_SECONDS: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,  # U+00B5, the micro sign
    "μs": 1e-6,  # U+03BC, the Greek letter
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "w": 604_800.0,
}
_DECIMAL: Final = {
    "ns": -9,
    "us": -6,
    "µs": -6,
    "μs": -6,
    "ms": -3,
    "%": -2,
    "B": 0,
    "kB": 3,
    **{prefix + "B": 3 * power for power, prefix in enumerate("KMGTP", 1)},
}
"""Powers of ten, put behind the digits as an exponent, so that 99.9% is 0.999 and not 0.9990000000000001."""
_BINARY: Final = {prefix + "iB": 1024.0**power for power, prefix in enumerate("KMGTP", 1)}

_ONE = defer_pattern(r"([0-9]{1,15}(?:\.[0-9]{1,15})?) ?([A-Za-zµμ]{1,3}|%)")
_COMPOUND = defer_pattern(r"(?:[0-9]{1,15}(?:\.[0-9]{1,15})?[a-zµμ]{1,2}){2,10}")
_PART = defer_pattern(r"([0-9.]+)([a-zµμ]+)")
_DATE = defer_pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CLOCK_SKEW: Final = 300.0
"""Seconds by which the clock of another machine may be ahead: what is dated later has not happened."""
_MOMENT = defer_pattern(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
    r"(?:[.,]([0-9]{1,30}))?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)


class QuantityError(RulewrightError):
    """Text that is no quantity of the dimension asked for. Carries a hint."""


class Quantity(NamedTuple):
    """`value` in the canonical unit of its dimension: seconds, bytes, or 1 for a ratio. `text` as written."""

    value: float
    dimension: Dimension
    text: str


@lru_cache(maxsize=4096)
def parse_quantity(text: str) -> Quantity | None:
    """The quantity that `text` is, or None. A bare number is none: it has no unit. `-5m` is one."""
    bare = text.strip()
    sign = -1.0 if bare.startswith("-") else 1.0
    bare = bare.removeprefix("-")
    one = _ONE.fullmatch(bare)
    if one is not None:
        number, unit = one.groups()
        if unit in _SECONDS:
            return Quantity(sign * _seconds(number, unit), "duration", text)
        if unit in _BINARY:
            return Quantity(sign * float(number) * _BINARY[unit], "size", text)
        if unit in _DECIMAL:
            value = sign * float(f"{number}e{_DECIMAL[unit]}")
            return Quantity(value, "ratio" if unit == "%" else "size", text)
        return None
    return _parse_compound(text, bare, sign) if _COMPOUND.fullmatch(bare) is not None else None


def _parse_compound(text: str, bare: str, sign: float) -> Quantity | None:
    """A duration of several units: `1h30m`."""
    parts = _PART.findall(bare)
    scales = [_SECONDS.get(unit, 0.0) for _, unit in parts]
    # Units fall strictly (`1h30m`), so that a slip such as `30m1h` or `1h1h` is no quantity.
    if 0.0 in scales or any(scale <= after for scale, after in pairwise(scales)):
        return None
    return Quantity(sign * sum(_seconds(number, unit) for number, unit in parts), "duration", text)


def _seconds(number: str, unit: str) -> float:
    power = _DECIMAL.get(unit)
    return float(number) * _SECONDS[unit] if power is None else float(f"{number}e{power}")


LONGEST: Final = 365_250 * 86_400.0
"""Seconds of the longest duration: added to any moment of our time, it stays a date."""


_SPELLED: Final = defer_pattern(r"(-?[0-9.]+) ?([A-Za-z]+)")
_UNITS: Final = {
    "second": "s", "seconds": "s", "sec": "s", "secs": "s", "minute": "m", "minutes": "m", "min": "m", "mins": "m",
    "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "day": "d", "days": "d", "week": "w", "weeks": "w",
    "wk": "w", "wks": "w",
    "millisecond": "ms", "milliseconds": "ms", "msec": "ms", "msecs": "ms", "millis": "ms", "microseconds": "us",
    "usec": "us", "byte": "B", "bytes": "B", "kb": "kB", "mb": "MB", "gb": "GB", "kib": "KiB", "mib": "MiB",
    "gib": "GiB", "percent": "%", "pct": "%",
}  # fmt: skip
"""Units as people write them elsewhere."""


def spelled_unit(unit: str) -> str | None:
    """The unit that is meant by one that is spelled otherwise: `ms` for `msec`."""
    return _UNITS.get(unit.lower()) if unit not in _UNITS.values() else None


def quantity_hint(text: str) -> str:
    """How to write what was likely meant by text that is no quantity: `write `1d`` for `1day`."""
    return _spelling_hint(text) or "write a unit: `14d`, `300ms`, `2MiB`, `10%`"


def _spelling_hint(text: str) -> str | None:
    found = _SPELLED.fullmatch(text.strip()) if len(text) < 30 else None
    if found is None:
        return None
    number, unit = found.groups()
    if unit == "M" or unit.lower() in ("month", "months", "mo", "mon", "year", "years", "yr", "y"):
        return "write days, as in `30d`; months and years have no fixed length"
    meant = spelled_unit(unit)
    return None if meant is None else f"write `{number}{meant}`"


def parse_duration(text: str) -> float:
    """Seconds. Raises QuantityError with a hint."""
    quantity = parse_quantity(text)
    shown = shorten(text, 40)
    if quantity is not None and quantity.dimension == "duration":
        if abs(quantity.value) > LONGEST:
            raise QuantityError(f"`{shown}` is longer than a thousand years", hint="write `14d` or `1h30m`")
        return quantity.value
    if quantity is not None:
        raise QuantityError(
            f"`{shown}` is a {quantity.dimension}, not a duration", hint="write `14d` or `1h30m`"
        )
    raise QuantityError(f"`{shown}` is not a duration", hint=_duration_hint(text.strip()))


def _duration_hint(text: str) -> str:
    if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", text) and len(text) < 20:
        return f"a number needs a unit: `{text}s`, `{text}m` (minutes), `{text}h`, `{text}d`"
    return (
        _spelling_hint(text)
        or "write a number and a unit, as in `300ms`, `10s`, `5m`, `24h`, `14d`, `2w`, `1h30m`"
    )


def format_duration(seconds: float) -> str:
    """The duration as `parse_duration` reads it, with at most two units: `14d`, `1h30m`; NaN is "?"."""
    if not isfinite(seconds):
        return "?"
    sign = "-" if seconds < 0 else ""
    rest = abs(seconds)
    if rest < 1e-12:
        return "0s"
    # 0.9995 of a unit is written as one of it, so that three digits never round up to 1000 of the smaller.
    if rest < 0.9995:
        for unit in ("ms", "us", "ns"):
            scaled = rest / _SECONDS[unit]
            if scaled >= 0.9995 or unit == "ns":
                return f"{sign}{scaled:.3g}{unit}"
    if rest < 60:
        seconds_text = f"{rest:.3f}".rstrip("0").rstrip(".")
        return f"{sign}{seconds_text}s" if round(rest, 3) < 60 else f"{sign}1m"
    return sign + _format_minutes(round(rest))


def _format_minutes(seconds: int) -> str:
    """A duration of a minute or more, with at most two units."""
    for unit, smaller in (("d", "h"), ("h", "m"), ("m", "s")):
        size = round(_SECONDS[unit])
        if seconds >= size:
            small = round(_SECONDS[smaller])
            count, left = divmod(round(seconds / small) * small, size)
            return f"{count}{unit}" + (f"{left // small}{smaller}" if left else "")
    return f"{seconds}s"


@lru_cache(maxsize=8192)
def parse_moment(text: str) -> float | None:
    """Seconds since 1970-01-01T00:00Z of an ISO 8601 date or date-time, or None where `text` is neither.

    `2026-01-05T09:00:00Z`, offsets (`+02:00`), fractions of seconds (below a microsecond they are cut),
    a date alone (midnight UTC). A date-time without an offset is UTC.
    """
    if len(text) == 20 and text[19] == "Z" and text[10] == "T":
        try:
            return datetime.fromisoformat(text).timestamp()
        except ValueError:
            pass
    moment = read_moment(text)
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def is_date(text: str) -> bool:
    """Whether a text has the form of a date without a time: `2026-01-05`."""
    return _DATE.fullmatch(text) is not None


def format_moment(seconds: float) -> str:
    """Seconds since 1970 as a moment in UTC, `2026-01-05T09:00:00Z`; a fraction of a second is cut."""
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))


def read_moment(text: str) -> datetime | None:
    """A date (its midnight) or a date-time as ISO 8601 writes them in full, or None where `text` is neither. Without an
    offset it is naive: whoever asks knows the zone. Dates of weeks, and dates without hyphens, are none.
    """
    if is_date(text):
        plain, fraction, offset = text + "T00:00:00", None, None
    else:
        found = _MOMENT.fullmatch(text)
        if found is None:
            return None
        plain, fraction, offset = found.groups()
    try:
        moment = datetime.fromisoformat(plain + (_offset(offset) if offset is not None else ""))
    except ValueError:
        return None
    return moment.replace(microsecond=int(f"{fraction[:6]:0<6}")) if fraction else moment


def _offset(text: str) -> str:
    if text in "Zz":
        return "+00:00"
    return text[:3] + ":" + (text[-2:] if len(text) > 3 else "00")
