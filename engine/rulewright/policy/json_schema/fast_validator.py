"""A schema as one predicate, for the usual case that nothing is wrong.

It exists beside jsonschema because that takes 140 ms for a policy of 200 rules and 200 ms to import; a predicate built
from closures takes a few. What it refuses goes through jsonschema for the errors, so it need only never accept what
jsonschema refuses (a property test holds the two against each other). It knows the keywords that the bundled
schemas use, and raises NotImplementedError for any other.
"""

from __future__ import annotations

import re
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Accept = Callable[[object], bool]
    Schema = Mapping[str, Any]
    Builder = Callable[["Acceptors", Any, Schema], Accept]

_SILENT: Final = frozenset(
    {"title", "description", "examples", "default", "$defs", "$schema", "$id", "$comment", "deprecated"}
)
# `then` and `else` are read with `if`
_BESIDE: Final = frozenset({"then", "else"})
_OBJECT: Final = frozenset({"properties", "patternProperties", "additionalProperties"})


class Acceptors:
    """Predicates of one set of schemas. `target` gives the schema that a resolved `$ref` names."""

    def __init__(self, target: Callable[[str], Schema]) -> None:
        self.target = target
        self.by_ref: dict[str, Accept] = {}

    def of(self, schema: Schema | bool) -> Accept:
        """Whether a value fits. Raises NotImplementedError for a keyword that is not known here."""
        if isinstance(schema, bool):
            return (lambda _value: True) if schema else (lambda _value: False)
        checks: list[Accept] = []
        if _OBJECT & schema.keys():
            checks.append(self.properties(schema))
        for keyword, argument in schema.items():
            if keyword in _SILENT or keyword in _BESIDE or keyword in _OBJECT or keyword.startswith("x-"):
                continue
            build = _BUILDERS.get(keyword)
            if build is None:
                raise NotImplementedError(f"the keyword {keyword!r} has no predicate")
            # types first: they refuse most and cost least
            checks.insert(
                0 if keyword in ("type", "enum", "const") else len(checks), build(self, argument, schema)
            )
        return _accept_all(checks)

    def reference(self, ref: str) -> Accept:
        known = self.by_ref.get(ref)
        if known is not None:
            return known
        built: list[Accept] = []
        # schemas refer to themselves: hand out a link before the target is built
        self.by_ref[ref] = lambda value: built[0](value)
        built.append(self.of(self.target(ref)))
        self.by_ref[ref] = built[0]
        return built[0]

    def properties(self, schema: Schema) -> Accept:
        named = {name: self.of(inner) for name, inner in schema.get("properties", {}).items()}
        patterns = [
            (re.compile(p).search, self.of(s)) for p, s in schema.get("patternProperties", {}).items()
        ]
        rest = self.of(schema.get("additionalProperties", True))
        find = named.get

        def accept(value: object) -> bool:
            if not isinstance(value, dict):
                return True
            for key, item in value.items():
                check = find(key)
                if check is not None and not check(item):
                    return False
                known = check is not None
                for search, fits in patterns:
                    if search(key) is not None:
                        known = True
                        if not fits(item):
                            return False
                if not known and not rest(item):
                    return False
            return True

        return accept


def _accept_all(checks: list[Accept]) -> Accept:
    if not checks:
        return lambda _value: True
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks
        return lambda value: first(value) and second(value)
    return lambda value: all(check(value) for check in checks)


_TYPES: Final[Mapping[str, Accept]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "integer": lambda v: (
        (isinstance(v, int) and not isinstance(v, bool)) or (isinstance(v, float) and v.is_integer())
    ),
}


def _accept_types(_: Acceptors, argument: str | list[str], __: Schema) -> Accept:
    if isinstance(argument, str):
        return _TYPES[argument]
    checks = [_TYPES[name] for name in argument]
    return lambda value: any(check(value) for check in checks)


def _accept_enum(_: Acceptors, argument: list[object], __: Schema) -> Accept:
    if not all(isinstance(option, str) for option in argument):
        raise NotImplementedError("only texts can stand in an `enum` here")
    options = frozenset(argument)
    return lambda value: isinstance(value, str) and value in options


