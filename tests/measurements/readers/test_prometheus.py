"""Prometheus: recorded answers of its HTTP API, the text format, and (slow) the server itself."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from measurements.prometheus_server import METRICS, find_program, run_prometheus
from measurements.reading import RECORDED, choose, refuse
from rulewright.measurements.readers.prometheus import count_gaps, read_prometheus
from rulewright.measurements.sample import Buckets, Count

FOLDER = RECORDED / "prometheus"
TIME = "2026-11-29T20:28:33Z"
LATENCY = Buckets((0.1, 0.5, 1.0), (700.0, 250.0, 40.0, 10.0))


def answer(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def vector(*series: dict[str, object], **more: object) -> bytes:
    """An answer with series of a vector."""
    data = {"resultType": "vector", "result": [{"metric": {}, **each} for each in series]}
    return json.dumps({"status": "success", "data": data, **more}).encode()


def native(*buckets: list[object], count: str, total: str = "1") -> bytes:
    histogram = {"count": count, "sum": total, "buckets": list(buckets)}
    return vector({"histogram": [1.5, histogram]})


# Answers of the HTTP API, as Prometheus 2.42 gave them.


@pytest.mark.parametrize(("name", "number"), [("vector", 3), ("scalar", 3), ("total", 1000)])
def test_one_number_is_a_figure(name: str, number: float) -> None:
    reading = read_prometheus(answer(name), choose(aggregate="p95"))
    assert [dict(run.figures) for run in reading.runs] == [{"p95": number}]
    assert (reading.time, reading.tool, reading.warnings) == (TIME, "prometheus", ())


@pytest.mark.parametrize("name", ["matrix", "raw"])
def test_a_matrix_gives_values_in_order_of_time(name: str) -> None:
    (run,) = read_prometheus(answer(name), choose()).runs
    assert list(run.values) == [3.0] * 5
    assert run.time == TIME


def test_series_of_buckets_are_a_histogram() -> None:
    reading = read_prometheus(answer("histogram"), choose())
    assert reading.runs[0].buckets == LATENCY
    assert reading.unit == "s"


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("absent", "empty", "the result of the query is empty"),
        ("nan", "not_finite", "the source is nan"),
        ("infinite", "not_finite", "the source is inf"),
        ("string", "unsuitable", "is a text"),
        ("error", "unreadable", "bad_data: invalid parameter"),
        ("several", "ambiguous", 'matches 3 series: http_requests_total{code="200", instance='),
    ],
)
def test_what_is_no_number_is_refused(name: str, code: str, text: str) -> None:
    found, reason = refuse(read_prometheus, answer(name), choose())
    assert found == code
    assert text in reason


def test_select_names_one_of_several_series() -> None:
    select = 'http_requests_total{code="500", route="/chat"}'
    (run,) = read_prometheus(answer("several"), choose(select, "last")).runs
    assert dict(run.figures) == {"last": 10.0}


def test_counts_of_one_answer() -> None:
    arguments = {"bad": '{code="500"}', "total": "sum(http_requests_total)"}
    (run,) = read_prometheus(answer("several"), choose(arguments=arguments)).runs
    assert run.events == Count(10, 1200)


def test_warnings_and_infos_are_passed_on() -> None:
    body = json.loads(answer("vector")) | {"warnings": ["a\nstore is\naway"], "infos": ["no counter"]}
    reading = read_prometheus(json.dumps(body).encode(), choose())
    assert reading.warnings == ("a store is away", "no counter")


def test_gaps_in_a_range_are_missing_values() -> None:
    body = json.loads(answer("matrix"))
    del body["data"]["result"][0]["values"][2]
    code, reason = refuse(read_prometheus, json.dumps(body).encode(), choose())
    assert (code, reason) == ("not_finite", "1 of 5 values are missing between the first and the last")


@pytest.mark.parametrize(
    ("times", "lost"),
    [((), 0), ((1.0,), 0), ((1, 2, 3), 0), ((1, 2, 5), 0), ((1, 2, 3, 6, 7), 2), ((0, 1.01, 2.0, 2.98), 0)],
)
def test_gaps_are_counted_by_the_usual_step(times: tuple[float, ...], lost: int) -> None:
    assert count_gaps(times) == lost


def test_version_3_writes_bounds_as_floats() -> None:
    series = [
        {"metric": {"le": bound, "job": "a"}, "value": [1, count]}
        for bound, count in (("1.0", "4"), ("10.0", "9"), ("+Inf", "9"))
    ]
    (run,) = read_prometheus(vector(*series), choose()).runs
    assert run.buckets == Buckets((1.0, 10.0), (4.0, 5.0, 0.0))


@pytest.mark.parametrize(
    ("series", "code", "text"),
    [
        ([("1", "4"), ("1.0", "4"), ("+Inf", "9")], "ambiguous", "two buckets have the bound 1"),
        ([("1", "4"), ("2", "9")], "unreadable", 'no bucket `le="+Inf"`'),
        ([("1", "4"), ("2", "3"), ("+Inf", "9")], "unreadable", 'fall at `le="2"`'),
        ([("1", "0"), ("+Inf", "0")], "empty", "counts no values"),
        ([("1", "NaN"), ("+Inf", "9")], "not_finite", '{le="1"} is nan'),
        ([("one", "1"), ("+Inf", "9")], "unreadable", "is `one`, which is no number"),
        ([("-Inf", "1"), ("+Inf", "9")], "unreadable", '`le="-Inf"`'),
    ],
)
def test_a_broken_histogram_is_refused(series: list[tuple[str, str]], code: str, text: str) -> None:
    body = vector(*({"metric": {"le": bound}, "value": [1, count]} for bound, count in series))
    found, reason = refuse(read_prometheus, body, choose())
    assert found == code
    assert text in reason


def test_histograms_of_two_routes_are_not_pooled() -> None:
    body = vector(
        *(
            {"metric": {"le": bound, "route": route}, "value": [1, "5"]}
            for bound in ("1", "+Inf")
            for route in ("/a", "/b")
        )
    )
    code, reason = refuse(read_prometheus, body, choose())
    assert (code, reason) == ("ambiguous", 'the source matches 2 series: {route="/a"}, {route="/b"}')
    (run,) = read_prometheus(body, choose('{route="/a"}')).runs
    assert run.buckets == Buckets((1.0,), (5.0, 0.0))


def test_a_native_histogram_gives_buckets_without_gaps() -> None:
    body = native([3, "-0.001", "0.001", "1"], [0, "0.5", "1", "4"], [0, "1", "2", "3"], count="8")
    (run,) = read_prometheus(body, choose()).runs
    assert run.buckets == Buckets((-0.001, 0.001, 0.5, 1.0, 2.0), (0, 1, 0, 4, 3, 0), -0.001, 2.0)


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (native([0, "1", "2", "3"], count="4"), "unreadable", "count is 4, and the buckets count 3"),
        (native([1, "-2", "-1", "3"], count="3"), "unsuitable", "negative values"),
        (native([0, "1", "2", "3"], count="3", total="NaN"), "not_finite", "values were not finite"),
        (native([0, "2", "3", "3"], [0, "1", "2", "1"], count="4"), "unreadable", "out of order"),
        (native(count="0"), "empty", "counts no values"),
        (native([7, "1", "2", "3"], count="3"), "unreadable", "no bucket"),
        (native([0, "1", "+Inf", "3"], count="3"), "not_finite", "not finite"),
        (vector({"histogram": 3}), "unreadable", "no pair of a time and a histogram"),
    ],
)
def test_a_broken_native_histogram_is_refused(body: bytes, code: str, text: str) -> None:
    found, reason = refuse(read_prometheus, body, choose())
    assert found == code
    assert text in reason


# The text format.


def test_families_of_the_text_format() -> None:
    def read(select: str) -> object:
        (run,) = read_prometheus(METRICS.encode(), choose(select, "last")).runs
        return run.buckets or dict(run.figures)

    assert read("http_request_duration_seconds") == LATENCY
    assert read('http_request_duration_seconds_bucket{route="/chat"}') == LATENCY
    assert read('http_request_duration_seconds_bucket{le="0.5"}') == {"last": 950.0}
    assert read("gc_duration_seconds") == {"p50": 0.002, "p95": 0.011}
    assert read("queue_length") == {"last": 3.0}
    assert read("sum(http_requests_total)") == {"last": 1200.0}


def test_units_come_from_names_and_from_declarations() -> None:
    text = "# UNIT size_bytes bytes\nsize_bytes 5\nplain 5\nwait_milliseconds_total 1\n"
    units = [read_prometheus(text.encode(), choose(name)).unit for name in ("size_bytes", "plain")]
    assert units == ["B", ""]
    assert read_prometheus(text.encode(), choose("wait_milliseconds_total")).unit == "ms"


def test_openmetrics_has_exemplars_seconds_and_an_end() -> None:
    text = (
        "# TYPE wait_seconds histogram\n"
        'wait_seconds_bucket{le="1.0"} 4 1.5e9 # {trace_id="a"} 0.3 1.5e9\n'
        'wait_seconds_bucket{le="+Inf"} 5 1.5e9\nwait_seconds_count 5 1.5e9\nwait_seconds_sum 9.5 1.5e9\n# EOF\n'
    )
    reading = read_prometheus(text.encode(), choose("wait_seconds"))
    assert reading.runs[0].buckets == Buckets((1.0,), (4.0, 1.0))
    assert reading.time == "2017-07-14T02:40:00Z"


def test_escapes_and_quoted_names() -> None:
    text = 'a{path="C:\\\\x\\n\\"q\\"",} 1 1500000000000\n{"http.requests", method="GET"} 7\n'
    reading = read_prometheus(text.encode(), choose('a{path="C:\\\\x\\n\\"q\\""}', "last"))
    assert dict(reading.runs[0].figures) == {"last": 1.0}
    assert reading.time == "2017-07-14T02:40:00Z"
    quoted = read_prometheus(text.encode(), choose('{"http.requests", method="GET"}', "last"))
    assert dict(quoted.runs[0].figures) == {"last": 7.0}


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("a 1\na 2\n", "ambiguous", "line 2: the series of line 1 again"),
        ("a 1\nb", "unreadable", "line 2: the file ends within a line: it is cut off"),
        ("a one\n", "unreadable", "line 1: the value is `one`, which is no number"),
        ("a{b=1} 1\n", "unreadable", "line 1: column 3: this is no label"),
        ('a{b="1"c="2"} 1\n', "unreadable", "line 1: column 8: the labels do not end"),
        ('a{b="1",b="2"} 1\n', "unreadable", "line 1: the label `b` occurs twice"),
        ("a 1 2 3\n", "unreadable", "line 1: column 2: this is no sample"),
        ("# TYPE a meter\na 1\n", "unreadable", "line 1: `meter` is no type of a metric"),
        ("# TYPE a gauge\n# TYPE a counter\na 1\n", "unreadable", "line 2: `a` is declared twice"),
        ("# nothing\n", "empty", "the file has no samples"),
        ("a NaN\n", "not_finite", "the source is nan"),
        ("a 1\n\0\n", "unreadable", "byte 4 is NUL: it is no UTF-8 text, or it is damaged"),
        ("  \n", "empty", "the file is empty"),
    ],
)
def test_a_broken_text_is_refused(text: str, code: str, reason: str) -> None:
    assert refuse(read_prometheus, text.encode(), choose()) == (code, reason)


def test_a_histogram_that_contradicts_its_count_is_refused() -> None:
    text = METRICS.replace('_count{route="/chat"} 1000', '_count{route="/chat"} 999')
    code, reason = refuse(read_prometheus, text.encode(), choose("http_request_duration_seconds"))
    assert code == "unreadable"
    assert reason == "http_request_duration_seconds_count is 999, and the buckets count 1000"
    text = METRICS.replace("131.5", "NaN")
    assert refuse(read_prometheus, text.encode(), choose("http_request_duration_seconds"))[0] == "not_finite"


def count(text: str, **arguments: str) -> tuple[Count | None, tuple[str, ...]]:
    reading = read_prometheus(text.encode(), choose(arguments=dict(arguments)))
    return reading.runs[0].events, reading.warnings


def test_ratios_are_counts() -> None:
    total = "sum(http_requests_total)"
    assert count(METRICS, bad='http_requests_total{code="500"}', total=total) == (Count(10, 1200), ())
    good = 'sum(http_requests_total{code="200"})'
    assert count(METRICS, good=good, total=total) == (Count(10, 1200), ())


def test_a_counter_that_never_counted_is_zero() -> None:
    found = count(METRICS, bad="http_errors_total", total="sum(http_requests_total)")
    assert found == (Count(0, 1200), ("`bad` has no value: counted as 0",))
    assert count(METRICS, good="http_ok_total", total="sum(http_requests_total)")[0] == Count(1200, 1200)


@pytest.mark.parametrize(
    ("bad", "total", "code"),
    [
        ("queue_length", "absent", "no_total"),
        ("absent", "sum(absent_total)", "no_total"),
        ("queue_length", "zero", "no_total"),
        ("broken_ratio", "queue_length", "not_finite"),
        ("queue_length", "broken_ratio", "not_finite"),
        ("queue_length", "one", "unreadable"),
        ("negative", "one", "unreadable"),
        ("queue_length", "http_requests_total", "ambiguous"),
        ('http_requests_total{status="500"}', "sum(http_requests_total)", "no_match"),
        ("a b", "one", "unsuitable"),
        ('a{b=~"c"}', "one", "unsuitable"),
    ],
)
def test_a_ratio_without_meaning_is_refused(bad: str, total: str, code: str) -> None:
    text = METRICS + "zero 0\none 1\nnegative -1\n"
    arguments = {"bad": bad, "total": total}
    assert refuse(read_prometheus, text.encode(), choose(arguments=arguments))[0] == code


@pytest.mark.parametrize("names", [("bad",), ("total",), ("bad", "good", "total")])
def test_a_ratio_has_two_parts(names: tuple[str, ...]) -> None:
    arguments = dict.fromkeys(names, "queue_length")
    assert refuse(read_prometheus, METRICS.encode(), choose(arguments=arguments))[0] == "unsuitable"


# The server itself.


@pytest.mark.slow
def test_a_running_prometheus(tmp_path: Path) -> None:
    program = find_program("prometheus")
    if program is None:
        pytest.skip("no prometheus: .ci/prometheus/fetch needs apt-get and dpkg")
    with run_prometheus(tmp_path, program) as server:
        moment = f"{time.time():.3f}"

        def read(query: str, select: str = "", **arguments: str) -> object:
            data = server.fetch("query", query=query, time=moment)
            (run,) = read_prometheus(data, choose(select, "last", arguments=dict(arguments))).runs
            return run.buckets or run.events or dict(run.figures)

        assert read("queue_length") == {"last": 3.0}
        assert read("http_request_duration_seconds_bucket") == LATENCY
        assert read("gc_duration_seconds{quantile!=''}") == {"p50": 0.002, "p95": 0.011}
        ratio = {"bad": '{code="500"}', "total": "sum(http_requests_total)"}
        assert read("http_requests_total", **ratio) == Count(10, 1200)
        for query, code in (
            ("absent_metric", "empty"),
            ("http_requests_total", "ambiguous"),
            ("queue_length / 0", "not_finite"),
            ("broken_ratio", "not_finite"),
        ):
            data = server.fetch("query", query=query, time=moment)
            assert refuse(read_prometheus, data, choose())[0] == code
        server.target.text = ""
        server.wait_for("up", "0")
        data = server.fetch("query", query="queue_length")
        assert refuse(read_prometheus, data, choose())[0] == "empty"
