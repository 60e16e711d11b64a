"""The text of a field, on one line, and back: line breaks as escapes, lists with commas, moments, choices, JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, Literal

from rulewright.events.reader import parse_event
from rulewright.facts.gather import normalize_moment
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.policy.diagnostics import RulewrightError
    from rulewright.policy.json_types import Json

Kind = Literal["text", "list", "time", "fact", "choice"]
"""How the text of a field is read. The text of a `fact` is JSON."""

_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNESCAPES: Final = {"\\\\": "\\", **{escape: plain for plain, escape in _ESCAPES.items()}}
_TO_ESCAPE: Final = re.compile(r"[\n\r\t]|\\(?=[\\nrt\n\r\t])")
_ESCAPED: Final = re.compile(r"\\[\\nrt]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ITEM: Final = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(,|\Z)')


class EditError(Exception):
    """An edit that cannot be made. `line` and `column`, from 1, are those of the fault in a JSON text, where known."""

    def __init__(
        self, message: str, hint: str | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line
        self.column = column


def describe_error(error: EditError | RulewrightError) -> str:
    """The message of an error, with its hint where it has one."""
    return f"{error.message}: {error.hint}" if error.hint else error.message


def escape_line(text: str) -> str:
    """The text on one line: line breaks and tabs as `\\n`, `\\r`, `\\t`, and a backslash doubled where it would read as
    the begin of such an escape."""
    return _TO_ESCAPE.sub(lambda found: _ESCAPES.get(found[0], "\\\\"), text)


def unescape_line(line: str) -> str:
    """The text that `escape_line` wrote. A backslash before anything else is itself."""
    return _ESCAPED.sub(lambda found: _UNESCAPES[found[0]], line)


def format_json(value: object) -> str:
    """A value as JSON on one line."""
    return _escape_surrogates(json.dumps(value, ensure_ascii=False))


def format_document(value: object) -> str:
    """A value as JSON with one member on each line."""
    return _escape_surrogates(json.dumps(value, ensure_ascii=False, indent=2))


def parse_json(text: str, where: str) -> Json:
    """The value of a JSON text, as events are read. Raises EditError with line and column."""
    data = _escape_surrogates(text).encode()
    try:
        value: Json = parse_event(data, where, as_stored=True)
    except UsageError as error:
        line, column = _position_of_fault(text)
        raise EditError(error.message, error.hint, line, column) from None
    return value


def _escape_surrogates(text: str) -> str:
    """Lone surrogates as the escapes that JSON has for them: UTF-8 has no bytes for these."""
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _position_of_fault(text: str) -> tuple[int | None, int | None]:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno, error.colno
    except (ValueError, RecursionError):
        pass
    return None, None


def format_names(names: Sequence[str]) -> str:
    """Names with commas between them; one with a comma, a quote or a space at an end stands in quotes."""
    return ", ".join(_format_name(name) for name in names)


def _format_name(name: str) -> str:
    if name and name == name.strip() and "," not in name and '"' not in name:
        return escape_line(name)
    return '"' + escape_line(name).replace('"', '""') + '"'


def parse_names(text: str) -> tuple[str, ...]:
    """The names that `format_names` wrote; each counts once. Raises EditError."""
    if not text.strip():
        return ()
    names: list[str] = []
    at = 0
    while True:
        item = _ITEM.match(text, at)
        if item is None or '"' in (item[2] or ""):
            raise EditError("the quotes do not match", 'write a name with a comma as "a, b"', 1, at + 1)
        if item[1] is not None:
            names.append(unescape_line(item[1].replace('""', '"')))
        elif plain := item[2].strip():
            names.append(unescape_line(plain))
        at = item.end()
        if not item[3]:
            return tuple(dict.fromkeys(names))


def format_field(kind: Kind, value: object) -> str:
    """The value of a field as one line; empty for one that is absent or null, but for JSON."""
    if kind == "fact":
        return format_json(value)
    if value is None:
        return ""
    if kind == "list":
        return format_names(value) if isinstance(value, list | tuple) else format_json(value)
    return escape_line(value) if isinstance(value, str) else format_json(value)


def parse_field(kind: Kind, text: str, label: str, choices: Sequence[str] = ()) -> Any:
    """The value that a line stands for. Raises EditError."""
    if kind == "fact":
        return parse_json(text, label)
    if kind == "list":
        return list(parse_names(text))
    if kind == "time":
        return parse_time(text)
    if kind == "choice":
        return _parse_choice(text, label, choices)
    return unescape_line(text)


def parse_time(text: str) -> str:
    """A moment in UTC, as facts have it. Raises EditError."""
    try:
        return normalize_moment(text.strip())
    except UsageError as error:
        raise EditError(error.message, error.hint) from None


def _parse_choice(text: str, label: str, choices: Sequence[str]) -> str:
    wanted = text.strip().casefold()
    for choice in choices:
        if choice.casefold() == wanted:
            return choice
    raise EditError(f"{label} cannot be `{text.strip()[:40]}`", f"one of {', '.join(choices)}")
