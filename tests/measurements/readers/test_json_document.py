"""JSON of any tool: keys, expressions, counts, runs, cases."""

from __future__ import annotations

import json
from typing import Any

import pytest

from measurements.reading import choose, read_values, refuse, values_of
from rulewright.measurements.readers.json_document import read_json
from rulewright.measurements.sample import Count

DOCUMENT = {
    "p95-ms": 7,
    "latency": {"total": [1, 2.5], "empty": [], "none": None},
    "results": [
        {"id": "a", "ms": 3, "ok": True, "status": "passed"},
        {"id": "b", "ms": 5, "ok": False, "status": "failed"},
    ],
    "errors": 3,
    "requests": 200,
    "nan": "NaN",
    "a.b": 1,
    "a": {"b": 2},
}
DATA = json.dumps(DOCUMENT).encode()


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("p95-ms", [7]),
        ('"p95-ms"', [7]),
        ("latency.total", [1, 2.5]),
        ("results[].ms", [3, 5]),
        ("results[?status == 'failed'].ms", [5]),
        ("max(results[].ms)", [5]),
        ("@.errors", [3]),
    ],
)
def test_values(select: str, expected: list[float]) -> None:
    assert read_values(read_json, DATA, choose(select)) == expected


@pytest.mark.parametrize(("data", "expected"), [(b"5", [5]), (b"[1, 2]", [1, 2])])
def test_the_document_is_the_value(data: bytes, expected: list[float]) -> None:
    assert read_values(read_json, data, choose()) == expected


@pytest.mark.parametrize(
    ("select", "code", "part"),
    [
        ("", "ambiguous", "the document is an object; it has `p95-ms`, `latency`"),
        ("latency", "ambiguous", "`latency` is an object; it has `total`, `empty`, `none`"),
        ("latancy", "no_match", "no key `latancy`; did you mean `latency`?; there are `p95-ms`"),
        ("latency.p95", "no_match", "no key `p95`; there are `total`, `empty`, `none`"),
        ("results.ms", "no_match", "`ms` is asked of what is a list; write `[]` for its items"),
        ("errors.ms", "no_match", "`ms` is asked of what is no object"),
        ("results[7].ms", "no_match", "`results[7].ms` gives nothing; there are"),
        (
            "results[].latency",
            "no_match",
            "none of 2 items has `latency`; they have `id`, `ms`, `ok`, `status`",
        ),
        ("latency.empty", "empty", "an empty list"),
        ("results[?ms > `9`].ms", "empty", "an empty list"),
        ("latency.none", "not_finite", "`latency.none` is missing"),
        ("nan", "not_finite", "`nan` is `NaN`"),
        ("results[].status", "unreadable", "item 0 of `results[].status` is a text (`passed`)"),
        ("results[].ok", "unreadable", "item 0 of `results[].ok` is a boolean"),
        ("results[].[ms]", "unreadable", "is a list"),
        ("results[", "no_match", "`results[` is no JMESPath: "),
        ("results[].median_of(ms)", "no_match", "`results[].median_of(ms)`: "),
        ("a.b", "ambiguous", "`a.b` is a key, and a path to another value"),
    ],
)
def test_what_gives_no_values(select: str, code: str, part: str) -> None:
    found, reason = refuse(read_json, DATA, choose(select))
    assert found == code
    assert part in reason


def test_a_missing_value_counts_among_the_selected() -> None:
    data = b'{"r": [{"v": 1}, {"v": null}, {}, {"v": 4}, {"v": NaN}, {"v": "inf"}]}'
    code, reason = refuse(read_json, data, choose("r[].v"))
    assert code == "not_finite"
    assert reason == "4 of 6 values are missing or not finite, the first: item 1 of `r[].v` is missing"
    assert refuse(read_json, data, choose("max(r[].v)"))[0] == "not_finite"
    assert refuse(read_json, data, choose("r[?v < `9`].v"))[0] == "not_finite"


def test_values_whose_sum_is_infinite() -> None:
    assert read_values(read_json, b"[1e308, 1e308, -5]", choose()) == [1e308, 1e308, -5]
    assert (
        refuse(read_json, b"[1.7976931348623157e308, -1.7976931348623157e308]", choose())[0] == "not_finite"
    )


def test_rates_take_booleans() -> None:
    assert read_values(read_json, DATA, choose("results[].ok", "rate")) == [1, 0]


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        ({"bad": "errors", "total": "requests"}, Count(3, 200)),
        ({"good": "errors", "total": "requests"}, Count(197, 200)),
        ({"bad": "results[?status == 'failed']", "total": "results"}, Count(1, 2)),
        ({"good": "results[?ok]", "total": "length(results)"}, Count(1, 2)),
        ({"bad": "failures", "total": "requests"}, Count(0, 200)),
    ],
)
@pytest.mark.parametrize("in_select", [True, False])
def test_counts(ratio: dict[str, str], expected: Count, in_select: bool) -> None:
    arguments: Any = {"json": "r.json", **({"select": ratio} if in_select else ratio)}
    (run,) = read_json(DATA, choose(arguments=arguments)).runs
    assert run.events == expected


