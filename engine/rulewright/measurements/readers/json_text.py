"""JSON that a tool wrote: read about as fast as `json.loads` reads it, and as strictly as policies are.

NaN and infinities, which Python's tools write without quotes, become floats: whoever reads the values reports them
with their place, and one such value in a file does not spoil the others.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Final, cast

from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.readers.text import decode_text
from rulewright.policy.strict_json import MAX_DEPTH

if TYPE_CHECKING:
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


def parse_json_text(text: str, line: int | None = None) -> Json:
    """The value of a JSON text. `line`: of a larger file, where the text is one line of it."""
    try:
        value = cast("Json", json.loads(text))
    except json.JSONDecodeError as error:
        place = f"line {line or error.lineno}, column {error.colno}"
        message = f"{error.msg[:1].lower()}{error.msg[1:]}"
        raise UnusableSource("unreadable", f"{place}: {message}{_guess_cut(text, error)}") from None
    except RecursionError:
        raise _refuse(line, f"it is nested more than {MAX_DEPTH} levels deep") from None
    except ValueError:  # Python's message speaks of its own settings
        raise _refuse(line, "it contains a number with too many digits") from None
    members = _count_members(value)
    if members is None:
        raise _refuse(line, f"it is nested more than {MAX_DEPTH} levels deep")
    if not _has_members(text, members):
        _refuse_duplicates(text, line)
    return value


def _guess_cut(text: str, error: json.JSONDecodeError) -> str:
    """What to add to a message where the text ends too early."""
    is_at_end = error.pos >= len(text.rstrip()) - 1 and error.msg != "Extra data"
    return "; the file seems to be cut off" if is_at_end or error.msg.startswith("Unterminated") else ""


def _refuse(line: int | None, reason: str) -> UnusableSource:
    return UnusableSource("unreadable", reason if line is None else f"line {line}: {reason}")


def _count_members(value: Json) -> int | None:
    """How many members the objects of a value have together; None for one nested too deeply. Goes level by level, in
    C where it can: a loop in Python over the values would take as long as the parser."""
    if not isinstance(value, (dict, list)):
        return 0
    level: list[object] = [value]
    members = 0
    for _ in range(MAX_DEPTH):
        objects = [item for item in level if type(item) is dict]
        arrays = [item for item in level if type(item) is list]
        members += sum(map(len, objects))
        level = list(chain(chain.from_iterable(map(dict.values, objects)), chain.from_iterable(arrays)))
        types = set(map(type, level))
        if dict not in types and list not in types:
            return members
    return None


_BLANK_COLONS: Final = (" :", "\t:", "\n:", "\r:")


def _has_members(text: str, members: int) -> bool:
    """Whether the text surely writes `members` members and no more. Every member has a colon behind the quote of its
    key, so more such colons than members mean that a key was dropped, or that a string holds one. Where white space
    stands before a colon the count says nothing."""
    return text.count('":') == members and not any(blank in text for blank in _BLANK_COLONS)


def _refuse_duplicates(text: str, line: int | None) -> None:
    """Raise UnusableSource for a key that occurs twice in one object. Takes twice the time of the parser."""

    def check(pairs: list[tuple[str, Json]]) -> None:
        if len(dict(pairs)) != len(pairs):
            keys = [key for key, _ in pairs]
            key = next(key for place, key in enumerate(keys) if key in keys[:place])
            raise _refuse(line, f"the key {json.dumps(key[:60])} appears twice in one object")

    json.loads(text, object_pairs_hook=check)
