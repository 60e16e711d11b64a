"""Patterns of other people's schemas: ECMA 262 expressions, run in linear time or refused."""

from __future__ import annotations

import re
from functools import lru_cache
from re import _parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

import re2
from jsonschema import ValidationError

from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.json_schema.keyword import Keyword, SchemaValidator
    from rulewright.policy.json_types import Json, JsonObject

MOST_TEXT: Final = 5_000
MOST_STEPS: Final = 1
"""Repetitions that a backtracking pattern may nest, where the inner one may be of several lengths."""

PROPERTY: Final = 300
"""What a class of Unicode costs to compile, beside a plain character (measured: 0.55 ms and 2 microseconds)."""
LARGE: Final = 5_000
"""Compile costs from which on a match takes some six microseconds a character (measured at 8 MB of memory)."""
_REPEATS: Final = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_PROPERTY: Final = re.compile(r"\\[pP]")
_ATOM: Final = re.compile(
    r"\\[pPx]\{[^}]*\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d{1,9})(?:,(\d{0,9}))?\}|.", re.DOTALL
)


def pattern_fault(text: str) -> str | None:
    """Why a pattern cannot be used, or None."""
    compiled = compiled_pattern(text)
    return compiled if isinstance(compiled, str) else None


@lru_cache(maxsize=4_096)
def compiled_pattern(text: str) -> Any:
    """Something with `search(text)`, or the reason why there is none."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        return re2.compile(_translate(text), options)
    except (re2.error, UnicodeEncodeError):
        pass
    try:
        backtracking = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        return f"`{text[:60]}` is not a valid regular expression: {error}"
    if _can_explode(text):
        return f"the pattern `{text[:60]}` can take exponential time"
    return backtracking


def _translate(text: str) -> str:
    r"""ECMA's `\u0041` and `\/` as RE2 writes them."""
    out = re.sub(r"(?<!\\)((?:\\\\)*)\\u\{?([0-9A-Fa-f]{4,6})\}?", r"\1\\x{\2}", text)
    return out.replace(r"\/", "/")


def _can_explode(text: str) -> bool:
    """Whether a repetition without a bound stands inside another, or a repeated alternative or
    back-reference.

    Python's own parser gives the tree. RE2 refused the pattern before, so this is about look-around mostly.
    """
    return _nests_repetition(_parser.parse(text), 0)


def _nests_repetition(node: Any, inside: int) -> bool:
    """`inside`: how many repetitions a part of Python's tree of a pattern stands in."""
    for op, argument in node:
        name = str(op)
        if name in _REPEATS:
            low, high, body = argument
            if high > low and inside >= MOST_STEPS:
                return True
            inner = inside + (_is_unbounded(low, high) or high > 1)
            parts = [body]
        elif name == "GROUPREF" or (name == "BRANCH" and inside):
            return True
        else:
            inner, parts = inside, list(_inner_patterns(argument))
        if any(_nests_repetition(part, inner) for part in parts):
            return True
    return False


def _is_unbounded(low: int, high: int) -> bool:
    """Whether a repetition may be of more lengths than can be written out."""
    return high is _parser.MAXREPEAT or high - low > 16


@lru_cache(maxsize=4_096)
def compile_cost(text: str) -> int:
    """How long a pattern is once its counted repetitions are written out, at most; RE2 takes up to 1,000 of each.

    Repetitions within a repeated group multiply, those beside each other add up. A class of Unicode (letters,
    digits) counts as the hundreds of ranges that it consists of.
    """
    groups, last = [0], 0
    for found in _ATOM.finditer(text):
        atom = found[0]
        if atom == "(":
            groups.append(0)
            continue
        if atom.startswith("{") and len(atom) > 1:
            times = max(1, *(min(int(bound), 1_000) for bound in found.groups() if bound))
            groups[-1] += last * (times - 1)
            last *= times
            continue
        last = (
            groups.pop() if atom == ")" and len(groups) > 1 else 1 + PROPERTY * len(_PROPERTY.findall(atom))
        )
        groups[-1] += last
    return sum(groups)


