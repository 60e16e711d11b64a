"""The work of checking a document against somebody else's schema, counted and bounded.

A schema of thirty lines can ask for more steps than there is time: `allOf` of twice the same reference, thirty deep,
is a billion. Here every keyword pays for what it is about to do, in units of about two microseconds, before it does it;
the same schema and document cost the same everywhere. Keywords whose own implementation would do more than it pays for
(`uniqueItems`, `unevaluatedItems`, `unevaluatedProperties`, patterns that backtrack) are done here in linear time, or
pay by an estimate.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from jsonschema import ValidationError
from referencing.jsonschema import lookup_recursive_ref

from rulewright.policy.json_schema.numbers import BOUNDS, multiple_of, refuse_nan
from rulewright.policy.json_schema.patterns import matches, pattern_cost, unknown_keys, unnamed_keys
from rulewright.policy.json_types import as_array, as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from rulewright.policy.json_schema.keyword import Keyword, SchemaValidator
    from rulewright.policy.json_types import Json, JsonObject

    Cost = Callable[["WorkBudget", Json, Json, JsonObject], int]
    Evaluated = Callable[[SchemaValidator, Json, JsonObject], Iterable[str | int]]

MOST_UNITS: Final = 400_000
"""For one document. About a second; a document of a megabyte against a plain schema stays below."""
MOST_DEPTH: Final = 200
"""Keywords inside keywords. Each takes three or four of Python's 1,000 frames. Python's own limit is never met: where
it falls into a compiled module, the error can be one that `except Exception` does not catch."""
_DESCENT: Final = 8
"""Units of looking at one value by one inner schema."""
_REFERENCE: Final = 12
_ERROR: Final = 4

_REFERRING: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


class WorkExceededError(Exception):
    """Checking takes more than `MOST_UNITS`."""


class TooDeepError(Exception):
    """Checking goes more than `MOST_DEPTH` keywords deep."""


class EndlessReferenceError(TooDeepError):
    """A reference leads back to itself while the same value is looked at."""


class WorkBudget:
    """What is left to spend on one document, and how much each of its values weighs.

    Weights are known by identity: schema and document stay as they are and where they are while they are checked.
    """

    def __init__(self, schema: Json) -> None:
        self.schemas: list[Json] = []
        self.weights: dict[int, int] = {}
        self.size = 0
        self.left = MOST_UNITS
        self.document: Json = None
        self.entered: list[tuple[str, int, int]] = []
        self.add_schema(schema)

    def start(self, document: Json) -> None:
        """Begin with another document."""
        self.left = MOST_UNITS
        self.weights = {}
        self.document = document
        self.entered = []

    def add_schema(self, schema: Json) -> None:
        """Another file that belongs to the schema."""
        self.schemas.append(schema)  # kept alive, as weights are known by identity
        self.size += self.weigh(schema)

    def spend(self, units: int) -> None:
        """Raises WorkExceededError when there is not so much left."""
        self.left -= units
        if self.left < 0:
            raise WorkExceededError

    def enter(self, keyword: str, instance: Json, schema: JsonObject) -> None:
        """Go one keyword deeper, for one value. Raises TooDeepError or EndlessReferenceError."""
        if len(self.entered) >= MOST_DEPTH:
            references = [entered for entered in self.entered if entered[0] in _REFERRING]
            raise EndlessReferenceError if len(set(references)) < len(references) else TooDeepError
        self.entered.append((keyword, id(instance), id(schema)))

    def leave(self) -> None:
        """Come back from the keyword that was entered last."""
        self.entered.pop()

    def weigh(self, value: Json) -> int:
        """How many values `value` has in it, itself included; a long text counts more."""
        if isinstance(value, str):
            return 1 + len(value) // 50
        if not isinstance(value, (dict, list)):
            return 1
        known = self.weights.get(id(value))
        if known is None:
            inner = value.values() if isinstance(value, dict) else value
            known = self.weights[id(value)] = 1 + sum(map(self.weigh, inner))
        return known

    def cost(self, keyword: str, argument: Json, instance: Json, schema: JsonObject) -> int:
        """The units that one keyword takes for one value, without what its inner schemas take."""
        return _COSTS.get(keyword, _cost_of_argument)(self, argument, instance, schema)


def _count(value: Json) -> int:
    """How many items or members a value has."""
    return len(value) if isinstance(value, dict | list) else 0


def _cost_of_items(_: WorkBudget, argument: Json, instance: Json, __: JsonObject) -> int:
    return 1 + _count(instance) * (1 + (_DESCENT if isinstance(argument, dict | list) else 0))


def _cost_of_additional(budget: WorkBudget, argument: Json, instance: Json, schema: JsonObject) -> int:
    patterns = as_object(schema.get("patternProperties")) or {}
    matching = _cost_of_matching(patterns, instance) if isinstance(instance, dict) else 0
    return _cost_of_items(budget, argument, instance, schema) + matching


def _cost_of_branches(_: WorkBudget, argument: Json, __: Json, ___: JsonObject) -> int:
    return 1 + _DESCENT * _count(argument)


def _cost_of_reference(budget: WorkBudget, argument: Json, _: Json, __: JsonObject) -> int:
    # A name that is no pointer is looked for in all of the schema.
    is_pointer = str(argument).startswith("#/") or argument == "#"
    return _REFERENCE if is_pointer else _REFERENCE + budget.size // 4


def _cost_of_properties(_: WorkBudget, argument: Json, instance: Json, __: JsonObject) -> int:
    return 1 + _count(argument) // 8 + _DESCENT * min(_count(argument), _count(instance))


def _cost_of_prefix(_: WorkBudget, argument: Json, instance: Json, __: JsonObject) -> int:
    return 1 + _DESCENT * min(_count(argument), _count(instance))


def _cost_of_pattern_properties(_: WorkBudget, argument: Json, instance: Json, __: JsonObject) -> int:
    patterns = as_object(argument) or {}
    return 1 + (_cost_of_matching(patterns, instance) if isinstance(instance, dict) else 0)


def _cost_of_pattern(_: WorkBudget, argument: Json, instance: Json, __: JsonObject) -> int:
    return 1 + (pattern_cost(str(argument), len(instance)) if isinstance(instance, str) else 0)


def _cost_of_format(_: WorkBudget, __: Json, instance: Json, ___: JsonObject) -> int:
    return 1 + (len(instance) // 50 if isinstance(instance, str) else 0)


def _cost_of_argument(_: WorkBudget, argument: Json, __: Json, ___: JsonObject) -> int:
    return 1 + (len(argument) // 4 if isinstance(argument, list) else 0)


_COSTS: Final[Mapping[str, Cost]] = {
    # Keywords that look at every item or member of the value.
    **dict.fromkeys(("items", "additionalItems", "contains", "propertyNames"), _cost_of_items),
    **dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), _cost_of_items),
    "additionalProperties": _cost_of_additional,
    # Keywords that look at the value once for each of their own members.
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "extends"), _cost_of_branches),
    **dict.fromkeys(("dependentSchemas", "dependencies", "dependentRequired"), _cost_of_branches),
    **dict.fromkeys(_REFERRING, _cost_of_reference),
    "properties": _cost_of_properties,
    "prefixItems": _cost_of_prefix,
    "patternProperties": _cost_of_pattern_properties,
    **dict.fromkeys(("not", "if"), lambda *_: 2 * _DESCENT),
    **dict.fromkeys(("enum", "const"), lambda budget, argument, *_: 1 + budget.weigh(argument) // 2),
    "uniqueItems": lambda budget, _, instance, __: 1 + budget.weigh(instance),
    "pattern": _cost_of_pattern,
    "format": _cost_of_format,
}


def _cost_of_matching(patterns: Collection[str], keys: Iterable[str]) -> int:
    lengths = [len(key) for key in keys]
    if len(patterns) * len(lengths) > MOST_UNITS:
        return len(patterns) * len(lengths)
    return sum(pattern_cost(pattern, length) for pattern in patterns for length in lengths)


def count_work(keywords: Mapping[str, Keyword], budget: WorkBudget) -> dict[str, Keyword]:
    """The same keywords, each of which pays before it begins, and for every error that it finds."""
    own: dict[str, Keyword] = {
        "uniqueItems": _unique_items,
        "unevaluatedItems": _no_more_items(budget),
        "unevaluatedProperties": _no_more_properties(budget),
    }
    for name in BOUNDS:
        if name in keywords:
            own[name] = refuse_nan(keywords[name])
    if "multipleOf" in keywords:
        own["multipleOf"] = multiple_of
    return {name: _charge(name, own.get(name, keyword), budget) for name, keyword in keywords.items()}


def _charge(name: str, keyword: Keyword, budget: WorkBudget) -> Keyword:
    def check(
        validator: SchemaValidator, argument: Json, instance: Json, schema: JsonObject
    ) -> Iterator[ValidationError]:
        budget.spend(budget.cost(name, argument, instance, schema))
        budget.enter(name, instance, schema)
        try:
            for error in keyword(validator, argument, instance, schema) or ():
                # jsonschema writes the whole value into every message.
                budget.spend(_ERROR + budget.weigh(instance) // 4)
                yield error
        finally:
            budget.leave()

    return check


def count_parts(value: Json, most: int) -> int:
    """How many values there are in `value`, itself included; counting ends above `most`."""
    count, pending = 0, [value]
    while pending and count <= most:
        part = pending.pop()
        count += 1
        if isinstance(part, dict | list):
            pending.extend(part.values() if isinstance(part, dict) else part)
    return count


def canonical(value: Json) -> str:
    """Equal for what JSON Schema takes for equal (`1` and `1.0`, members in any order), different for all else."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return f"{int(value):x}" if value.is_integer() else repr(value)
    if isinstance(value, int):
        return f"{value:x}"  # unlike decimals, in linear time
    if isinstance(value, list):
        return f"[{','.join(map(canonical, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{json.dumps(str(key))}:{canonical(value[key])}' for key in sorted(value))}}}"
    return json.dumps(str(value))


