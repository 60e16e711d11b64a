"""What a plain scalar means: the core schema of YAML 1.2.2 (§10.3), and the traps for readers of 1.1."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from rulewright.policy.diagnostics import Severity

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, Scalar]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((f"{sign}.{word}" for sign in ("", "+") for word in ("inf", "Inf", "INF")), math.inf),
    **dict.fromkeys((f"-.{word}" for word in ("inf", "Inf", "INF")), -math.inf),
}
_FIRST: Final = frozenset("-+.0123456789")
_INT: Final = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")

_OLD_BOOLEANS: Final = frozenset(("yes", "no", "on", "off", "y", "n"))
# 0.90 is a share that somebody rounded; 3.10 is a version that loses its zero.
_VERSION: Final = re.compile(r"[1-9][0-9]*\.[0-9]*0")
_ROUND: Final = re.compile(r"[0-9]+\.0")
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]+")

MAX_DIGITS: Final = 400
"""Digits of an integer; Python itself refuses 4,300, and no policy needs as many as this."""


class Trap(NamedTuple):
    """A value that is legal and yet probably not what its author means."""

    code: str
    message: str
    hint: str
    severity: Severity = "warning"


def resolve_scalar(text: str) -> Scalar:
    """The value of a plain scalar. A number out of range stays text (and `find_trap` reports it)."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRST:
        return text
    if _INT.fullmatch(text):
        return int(text) if len(text) <= MAX_DIGITS else text
    if _FLOAT.fullmatch(text):
        number = float(text)
        return text if math.isinf(number) else number
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0) if len(text) <= MAX_DIGITS else text
    return text


def find_trap(text: str, value: Scalar) -> Trap | None:
    """The trap that a plain scalar in value position is, if it is one. `value` is what `resolve_scalar` gave."""
    if isinstance(value, str):
        return _find_text_trap(text)
    if isinstance(value, float) and _VERSION.fullmatch(text) and not _ROUND.fullmatch(text):
        return Trap(
            "RW117",
            f"unquoted `{text}` is the number {value!r}",
            f"quote a version: '{text}'; write {value!r} for the number",
        )
    if isinstance(value, int) and not isinstance(value, bool) and _LEADING_ZERO.fullmatch(text):
        return Trap(
            "RW119",
            f"`{text}` is the decimal number {value} in YAML 1.2, but octal in YAML 1.1",
            f"write {value} for the number, or quote it: '{text}'",
        )
    return None


def _find_text_trap(text: str) -> Trap | None:
    """The trap of a scalar that is text: a boolean of YAML 1.1, or a number that is out of range."""
    if len(text) <= 3 and text.lower() in _OLD_BOOLEANS:
        truth = "true" if text.lower() in ("yes", "on", "y") else "false"
        return Trap(
            "RW118",
            f"`{text}` is text in YAML 1.2, not a boolean",
            f"write {truth} for the boolean, or quote it: '{text}'",
        )
    if text and text[0] in _FIRST and (_FLOAT.fullmatch(text) or _OTHER_BASE.fullmatch(text)):
        shown = text if len(text) <= 20 else f"{text[:17]}…"
        return Trap("RW129", f"the number {shown} is out of range", "quote it if it is text", "error")
    return None
