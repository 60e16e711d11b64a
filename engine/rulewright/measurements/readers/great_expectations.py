"""Great Expectations: the result of a validation as JSON, and what `CheckpointResult.describe_dict()` gives.

`select` is one of:

    success                                     the share of expectations that did not hold, as counts
    COLUMN, or EXPECTATION(COLUMN)              what one expectation found in a column
    EXPECTATION, such as expect_table_row_count_to_be_between

An expectation about each value gives a count of unexpected values among those that are there; one about the column an
observed value. Neither `success` of the suite nor its `statistics` are read: whether an expectation held is computed
again where its result allows it, and one that raised an exception did not hold. Over a table without rows every
expectation about values holds, so that nothing was checked. Great Expectations 1.24.1 was recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import Reading, UnusableSource
from rulewright.measurements.readers.json_text import parse_json
from rulewright.measurements.readers.label_selectors import list_some
from rulewright.measurements.readers.numbers import read_number
from rulewright.measurements.sample import Count, Run
from rulewright.measurements.sample_json import to_float
from rulewright.policy.json_types import as_array, as_object, as_text
from rulewright.policy.quantity import format_moment, parse_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.measurements.reader import Selection
    from rulewright.policy.json_types import Json, JsonObject

SUCCESS: Final = "success"
_SLACK: Final = 1e-9


class Expectation(NamedTuple):
    """One evaluated expectation. `error`: the exception that was raised, "" for none."""

    type: str
    column: str
    kwargs: JsonObject
    result: JsonObject
    success: bool
    error: str
    place: str

    @property
    def name(self) -> str:
        """`expect_column_mean_to_be_between(score)`."""
        return f"{self.type}({self.column})" if self.column else self.type


def read_great_expectations(data: bytes, selection: Selection) -> Reading:
    """The reading of one result. Raises UnusableSource."""
    document = as_object(parse_json(data))
    if document is None:
        raise UnusableSource("unreadable", "this is no result of Great Expectations")
    expectations = _parse_expectations(document)
    if not expectations:
        raise UnusableSource("empty", "no expectation was evaluated: the suite is empty")
    _check_rows(expectations)
    if selection.select in ("", SUCCESS):
        run, warnings = _count_expectations(expectations)
    else:
        run, warnings = _read_expectation(_choose(expectations, selection.select), selection.aggregate)
    time, tool = _read_meta(document)
    return Reading((run._replace(time=time),), "", time, tool=tool, warnings=warnings)


def _read_meta(document: JsonObject) -> tuple[str, str]:
    """The time and the tool with its version."""
    meta = as_object(document.get("meta")) or {}
    version = as_text(meta.get("great_expectations_version"))
    tool = f"great-expectations {version}" if version else "great-expectations"
    loaded = as_text((as_object(meta.get("batch_markers")) or {}).get("ge_load_time")) or ""
    # 20261129T202950.923112Z
    spelled = f"{loaded[:4]}-{loaded[4:6]}-{loaded[6:11]}:{loaded[11:13]}:{loaded[13:]}"
    moment = parse_moment(spelled) if loaded.endswith("Z") else None
    return "" if moment is None else format_moment(moment), tool


def _parse_expectations(document: JsonObject) -> list[Expectation]:
    """The expectations of a validation result, or of the only validation of a checkpoint."""
    if "validation_results" in document:
        validations = as_array(document["validation_results"]) or []
        if len(validations) != 1:
            raise UnusableSource("ambiguous", f"the checkpoint has {len(validations)} validations, not one")
        inner = as_object(validations[0]) or {}
        results, place = as_array(inner.get("expectations")), "validation_results[0].expectations"
    else:
        results, place = as_array(document.get("results")), "results"
    if results is None:
        raise UnusableSource("unreadable", f"`{place}` is missing: this is no result of Great Expectations")
    return [_parse_expectation(as_object(each) or {}, f"{place}[{i}]") for i, each in enumerate(results)]


def _parse_expectation(fields: JsonObject, place: str) -> Expectation:
    config = as_object(fields.get("expectation_config")) or fields
    kind = as_text(config.get("type")) or as_text(config.get("expectation_type"))
    success = fields.get("success")
    if not kind or not isinstance(success, bool):
        raise UnusableSource("unreadable", f"{place} has no type, or does not tell whether it held")
    kwargs = as_object(config.get("kwargs")) or {}
    result = as_object(fields.get("result")) or {}
    error = _find_exception(fields.get("exception_info"))
    column = as_text(kwargs.get("column")) or ""
    return Expectation(kind, column, kwargs, result, success, error, place)


def _find_exception(info: Json) -> str:
    """The message of an exception: of `exception_info`, or of one of those that it has by metric."""
    fields = as_object(info) or {}
    nested = [inner for value in fields.values() if (inner := as_object(value)) is not None]
    for each in (fields, *nested):
        if each.get("raised_exception") is True:
            message = as_text(each.get("exception_message")) or "an exception"
            return " ".join(message.split())[:160]
    return ""


def _check_rows(expectations: Sequence[Expectation]) -> None:
    """Raises UnusableSource (`empty`) when expectations about values saw none."""
    blind = [each for each in expectations if each.result.get("element_count") == 0]
    if blind:
        raise UnusableSource("empty", f"{blind[0].place} checked a table without rows")


def _count_expectations(expectations: Sequence[Expectation]) -> tuple[Run, tuple[str, ...]]:
    failed = [each for each in expectations if not _has_held(each)]
    warnings = [f"{each.name} raised: {each.error}" for each in expectations if each.error]
    return Run(events=Count(len(failed), len(expectations))), tuple(warnings)


def _has_held(expectation: Expectation) -> bool:
    """Whether an expectation held, by its result. Raises UnusableSource when its `success` says otherwise."""
    if expectation.error:
        return False
    if not expectation.result:
        if expectation.success:
            reason = (
                f"{expectation.place} held without a result: save it with the result format BASIC or above"
            )
            raise UnusableSource("unreadable", reason)
        return False
    computed = _compute_success(expectation)
    if computed is not None and computed != expectation.success:
        reason = f"{expectation.place}: `success` is {str(expectation.success).lower()}, and its result says otherwise"
        raise UnusableSource("unreadable", reason)
    return expectation.success


def _compute_success(expectation: Expectation) -> bool | None:
    """What the result says; None where it does not tell."""
    result, kwargs = expectation.result, expectation.kwargs
    if "unexpected_count" in result:
        bad, total, _ = _count_values(expectation)
        mostly = _read_bound(kwargs.get("mostly", 1.0))
        if mostly is None or not total:
            return None
        return bad <= total * (1 - mostly) + _SLACK * total
    if "observed_value" not in result:
        return None
    observed = result["observed_value"]
    if observed is None:
        return False
    low, high = (_read_bound(kwargs.get(name)) for name in ("min_value", "max_value"))
    is_number = isinstance(observed, int | float) and not isinstance(observed, bool)
    if not expectation.type.endswith("_to_be_between") or not is_number or low is high is None:
        return None
    number = _read_bound(observed)
    if number is None:  # NaN, or infinite
        return False
    is_above = low is None or _compare(low, number, kwargs.get("strict_min"))
    return is_above and (high is None or _compare(number, high, kwargs.get("strict_max")))


def _read_bound(value: Json) -> float | None:
    """A finite number, or None."""
    return to_float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _compare(low: float, high: float, strict: Json) -> bool:
    return low < high if strict is True else low <= high


def _choose(expectations: Sequence[Expectation], select: str) -> Expectation:
    matching = [each for each in expectations if select in (each.name, each.column, each.type)]
    if not matching:
        listed = list_some([SUCCESS, *(each.name for each in expectations)])
        raise UnusableSource("no_match", f"`{select}` matches nothing; there is {listed}")
    if len(matching) > 1:
        listed = list_some(each.name for each in matching)
        raise UnusableSource("ambiguous", f"`{select}` matches {len(matching)} expectations: {listed}")
    return matching[0]


def _read_expectation(expectation: Expectation, aggregate: str) -> tuple[Run, tuple[str, ...]]:
    if expectation.error:
        raise UnusableSource("unreadable", f"{expectation.name} raised: {expectation.error}")
    if "unexpected_count" in expectation.result:
        bad, total, missing = _count_values(expectation)
        warnings = (
            (f"{missing:g} values of {expectation.column} are missing, and not counted",) if missing else ()
        )
        return Run(events=Count(bad, total)), warnings
    if "observed_value" not in expectation.result:
        raise UnusableSource("unsuitable", f"{expectation.name} has no observed value")
    observed = expectation.result["observed_value"]
    if isinstance(observed, str | bool | list | dict):
        raise UnusableSource("unsuitable", f"{expectation.name} observed something that is no number")
    number = read_number(observed, f"the observed value of {expectation.name}")
    return Run(figures={aggregate: number}), ()


def _count_values(expectation: Expectation) -> tuple[float, float, float]:
    """(unexpected, all that are there, missing ones) of an expectation about each value. Raises UnusableSource."""
    numbers = []
    for name in ("unexpected_count", "element_count", "missing_count"):
        value = expectation.result.get(name, 0 if name == "missing_count" else None)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
            raise UnusableSource("unreadable", f"{expectation.place}.result.{name} is no count")
        numbers.append(float(value))
    bad, elements, missing = numbers
    if bad > elements - missing:
        reason = f"{expectation.place}: {bad:g} unexpected and {missing:g} missing of {elements:g} values"
        raise UnusableSource("unreadable", reason)
    if elements == missing:
        raise UnusableSource("empty", f"{expectation.place} checked a column without values")
    return bad, elements - missing, missing