def test_bad_events_that_were_never_counted() -> None:
    ratio: Any = {"bad": "failures", "total": "requests"}
    reading = read_json(DATA, choose(arguments=ratio))
    assert reading.warnings == ("`failures` gives nothing, which counts as 0",)
    assert read_json(DATA, choose(arguments={**ratio, "bad": "errors"})).warnings == ()
    by_run = read_json(b'[{"requests": 2}]', choose(arguments={**ratio, "runs": "@"}))
    assert by_run.warnings == ("run 0: `failures` gives nothing, which counts as 0",)


@pytest.mark.parametrize(
    ("ratio", "code", "part"),
    [
        ({"bad": "errors"}, "unsuitable", "a ratio takes `total`"),
        ({"total": "errors"}, "unsuitable", "one of `bad` and `good`"),
        ({"bad": "errors", "good": "errors", "total": "requests"}, "unsuitable", "one of `bad` and `good`"),
        ({"bad": "errors", "total": "all"}, "no_total", "`all` gives nothing"),
        ({"bad": "errors", "total": "latency.empty"}, "no_total", "`latency.empty` gives 0"),
        ({"bad": "requests", "total": "errors"}, "unreadable", "gives 200, more than the total of 3"),
        ({"bad": "nan", "total": "requests"}, "not_finite", "`nan` is `NaN`"),
        ({"bad": "latency.total", "total": "requests"}, "unsuitable", "a list of numbers or booleans"),
        ({"bad": "results[?score < `1`]", "total": "results"}, "not_finite", "item 0: `score` is missing"),
        ({"bad": "results[?verdict == 'bad']", "total": "results"}, "not_finite", "`verdict` is missing"),
        ({"bad": "results[?failed]", "total": "results"}, "not_finite", "item 0: `failed` is missing"),
    ],
)
def test_what_gives_no_counts(ratio: Any, code: str, part: str) -> None:
    found, reason = refuse(read_json, DATA, choose(arguments=ratio))
    assert found == code
    assert part in reason


def test_runs() -> None:
    data = b'{"runs": [{"id": 7, "time": "2026-01-05T08:00:00+01:00", "v": [1, 2]}, {"v": [3]}]}'
    reading = read_json(data, choose("v", arguments={"runs": "runs"}))
    assert values_of(reading) == [[1, 2], [3]]
    assert [(run.id, run.time) for run in reading.runs] == [("7", "2026-01-05T07:00:00Z"), ("1", "")]
    assert values_of(read_json(b"[[1], [2, 3]]", choose(arguments={"runs": "@"}))) == [[1], [2, 3]]


@pytest.mark.parametrize(
    ("data", "runs", "code", "part"),
    [
        (b'{"runs": [{"v": [1]}, {}]}', "runs", "no_match", "run 1: no key `v`"),
        (b'{"runs": [{"v": [1]}, {"v": [null]}]}', "runs", "not_finite", "run 1: item 0 of `v` is missing"),
        (b'{"runs": [{"v": [1]}, null]}', "runs[]", "not_finite", "run 1: it is missing"),
        (b'{"runs": {}}', "runs", "no_match", "`runs: runs` gives no list of runs"),
        (b'{"runs": []}', "runs", "empty", "`runs: runs` gives an empty list"),
    ],
)
def test_bad_runs(data: bytes, runs: str, code: str, part: str) -> None:
    found, reason = refuse(read_json, data, choose("v", arguments={"runs": runs}))
    assert found == code
    assert part in reason


CASES = {
    "results": [
        {"id": "a", "ok": True, "score": 0.5},
        {"id": 2, "ok": False, "score": "NaN"},
        {"id": "c", "ok": None},
    ]
}


def test_the_cases_of_a_suite() -> None:
    data = json.dumps(CASES).encode()
    (run,) = read_json(data, choose("results[].ok", pair_by="id")).runs
    assert (list(run.values), run.cases, run.errored) == ([1, 0], ("a", "2"), ("c",))
    (run,) = read_json(data, choose("results[*].score", pair_by="id")).runs
    assert (list(run.values), run.cases, run.errored) == ([0.5], ("a",), ("2", "c"))
    (run,) = read_json(data, choose("results[?ok != null].score", pair_by="id")).runs
    assert (list(run.values), run.cases, run.errored) == ([0.5], ("a",), ("2",))


@pytest.mark.parametrize(
    ("select", "pair_by", "code", "part"),
    [
        ("results", "id", "unsuitable", "`pair_by` needs a `select` over the cases"),
        ("", "id", "unsuitable", "`pair_by` needs a `select` over the cases"),
        ("results[].ok", "name", "unreadable", "case 0 of `results[].ok` has no id `name`"),
        ("results[].okay", "id", "no_match", "none of 3 items has `okay`"),
        ("results[].id", "id", "unreadable", "case 0 of `results[].id` is a text (`a`)"),
        ("suite[].ok", "id", "no_match", "`suite[].ok` goes over no list"),
        ("results[?id == 'z'].ok", "id", "empty", "the suite has no cases"),
    ],
)
def test_bad_cases(select: str, pair_by: str, code: str, part: str) -> None:
    found, reason = refuse(read_json, json.dumps(CASES).encode(), choose(select, pair_by=pair_by))
    assert found == code
    assert part in reason
