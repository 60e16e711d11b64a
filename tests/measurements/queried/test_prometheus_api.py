"""Prometheus' HTTP API, asked: what it answers by query, and (slow) the server itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from measurements.answering_server import Asked, Given, serve
from measurements.prometheus_server import find_program, run_prometheus
from measurements.reading import RECORDED, choose, refuse
from rulewright.measurements.reader import Reading
from rulewright.measurements.sample import Buckets, Count
from rulewright.policy.config import SourceHost
from rulewright.policy.quantity import format_moment
from rulewright.run.measurement_servers import build_query

NOW = 1795984113
LATE = format_moment(NOW)
Answers = Mapping[str, object]
"""Query → the result of an instant vector, a list of `(time, value)` over time, or a whole answer."""


def answer(answers: Answers) -> Callable[[Asked], Given]:
    """A Prometheus that knows some queries; everything else is empty."""

    def respond(asked: Asked) -> Given:
        parts = urlsplit(asked.path)
        parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
        found = answers.get(parameters["query"], [])
        if isinstance(found, Given):
            return found
        if parts.path.endswith("/query_range"):
            assert float(parameters["end"]) == NOW
            result = (
                [{"metric": {"instance": "a:1"}, "values": [[at, value] for at, value in found]}]
                if found
                else []
            )  # type: ignore[attr-defined]
            kind = "matrix"
        else:
            assert parameters["time"] == f"{NOW}.000"
            result, kind = list(found), "vector"  # type: ignore[call-overload]
        body = {"status": "success", "data": {"resultType": kind, "result": result}}
        return Given(200, json.dumps(body).encode())

    return respond


def number(value: str, **labels: str) -> list[dict[str, Any]]:
    """The result of an instant query with one series."""
    return [{"metric": {**labels}, "value": [NOW, value]}]


def points(count: int, value: str = "1", step: int = 15) -> list[tuple[int, str]]:
    return [(NOW - step * back, value) for back in reversed(range(count))]


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., Reading]:
    """(answers, source, select) → reading."""
    for name in ("total", "bad", "absent", "nan"):
        (tmp_path / f"{name}.json").write_bytes((RECORDED / f"prometheus/{name}.json").read_bytes())

    def read(answers: Answers, source: dict[str, Any], select: str = "", aggregate: str = "p95") -> Reading:
        with serve(answer(answers)) as url:
            query = build_query({"prometheus": SourceHost(url)}, str(tmp_path), LATE)
            reading = query("prometheus", {"prometheus": source}, choose(select, aggregate))
        assert reading is not None
        return reading

    return read


Ask = Callable[..., Reading]


def refuse_source(ask: Ask, answers: Answers, source: dict[str, Any]) -> tuple[str, str]:
    return refuse(lambda _, __: ask(answers, source), b"", choose())


def test_a_query_gives_a_figure(ask: Ask) -> None:
    reading = ask({"latency": number("0.42")}, {"query": "latency"})
    assert dict(reading.runs[0].figures) == {"p95": 0.42}
    assert (reading.time, reading.warnings) == (LATE, ())


def test_the_time_is_that_of_the_sample(ask: Ask) -> None:
    answers = {"q": number("3", __name__="q"), "timestamp(q)": number(str(NOW - 240))}
    reading = ask(answers, {"query": "q"})
    assert (reading.time, reading.runs[0].time) == (format_moment(NOW - 240),) * 2
    assert reading.warnings == ("the last sample is 240s old: is the target up?",)


def test_a_query_over_time_gives_values(ask: Ask) -> None:
    reading = ask({"q": points(5, "2")}, {"query": "q", "range": "1m"})
    assert list(reading.runs[0].values) == [2.0] * 5


@pytest.mark.parametrize(
    ("kept", "reason"), [(slice(0, 4), "1 of 5"), (slice(1, 5), "1 of 5"), (slice(4, 5), "4 of 5")]
)
def test_a_range_that_is_there_in_part_is_missing(ask: Ask, kept: slice, reason: str) -> None:
    found = refuse_source(ask, {"q": points(5)[kept]}, {"query": "q", "range": "1m"})
    assert found == ("not_finite", f"{reason} values are missing in the range")


def test_counts_of_two_queries(ask: Ask) -> None:
    answers = {"b": number("3"), "t": number("300"), "g": number("297")}
    assert ask(answers, {"bad": "b", "total": "t"}).runs[0].events == Count(3, 300)
    assert ask(answers, {"good": "g", "total": "t"}).runs[0].events == Count(3, 300)


def test_an_absent_numerator_is_zero(ask: Ask) -> None:
    reading = ask({"t": number("300")}, {"bad": "b", "total": "t"})
    assert reading.runs[0].events == Count(0, 300)
    assert reading.warnings == ("`bad` has no value: counted as 0",)


def test_windows_of_a_budget_are_asked_apart(tmp_path: Path) -> None:
    windows = {"30d": 5000, "5m": 10, "30m": 60, "1h": 120, "2h": 240, "6h": 720, "24h": 2880, "72h": 8640}
    answers: dict[str, object] = {f"t[{window}]": number(str(total)) for window, total in windows.items()}
    answers |= {"b[30d]": number("7"), "b[6h]": number("2")}
    del answers["t[5m]"]
    source = {"bad": "b[$window]", "total": "t[$window]"}
    with serve(answer(answers)) as url:
        query = build_query({"prometheus": SourceHost(url)}, str(tmp_path), LATE)
        reading = query("prometheus", {"prometheus": source}, choose()._replace(window="30d"))
        code, reason = refuse(
            lambda _, selection: query("prometheus", {"prometheus": source}, selection), b"", choose()
        )  # type: ignore[arg-type, return-value]
    assert reading is not None
    counts = [run.events for run in reading.runs]
    assert counts == [
        Count(7, 5000), Count(0, 0, "5m"), Count(0, 60, "30m"), Count(0, 120, "1h"), Count(0, 240, "2h"),
        Count(2, 720, "6h"), Count(0, 2880, "24h"), Count(0, 8640, "72h"),
    ]  # fmt: skip
    assert reading.warnings == ("no events within 5m",)
    assert (code, "there is none" in reason) == ("unsuitable", True)


def test_rates_are_warned_of(ask: Ask) -> None:
    answers = {"sum(rate(b[5m]))": number("0.1"), "sum(rate(t[5m]))": number("5")}
    reading = ask(answers, {"bad": "sum(rate(b[5m]))", "total": "sum(rate(t[5m]))"})
    assert [text.split("`")[1] for text in reading.warnings] == ["total", "bad"]


@pytest.mark.parametrize(
    ("answers", "code", "reason"),
    [
        ({"b": number("3")}, "no_total", "`total` has no value"),
        ({"t": number("0")}, "no_total", "`total` is 0"),
        ({"t": number("NaN")}, "not_finite", "`total` is nan"),
        ({"t": number("5"), "b": number("NaN")}, "not_finite", "`bad` is nan"),
        ({"t": number("5"), "b": number("6")}, "unreadable", "`bad` is 6 of 5, which is no share"),
        (
            {"t": [*number("5", a="1"), *number("5", a="2")]},
            "ambiguous",
            '`total` matches 2 series: {a="1"}, {a="2"}',
        ),
    ],
)
def test_a_ratio_without_meaning_is_refused(ask: Ask, answers: Answers, code: str, reason: str) -> None:
    assert refuse_source(ask, answers, {"bad": "b", "total": "t"}) == (code, reason)


def test_saved_answers_in_a_ratio(ask: Ask) -> None:
    def saved(bad: str) -> dict[str, Any]:
        return {"bad": {"response": f"{bad}.json"}, "total": {"response": "total.json"}}

    reading = ask({}, saved("bad"))
    assert (reading.runs[0].events, reading.time) == (Count(10, 1000), "2026-11-29T20:28:33Z")
    assert ask({}, saved("absent")).runs[0].events == Count(0, 1000)
    assert refuse_source(ask, {}, saved("nan"))[0] == "not_finite"
    assert refuse_source(ask, {}, saved("none")) == (
        "no_source",
        "`bad`, none.json: there is no file none.json",
    )
    assert refuse_source(ask, {}, saved("../bad"))[0] == "unreadable"
    assert refuse_source(ask, {}, {"bad": "b", "total": {"response": "absent.json"}})[0] == "no_total"


def test_saved_answers_of_different_times_are_stale(ask: Ask, tmp_path: Path) -> None:
    text = (tmp_path / "bad.json").read_text().replace("[179598", "[179597")
    (tmp_path / "bad.json").write_text(text)
    source: dict[str, Any] = {"bad": {"response": "bad.json"}, "total": {"response": "total.json"}}
    assert refuse_source(ask, {}, source) == ("stale", "the two answers are 10000s apart in time")


def test_a_target_that_was_down_is_stale(ask: Ask) -> None:
    answers: dict[str, object] = {"q": number("3"), "up": points(21)}
    assert dict(ask(answers, {"query": "q", "up": "up"}).runs[0].figures) == {"p95": 3.0}
    answers["up"] = [*points(21)[:-3], *points(3, "0")]
    source: dict[str, Any] = {"query": "q", "up": "up"}
    assert refuse_source(ask, answers, source) == ("stale", "a:1 was down at 3 of 21 moments")
    answers["up"] = points(21)[:-3]
    assert refuse_source(ask, answers, source) == ("stale", "a:1 was down at 3 of 21 moments")
    answers["up"] = []
    assert refuse_source(ask, answers, source) == ("stale", "`up` has no value: no target is scraped")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ({}, "takes `query`, or `total` with `bad` or `good`"),
        ({"bad": "b"}, "a ratio takes `total`"),
        ({"bad": "b", "good": "g", "total": "t"}, "a ratio takes `total`"),
        ({"bad": "b", "total": "t", "range": "1h"}, "remove `range`"),
        ({"query": "q", "range": "soon"}, "`range`: "),
        ({"query": "q", "range": "30d", "step": "1s"}, "steps; 11000 are the most"),
        ({"query": "q", "host": "other"}, "has no host `other`; there is `prometheus`"),
        ({"query": 3}, "`query` is no query"),
        ({"bad": 3, "total": "t"}, "`bad` is no query"),
        ({"query": "q", "up": 1}, "`up` is no query"),
    ],
)
def test_a_source_that_cannot_be_asked(ask: Ask, source: dict[str, Any], text: str) -> None:
    code, reason = refuse_source(ask, {"t": number("5")}, source)
    assert code == "unsuitable"
    assert text in reason


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (Given(502, b"<html>"), "status 502"),
        (Given(404, b"not found"), "status 404: check `url` of the host"),
        (
            Given(400, b'{"status": "error", "errorType": "bad_data", "error": "parse\\nerror"}'),
            "bad_data: parse error",
        ),
        (Given(200, b"<html>"), "line 1, column 1"),
    ],
)
def test_answers_that_are_errors(ask: Ask, given: Given, text: str) -> None:
    code, reason = refuse_source(ask, {"q": given}, {"query": "q"})
    assert code == "unreadable"
    assert text in reason


@pytest.mark.parametrize("source", [{"response": "a.json"}, {"file": "a.txt", "bad": "b", "total": "t"}])
def test_saved_answers_alone_are_read_as_files(source: object, tmp_path: Path) -> None:
    query = build_query({}, str(tmp_path), LATE)
    assert query("prometheus", {"prometheus": source}, choose()) is None  # type: ignore[dict-item]


@pytest.mark.slow
def test_a_running_prometheus(tmp_path: Path) -> None:
    program = find_program("prometheus")
    if program is None:
        pytest.skip("no prometheus: .ci/prometheus/fetch needs apt-get and dpkg")
    (tmp_path / "server").mkdir()
    with run_prometheus(tmp_path / "server", program) as server:
        server.wait_for("count_over_time(queue_length[1m]) >= bool 4", "1")
        hosts = {"prometheus": SourceHost(server.url)}

        def read(source: dict[str, Any], select: str = "") -> Reading:
            query = build_query(hosts, str(tmp_path), format_moment(time.time()))
            reading = query("prometheus", {"prometheus": source}, choose(select, "last"))
            assert reading is not None
            return reading

        total, bad = 'sum(http_requests_total{route="/chat"})', 'sum(http_requests_total{code="500"})'
        assert read({"bad": bad, "total": total}).runs[0].events == Count(10, 1000)
        never = 'sum(http_requests_total{code="503"})'
        assert read({"bad": never, "total": total}).runs[0].events == Count(0, 1000)
        assert dict(read({"query": "queue_length"}).runs[0].figures) == {"last": 3.0}
        buckets = read({"query": "http_request_duration_seconds_bucket"}).runs[0].buckets
        assert buckets == Buckets((0.1, 0.5, 1.0), (700.0, 250.0, 40.0, 10.0))
        values = read({"query": "queue_length", "range": "2s", "step": "1s"}).runs[0].values
        assert list(values) == [3.0] * 3
        refused = (
            ({"bad": bad, "total": "sum(absent)"}, "no_total"),
            ({"bad": bad, "total": "http_requests_total"}, "ambiguous"),
            ({"bad": "0 / (queue_length * 0)", "total": total}, "not_finite"),
            ({"query": "sum("}, "unreadable"),
            ({"query": "absent"}, "empty"),
            ({"query": "queue_length", "range": "10m", "step": "1s"}, "not_finite"),
            ({"query": "queue_length", "up": "up"}, "stale"),
        )
        for source, code in refused:
            found, _ = refuse(lambda _, __, source=source: read(source), b"", choose())  # type: ignore[misc]
            assert (source, found) == (source, code)
        server.target.text = ""
        server.wait_for("sum_over_time(up[2s])", "0")
        found, reason = refuse(
            lambda _, __: read({"query": "scalar(queue_length)", "up": "up", "range": "3s", "step": "1s"}),
            b"",
            choose(),
        )
        assert found == "stale"
        assert "was down at " in reason
