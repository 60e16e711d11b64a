"""The work of checking a document against somebody else's schema, counted and bounded.

A schema of thirty lines can ask for more steps than there is time: `allOf` of twice the same reference, thirty deep,
is a billion. Here every keyword pays for what it is about to do, in units of about two microseconds, before it does it;
the same schema and document cost the same everywhere. Keywords whose own implementation would do more than it pays for
(`uniqueItems`, `unevaluatedItems`, `unevaluatedProperties`, patterns that backtrack) are done here in linear time, or
pay by an estimate.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.json_schema.numbers import BOUNDS, multiple_of, refuse_nan
from rulewright.policy.json_schema.patterns import found, pattern_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    Keyword = Callable[[Any, Any, Any, Any], Iterable[Any] | None]

MOST_UNITS: Final = 400_000
"""For one document. About a second; a document of a megabyte against a plain schema stays below."""
MOST_DEPTH: Final = 200
"""Keywords inside keywords. Each takes three or four of Python's 1,000 frames. Python's own limit is never met: where
it falls into a compiled module, the error can be one that `except Exception` does not catch."""
DESCENT: Final = 8
"""Units of looking at one value by one inner schema."""
REFERENCE: Final = 12
ERROR: Final = 4

DESCENDING: Final = frozenset(
    {
        "items", "additionalItems", "contains", "propertyNames", "additionalProperties", "unevaluatedItems",
        "unevaluatedProperties",
    }
)  # fmt: skip
"""Keywords that look at every item or member of the value."""
BRANCHING: Final = frozenset(
    {"allOf", "anyOf", "oneOf", "extends", "dependentSchemas", "dependencies", "dependentRequired"}
)
"""Keywords that look at the value once for each of their own members."""
REFERRING: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


class WorkExceededError(Exception):
    """Checking takes more than `MOST_UNITS`."""


class TooDeepError(Exception):
    """Checking goes more than `MOST_DEPTH` keywords deep."""


class EndlessReferenceError(TooDeepError):
    """A reference leads back to itself while the same value is looked at."""


class Budget:
    """What is left to spend on one document, and how much each of its values weighs.

    `recursive(resolver)` gives what `$recursiveRef` leads to, `failure(message)` an error of jsonschema. Weights are
    known by identity: schema and document stay as they are and where they are while they are checked.
    """

    def __init__(self, schema: Any, recursive: Callable[[Any], Any], failure: Callable[[str], Any]) -> None:
        self.recursive = recursive
        self.failure = failure
        self.schemas: list[Any] = []
        self.weights: dict[int, int] = {}
        self.size = 0
        self.left = MOST_UNITS
        self.document: Any = None
        self.entered: list[tuple[str, int, int]] = []
        self.add_schema(schema)

    def start(self, document: Any) -> None:
        """Begin with another document."""
        self.left = MOST_UNITS
        self.weights = {}
        self.document = document
        self.entered = []

    def add_schema(self, schema: Any) -> None:
        """Another file that belongs to the schema."""
        self.schemas.append(schema)  # kept alive, as weights are known by identity
        self.size += self.weigh(schema)

    def spend(self, units: int) -> None:
        """Raises WorkExceededError when there is not so much left."""
        self.left -= units
        if self.left < 0:
            raise WorkExceededError

    def enter(self, keyword: str, instance: Any, schema: Any) -> None:
        """Go one keyword deeper, for one value. Raises TooDeepError or EndlessReferenceError."""
        if len(self.entered) >= MOST_DEPTH:
            references = [one for one in self.entered if one[0] in REFERRING]
            raise EndlessReferenceError if len(set(references)) < len(references) else TooDeepError
        self.entered.append((keyword, id(instance), id(schema)))

    def leave(self) -> None:
        """Come back from the keyword that was entered last."""
        self.entered.pop()

    def weigh(self, value: Any) -> int:
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

    def cost(self, keyword: str, argument: Any, instance: Any, schema: Any) -> int:
        """The units that one keyword takes for one value, without what its inner schemas take."""
        length = len(instance) if isinstance(instance, (dict, list)) else 0
        if keyword in DESCENDING:
            each = 1 + (DESCENT if isinstance(argument, (dict, list)) else 0)
            matching = keyword == "additionalProperties" and isinstance(instance, dict)
            return (
                1
                + length * each
                + (_matching(schema.get("patternProperties", {}), instance) if matching else 0)
            )
        if keyword in BRANCHING:
            return 1 + DESCENT * len(argument)
        if keyword in REFERRING:
            # A name that is no pointer is looked for in all of the schema.
            return (
                REFERENCE if str(argument).startswith("#/") or argument == "#" else REFERENCE + self.size // 4
            )
        if keyword == "properties":
            return 1 + len(argument) // 8 + DESCENT * min(len(argument), length)
        if keyword == "prefixItems":
            return 1 + DESCENT * min(len(argument), length)
        if keyword == "patternProperties":
            return 1 + (_matching(argument, instance) if isinstance(instance, dict) else 0)
        if keyword in ("not", "if"):
            return 2 * DESCENT
        if keyword in ("enum", "const"):
            return 1 + self.weigh(argument) // 2
        if keyword == "uniqueItems":
            return 1 + self.weigh(instance)
        if keyword == "pattern":
            return 1 + (pattern_cost(argument, len(instance)) if isinstance(instance, str) else 0)
        if keyword == "format":
            return 1 + (len(instance) // 50 if isinstance(instance, str) else 0)
        return 1 + (len(argument) // 4 if isinstance(argument, list) else 0)


def _matching(patterns: Collection[str], keys: Iterable[str]) -> int:
    lengths = [len(key) for key in keys]
    if len(patterns) * len(lengths) > MOST_UNITS:
        return len(patterns) * len(lengths)
    return sum(pattern_cost(pattern, length) for pattern in patterns for length in lengths)


def count_work(keywords: Mapping[str, Keyword], budget: Budget) -> dict[str, Keyword]:
    """The same keywords, each of which pays before it begins, and for every error that it finds."""
    own: dict[str, Keyword] = {
        "uniqueItems": _unique(budget),
        "unevaluatedItems": _no_more_items(budget),
        "unevaluatedProperties": _no_more_properties(budget),
    }
    for name in BOUNDS:
        if name in keywords:
            own[name] = refuse_nan(keywords[name])
    if "multipleOf" in keywords:
        own["multipleOf"] = multiple_of
    return {name: _paying(name, own.get(name, keyword), budget) for name, keyword in keywords.items()}


def _paying(name: str, keyword: Keyword, budget: Budget) -> Keyword:
    def paid(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[Any]:
        budget.spend(budget.cost(name, argument, instance, schema))
        budget.enter(name, instance, schema)
        try:
            for error in keyword(validator, argument, instance, schema) or ():
                # jsonschema writes the whole value into every message.
                budget.spend(ERROR + budget.weigh(instance) // 4)
                yield error
        finally:
            budget.leave()

    return paid


def parts(value: Any, most: int) -> int:
    """How many values there are in `value`, itself included; counting ends above `most`."""
    count, pending = 0, [value]
    while pending and count <= most:
        one = pending.pop()
        count += 1
        if isinstance(one, (dict, list)):
            pending.extend(one.values() if isinstance(one, dict) else one)
    return count


def canonical(value: Any) -> str:
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


def _unique(budget: Budget) -> Keyword:
    def check(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if wanted and isinstance(instance, list) and len(set(map(canonical, instance))) != len(instance):
            yield budget.failure("has non-unique elements")

    return check


# What jsonschema knows as evaluated, with its steps paid for. It looks at patterns by Python's `re`, which backtracks.


def _no_more_properties(budget: Budget) -> Keyword:
    def check(validator: Any, inner: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if not isinstance(instance, dict):
            return
        rest = {name: value for name, value in schema.items() if name != "unevaluatedProperties"}
        known = _evaluated(validator, instance, rest, budget, _own_properties)
        extras = [key for key in instance if key not in known]
        if inner is False:
            if extras:
                error = budget.failure("unknown keys")
                error.extras = extras
                yield error
            return
        for key in extras:
            yield from validator.descend(instance[key], inner, path=key)

    return check


def _no_more_items(budget: Budget) -> Keyword:
    def check(validator: Any, inner: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if not isinstance(instance, list):
            return
        rest = {name: value for name, value in schema.items() if name != "unevaluatedItems"}
        known = _evaluated(validator, instance, rest, budget, _own_items)
        for index, item in enumerate(instance):
            if index not in known:
                yield from validator.descend(item, inner, path=index)

    return check


def _evaluated(
    validator: Any,
    instance: Any,
    schema: Any,
    budget: Budget,
    own: Callable[[Any, Any, Mapping[str, Any]], Iterable[Any]],
) -> set[Any]:
    """The keys, or the indexes, that a schema and those in it that hold have looked at (2020-12, §11)."""
    if not isinstance(schema, dict):
        return set()
    length = len(instance)
    budget.spend(2 * DESCENT + length)
    out = set(own(validator, instance, schema))

    def look(inner: Any, at: Any = validator) -> None:
        out.update(_evaluated(at, instance, inner, budget, own))

    def holds(inner: Any) -> bool:
        return next(iter(validator.descend(instance, inner)), None) is None

    for name in REFERRING & schema.keys():
        budget.spend(budget.cost(name, schema[name], instance, schema))
        resolver = validator._resolver
        target = budget.recursive(resolver) if name == "$recursiveRef" else resolver.lookup(schema[name])
        budget.enter(name, instance, schema)
        look(target.contents, validator.evolve(schema=target.contents, _resolver=target.resolver))
        budget.leave()
    for name in ("allOf", "anyOf", "oneOf"):
        for inner in schema.get(name, ()):
            if holds(inner):
                look(inner)
    if "if" in schema:
        if holds(schema["if"]):
            look(schema["if"])
            look(schema.get("then", True))
        else:
            look(schema.get("else", True))
    if isinstance(instance, dict):
        for key, inner in schema.get("dependentSchemas", {}).items():
            if key in instance:
                look(inner)
    return out


def _own_properties(validator: Any, instance: dict[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    yield from schema.get("properties", {}).keys() & instance.keys()
    by_pattern = schema.get("patternProperties", {})
    for key in instance:
        if any(found(pattern, key) for pattern in by_pattern):
            yield key
    if "unevaluatedProperties" in schema:
        yield from instance
    if "additionalProperties" in schema:
        named = schema.get("properties", {})
        yield from (k for k in instance if k not in named and not any(found(p, k) for p in by_pattern))


def _own_items(validator: Any, instance: list[Any], schema: Mapping[str, Any]) -> Iterator[int]:
    every = range(len(instance))
    listed = schema.get("items")
    if isinstance(listed, list):  # 2019-09 and before: one schema an item
        yield from range(min(len(listed), len(instance)))
        if "additionalItems" in schema:
            yield from every
    elif "items" in schema or "unevaluatedItems" in schema:
        yield from every
    first = schema.get("prefixItems", ())
    yield from range(min(len(first) if isinstance(first, list) else 0, len(instance)))
    if "contains" in schema:
        inner = schema["contains"]
        yield from (n for n in every if next(iter(validator.descend(instance[n], inner)), None) is None)
