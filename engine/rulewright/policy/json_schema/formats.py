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


def _can_read(text: str, form: re.Pattern[str], read: Callable[[str], object]) -> bool:
    """Whether a text has the form, and the standard library can read it."""
    if form.fullmatch(text) is None:
        return False
    try:
        read(text.upper())
    except ValueError:
        return False
    return True


def _is_hostname(text: str) -> bool:
    return len(text) <= 253 and all(_LABEL.fullmatch(part) is not None for part in text.split("."))


def _of_texts(check: Callable[[str], bool]) -> Callable[[object], bool]:
    """A check of texts, which says nothing of other values."""
    return lambda value: not isinstance(value, str) or check(value)


CHECKS: Final = {
    "date-time": _of_texts(
        lambda text: _can_read(text.replace(":60", ":59"), _MOMENT, datetime.fromisoformat)
    ),
    "time": _of_texts(lambda text: _can_read(text, _CLOCK, time.fromisoformat)),
    "duration": _of_texts(lambda text: _DURATION.fullmatch(text) is not None),
    "uri": _of_texts(lambda text: _URI.fullmatch(text) is not None),
    "hostname": _of_texts(_is_hostname),
    "json-pointer": _of_texts(lambda text: _POINTER.fullmatch(text) is not None),
}