def _accept_items(self: Acceptors, argument: Schema | bool, schema: Schema) -> Accept:
    if "prefixItems" in schema:
        raise NotImplementedError("`prefixItems` has no predicate")
    check = self.of(argument)
    return lambda value: not isinstance(value, list) or all(check(item) for item in value)


def _accept_branches(self: Acceptors, argument: Schema | bool, schema: Schema) -> Accept:
    test = self.of(argument)
    then, otherwise = self.of(schema.get("then", True)), self.of(schema.get("else", True))
    return lambda value: then(value) if test(value) else otherwise(value)


def _accept_required(_: Acceptors, argument: list[str], __: Schema) -> Accept:
    if len(argument) == 1:
        (name,) = argument
        return lambda value: not isinstance(value, dict) or name in value
    names = frozenset(argument)
    return lambda value: not isinstance(value, dict) or names <= value.keys()


def _accept_dependent(_: Acceptors, argument: Mapping[str, list[str]], __: Schema) -> Accept:
    return lambda value: (
        not isinstance(value, dict)
        or all(
            name not in value or all(other in value for other in others) for name, others in argument.items()
        )
    )


def _accept_pattern(_: Acceptors, argument: str, __: Schema) -> Accept:
    search = re.compile(argument).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _accept_names(self: Acceptors, argument: Schema | bool, __: Schema) -> Accept:
    check = self.of(argument)
    return lambda value: not isinstance(value, dict) or all(check(key) for key in value)


def _accept_unique(_: Acceptors, argument: bool, __: Schema) -> Accept:
    def accept(value: object) -> bool:
        if not argument or not isinstance(value, list):
            return True
        # anything but plain texts is left to jsonschema
        return all(isinstance(item, str) for item in value) and len(set(value)) == len(value)

    return accept


def _accept_size(kind: type[Any], low: bool) -> Builder:
    def build(_: Acceptors, limit: int, __: Schema) -> Accept:
        if low:
            return lambda value: not isinstance(value, kind) or len(value) >= limit
        return lambda value: not isinstance(value, kind) or len(value) <= limit

    return build


def _accept_bounds(compare: Callable[[float, float], bool]) -> Builder:
    def build(_: Acceptors, limit: float, __: Schema) -> Accept:
        return lambda value: (
            isinstance(value, bool) or not isinstance(value, (int, float)) or compare(value, limit)
        )

    return build


def _accept_several(self: Acceptors, argument: list[Schema | bool], least: int, most: int) -> Accept:
    checks = [self.of(inner) for inner in argument]
    return lambda value: least <= sum(check(value) for check in checks) <= most


_BUILDERS: Final[Mapping[str, Builder]] = {
    "type": _accept_types,
    "enum": _accept_enum,
    "const": lambda self, argument, schema: _accept_enum(self, [argument], schema),
    "$ref": lambda self, argument, _: self.reference(argument),
    "items": _accept_items,
    "if": _accept_branches,
    "required": _accept_required,
    "dependentRequired": _accept_dependent,
    "pattern": _accept_pattern,
    "propertyNames": _accept_names,
    "uniqueItems": _accept_unique,
    "minItems": _accept_size(list, low=True),
    "maxItems": _accept_size(list, low=False),
    "minLength": _accept_size(str, low=True),
    "maxLength": _accept_size(str, low=False),
    "minProperties": _accept_size(dict, low=True),
    "maxProperties": _accept_size(dict, low=False),
    "minimum": _accept_bounds(ge),
    "maximum": _accept_bounds(le),
    "exclusiveMinimum": _accept_bounds(gt),
    "exclusiveMaximum": _accept_bounds(lt),
    "allOf": lambda self, argument, _: _accept_several(self, argument, len(argument), len(argument)),
    "anyOf": lambda self, argument, _: _accept_several(self, argument, 1, len(argument)),
    "oneOf": lambda self, argument, _: _accept_several(self, argument, 1, 1),
    "not": lambda self, argument, _: _accept_several(self, [argument], 0, 0),
    # asserted by nobody: our schemas name formats for editors, and jsonschema is asked without a checker
    "format": lambda _, __, ___: lambda _value: True,
}
