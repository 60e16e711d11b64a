"""JSON Schema → GBNF, for a stated subset. Other keywords are refused with their place; none is dropped silently.

    type        string, integer, number, boolean, null, object, array, or a list of them
    enum const  of strings, numbers, booleans and null
    string      minLength, maxLength (at most MAX_STRING_LENGTH characters, also by default)
    array       items, minItems, maxItems (at most MAX_ITEMS items, also by default)
    object      properties, required, additionalProperties: false (or absent: no others are written)
    anyOf       of such schemas
    $schema $id $comment title description default examples: ignored

A broken grammar crashes llama.cpp, so every text that becomes part of one is escaped here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.policy.json_types import Json

    WriteRule = Callable[["_GrammarBuilder", Mapping[str, Json], str, int], str]

MAX_STRING_LENGTH: Final = 500
MAX_ITEMS: Final = 50
MAX_DEPTH: Final = 8
MAX_RULES: Final = 400
"""Rules of one grammar."""

ANNOTATIONS: Final = frozenset(
    {"$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated"}
)
SPACE_FREE: Final = r"[^\x00-\x20\x7F\u0085\u00A0\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF]"

PRIMITIVES: Final[Mapping[str, str]] = {
    "char": r'[^"\\\x00-\x1F\x7F] | "\\" ["\\/bfnrt]',
    "integer": r'"-"? ("0" | [1-9] [0-9]{0,14})',
    "number": r'"-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})?',
    "boolean": '"true" | "false"',
    "null": '"null"',
}
"""Rules that a grammar defines at most once. Without \\u escapes, which could form a lone surrogate."""

TYPE_KEYWORDS: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"minLength", "maxLength"}),
    "integer": frozenset(),
    "number": frozenset(),
    "boolean": frozenset(),
    "null": frozenset(),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "object": frozenset({"properties", "required", "additionalProperties"}),
}
"""Type → the keywords that are supported with it."""


class UnsupportedSchemaError(ValueError):
    """A schema outside of the supported subset. `place`: a JSON pointer; `what`: the unsupported part."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place or '/'}: {what}")
        self.place = place
        self.what = what


def build_grammar(schema: Mapping[str, Json]) -> str:
    """The GBNF of all JSON that fits the schema, in one layout. Raises UnsupportedSchemaError."""
    return _GrammarBuilder().whole(schema)


def build_word_grammar(most: int) -> str:
    """The GBNF of one to `most` words with single spaces between them."""
    return f'root ::= word (" " word){{0,{max(most, 1) - 1}}}\nword ::= free{{1,30}}\nfree ::= {SPACE_FREE}\n'


def _format_literal(text: str) -> str:
    """A GBNF literal of exactly this text."""
    out = []
    for char in text:
        code = ord(char)
        if char in '"\\':
            out.append(f"\\{char}")
        elif 0x20 <= code < 0x7F:
            out.append(char)
        elif code < 0x100:
            out.append(f"\\x{code:02X}")
        else:
            out.append(f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}")
    return f'"{"".join(out)}"'


