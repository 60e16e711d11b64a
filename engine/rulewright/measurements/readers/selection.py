"""What an objective selects in JSON: a plain key or a JMESPath, for values, for counts, and for the cases of a suite.

Expressions are evaluated in their strict form (`program.expression.require`): a value that is missing among the
selected items is counted, and reported with its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.measurements.reader import Selection, UnusableSource
from rulewright.measurements.readers.numbers import is_missing_text, read_count, read_number, read_values
from rulewright.measurements.sample import Count, Run
from rulewright.measurements.sample_json import to_float
from rulewright.policy.json_types import as_array, as_object, as_text
from rulewright.policy.suggestions import did_you_mean, list_names
from rulewright.program.expression import (
    ExpressionError,
    ExpressionFailure,
    build_evaluator,
    check_expression,
    parse_expression,
)
from rulewright.program.expression.require import make_strict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.measurements.readers.numbers import Place
    from rulewright.policy.json_types import Json
    from rulewright.program.expression import Ast


class CountSelection(NamedTuple):
    """The expressions of a ratio. One of `bad` and `good` is ""."""

    bad: str
    good: str
    total: str


def read_count_selection(selection: Selection) -> CountSelection | None:
    """The ratio that the policy's `select:` (or its `source:`) describes as `{bad|good, total}`; None for values.
    Raises UnusableSource (`unsuitable`) for a ratio without one of its parts."""
    mapping = as_object(selection.arguments.get("select")) or selection.arguments
    bad, good, total = (as_text(mapping.get(name)) or "" for name in ("bad", "good", "total"))
    if not (bad or good or total):
        return None
    if not total or bool(bad) == bool(good):
        raise UnusableSource("unsuitable", "a ratio takes `total`, and one of `bad` and `good`")
    return CountSelection(bad, good, total)


def measure_document(document: Json, selection: Selection, where: str = "") -> tuple[Run, tuple[str, ...]]:
    """What is selected in one document, as one run, and warnings. `where`: of the document inside the file, for
    messages.

    Raises UnusableSource.
    """
    ratio = read_count_selection(selection)
    if ratio is not None:
        return _count_events(document, ratio, where)
    if selection.pair_by:
        return _read_cases(document, selection, where), ()
    return Run(values=_read_selected(document, selection, where)), ()


def _read_selected(document: Json, selection: Selection, where: str) -> Sequence[float]:
    """The values that `select` gives: a number, or the numbers of a list."""
    found = _find(document, selection.select, where)
    takes_booleans = selection.aggregate == "rate"
    name = f"`{selection.select}`" if selection.select else "the document"
    if isinstance(found, list):
        _refuse_all_missing(document, found, selection.select, where)
        return read_items(found, lambda place: f"{where}item {place} of {name}", takes_booleans)
    if isinstance(found, dict):
        raise UnusableSource("ambiguous", f"{where}{name} is an object; it has {list_names(found)}")
    return read_items([found], lambda _: f"{where}{name}", takes_booleans)


def read_items(items: Sequence[Json], place: Place, takes_booleans: bool) -> Sequence[float]:
    """The items as floats; for a rate `true` is 1 and `false` is 0. Raises UnusableSource, `empty` without items."""
    if not items:
        raise UnusableSource("empty", "`select` gives an empty list")
    if takes_booleans:
        items = [float(item) if isinstance(item, bool) else item for item in items]
    return read_values(items, place)


def pair_cases(scores: Sequence[object], ids: Sequence[object], pair_by: str, place: Place) -> Run:
    """The cases of a suite: the score of each with its id. A score that is missing or not finite makes the case one
    that errored; `true` is 1 and `false` is 0. Raises UnusableSource for a case without an id, and for a score that
    is no number."""
    values: list[float] = []
    cases: list[str] = []
    errored: list[str] = []
    for position, (score, case) in enumerate(zip(scores, ids, strict=True)):
        name = _read_case_id(case, pair_by, place(position))
        number = _read_score(score, place(position))
        if number is None:
            errored.append(name)
        else:
            cases.append(name)
            values.append(number)
    if not scores:
        raise UnusableSource("empty", "the suite has no cases")
    return Run(values=values, cases=tuple(cases), errored=tuple(errored))


def evaluate(text: str, document: Json, where: str = "", *, is_condition: bool = False) -> Json:
    """The result of a JMESPath in its strict form. Raises UnusableSource: `no_match` for what is no JMESPath,
    `not_finite` where a value that it needs is missing, `unreadable` where its functions fail otherwise."""
    return _run(parse_select(text), document, text, where, is_condition=is_condition)


def parse_select(text: str) -> Ast:
    """The tree of a JMESPath. Raises UnusableSource (`no_match`)."""
    try:
        ast = parse_expression(text)
    except ExpressionError as error:
        raise UnusableSource("no_match", f"`{text}` is no JMESPath: {error.message}") from None
    problems = check_expression(ast)
    if problems:
        raise UnusableSource("no_match", f"`{text}`: {problems[0]}")
    return ast


def plain_path(ast: Ast) -> tuple[str, ...] | None:
    """The names of an expression `a.b.c`; None for any other."""
    if ast["type"] == "field":
        return (ast["value"],)
    if ast["type"] == "subexpression" and all(child["type"] == "field" for child in ast["children"]):
        return tuple(child["value"] for child in ast["children"])
    if ast["type"] == "subexpression":
        parts = [plain_path(child) for child in ast["children"]]
        if all(parts):
            return tuple(name for part in parts for name in part or ())
    return None


def _run(ast: Ast, document: Json, text: str, where: str, *, is_condition: bool = False) -> Json:
    try:
        return build_evaluator(make_strict(ast, is_condition=is_condition))(document)  # type: ignore[return-value]
    except ExpressionFailure as failure:
        code = "not_finite" if failure.of_null else "unreadable"
        raise UnusableSource(code, f"{where}`{text}`: {failure.message}") from None


def _find(document: Json, select: str, where: str) -> Json:
    """The value that `select` gives. Raises UnusableSource (`no_match`, `ambiguous`)."""
    if not select:
        return document
    has_key = isinstance(document, dict) and select in document
    try:
        ast = parse_select(select)
    except UnusableSource:
        if has_key:
            return document[select]  # type: ignore[call-overload, index]
        raise
    path = plain_path(ast)
    if has_key and path != (select,):
        if path is not None and _follow(document, path)[1] is None:
            raise UnusableSource("ambiguous", f"{where}`{select}` is a key, and a path to another value")
        return document[select]  # type: ignore[call-overload, index]
    if path is not None:
        found, missing = _follow(document, path)
        if missing is not None:
            raise UnusableSource("no_match", f"{where}{missing}")
        return found
    found = _run(ast, document, select, where)
    if found is None:
        keys = f"; there are {list_names(document)}" if isinstance(document, dict) else ""
        raise UnusableSource("no_match", f"{where}`{select}` gives nothing{keys}")
    return found


def _follow(document: Json, path: tuple[str, ...]) -> tuple[Json, str | None]:
    """The value at a path of keys, or what is wrong with the path."""
    value = document
    for name in path:
        if not isinstance(value, dict):
            kind = "a list; write `[]` for its items" if isinstance(value, list) else "no object"
            return None, f"`{name}` is asked of what is {kind}"
        if name not in value:
            return None, f"no key `{name}`{did_you_mean(name, value)}; there are {list_names(value)}"
        value = value[name]
    return value, None


def _refuse_all_missing(document: Json, found: list[Json], select: str, where: str) -> None:
    """Raise UnusableSource (`no_match`) where no selected item has the member at all: its name is wrong."""
    if not found or any(item is not None for item in found) or not select:
        return
    parts = _split_projection(parse_select(select))
    path = None if parts is None else plain_path(parts[1])
    if parts is None or path is None:
        return
    items = _run(parts[0], document, select, where)
    objects = [item for item in as_array(items) or [] if isinstance(item, dict)]
    if objects and not any(path[0] in item for item in objects):
        keys = list(dict.fromkeys(key for item in objects[:1000] for key in item))
        hint = did_you_mean(path[0], keys)
        reason = f"none of {len(objects)} items has `{path[0]}`{hint}; they have {list_names(keys)}"
        raise UnusableSource("no_match", f"{where}{reason}")


def _count_events(document: Json, ratio: CountSelection, where: str) -> tuple[Run, tuple[str, ...]]:
    """Bad events among all, and a warning. A total of 0 or none is `no_total`; no bad events beside a total are 0,
    since tools leave out counters that never counted."""
    total = _count(document, ratio.total, where)
    if not total:
        found = "nothing" if total is None else "0"
        raise UnusableSource("no_total", f"{where}`{ratio.total}` gives {found}")
    text = ratio.bad or ratio.good
    part = _count(document, text, where, is_condition=bool(ratio.bad))
    warnings = (f"{where}`{text}` gives nothing, which counts as 0",) if part is None else ()
    part = part or 0
    if part > total:
        raise UnusableSource(
            "unreadable", f"{where}`{text}` gives {part:g}, more than the total of {total:g}"
        )
    return Run(events=Count(part if ratio.bad else total - part, total)), warnings


def _count(document: Json, text: str, where: str, *, is_condition: bool = False) -> int | None:
    """The number that an expression gives, or how many items; None for null."""
    if isinstance(document, dict) and text in document:
        found = document[text]
    else:
        found = evaluate(text, document, where, is_condition=is_condition)
    if isinstance(found, list):
        if any(isinstance(item, int | float) for item in found):
            reason = f"{where}`{text}` gives a list of numbers or booleans: write a filter, sum() or length()"
            raise UnusableSource("unsuitable", reason)
        return len(found)
    return None if found is None else read_count(found, f"{where}`{text}`")


def _read_cases(document: Json, selection: Selection, where: str) -> Run:
    """The cases that a projection goes over, such as `results[].score`."""
    text = selection.select
    parts = _split_projection(parse_select(text)) if text else None
    if parts is None:
        reason = "`pair_by` needs a `select` over the cases, such as `results[].score`"
        raise UnusableSource("unsuitable", reason)
    items = as_array(_run(parts[0], document, text, where))
    if items is None:
        raise UnusableSource("no_match", f"{where}`{text}` goes over no list")
    scores = [_run(parts[1], item, text, f"{where}case {place}: ") for place, item in enumerate(items)]
    _refuse_all_missing(document, scores, text, where)
    ids = [evaluate(selection.pair_by, item, where) for item in items]
    return pair_cases(scores, ids, selection.pair_by, lambda place: f"{where}case {place} of `{text}`")


def _split_projection(ast: Ast) -> tuple[Ast, Ast] | None:
    """The items that an expression goes over, and what it takes of each; None for one that is no projection."""
    identity: Ast = {"type": "identity", "children": []}
    if ast["type"] == "projection":
        items, taken = ast["children"]
        return items, taken
    if ast["type"] == "value_projection":
        items, taken = ast["children"]
        return {"type": "value_projection", "children": [items, identity]}, taken
    if ast["type"] == "filter_projection":
        items, taken, condition = ast["children"]
        return {"type": "filter_projection", "children": [items, identity, condition]}, taken
    return None


def _read_case_id(case: object, pair_by: str, place: str) -> str:
    if isinstance(case, str) and case:
        return case
    if isinstance(case, int) and not isinstance(case, bool):
        return str(case)
    raise UnusableSource("unreadable", f"{place} has no id `{pair_by}`")


def _read_score(score: object, place: str) -> float | None:
    """The score of a case, or None for one that is missing or not finite."""
    if score is None or (isinstance(score, str) and is_missing_text(score)):
        return None
    if isinstance(score, int | float) and to_float(score) is None:
        return None
    return float(score) if isinstance(score, bool) else read_number(score, place)


def describe_run(item: Json, position: int) -> tuple[str, str]:
    """The id and the place of a run in a list of runs, for `Run.id` and for messages."""
    fields: Mapping[str, Json] = as_object(item) or {}
    name = fields.get("id")
    is_id = isinstance(name, str | int) and not isinstance(name, bool)
    return (str(name) if is_id else str(position)), f"run {position}: "