def _unique_items(
    _validator: SchemaValidator, wanted: bool, instance: Json, _schema: JsonObject
) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list) and len(set(map(canonical, instance))) != len(instance):
        yield ValidationError("has non-unique elements")


# What jsonschema knows as evaluated, with its steps paid for. It looks at patterns by Python's `re`, which backtracks.


def _no_more_properties(budget: WorkBudget) -> Keyword:
    def check(
        validator: SchemaValidator, inner: Json, instance: Json, schema: JsonObject
    ) -> Iterator[ValidationError]:
        if not isinstance(instance, dict):
            return
        rest = {name: value for name, value in schema.items() if name != "unevaluatedProperties"}
        known = _evaluated(validator, instance, rest, budget, _own_properties)
        extras = [key for key in instance if key not in known]
        if inner is False:
            if extras:
                yield unknown_keys(extras)
            return
        for key in extras:
            yield from validator.descend(instance[key], inner, path=key)

    return check


def _no_more_items(budget: WorkBudget) -> Keyword:
    def check(
        validator: SchemaValidator, inner: Json, instance: Json, schema: JsonObject
    ) -> Iterator[ValidationError]:
        if not isinstance(instance, list):
            return
        rest = {name: value for name, value in schema.items() if name != "unevaluatedItems"}
        known = _evaluated(validator, instance, rest, budget, _own_items)
        for index, item in enumerate(instance):
            if index not in known:
                yield from validator.descend(item, inner, path=index)

    return check


