"""The right side of a matcher: literals, limits, patterns, `{fact: path}`.

Each is checked against what is known of its path.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.closed_sets import is_outside_of_its_set
from rulewright.compile.limits import age, between, limit
from rulewright.compile.text_checks import is_list_by_mistake, warn_of_texts
from rulewright.compile.type_check import misfit
from rulewright.policy.json_types import as_object, as_texts
from rulewright.program.matchers import LIST_MATCHERS, MATCHERS, NUMERIC, TEXT_MATCHERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.compile.context import Context, PathUse
    from rulewright.policy.model import Match

Part = dict[str, Any]
JSON_TYPES = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}
WRITTEN = frozenset({"regex", "glob", "path_glob", "length", "between"})
"""Matchers that take no `{fact: …}` as a whole."""
OF_LISTS = frozenset({"in", "not_in", "contains_any", "contains_all", "contains_none"})
SWAPPED = {
    "eq": "in", "ne": "not_in", "contains": "contains_any", "in": "eq", "not_in": "ne", "contains_any": "contains",
}  # fmt: skip
"""The matcher for one value where a list stands on the right side, and the other way round."""
A_LIST = {"eq": "contains", "ne": "contains_none", "in": "contains_any", "not_in": "contains_none"}


def operand(match: Match, path: PathUse, context: Context) -> Part | None:
    """What the node keeps of the value (`v`, `w`, `as`, `unit`), or None after reporting what is wrong."""
    name, value = match.matcher, match.value
    if name not in MATCHERS:
        from rulewright.policy.suggestions import nearest

        near = nearest(name, MATCHERS)
        hint = f"did you mean `{near}`?" if near else None
        context.report("RW406", f"unknown matcher `{name}`", match.key_span, hint=hint)
        return None
    if value is None:
        context.report(
            "RW407",
            f"`{match.path}` is compared with null",
            match.span,
            hint="say `missing: true`, or `exists: true`",
        )
        return None
    if name in ("exists", "missing"):
        return _flag(match, context)
    if any(isinstance(each, float) and not isfinite(each) for each in _scalars(value)):
        context.report("RW406", f"`{name}` takes no number that is infinite or none", match.span)
        return None
    if path.is_list and name in (*A_LIST, *NUMERIC, "between", "older_than", "newer_than"):
        better = A_LIST.get(name, "length")
        context.report(
            "RW402",
            f"`{match.path}` is a list; `{name}` compares one value",
            match.span,
            hint=f"use `{better}`",
        )
        return None
    if isinstance(value, dict) and set(value) == {"fact"}:
        return _fact(match, path, context)
    if is_outside_of_its_set(match, path, context):
        return None
    return _literal(match, path, context)


def _literal(match: Match, path: PathUse, context: Context) -> Part | None:
    name, value = match.matcher, match.value
    if name in ("older_than", "newer_than"):
        return age(match, path, context)
    if name in NUMERIC:
        return limit(match, path, value, context)
    if name == "between":
        return between(match, path, context)
    if name == "length":
        return _length(match, path, context)
    if name in TEXT_MATCHERS:
        return _patterns(match, path, context)
    if name in LIST_MATCHERS:
        return _members(match, path, context)
    return _equality(match, path, context)


def _scalars(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else (value,)


def _flag(match: Match, context: Context) -> Part | None:
    if not isinstance(match.value, bool):
        context.report("RW406", f"`{match.matcher}` takes true or false", match.span)
        return None
    if match.on_missing is not None:
        context.report(
            "RW406",
            f"`{match.matcher}` says itself what holds for a missing value; `on_missing` contradicts or repeats it",
            match.span,
            hint="leave one of them out",
        )
        return None
    return {"v": match.value}


def _fact(match: Match, path: PathUse, context: Context) -> Part | None:
    name = str((as_object(match.value) or {}).get("fact"))
    if match.matcher in WRITTEN:
        context.report(
            "RW406",
            f"`{match.matcher}` takes a literal, not the value of `{name}`",
            match.span,
            hint="a pattern or a length stands in the policy itself",
        )
        return None
    if name.startswith("lists."):
        return _list(match, path, name[6:], context)
    other = context.path(name, match.span, code="RW302")
    if other is None:
        return None
    if context.gate and (other.untrusted or other.label):
        context.report("RW411", f"`{name}` may be written by anyone, or by a model", match.span)
    types = other.types - {"null"}
    many = match.matcher in OF_LISTS
    misfit = "array" not in types if many else types == {"array"}
    if types and misfit and match.matcher not in TEXT_MATCHERS:
        context.report(
            "RW402",
            f"`{name}` is {'no' if many else 'a'} list; `{match.matcher}` takes one {'list' if many else 'value'}",
            match.span,
            hint=f"use `{SWAPPED[match.matcher]}`" if match.matcher in SWAPPED else None,
        )
        return None
    part: Part = {"v": match.value, "w": other.number}
    if other.ci:
        part["ci"] = True
    if match.matcher in NUMERIC and "date-time" in (path.format, other.format):
        part["as"] = "moment"
    return part


def _list(match: Match, path: PathUse, name: str, context: Context) -> Part | None:
    """`{fact: lists.NAME}`: a constant, held against what the matcher takes as if it stood there."""
    values = context.list_named(name, match.span)
    if values is None:
        return None
    if match.matcher not in OF_LISTS and match.matcher not in TEXT_MATCHERS:
        better = SWAPPED.get(match.matcher)
        context.report(
            "RW402",
            f"`lists.{name}` is a list; `{match.matcher}` compares one value",
            match.span,
            hint=f"use `{better}`" if better else None,
        )
        return None
    if not values:  # an empty list of the policy is no mistake: nobody is on it yet
        return {"v": [], "unit": f"lists.{name}"}
    part = _literal(replace(match, value=list(values)), path, context)
    return None if part is None else {**part, "unit": f"lists.{name}"}


def _length(match: Match, path: PathUse, context: Context) -> Part | None:
    value = match.value
    if misfit(match, path, {"string", "array", "object"}, context, "it has no length"):
        return None
    if isinstance(value, dict):
        for name, limit in value.items():
            numbers = limit if isinstance(limit, list) else [limit]
            good = name in (*NUMERIC, "eq", "ne", "between", "in", "not_in")
            if not good or not all(isinstance(n, int) and not isinstance(n, bool) for n in numbers):
                context.report("RW406", f"`length` cannot take `{name}: {limit}`", match.span)
                return None
        return {"v": value}
    if isinstance(value, int) and not isinstance(value, bool):
        return {"v": value}
    context.report(
        "RW406", "`length` takes a number or comparisons", match.span, hint="write `length: { gte: 3 }`"
    )
    return None


def _patterns(match: Match, path: PathUse, context: Context) -> Part | None:
    written = match.value if isinstance(match.value, list) else [match.value]
    values = as_texts(written)
    if not values or len(values) < len(written):
        context.report("RW406", f"`{match.matcher}` takes text or a list of texts", match.span)
        return None
    if is_list_by_mistake(match, context):
        return None
    if misfit(match, path, {"string", "array"}, context, f"`{match.matcher}` looks at text"):
        return None
    if _are_objects(match, path, context) or not all(values):  # the schema tells of an empty text
        return None
    warn_of_texts(match, context)
    if match.matcher == "regex":
        from rulewright.program.pattern import check_pattern

        problems = [(value, problem) for value in values if (problem := check_pattern(value)) is not None]
    else:
        problems = [
            (value, problem) for value in values if (problem := _glob_problem(match, value)) is not None
        ]
    for value, problem in problems:
        context.report("RW405", f"`{value if len(value) <= 60 else value[:59] + '…'}`: {problem}", match.span)
    return None if problems else {"v": match.value}


def _glob_problem(match: Match, glob: str) -> str | None:
    from rulewright.program.glob import GlobError, glob_matcher, path_glob_to_regex

    check = {"glob": glob_matcher, "path_glob": path_glob_to_regex}.get(match.matcher)
    if check is None:
        return None
    try:
        check(glob)
    except GlobError as error:
        return str(error)
    return None


def _members(match: Match, path: PathUse, context: Context) -> Part | None:
    value = match.value
    if misfit(match, path, {"string", "array"}, context, f"`{match.matcher}` looks into lists and text"):
        return None
    if match.matcher == "contains":
        if isinstance(value, list):
            context.report(
                "RW406", "`contains` takes one value", match.span, hint="use `contains_any` or `contains_all`"
            )
            return None
        return None if _is_of_other_type(match, [value], path, context) else {"v": value}
    if not isinstance(value, list):
        context.report(
            "RW406", f"`{match.matcher}` takes a list", match.span, hint=f"write `{match.matcher}: [{value}]`"
        )
        return None
    if _is_of_other_type(match, value, path, context):
        return None
    return _literals(match, value, context)


def _is_of_other_type(match: Match, values: list[Any], path: PathUse, context: Context) -> bool:
    """Report and return True for what no element of the list, or no part of the text, can be: it never holds, and its
    negation always does."""
    types = path.items if path.is_list else path.types
    known = {"number" if kind == "integer" else kind for kind in types} - {"null"}
    if path.is_list and known == {"object"}:
        return _are_objects(match, path, context)
    if not known or "array" in known or "object" in known:
        return False
    for value in values:
        kind = JSON_TYPES.get(type(value), "string")
        if value is not None and kind not in known:
            holds = " or ".join(sorted(_PLURALS[one] for one in known))
            hint = f'write `"{value}"`' if known == {"string"} and kind == "number" else None
            context.report(
                "RW406", f"`{match.path}` holds {holds}, and {value!r} is a {kind}", match.span, hint=hint
            )
            return True
    return False


def _are_objects(match: Match, path: PathUse, context: Context) -> bool:
    """Report and return True for a list of objects, which a text is never among."""
    if not path.is_list or path.items - {"null"} != {"object"}:
        return False
    members = {
        "labels": "name",
        "assignees": "login",
        "reviewers": "login",
        "teams": "slug",
        "files": "filename",
    }
    member = next((name for end, name in members.items() if match.path.endswith(end)), None)
    context.report(
        "RW406",
        f"`{match.path}` is a list of objects, and `{match.matcher}` looks for text",
        match.span,
        hint=f"write `{match.path}[].{member}`" if member else "name a member, as in `PATH[].name`",
    )
    return True


_PLURALS: Final = {"string": "texts", "number": "numbers", "boolean": "booleans"}


def _literals(match: Match, values: list[Any], context: Context) -> Part | None:
    if not values:
        context.report("RW410", f"`{match.matcher}` has an empty list", match.span)
        return None
    if None in values:
        context.report(
            "RW407", f"null stands in the list of `{match.matcher}`", match.span, hint="say `missing: true`"
        )
        return None
    return {"v": values}


def _equality(match: Match, path: PathUse, context: Context) -> Part | None:
    value = match.value
    many = match.matcher in ("in", "not_in")
    values = value if many and isinstance(value, list) else [value]
    if many and not isinstance(value, list):
        context.report(
            "RW406", f"`{match.matcher}` takes a list", match.span, hint=f"write `{match.matcher}: [{value}]`"
        )
        return None
    if many and _literals(match, values, context) is None:
        return None
    for item in values:
        kind = JSON_TYPES.get(type(item), "string")
        if (kind == "string" and path.format == "duration") or (
            kind == "number" and path.format == "duration"
        ):
            context.report(
                "RW404",
                f"`{match.path}` is a duration; equality with one moment hardly ever holds",
                match.span,
                hint="use `gt`, `lt` or `between`",
            )
            return None
        if misfit(match, path, {kind}, context, f"{item!r} is a {kind}"):
            return None
        if path.values and isinstance(item, str) and item not in path.values:
            from rulewright.policy.suggestions import nearest, one_of

            near = nearest(item, path.values)
            hint = f"did you mean `{near}`?" if near else f"it is one of {one_of(sorted(path.values))}"
            context.report("RW418", f"`{match.path}` is never `{item}`", match.span, hint=hint)
            return None
    return {"v": value}
