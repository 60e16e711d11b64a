"""Times that a tool wrote, as ISO 8601 in UTC."""

from __future__ import annotations

from rulewright.policy.quantity import format_moment, read_moment


def read_time(text: object) -> tuple[str, tuple[str, ...]]:
    """A time that a tool wrote, and warnings about it. Without an offset from UTC the time is unknown, and empty: a
    machine's own zone would let old measurements pass for new ones."""
    if not isinstance(text, str) or not text.strip():
        return "", ()
    moment = read_moment(text.strip().replace(" ", "T", 1))
    if moment is None:
        return "", (f"the time `{text[:40]}` is none of ISO 8601, so the age of the measurement is unknown",)
    if moment.tzinfo is None:
        return "", (f"the time `{text[:40]}` has no zone, so the age of the measurement is unknown",)
    return format_moment(moment.timestamp()), ()


def read_unix_time(seconds: object) -> str:
    """Seconds since 1970 as ISO 8601; "" for what is none."""
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 1e11:
        return format_moment(seconds)
    return ""
