"""JSON that a tool wrote: read about as fast as `json.loads` reads it, and as strictly as policies are.

NaN and infinities, which Python's tools write without quotes, become floats: whoever reads the values reports them
with their place, and one such value in a file does not spoil the others.
"""

from __future__ import annotations

import gc
import json
import re
from contextlib import contextmanager
from itertools import chain, compress, repeat
from operator import is_
from typing import TYPE_CHECKING, Final, cast

from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.readers.text import decode_text
from rulewright.policy.strict_json import MAX_DEPTH, is_deep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.json_types import Json, JsonObject


def parse_json(data: bytes) -> Json:
    """The value of a JSON file. Raises UnusableSource for what `decode_text` refuses, and `unreadable`, with the line
    and the column, for what is no JSON, is nested too deeply, or has a key twice in one object."""
    return parse_json_text(decode_text(data))


def parse_json_object(data: bytes, tool: str) -> JsonObject:
    """The object that the file of a tool holds. Raises UnusableSource as `parse_json` does."""
    document = parse_json(data)
    if not isinstance(document, dict):
        raise UnusableSource("unreadable", f"it holds no object, so {tool} did not write it")
    return document


def parse_json_lines(text: str) -> list[tuple[int, Json]]:
    """The values of a text of one JSON value a line, with the numbers of the lines, from 1 on. Lines of white space
    are left out. Raises UnusableSource (`unreadable`) as `parse_json` does."""
    if "\r" in text:  # only a line end can have it: inside strings it is escaped
        text = text.replace("\r\n", "\n")
    # Not splitlines(): U+2028 and its like may stand inside strings.
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line and not line.isspace()]
    try:
        with _pausing_collection():
            # Half of the time of json.loads() for a short line goes into the white space around the value.
            pairs = [_read_value(line) for _, line in lines]
        values: list[Json] = [value for value, _ in pairs]
        ends = [end for _, end in pairs]
        is_strict = ends == [len(line) for _, line in lines] and _is_strict(values, text, MAX_DEPTH + 1)
    except (ValueError, RecursionError):
        is_strict = False
    if not is_strict:  # the line that is the reason says which it is
        values = [parse_json_text(line, number) for number, line in lines]
    return [(number, value) for (number, _), value in zip(lines, values, strict=True)]


_read_value: Final = json.JSONDecoder().raw_decode


def parse_json_text(text: str, line: int | None = None) -> Json:
    """The value of a JSON text. `line`: of a larger file, where the text is one line of it."""
    try:
        with _pausing_collection():
            value = cast("Json", json.loads(text))
    except json.JSONDecodeError as error:
        place = f"line {line or error.lineno}, column {error.colno}"
        message = f"{error.msg[:1].lower()}{error.msg[1:]}"
        raise UnusableSource("unreadable", f"{place}: {message}{_guess_cut(text, error)}") from None
    except RecursionError:
        raise _refuse(line, f"it is nested more than {MAX_DEPTH} levels deep") from None
    except ValueError:  # Python's message speaks of its own settings
        raise _refuse(line, "it contains a number with too many digits") from None
    if not _is_strict(value, text, MAX_DEPTH):
        _refuse_what_is_not_strict(value, text, line)
    return value


@contextmanager
def _pausing_collection() -> Iterator[None]:
    """Let the garbage collector wait. The parser makes nothing but values that are kept, and the collector would go
    through them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _guess_cut(text: str, error: json.JSONDecodeError) -> str:
    """What to add to a message where the text ends too early."""
    is_at_end = error.pos >= len(text.rstrip()) - 1 and error.msg != "Extra data"
    return "; the file seems to be cut off" if is_at_end or error.msg.startswith("Unterminated") else ""


def _refuse(line: int | None, reason: str) -> UnusableSource:
    return UnusableSource("unreadable", reason if line is None else f"line {line}: {reason}")


def _is_strict(value: Json, text: str, depth: int) -> bool:
    """Whether a value that was read from `text` is surely nested at most `depth` levels deep, and has every key that
    the text has.

    `json.loads` drops what stands under the first of two equal keys. Then the text has more strings, and more quotes,
    than the value; where nothing was dropped it has two quotes for each key and each string. Quotes are counted in C,
    as the types are: a loop in Python over the values would take as long as the parser.
    """
    level: list[object] = [value]
    strings = 0
    for _ in range(depth + 1):
        types = list(map(type, level))
        strings += types.count(str)
        objects = [item for item in level if type(item) is dict] if dict in types else []
        is_array = map(is_, types, repeat(list))
        arrays = cast("list[list[object]]", list(compress(level, is_array)) if list in types else [])
        if not objects and not arrays:
            plain = _ESCAPE.sub("", text) if "\\" in text else text
            return plain.count('"') == 2 * strings
        strings += sum(map(len, objects))
        if max(map(len, arrays), default=0) >= _LONG:  # they are looked through, so that they are not copied
            arrays = [item for item in arrays if len(item) < _LONG or not _HELD.isdisjoint(map(type, item))]
        level = list(chain(chain.from_iterable(map(dict.values, objects)), chain.from_iterable(arrays)))
    return False


_HELD: Final = frozenset({str, dict, list})
_LONG: Final = 1000
_ESCAPE: Final = re.compile(r"\\.", re.DOTALL)


def _refuse_what_is_not_strict(value: Json, text: str, line: int | None) -> None:
    """Raise UnusableSource for a value that is nested too deeply, and for a key that occurs twice in one object.
    Takes twice the time of the parser."""
    if is_deep(value):
        raise _refuse(line, f"it is nested more than {MAX_DEPTH} levels deep")

    def check(pairs: list[tuple[str, Json]]) -> None:
        if len(dict(pairs)) != len(pairs):
            keys = [key for key, _ in pairs]
            key = next(key for place, key in enumerate(keys) if key in keys[:place])
            raise _refuse(line, f"the key {json.dumps(key[:60])} appears twice in one object")

    json.loads(text, object_pairs_hook=check)
