"""A schema as one predicate, for the usual case that nothing is wrong.

jsonschema takes 140 ms for a policy of 200 rules and 200 ms to import; a predicate built from closures
takes a few. What it refuses goes through jsonschema for the errors, so it need only never accept what
jsonschema refuses (a property test holds the two against each other). It knows the keywords that our own
schemas use, and raises NotImplementedError for any other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Accept = Callable[[Any], bool]
    Schema = Mapping[str, Any]

SILENT: Final = frozenset(
    {"title", "description", "examples", "default", "$defs", "$schema", "$id", "$comment", "deprecated"}
)
# `then` and `else` are read with `if`
BESIDE: Final = frozenset({"then", "else"})
OBJECT: Final = frozenset({"properties", "patternProperties", "additionalProperties"})


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
        if OBJECT & schema.keys():
            checks.append(self.properties(schema))
        for keyword, argument in schema.items():
            if keyword in SILENT or keyword in BESIDE or keyword in OBJECT or keyword.startswith("x-"):
                continue
            build = BUILD.get(keyword)
            if build is None:
                raise NotImplementedError(f"the keyword {keyword!r} has no predicate")
            # types first: they refuse most and cost least
            checks.insert(
                0 if keyword in ("type", "enum", "const") else len(checks), build(self, argument, schema)
            )
        return every(checks)

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

        def accept(value: Any) -> bool:
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


def every(checks: list[Accept]) -> Accept:
    if not checks:
        return lambda _value: True
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks
        return lambda value: first(value) and second(value)
    return lambda value: all(check(value) for check in checks)


TYPES: Final[Mapping[str, Accept]] = {
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


def types(_: Acceptors, argument: str | list[str], __: Schema) -> Accept:
    if isinstance(argument, str):
        return TYPES[argument]
    checks = [TYPES[name] for name in argument]
    return lambda value: any(check(value) for check in checks)


def enum(_: Acceptors, argument: list[Any], __: Schema) -> Accept:
    if not all(isinstance(option, str) for option in argument):
        raise NotImplementedError("only texts can stand in an `enum` here")
    options = frozenset(argument)
    return lambda value: isinstance(value, str) and value in options


def items(self: Acceptors, argument: Any, schema: Schema) -> Accept:
    if "prefixItems" in schema:
        raise NotImplementedError("`prefixItems` has no predicate")
    check = self.of(argument)
    return lambda value: not isinstance(value, list) or all(check(item) for item in value)


def branches(self: Acceptors, argument: Any, schema: Schema) -> Accept:
    test = self.of(argument)
    then, otherwise = self.of(schema.get("then", True)), self.of(schema.get("else", True))
    return lambda value: then(value) if test(value) else otherwise(value)


def required(_: Acceptors, argument: list[str], __: Schema) -> Accept:
    if len(argument) == 1:
        (name,) = argument
        return lambda value: not isinstance(value, dict) or name in value
    names = frozenset(argument)
    return lambda value: not isinstance(value, dict) or names <= value.keys()


def dependent(_: Acceptors, argument: Mapping[str, list[str]], __: Schema) -> Accept:
    return lambda value: (
        not isinstance(value, dict)
        or all(
            name not in value or all(other in value for other in others) for name, others in argument.items()
        )
    )


def pattern(_: Acceptors, argument: str, __: Schema) -> Accept:
    search = re.compile(argument).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def names(self: Acceptors, argument: Any, __: Schema) -> Accept:
    check = self.of(argument)
    return lambda value: not isinstance(value, dict) or all(check(key) for key in value)


def unique(_: Acceptors, argument: bool, __: Schema) -> Accept:
    def accept(value: Any) -> bool:
        if not argument or not isinstance(value, list):
            return True
        # anything but plain texts is left to jsonschema
        return all(isinstance(item, str) for item in value) and len(set(value)) == len(value)

    return accept


def sized(kind: type[Any], low: bool) -> Callable[[Acceptors, int, Schema], Accept]:
    def build(_: Acceptors, limit: int, __: Schema) -> Accept:
        if low:
            return lambda value: not isinstance(value, kind) or len(value) >= limit
        return lambda value: not isinstance(value, kind) or len(value) <= limit

    return build


def bounded(fits: Callable[[Any, Any], bool]) -> Callable[[Acceptors, Any, Schema], Accept]:
    def build(_: Acceptors, limit: Any, __: Schema) -> Accept:
        number = TYPES["number"]
        return lambda value: not number(value) or fits(value, limit)

    return build


def several(self: Acceptors, argument: list[Any], least: int, most: int) -> Accept:
    checks = [self.of(inner) for inner in argument]
    return lambda value: least <= sum(check(value) for check in checks) <= most


BUILD: Final[Mapping[str, Callable[[Acceptors, Any, Schema], Accept]]] = {
    "type": types,
    "enum": enum,
    "const": lambda self, argument, schema: enum(self, [argument], schema),
    "$ref": lambda self, argument, _: self.reference(argument),
    "items": items,
    "if": branches,
    "required": required,
    "dependentRequired": dependent,
    "pattern": pattern,
    "propertyNames": names,
    "uniqueItems": unique,
    "minItems": sized(list, low=True),
    "maxItems": sized(list, low=False),
    "minLength": sized(str, low=True),
    "maxLength": sized(str, low=False),
    "minProperties": sized(dict, low=True),
    "maxProperties": sized(dict, low=False),
    "minimum": bounded(lambda value, limit: value >= limit),
    "maximum": bounded(lambda value, limit: value <= limit),
    "exclusiveMinimum": bounded(lambda value, limit: value > limit),
    "exclusiveMaximum": bounded(lambda value, limit: value < limit),
    "allOf": lambda self, argument, _: several(self, argument, len(argument), len(argument)),
    "anyOf": lambda self, argument, _: several(self, argument, 1, len(argument)),
    "oneOf": lambda self, argument, _: several(self, argument, 1, 1),
    "not": lambda self, argument, _: several(self, [argument], 0, 0),
    # asserted by nobody: our schemas name formats for editors, and jsonschema is asked without a checker
    "format": lambda _, __, ___: lambda _value: True,
}
