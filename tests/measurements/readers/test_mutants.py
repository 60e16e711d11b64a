"""No spoiled file of these tools passes for a good measurement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.k6_shapes import SHAPES, encode
from measurements.mutations import (
    ABSENT,
    NO_NUMBER,
    NO_VALUE,
    REFUSED,
    Mutant,
    assert_nothing_is_hidden,
    check_mutants,
    cut_text,
    encode_json,
    mutate_bytes,
    mutate_json,
    replace_at,
    spoiled_json,
    without,
)
from measurements.reading import RECORDED, choose
from rulewright.measurements.readers.table import READERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.measurements.reader import Selection
    from rulewright.policy.json_types import JsonPath

STATS: JsonPath = ("benchmarks", 0, "stats")
LATENCIES = {"run": {"id": "r1"}, "results": [{"id": f"c{place}", "ms": place + 0.5} for place in range(8)]}
COUNTS = {"requests": 200, "errors": 3, "cases": [{"ok": True}, {"ok": False}]}
LINES = b"".join(encode_json({"id": f"c{place}", "ms": place + 0.5}) + b"\n" for place in range(8))
TABLE = b"id,ms,note\n" + b"".join(b'c%d,%d.5,"a, b"\n' % (place, place) for place in range(8))
LOCUST_CSV = (RECORDED / "locust_stats.csv").read_bytes()
JUNIT = (RECORDED / "junit-pytest.xml").read_bytes()


class JsonSource(NamedTuple):
    """A JSON file of a tool, what is selected in it, and the paths of the values that this needs."""

    kind: str
    document: Any
    selection: Selection
    needed: tuple[JsonPath, ...]
    more: tuple[Mutant, ...] = ()


def recorded(name: str) -> Any:
    """A recorded JSON file."""
    return json.loads((RECORDED / name).read_bytes())


def _benchmark() -> JsonSource:
    document = recorded("pytest-benchmark.json")
    values = document["benchmarks"][0]["stats"]["data"]
    slow = replace_at(document, (*STATS, "data"), [1000 * value for value in values])
    cut = replace_at(document, (*STATS, "data"), values[:5])
    doubled = replace_at(document, (*STATS, "data"), values + values)
    means = replace_at(document, (*STATS, "iterations"), 10)
    twice = replace_at(document, ("benchmarks",), [*document["benchmarks"], document["benchmarks"][0]])
    more = (
        Mutant("in milliseconds", encode_json(slow), NO_NUMBER),
        Mutant("values are away", encode_json(cut), NO_VALUE),
        Mutant("values are there twice", encode_json(doubled), NO_NUMBER),
        Mutant("the benchmark is there twice", encode_json(twice), frozenset({"ambiguous"})),
        Mutant("no benchmarks", encode_json(replace_at(document, ("benchmarks",), [])), frozenset({"empty"})),
        Mutant("no raw values", encode_json(without(document, (*STATS, "data"))), frozenset({"unsuitable"})),
        Mutant("means of calls", encode_json(means), frozenset({"unsuitable"})),
    )  # fmt: skip
    needed = ((*STATS, "data", 3), (*STATS, "rounds"))
    return JsonSource("pytest-benchmark", document, choose("test_chat", "p95"), needed, more)


def _values() -> JsonSource:
    twice = encode_json(LATENCIES).replace(b'"ms": 3.5', b'"ms": 3.5, "ms": 0.1')
    more = (
        Mutant("a key is there twice", twice, NO_NUMBER),
        Mutant("no results", encode_json(replace_at(LATENCIES, ("results",), [])), frozenset({"empty"})),
        Mutant("no list", encode_json(replace_at(LATENCIES, ("results",), {})), frozenset({"no_match"})),
        Mutant("a result is null", encode_json(replace_at(LATENCIES, ("results", 2), None)), NO_VALUE),
    )
    return JsonSource("json", LATENCIES, choose("results[].ms", "p95"), (("results", 3, "ms"),), more)


def _counts() -> JsonSource:
    ratio = {"bad": "errors", "total": "requests"}
    zero = frozenset({"no_total"})
    more = (
        Mutant("no requests", encode_json(replace_at(COUNTS, ("requests",), 0)), zero),
        Mutant("the total is away", encode_json(without(COUNTS, ("requests",))), zero),
        Mutant("the total is null", encode_json(replace_at(COUNTS, ("requests",), None)), zero),
        Mutant("more errors than requests", encode_json(replace_at(COUNTS, ("errors",), 300)), NO_NUMBER),
        Mutant("a negative count", encode_json(replace_at(COUNTS, ("errors",), -1)), NO_NUMBER),
        Mutant("half an error", encode_json(replace_at(COUNTS, ("errors",), 0.5)), NO_NUMBER),
    )
    return JsonSource("json", COUNTS, choose(arguments={"select": ratio}), (), more)


def _locust() -> JsonSource:
    document = recorded("locust.json")
    place = next(
        place for place, item in enumerate(document) if (item["name"], item["method"]) == ("/chat", "GET")
    )
    entry = document[place]
    times = entry["response_times"]
    fields = ("num_requests", "num_failures", "max_response_time", "total_response_time")
    failed = replace_at(document, (place, "num_failures"), entry["num_requests"])
    scaled = {str(int(time) * 10): count for time, count in times.items()}
    more = (
        Mutant("a time is away", encode_json(without(document, (place, "response_times", "200"))), NO_VALUE),
        Mutant("in tenths", encode_json(replace_at(document, (place, "response_times"), scaled)), NO_NUMBER),
        Mutant("no times", encode_json(replace_at(document, (place, "response_times"), {})), NO_VALUE),
        Mutant("all failed", encode_json(failed), frozenset({"all_failed"})),
        Mutant("it is there twice", encode_json([*document, entry]), frozenset({"ambiguous"})),
        Mutant("nothing", b"[]", frozenset({"empty"})),
        Mutant("it is away", encode_json(without(document, (place,))), frozenset({"no_match"})),
    )  # fmt: skip
    return JsonSource(
        "locust", document, choose("GET /chat", "p95"), tuple((place, name) for name in fields), more
    )


def _autocannon() -> JsonSource:
    document = recorded("autocannon.json")
    refused = (RECORDED / "autocannon_refused.json").read_bytes()
    more = (
        Mutant("refused connections", refused, frozenset({"all_failed"})),
        Mutant("in seconds", encode_json(replace_at(document, ("latency", "p99"), 0.199)), NO_NUMBER),
        Mutant("fewer answers", encode_json(replace_at(document, ("requests", "total"), 7)), NO_NUMBER),
    )
    needed = (("latency", "p99"), ("errors",), ("non2xx",), ("requests", "total"), ("latency", "max"))
    return JsonSource("autocannon", document, choose("latency", "p99"), needed, more)


def _k6(shape: str) -> JsonSource:
    document = SHAPES[shape]()
    listed = document.get("results", {}).get("metrics")
    prefix: JsonPath = ("results", "metrics", 0, "values") if listed else ("metrics", "http_req_duration")
    prefix = (*prefix, "values") if shape == "handle-summary" else prefix
    metric = prefix if shape == "summary-export" else prefix[:-1]
    zeros = dict.fromkeys(("avg", "min", "med", "max", "p(90)", "p(95)"), 0)
    more = (
        Mutant("nothing was measured", encode_json(replace_at(document, prefix, zeros)), frozenset({"empty"})),
        Mutant("in seconds", encode_json(replace_at(document, (*prefix, "p(95)"), 0.14)), NO_NUMBER),
        Mutant("the metric is away", encode_json(without(document, metric)), frozenset({"no_match"})),
    )  # fmt: skip
    return JsonSource("k6", document, choose("http_req_duration", "p95"), ((*prefix, "p(95)"),), more)


SOURCES = {
    "pytest-benchmark": _benchmark(),
    "json": _values(),
    "json-counts": _counts(),
    "locust": _locust(),
    "autocannon": _autocannon(),
    **{f"k6-{shape}": _k6(shape) for shape in SHAPES},
}
every_json_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def _spoil(source: JsonSource) -> st.SearchStrategy[bytes]:
    return spoiled_json(source.document, drops_items=source.kind != "json")


@every_json_source
def test_mutants_of_json(source: JsonSource) -> None:
    data = encode(source.document)
    absent = ABSENT | {"unsuitable"}
    mutants = [
        *mutate_bytes(data, "json"),
        *mutate_json(source.document, source.needed, absent),
        *source.more,
    ]
    check_mutants(READERS[source.kind], source.selection, data, mutants)


@every_json_source
@given(st.data())
@settings(deadline=None, max_examples=60)
def test_nothing_in_json_is_hidden(source: JsonSource, data: st.DataObject) -> None:
    original = encode_json(source.document)
    spoiled = data.draw(st.one_of(_spoil(source), cut_text(original)))
    assert_nothing_is_hidden(READERS[source.kind], source.selection, original, spoiled)


def _cells(data: bytes, cell: bytes) -> Iterator[Mutant]:
    """A table, or JSON Lines, with one value spoiled. `cell` occurs once."""
    for text in (b"", b"NaN", b"nan", b"inf", b"-inf", b"1e999", b"N/A", b"NULL", b"1.7976931348623157e+308"):
        yield Mutant(f"a cell is `{text.decode()}`", data.replace(cell, text), NO_VALUE)
    for text in (b"fast", b"12ms", b"1_000", b"0x10", b"true", b"1 000", b"--5", "\u0661".encode(), b"1;5"):
        yield Mutant(f"a cell is `{text.decode()}`", data.replace(cell, text), NO_NUMBER)


def test_mutants_of_csv() -> None:
    rows = TABLE.splitlines(keepends=True)
    mutants = [
        *mutate_bytes(TABLE, "csv"),
        *_cells(TABLE, b"3.5"),
        Mutant("a decimal comma", TABLE.replace(b"3.5", b"3,5"), NO_NUMBER),
        Mutant("a cell too few", TABLE.replace(b"c3,", b""), NO_NUMBER),
        Mutant("an open quote", TABLE.replace(b'"a, b"\nc4', b'"a, b\nc4'), NO_NUMBER),
        Mutant("the column twice", TABLE.replace(b"note", b"ms"), frozenset({"ambiguous"})),
        Mutant("another name", TABLE.replace(b"ms", b"seconds", 1), frozenset({"no_match"})),
        Mutant("no header", b"".join(rows[1:]), REFUSED),
        Mutant("no rows", rows[0], frozenset({"empty"})),
        Mutant("semicolons", TABLE.replace(b",", b";"), NO_NUMBER),
        Mutant("written twice", TABLE + TABLE, NO_NUMBER),
        *(Mutant(f"cut after {end}", TABLE[:end], NO_NUMBER, may_warn=True) for end in (50, 60, 77, len(TABLE) - 3)),
        Mutant("no last line end", TABLE[:-1], frozenset(), may_warn=True),
    ]  # fmt: skip
    check_mutants(READERS["csv"], choose("ms", "p95"), TABLE, mutants)


def test_mutants_of_json_lines() -> None:
    document = {"id": "c8", "ms": 8.5}
    spoiled = [
        mutant._replace(data=LINES + mutant.data + b"\n") for mutant in mutate_json(document, [("ms",)])
    ]
    mutants = [
        *mutate_bytes(LINES, "lines"),
        *spoiled,
        *(Mutant(f"cut after {end}", LINES[:end], NO_NUMBER) for end in (10, 33, 100, len(LINES) - 3)),
        Mutant("two values in a line", LINES.replace(b"}\n", b"} {}\n", 1), NO_NUMBER),
        Mutant("a key twice", LINES.replace(b'"ms": 3.5', b'"ms": 3.5, "ms": 1'), NO_NUMBER),
        Mutant("another name", LINES.replace(b'"ms"', b'"seconds"'), frozenset({"no_match"})),
        Mutant("a line of a log", LINES + b"done\n", NO_NUMBER),
    ]
    check_mutants(READERS["jsonl"], choose("ms", "p95"), LINES, mutants)


@given(cut_text(LINES))
@settings(deadline=None)
def test_lines_that_are_cut_are_whole_lines(cut: bytes) -> None:
    whole = cut if cut.endswith((b"\n", b"}")) or not cut else b""
    if not whole:
        assert_nothing_is_hidden(READERS["jsonl"], choose("ms", "p95"), LINES, cut)


def test_mutants_of_locust_csv() -> None:
    mutants = [
        *mutate_bytes(LOCUST_CSV, "csv"),
        *_cells(LOCUST_CSV, b"91.9512509225342"),
        Mutant("all failed", LOCUST_CSV.replace(b"128,5,", b"128,128,"), frozenset({"all_failed"})),
        Mutant("no requests", LOCUST_CSV.replace(b"128,5,", b"0,0,"), frozenset({"empty"})),
        Mutant("more failures than requests", LOCUST_CSV.replace(b"128,5,", b"5,128,"), NO_NUMBER),
        Mutant("in seconds", LOCUST_CSV.replace(b"91.9512509225342", b"0.0919512509"), NO_NUMBER),
        Mutant("the history", (RECORDED / "locust_stats_history.csv").read_bytes(), frozenset({"unsuitable"})),
        Mutant("no percentiles", LOCUST_CSV.replace(b"95%", b"94%", 1), frozenset({"unsuitable"})),
        Mutant("the column twice", LOCUST_CSV.replace(b"98%", b"95%", 1), frozenset({"ambiguous"})),
        Mutant("another name", LOCUST_CSV.replace(b"Failure Count", b"Failures", 1), NO_NUMBER),
        Mutant("the row twice", LOCUST_CSV.replace(b"POST,/chat", b"GET,/chat"), frozenset({"ambiguous"})),
        Mutant("the row is away", LOCUST_CSV.replace(b"GET,/chat", b"GET,/other"), frozenset({"no_match"})),
    ]  # fmt: skip
    check_mutants(READERS["locust"], choose("GET /chat", "p95"), LOCUST_CSV, mutants)


def test_mutants_of_junit() -> None:
    case = b'<testcase classname="test_chat.TestChat" name="test_answer" time="0.021" />'
    assert JUNIT.count(case) == 1
    all_failed = frozenset({"all_failed"})
    failed = JUNIT[JUNIT.index(b"<failure") : JUNIT.index(b"</failure>") + 10]
    empty = frozenset({"empty"})
    mutants = [
        *mutate_bytes(JUNIT, "xml"),
        *(
            Mutant(f"the time is `{text}`", JUNIT.replace(b'"0.021"', f'"{text}"'.encode()), NO_VALUE)
            for text in ("", "NaN", "inf", "-inf", "1e999", "N/A", "1.7976931348623157e+308")
        ),
        *(
            Mutant(f"the time is `{text}`", JUNIT.replace(b'"0.021"', f'"{text}"'.encode()), NO_NUMBER)
            for text in ("fast", "21ms", "0,021", "1_0", "-1")
        ),
        Mutant("no time", JUNIT.replace(b' time="0.021"', b""), NO_VALUE),
        Mutant("the failure is away", JUNIT.replace(failed, b""), NO_VALUE),
        Mutant("a case is away", JUNIT.replace(case, b""), frozenset({"no_match"})),
        Mutant("no cases", b'<testsuites><testsuite tests="7" failures="1"/></testsuites>', empty),
        Mutant("skipped", JUNIT.replace(case, case.replace(b"/>", b"><skipped/></testcase>")), empty),
        Mutant("disabled", JUNIT.replace(case, case.replace(b"/>", b'status="disabled"/>')), empty),
        Mutant("failed", JUNIT.replace(case, case.replace(b"/>", b"><failure/></testcase>")), all_failed),
        Mutant("errored later", JUNIT.replace(case, case + case.replace(b"/>", b"><error/></testcase>")), all_failed),
        Mutant("a DTD", JUNIT.replace(b"?>", b"?><!DOCTYPE testsuites []>", 1), NO_NUMBER),
        Mutant("an entity", JUNIT.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "0.021">]>', 1), NO_NUMBER),
        Mutant("an unknown entity", JUNIT.replace(b'"0.021"', b'"&time;"'), NO_NUMBER),
        Mutant("another root", JUNIT.replace(b"testsuites", b"report"), NO_NUMBER),
    ]  # fmt: skip
    check_mutants(READERS["junit"], choose("test_answer", "p95"), JUNIT, mutants)


@given(cut_text(JUNIT), st.sampled_from(["failures", "skipped", "tests", "time", "test_answer"]))
@settings(deadline=None)
def test_xml_that_is_cut_is_refused(cut: bytes, select: str) -> None:
    assert_nothing_is_hidden(READERS["junit"], choose(select, "rate"), JUNIT, cut)


@given(st.data(), st.sampled_from(["failures", "time"]))
@settings(deadline=None)
def test_no_missing_failure_is_hidden(data: st.DataObject, select: str) -> None:
    """Any of the cases away: the share of failures is refused, or a warning says so."""
    parts = JUNIT.split(b"<testcase")
    place = data.draw(st.integers(1, len(parts) - 1))
    tail = b"</testsuite></testsuites>" if place == len(parts) - 1 else b""
    spoiled = b"<testcase".join([*parts[:place], *parts[place + 1 :]]) + tail
    assert_nothing_is_hidden(READERS["junit"], choose(select, "rate"), JUNIT, spoiled)