def pattern_cost(text: str, length: int) -> int:
    """Units (`work_budget.py`) that looking for a pattern in a text of `length` characters takes at most."""
    power, factor = _backtracking(text)
    if power == 0:
        # A large automaton does not fit into RE2's memory, and is walked state by state.
        return 1 + (length * 3 if compile_cost(text) > LARGE else length // 100)
    return 1 + int(factor * min(length, MOST_TEXT) ** power) // 50


@lru_cache(maxsize=4_096)
def _backtracking(text: str) -> tuple[int, int]:
    """(p, f): a match takes about f · n^p steps. (0, 1) for a pattern that runs in linear time."""
    compiled = compiled_pattern(text)
    if not isinstance(compiled, re.Pattern):
        return 0, 1
    factor = 1

    def power(node: Any) -> int:
        """Repetitions without a bound that follow each other; each look-around is a search of its own."""
        nonlocal factor
        here = most = 0
        for op, argument in node:
            name = str(op)
            if name in ("ASSERT", "ASSERT_NOT"):
                most = max(most, here + max(map(power, _inner_patterns(argument))))
                factor += 1
                continue
            if name in _REPEATS:
                low, high, _ = argument
                if _is_unbounded(low, high):
                    here += 1
                elif high > low:
                    factor *= int(high - low + 1)
            here += max(map(power, _inner_patterns(argument)), default=0)
        return int(max(here, most))

    tree = list(_parser.parse(text))
    anchored = bool(tree) and str(tree[0][0]) == "AT" and "BEGINNING" in str(tree[0][1])
    return max(1, power(tree) + (0 if anchored else 1)), min(factor, 1 << 40)


def _inner_patterns(argument: Any) -> Iterator[Any]:
    """The parts of a parsed pattern that are patterns themselves."""
    if hasattr(argument, "data"):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for part in argument:
            yield from _inner_patterns(part)


def matches(text: str, value: str) -> bool:
    """Whether the pattern is found in the value. A pattern that backtracks sees only short values."""
    compiled = compiled_pattern(text)
    if isinstance(compiled, str) or (isinstance(compiled, re.Pattern) and len(value) > MOST_TEXT):
        return False
    try:
        return compiled.search(value) is not None
    except UnicodeEncodeError:
        # lone surrogates: RE2 takes UTF-8 only
        return compiled.search(value.encode("utf-8", "replace").decode()) is not None


def pattern_keywords() -> dict[str, Keyword]:
    """The validator functions of `pattern` and `patternProperties`; and `additionalProperties`, which reads
    the latter."""
    return {"pattern": _pattern, "patternProperties": _by_pattern, "additionalProperties": _additional}


def _pattern(
    validator: SchemaValidator, pattern: str, instance: Json, _schema: JsonObject
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not matches(pattern, instance):
        yield ValidationError(f"does not match {pattern!r}")


def _by_pattern(
    validator: SchemaValidator, by_pattern: Mapping[str, Json], instance: Json, _schema: JsonObject
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, inner in by_pattern.items():
        for key, value in instance.items():
            if matches(pattern, key):
                yield from validator.descend(value, inner, path=key, schema_path=pattern)


def _additional(
    validator: SchemaValidator, rest: Json, instance: Json, schema: JsonObject
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    extras = unnamed_keys(instance, schema)
    if rest is False and extras:
        yield unknown_keys(extras)
    elif isinstance(rest, dict):
        for key in extras:
            yield from validator.descend(instance[key], rest, path=key)


def unnamed_keys(instance: JsonObject, schema: JsonObject) -> list[str]:
    """The keys that are neither among the schema's `properties` nor match one of its `patternProperties`."""
    named = as_object(schema.get("properties")) or {}
    by_pattern = as_object(schema.get("patternProperties")) or {}
    return [
        key
        for key in instance
        if key not in named and not any(matches(pattern, key) for pattern in by_pattern)
    ]


def unknown_keys(extras: list[str]) -> ValidationError:
    """The error for keys that a schema does not allow; it carries them as `extras`."""
    error = ValidationError("unknown keys")
    error.extras = extras  # type: ignore[attr-defined]
    return error
