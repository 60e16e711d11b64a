"""Values of fields of project boards: one value has several notations, and a board shows one of them.

A number field shows `3` for `"3"`, a text, an option or an iteration shows `"3"` for `3`, and a date field shows the
day of a time. A policy or a fact may hold any of them.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from rulewright.policy.actions.set_field import format_board_text
from rulewright.policy.quantity import parse_moment

if TYPE_CHECKING:
    from rulewright.policy.json_types import Json

_NUMBER: Final = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def as_board_shows(wanted: Json, present: Json) -> Json:
    """`wanted` as the field would show it that shows `present` now; unchanged where it is no value of that type."""
    if isinstance(present, int | float) and not isinstance(present, bool):
        number = parse_board_number(wanted)
        return wanted if number is None else number
    if isinstance(present, str) and isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return format_board_text(wanted)
    if isinstance(present, str) and isinstance(wanted, str) and _DAY.fullmatch(present):
        return parse_board_date(wanted) or wanted
    return wanted


def parse_board_number(value: Json) -> float | None:
    """The value of a number field; None for what is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer beyond the range of floats
        return None
    return number if math.isfinite(number) else None


def parse_board_date(value: Json) -> str | None:
    """The value of a date field: the day of an ISO 8601 date or time, as written; None for what is neither."""
    if not isinstance(value, str) or parse_moment(value) is None or not _DAY.match(value):
        return None
    return value[:10]