class _GrammarBuilder:
    def __init__(self) -> None:
        self.rules: dict[str, str] = {}

    def whole(self, schema: Mapping[str, Json]) -> str:
        body = self.of(schema, "", 0)
        return "".join(f"{name} ::= {text}\n" for name, text in {"root": body, **self.rules}.items())

    def of(self, schema: object, place: str, depth: int) -> str:
        """An expression for the schema that can be part of a sequence."""
        if not isinstance(schema, dict):
            raise UnsupportedSchemaError(
                place, "a schema that is no object" if schema is not True else "anything goes"
            )
        if depth > MAX_DEPTH:
            raise UnsupportedSchemaError(place, f"deeper than {MAX_DEPTH} levels")
        own = {
            key: value for key, value in schema.items() if key not in ANNOTATIONS and not key.startswith("x-")
        }
        for keyword in ("const", "enum"):
            if keyword in own:
                return self._values(own, keyword, place)
        return self._alternatives(own, place, depth) if "anyOf" in own else self._types(own, place, depth)

    def _alternatives(self, own: Mapping[str, Json], place: str, depth: int) -> str:
        if len(own) > 1:
            raise UnsupportedSchemaError(place, "anyOf beside other keywords")
        schemas = own["anyOf"]
        if not isinstance(schemas, list) or not schemas:
            raise UnsupportedSchemaError(place, "anyOf without schemas")
        parts = [self.of(schema, f"{place}/anyOf/{at}", depth + 1) for at, schema in enumerate(schemas)]
        return f"({' | '.join(parts)})"

    def _types(self, own: Mapping[str, Json], place: str, depth: int) -> str:
        types = own.get("type")
        written = types if isinstance(types, list) else [types]
        names = [name for name in written if isinstance(name, str) and name in TYPE_KEYWORDS]
        if not names or len(names) < len(written):
            raise UnsupportedSchemaError(place, "no type that is known here")
        known = frozenset({"type"}).union(*(TYPE_KEYWORDS[name] for name in names))
        for keyword in own:
            if keyword not in known:
                raise UnsupportedSchemaError(place, f"the keyword {keyword}")
        return f"({' | '.join(WRITERS[name](self, own, place, depth) for name in names)})"

    def rule(self, name: str, text: str) -> str:
        """The name of the rule with this text, which is added unless it exists."""
        for existing, body in self.rules.items():
            if body == text:
                return existing
        if len(self.rules) >= MAX_RULES:
            raise UnsupportedSchemaError("", f"a schema of more than {MAX_RULES} rules")
        own = name if name in PRIMITIVES else f"{name}-{len(self.rules)}"
        self.rules[own] = text
        return own

    def _values(self, own: Mapping[str, Json], keyword: str, place: str) -> str:
        if set(own) - {keyword, "type"}:
            raise UnsupportedSchemaError(place, f"{keyword} beside other keywords than type")
        values = own[keyword] if keyword == "enum" else [own[keyword]]
        if not isinstance(values, list) or not 0 < len(values) <= MAX_RULES:
            raise UnsupportedSchemaError(place, f"an {keyword} without values, or too many")
        for value in values:
            if not isinstance(value, str | int | float | bool | None):
                raise UnsupportedSchemaError(place, f"{keyword} of lists or objects")
        try:
            texts = [json.dumps(value, ensure_ascii=False, allow_nan=False) for value in values]
            return f"({' | '.join(_format_literal(text) for text in texts if text.encode('utf-8'))})"
        except ValueError:
            raise UnsupportedSchemaError(place, f"{keyword} of what JSON cannot hold") from None

    def primitive(self, name: str) -> str:
        return self.rule(name, PRIMITIVES[name])

    def string(self, own: Mapping[str, Json], place: str, _depth: int) -> str:
        least, most = _read_bounds(own, "minLength", "maxLength", MAX_STRING_LENGTH, place)
        return rf'"\"" {self.primitive("char")}{{{least},{most}}} "\""'

    def array(self, own: Mapping[str, Json], place: str, depth: int) -> str:
        if "items" not in own:
            raise UnsupportedSchemaError(place, "an array without items")
        least, most = _read_bounds(own, "minItems", "maxItems", MAX_ITEMS, place)
        if most == 0:
            return '"[]"'
        one = self.rule("item", self.of(own["items"], f"{place}/items", depth + 1))
        some = f'"[" {one} (", " {one}){{{max(least - 1, 0)},{most - 1}}} "]"'
        return some if least else f'("[]" | {some})'

    def object(self, own: Mapping[str, Json], place: str, depth: int) -> str:
        properties, required = own.get("properties", {}), own.get("required", [])
        if own.get("additionalProperties", False) is not False:
            raise UnsupportedSchemaError(place, "additionalProperties other than false")
        if not isinstance(properties, dict) or not isinstance(required, list):
            raise UnsupportedSchemaError(place, "properties that are no object, or required that is no list")
        for name in required:
            if name not in properties:
                raise UnsupportedSchemaError(place, "a required property without a schema")
        pairs = []
        for name, schema in properties.items():
            value = self.of(schema, f"{place}/properties/{name}", depth + 1)
            key = _format_literal(f"{json.dumps(str(name), ensure_ascii=False)}: ")
            pairs.append((self.rule("pair", f"{key} {value}"), name in required))
        first, later = "", ""
        for pair, needed in reversed(pairs):
            both = f'", " {pair} {later}'.rstrip()
            alone = f"{pair} {later}".rstrip()
            first, later = (
                self.rule("first", alone if needed else f"{alone} | {first or EMPTY}"),
                self.rule("later", both if needed else f"({both} | {later or EMPTY})"),
            )
        return f'"{{" {first} "}}"'.replace("  ", " ")


EMPTY: Final = '""'


def _read_bounds(own: Mapping[str, Json], least: str, most: str, limit: int, place: str) -> tuple[int, int]:
    """The values of two keywords, such as minLength and maxLength; 0 and `limit` by default."""
    low, high = (
        _read_bound(own.get(name, default), name, limit, place)
        for name, default in ((least, 0), (most, limit))
    )
    if low > high:
        raise UnsupportedSchemaError(place, f"{least} above {most}")
    return low, high


def _read_bound(value: Json, name: str, limit: int, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= limit:
        raise UnsupportedSchemaError(place, f"{name} that is no number from 0 to {limit}")
    return value


def _primitive(name: str) -> WriteRule:
    return lambda grammar, own, place, depth: grammar.primitive(name)


WRITERS: Final[Mapping[str, WriteRule]] = {
    "string": _GrammarBuilder.string,
    "array": _GrammarBuilder.array,
    "object": _GrammarBuilder.object,
    **{name: _primitive(name) for name in ("integer", "number", "boolean", "null")},
}
"""Type → what writes it."""