def _evaluated(
    validator: SchemaValidator, instance: Json, schema: Json, budget: WorkBudget, own: Evaluated
) -> set[str | int]:
    """The keys, or the indexes, that a schema and those in it that hold have looked at (2020-12, §11)."""
    if not isinstance(schema, dict):
        return set()
    budget.spend(2 * _DESCENT + _count(instance))
    seen = set(own(validator, instance, schema))
    for name in _REFERRING & schema.keys():
        budget.spend(budget.cost(name, schema[name], instance, schema))
        resolver = validator._resolver
        target = lookup_recursive_ref(resolver) if name == "$recursiveRef" else resolver.lookup(schema[name])
        budget.enter(name, instance, schema)
        inside = validator.evolve(schema=target.contents, _resolver=target.resolver)
        seen |= _evaluated(inside, instance, cast("Json", target.contents), budget, own)
        budget.leave()
    for inner in _holding_schemas(validator, instance, schema):
        seen |= _evaluated(validator, instance, inner, budget, own)
    return seen


def _holding_schemas(validator: SchemaValidator, instance: Json, schema: JsonObject) -> Iterator[Json]:
    """The inner schemas of a schema that hold of the same value."""
    for name in ("allOf", "anyOf", "oneOf"):
        for inner in as_array(schema.get(name)) or ():
            if _holds(validator, instance, inner):
                yield inner
    if "if" in schema:
        if _holds(validator, instance, schema["if"]):
            yield schema["if"]
            yield schema.get("then", True)
        else:
            yield schema.get("else", True)
    if isinstance(instance, dict):
        for key, inner in (as_object(schema.get("dependentSchemas")) or {}).items():
            if key in instance:
                yield inner


def _holds(validator: SchemaValidator, instance: Json, schema: Json) -> bool:
    return next(iter(validator.descend(instance, schema)), None) is None


def _own_properties(_: SchemaValidator, instance: Json, schema: JsonObject) -> Iterator[str]:
    """The keys that a schema's own keywords look at."""
    if not isinstance(instance, dict):
        return
    yield from (as_object(schema.get("properties")) or {}).keys() & instance.keys()
    by_pattern = as_object(schema.get("patternProperties")) or {}
    yield from (key for key in instance if any(matches(pattern, key) for pattern in by_pattern))
    if "unevaluatedProperties" in schema:
        yield from instance
    if "additionalProperties" in schema:
        yield from unnamed_keys(instance, schema)


def _own_items(validator: SchemaValidator, instance: Json, schema: JsonObject) -> Iterator[int]:
    """The indexes that a schema's own keywords look at."""
    if not isinstance(instance, list):
        return
    every = range(len(instance))
    listed = schema.get("items")
    if isinstance(listed, list):  # 2019-09 and before: one schema an item
        yield from every[: len(listed)]
        if "additionalItems" in schema:
            yield from every
    elif "items" in schema or "unevaluatedItems" in schema:
        yield from every
    yield from every[: len(as_array(schema.get("prefixItems")) or ())]
    if "contains" in schema:
        yield from (index for index in every if _holds(validator, instance[index], schema["contains"]))
