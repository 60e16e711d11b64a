"""No spoiled file of Prometheus, OpenTelemetry, MLflow, Great Expectations or DVC passes for a good measurement."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.mutations import (
    NO_NUMBER,
    NO_NUMBERS,
    NO_VALUE,
    NOT_FINITE,
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
from measurements.prometheus_server import METRICS
from measurements.reading import RECORDED, choose
from rulewright.measurements.reader import Selection
from rulewright.measurements.readers.table import READERS

Path = tuple[str | int, ...]
EMPTY, AMBIGUOUS, NO_MATCH = frozenset({"empty"}), frozenset({"ambiguous"}), frozenset({"no_match"})
UNSUITABLE = frozenset({"unsuitable"})


class Source(NamedTuple):
    """A JSON file of a tool, what is selected in it, and mutants of what that needs."""

    kind: str
    document: Any
    selection: Selection
    mutants: tuple[Mutant, ...]


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_bytes())


def changed(name: str, document: Any, path: Path, value: Any, codes: frozenset[str]) -> Mutant:
    """The document with another value at a path."""
    return Mutant(name, encode_json(replace_at(document, path, value)), codes)


# Prometheus.

RESULT: Path = ("data", "result")
SAMPLE: Path = (*RESULT, 0, "value")
TEXTS = {
    "NaN": NO_VALUE,
    "+Inf": NO_VALUE,
    "-Inf": NO_VALUE,
    "": NO_NUMBER,
    "fast": NO_NUMBER,
    "1_0": NO_NUMBER,
    " 3": NO_NUMBER,
}


def mutate_sample(document: Any, path: Path) -> Iterator[Mutant]:
    """A value of the HTTP API, which is a number as text beside a time."""
    for text, codes in TEXTS.items():
        yield changed(f"the value is `{text}`", document, (*path, 1), text, codes)
    for value in (3, 3.0, None, True, ["3"], {"value": "3"}):
        yield changed(f"the value is {value!r}", document, (*path, 1), value, NO_NUMBER)
    for value in (None, "now", True, -1, [1]):
        yield changed(f"the time is {value!r}", document, (*path, 0), value, NO_NUMBER)
    yield changed("no value", document, path, [], NO_NUMBER)
    yield changed("three values", document, path, [1, "3", "3"], NO_NUMBER)


def mutate_answer(document: Any) -> Iterator[Mutant]:
    """An answer of the HTTP API as such."""
    error = {"status": "error", "errorType": "timeout", "error": "query timed out"}
    yield Mutant("an error", encode_json(error), NO_NUMBER)
    yield changed("an error with data", document, ("status",), "error", NO_NUMBER)
    yield Mutant("no status", encode_json(without(document, ("status",))), NO_NUMBER)
    yield Mutant("no data", encode_json(without(document, ("data",))), NO_NUMBER)
    yield changed("another type", document, ("data", "resultType"), "table", NO_NUMBER)
    yield changed("a text", document, ("data",), {"resultType": "string", "result": [1, "3"]}, REFUSED)
    yield changed("an empty result", document, RESULT, [], EMPTY)
    yield changed("no labels", document, (*RESULT, 0, "metric"), None, NO_NUMBER)
    series = document["data"]["result"]
    yield changed("a series is there twice", document, RESULT, [*series, series[0]], AMBIGUOUS)


def _vector() -> Source:
    document = recorded("prometheus/vector.json")
    other = {**document["data"]["result"][0], "metric": {"__name__": "queue_length", "instance": "other"}}
    mutants = (
        *mutate_answer(document),
        *mutate_sample(document, SAMPLE),
        changed("two series", document, RESULT, [*document["data"]["result"], other], AMBIGUOUS),
        changed("another metric", document, (*RESULT, 0, "metric", "__name__"), "queue", NO_MATCH),
    )
    return Source("prometheus", document, choose("queue_length", "last"), mutants)


def _matrix() -> Source:
    document = recorded("prometheus/matrix.json")
    values: Path = (*RESULT, 0, "values")
    points = document["data"]["result"][0]["values"]
    mutants = (
        *mutate_answer(document),
        *mutate_sample(document, (*values, 2)),
        Mutant("a value in the middle is away", encode_json(without(document, (*values, 2))), NO_VALUE),
        changed("values are there twice", document, values, points + points, NO_NUMBER),
        changed("in another order", document, values, points[::-1], NO_NUMBER),
        changed("no values", document, values, [], NO_NUMBER),
    )
    return Source("prometheus", document, choose(), mutants)


def _histogram() -> Source:
    document = recorded("prometheus/histogram.json")
    series = document["data"]["result"]
    bound: Path = (*RESULT, 1, "metric", "le")
    unbounded = [each for each in series if each["metric"]["le"] != "+Inf"]
    other = [{**each, "metric": {**each["metric"], "route": "/memory"}} for each in series]
    mutants = (
        *mutate_answer(document),
        *mutate_sample(document, (*RESULT, 1, "value")),
        changed("no bucket for all", document, RESULT, unbounded, NO_NUMBER),
        changed("two routes", document, RESULT, [*series, *other], AMBIGUOUS),
        changed("a bound is no number", document, bound, "fast", NO_NUMBER),
        changed("a bound is NaN", document, bound, "NaN", NO_NUMBER),
        changed("a bound is there twice", document, bound, "0.50", AMBIGUOUS),
        changed("a bound is away", document, (*RESULT, 1, "metric"), {"route": "/chat"}, AMBIGUOUS),
        changed("a bucket counts more than the next", document, (*RESULT, 1, "value", 1), "960", NO_NUMBER),
        changed("a bucket counts below 0", document, (*RESULT, 1, "value", 1), "-5", NO_NUMBER),
    )
    return Source("prometheus", document, choose(), mutants)


# OpenTelemetry.

METRIC: Path = ("resource_metrics", 0, "scope_metrics", 0, "metrics")
CHAT: Path = (*METRIC, 0, "data", "data_points", 0)


def _otlp() -> Source:
    document = json.loads((RECORDED / "otlp/delta.jsonl").read_bytes().splitlines()[0])
    metric: Path = ("resourceMetrics", 0, "scopeMetrics", 0, "metrics", 0)
    histogram: Path = (*metric, "histogram")
    point: Path = (*histogram, "dataPoints", 0)
    metrics = document["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
    integers = [(*point, name) for name in ("count", "timeUnixNano", "startTimeUnixNano")]
    integers.append((*point, "bucketCounts", 1))
    bound: Path = (*point, "explicitBounds", 1)
    mutants = [
        changed(f"{path[-1]} is {value!r}", document, path, value, NO_NUMBER)
        for path in integers
        for value in ("fast", "1.5", "-3", True, 2.5, [1])
    ]
    mutants += [
        changed(f"a bound is {name}", document, bound, value, NO_VALUE) for name, value in NOT_FINITE.items()
    ]
    mutants += [
        changed(f"a bound is {name}", document, bound, value, NO_NUMBER) for name, value in NO_NUMBERS.items()
    ]
    mutants += [
        Mutant("a count is away", encode_json(without(document, (*point, "bucketCounts", 1))), NO_NUMBER),
        Mutant("a bound is away", encode_json(without(document, bound)), NO_NUMBER),
        changed("no counts", document, (*point, "bucketCounts"), [], UNSUITABLE),
        changed("bounds in another order", document, bound, 5.0, NO_NUMBER),
        changed("another count", document, (*point, "count"), "51", NO_NUMBER),
        changed("the sum is NaN", document, (*point, "sum"), "NaN", NO_VALUE),
        changed("a minimum above the maximum", document, (*point, "min"), 5.0, NO_NUMBER),
        changed("nothing recorded", document, (*point, "flags"), 1, NO_VALUE),
        changed("no temporality", document, (*histogram, "aggregationTemporality"), 0, NO_NUMBER),
        changed("a temporality of nobody", document, (*histogram, "aggregationTemporality"), True, NO_NUMBER),
        changed("no points", document, (*histogram, "dataPoints"), [], NO_MATCH),
        changed("another name", document, (*metric, "name"), "chat", NO_MATCH),
        changed("no name", document, (*metric, "name"), "", NO_NUMBER),
        changed("a unit that is no text", document, (*metric, "unit"), 3, frozenset({"unit"})),
        changed("the metric is there twice", document, metric[:-1], [*metrics, metrics[0]], AMBIGUOUS),
        changed("no metrics", document, metric[:-1], [], EMPTY),
        changed("no scopes", document, metric[:2], {"scopeMetrics": None}, NO_NUMBER),
        Mutant("no unit", encode_json(without(document, (*metric, "unit"))), frozenset({"unit"}), may_warn=True),
    ]  # fmt: skip
    return Source("otlp", document, choose("chat.duration", "p95"), tuple(mutants))


def _otlp_of_the_sdk() -> Source:
    document = recorded("otlp/sdk.json")
    mutants = [
        changed(f"{name} is {value!r}", document, (*CHAT, name), value, NO_NUMBER)
        for name in ("count", "time_unix_nano", "start_time_unix_nano")
        for value in ("fast", -3, True, 2.5, [1])
    ]
    mutants += [
        Mutant("a count is away", encode_json(without(document, (*CHAT, "bucket_counts", 1))), NO_NUMBER),
        changed("no points", document, CHAT[:-1], [], NO_MATCH),
        changed("another name", document, (*METRIC, 0, "name"), "chat", NO_MATCH),
    ]
    return Source("otlp", document, choose("chat.duration", "p95"), tuple(mutants))


# MLflow.


def _history() -> Source:
    document = recorded("mlflow/history.json")
    points = document["metrics"]
    mutants = (
        *mutate_json(document, [("metrics", 1, "value")]),
        *(
            changed(f"the step is {value!r}", document, ("metrics", 1, "step"), value, NO_NUMBER)
            for value in (None, "first", True, 1.5)
        ),
        changed("a value is there twice", document, ("metrics",), [*points, points[0]], AMBIGUOUS),
        changed("a page of several", document, ("next_page_token",), "eyJvZmZzZXQiOiAyfQ==", NO_NUMBER),
        changed("no values", document, ("metrics",), [], EMPTY),
        changed("another metric", document, ("metrics", 0, "key"), "loss", NO_MATCH),
    )
    return Source("mlflow", document, choose("accuracy", "last"), mutants)


def _runs() -> Source:
    document = recorded("mlflow/runs.json")
    order = [run["info"]["run_name"] for run in document["runs"]]
    run: Path = ("runs", order.index("night-1"))
    keys = [metric["key"] for metric in document["runs"][run[1]]["data"]["metrics"]]
    accuracy: Path = (*run, "data", "metrics", keys.index("accuracy"))
    repeated = [*document["runs"], document["runs"][run[1]]]
    states = [("status", status) for status in ("FAILED", "RUNNING", "KILLED", "", None, 3)]
    left_out = (
        changed(f"{key} is {value!r}", document, (*run, "info", key), value, EMPTY)
        for key, value in (*states, ("lifecycle_stage", "deleted"))
    )
    mutants = (
        *mutate_json(document, [(*accuracy, "value")]),
        *(mutant._replace(may_warn=True) for mutant in left_out),
        *(
            changed(f"{name} is {value!r}", document, (*run, "info", name), value, NO_NUMBER)
            for name in ("start_time", "end_time")
            for value in (None, "now", True, 1.5, 0)
        ),
        Mutant("the metric is away", encode_json(without(document, accuracy)), NO_VALUE),
        changed("the run is there twice", document, ("runs",), repeated, AMBIGUOUS),
        changed("a page of several", document, ("next_page_token",), "eyJvZmZzZXQiOiAyfQ==", NO_NUMBER),
        changed("no runs", document, ("runs",), [], NO_MATCH),
    )  # fmt: skip
    arguments = {"mlflow": {"response": "runs.json", "run": "*"}}
    return Source("mlflow", document, choose("accuracy", "last", arguments=arguments), mutants)


# Great Expectations and DVC.


def _expectations() -> Source:
    document = recorded("great_expectations/results.json")
    results = document["results"]
    places = {result["expectation_config"]["type"]: place for place, result in enumerate(results)}
    unique: Path = ("results", places["expect_column_values_to_be_unique"])
    mean: Path = ("results", places["expect_column_mean_to_be_between"])
    counts = [(*unique, "result", name) for name in ("element_count", "unexpected_count")]
    mutants = [
        changed(f"{path[-1]} is {value!r}", document, path, value, NO_NUMBER)
        for path in counts
        for value in (None, "20", True, -1, 2.5, [1], float("nan"))
    ]
    mutants += [
        changed(f"an expectation held {value!r}", document, (*unique, "success"), value, NO_NUMBER)
        for value in (None, "true", 1, [], False)
    ]
    mutants += [
        Mutant("an expectation tells nothing", encode_json(without(document, (*unique, "success"))), NO_NUMBER),
        changed("a held expectation has no result", document, (*unique, "result"), {}, NO_NUMBER),
        changed("the mean is null", document, (*mean, "result", "observed_value"), None, NO_NUMBER),
        changed("the mean is NaN", document, (*mean, "result", "observed_value"), float("nan"), NO_NUMBER),
        changed("the mean is beyond", document, (*mean, "result", "observed_value"), 7.5, NO_NUMBER),
        changed("a table without rows", document, (*unique, "result", "element_count"), 0, EMPTY),
        changed("all values are missing", document, (*unique, "result", "missing_count"), 20, EMPTY),
        changed("more unexpected than there are", document, (*unique, "result", "unexpected_count"), 21, NO_NUMBER),
        changed("an expectation without type", document, (*unique, "expectation_config", "type"), None, NO_NUMBER),
        changed("an expectation is null", document, unique, None, NO_NUMBER),
        changed("no expectations", document, ("results",), [], EMPTY),
        changed("expectations are an object", document, ("results",), {}, NO_NUMBER),
        Mutant("expectations are away", encode_json(without(document, ("results",))), NO_NUMBER),
    ]  # fmt: skip
    return Source("great-expectations", document, choose("success", "rate"), tuple(mutants))


def _mean_of_a_column() -> Source:
    document = recorded("great_expectations/results.json")
    types = [result["expectation_config"]["type"] for result in document["results"]]
    mean: Path = ("results", types.index("expect_column_mean_to_be_between"))
    observed: Path = (*mean, "result", "observed_value")
    raised = {"m": {"raised_exception": True, "exception_message": "no column"}}
    results = document["results"]
    missing, others = (None, float("nan"), float("inf"), 10**400), ("0.7", True, [1], {})
    mutants = (
        *(changed(f"it is {value!r:.9}", document, observed, value, NO_VALUE) for value in missing),
        *(changed(f"it is {value!r}", document, observed, value, UNSUITABLE) for value in others),
        changed("an exception", document, (*mean, "exception_info"), raised, NO_NUMBER),
        changed("no result", document, (*mean, "result"), {}, UNSUITABLE),
        changed("another column", document, (*mean, "expectation_config", "kwargs", "column"), "score2", NO_MATCH),
        changed("it is there twice", document, ("results",), [*results, results[mean[1]]], AMBIGUOUS),
        changed("no expectations", document, ("results",), [], EMPTY),
    )  # fmt: skip
    return Source(
        "great-expectations", document, choose("expect_column_mean_to_be_between(score)", "last"), mutants
    )


def _dvc() -> Source:
    document = recorded("dvc/show.json")
    files: Path = ("", "data")
    metric: Path = (*files, "metrics.json", "data", "accuracy")
    error = {"error": {"type": "YAMLFileCorruptedError", "msg": "unable\nto read"}}
    gone = {"error": {"type": "FileNotFoundError", "msg": "no such file"}}
    twice = {**document[""]["data"], "copy.json": {"data": {"accuracy": 0.93}}}
    mutants = (
        *(mutant for mutant in mutate_json(document, [metric]) if not mutant.name.endswith("an object")),
        changed("a group of metrics", document, metric, {"value": 1}, NO_MATCH),
        changed("the file could not be read", document, (*files, "metrics.json"), error, NO_NUMBER),
        changed("the file is gone", document, (*files, "metrics.json"), gone, frozenset({"no_source"})),
        changed("the revision could not be read", document, ("",), error, NO_NUMBER),
        Mutant("two revisions", encode_json({**document, "main": document[""]}), AMBIGUOUS),
        changed("two files have it", document, files, twice, AMBIGUOUS),
        changed("no files", document, files, {}, EMPTY),
        Mutant("no revisions", b"{}", EMPTY),
        Mutant("a difference", (RECORDED / "dvc/diff.json").read_bytes(), UNSUITABLE),
    )
    return Source("dvc", document, choose("accuracy", "last"), mutants)


SOURCES = {
    "an instant query of Prometheus": _vector(),
    "a range query of Prometheus": _matrix(),
    "a histogram of Prometheus": _histogram(),
    "a histogram of OTLP": _otlp(),
    "a histogram of the OpenTelemetry SDK": _otlp_of_the_sdk(),
    "a history of MLflow": _history(),
    "runs of MLflow": _runs(),
    "expectations that held": _expectations(),
    "a mean that Great Expectations found": _mean_of_a_column(),
    "a metric of DVC": _dvc(),
}
names = pytest.mark.parametrize("name", SOURCES)


@names
def test_each_mutant_gets_its_code(name: str) -> None:
    source = SOURCES[name]
    data = encode_json(source.document)
    mutants = [*mutate_bytes(data, "json"), *source.mutants]
    check_mutants(READERS[source.kind], source.selection, data, mutants)


def without_details(document: Any) -> Any:
    """The document without what a file may lack: the ends of a histogram, and its unit."""
    if isinstance(document, list):
        return [without_details(item) for item in document]
    if not isinstance(document, dict):
        return document
    return {key: without_details(item) for key, item in document.items() if key not in ("min", "max", "unit")}


@names
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nothing_is_hidden_wherever_a_document_is_spoiled(name: str, data: st.DataObject) -> None:
    source = SOURCES[name]
    document = without_details(deepcopy(source.document))
    spoiled = data.draw(spoiled_json(document, drops_items=False))
    assert_nothing_is_hidden(READERS[source.kind], source.selection, encode_json(document), spoiled)


@names
@settings(max_examples=50, deadline=None)
@given(st.data())
def test_nothing_is_hidden_wherever_a_document_is_cut(name: str, data: st.DataObject) -> None:
    source = SOURCES[name]
    encoded = encode_json(source.document)
    assert_nothing_is_hidden(READERS[source.kind], source.selection, encoded, data.draw(cut_text(encoded)))


# The text format.

BUCKET = 'http_request_duration_seconds_bucket{route="/chat",le="0.5"} 950\n'


def exposed(name: str, old: str, new: str, codes: frozenset[str] = NO_NUMBER) -> Mutant:
    """The text with a part replaced."""
    assert old in METRICS
    return Mutant(name, METRICS.replace(old, new).encode(), codes)


EXPOSED = (
    exposed("a bucket is NaN", BUCKET, BUCKET.replace("950", "NaN"), NO_VALUE),
    exposed("a bucket is +Inf", BUCKET, BUCKET.replace("950", "+Inf"), NO_VALUE),
    exposed("a bucket is a text", BUCKET, BUCKET.replace("950", "many")),
    exposed("a bucket has no value", BUCKET, BUCKET.replace(" 950", "")),
    exposed("a bucket has a unit", BUCKET, BUCKET.replace("950", "950 ms")),
    exposed("a bucket counts below the one before", BUCKET, BUCKET.replace("950", "600")),
    exposed("a bucket counts below 0", BUCKET, BUCKET.replace("950", "-950")),
    exposed("a bucket is there twice", BUCKET, BUCKET + BUCKET, AMBIGUOUS),
    exposed("a bound is there twice", BUCKET, BUCKET + BUCKET.replace("0.5", "0.50"), AMBIGUOUS),
    exposed("a bound is no number", 'le="0.5"', 'le="fast"'),
    exposed("a bound is NaN", 'le="0.5"', 'le="NaN"'),
    exposed("a bound is away", ',le="0.5"', "", AMBIGUOUS),
    exposed("a quote is away", 'le="0.5"', 'le="0.5'),
    exposed("a brace is away", 'le="0.5"}', 'le="0.5"'),
    exposed("a label is there twice", 'le="0.5"', 'le="0.5",le="0.5"'),
    exposed("another route", BUCKET, BUCKET + BUCKET.replace("/chat", "/memory"), AMBIGUOUS),
    exposed(
        "the last bucket is away", 'http_request_duration_seconds_bucket{route="/chat",le="+Inf"} 1000\n', ""
    ),
    exposed("the count differs", 'seconds_count{route="/chat"} 1000', 'seconds_count{route="/chat"} 1001'),
    exposed("the sum is NaN", "131.5", "NaN", NO_VALUE),
    exposed("another name", "http_request_duration_seconds", "request_duration_seconds", NO_MATCH),
    exposed("another type", "seconds histogram", "seconds gauge", NO_MATCH),
    exposed("a type of nobody", "seconds histogram", "seconds meter"),
)


def test_each_mutant_of_the_text_format_gets_its_code() -> None:
    data = METRICS.encode()
    selection = choose("http_request_duration_seconds", "p95")
    cuts = (
        Mutant(f"cut {left} characters before the end", data[:-left], NO_NUMBER) for left in (1, 2, 5, 12)
    )
    check_mutants(READERS["prometheus"], selection, data, [*mutate_bytes(data, "lines"), *EXPOSED, *cuts])
