"""`format` of JSON Schemas: jsonschema's checks, and those for which it would need further packages."""

from __future__ import annotations

import re
from datetime import datetime, time
from functools import cache
from typing import TYPE_CHECKING, Final

from jsonschema import FormatChecker

if TYPE_CHECKING:
    from collections.abc import Callable

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_CLOCK: Final = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_DURATION: Final = re.compile(r"P(?=.)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?)")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_POINTER: Final = re.compile(r"(/([^~/]|~[01])*)*")


@cache
def format_checker() -> FormatChecker:
    """jsonschema's FormatChecker with `date-time`, `time`, `duration`, `uri`, `hostname`, `json-pointer`
    added."""
    checker = FormatChecker()
    for name, check in CHECKS.items():
        checker.checks(name)(check)
    return checker


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or _can_read(
        value.replace(":60", ":59"), _MOMENT, datetime.fromisoformat
    )


def _is_time(value: object) -> bool:
    return not isinstance(value, str) or _can_read(value, _CLOCK, time.fromisoformat)


def _can_read(text: str, form: re.Pattern[str], read: Callable[[str], object]) -> bool:
    """Whether a text has the form, and the standard library can read it."""
    if form.fullmatch(text) is None:
        return False
    try:
        read(text.upper())
    except ValueError:
        return False
    return True


def _is_duration(value: object) -> bool:
    return not isinstance(value, str) or _DURATION.fullmatch(value) is not None


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or _URI.fullmatch(value) is not None


def _is_hostname(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return len(value) <= 253 and all(_LABEL.fullmatch(part) is not None for part in value.split("."))


def _is_pointer(value: object) -> bool:
    return not isinstance(value, str) or _POINTER.fullmatch(value) is not None


CHECKS: Final = {
    "date-time": _is_moment,
    "time": _is_time,
    "duration": _is_duration,
    "uri": _is_uri,
    "hostname": _is_hostname,
    "json-pointer": _is_pointer,
}
