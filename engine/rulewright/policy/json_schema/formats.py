"""`format` of JSON Schemas: jsonschema's checks, and those for which it would need further packages."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
CLOCK: Final = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
DURATION: Final = re.compile(r"P(?=.)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?)")
URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")
LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
POINTER: Final = re.compile(r"(/([^~/]|~[01])*)*")


@cache
def format_checker() -> Any:
    """jsonschema's FormatChecker with `date-time`, `time`, `duration`, `uri`, `hostname`, `json-pointer`
    added."""
    from jsonschema import FormatChecker

    checker = FormatChecker()
    for name, check in CHECKS.items():
        checker.checks(name)(check)
    return checker


def is_moment(value: object) -> bool:
    from datetime import datetime

    if not isinstance(value, str):
        return True
    if MOMENT.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value.upper().replace(":60", ":59"))
    except ValueError:
        return False
    return True


def is_time(value: object) -> bool:
    from datetime import time

    if not isinstance(value, str):
        return True
    if CLOCK.fullmatch(value) is None:
        return False
    try:
        time.fromisoformat(value.upper())
    except ValueError:
        return False
    return True


def is_duration(value: object) -> bool:
    return not isinstance(value, str) or DURATION.fullmatch(value) is not None


def is_uri(value: object) -> bool:
    return not isinstance(value, str) or URI.fullmatch(value) is not None


def is_hostname(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return len(value) <= 253 and all(LABEL.fullmatch(part) is not None for part in value.split("."))


def is_pointer(value: object) -> bool:
    return not isinstance(value, str) or POINTER.fullmatch(value) is not None


CHECKS: Final = {
    "date-time": is_moment,
    "time": is_time,
    "duration": is_duration,
    "uri": is_uri,
    "hostname": is_hostname,
    "json-pointer": is_pointer,
}
