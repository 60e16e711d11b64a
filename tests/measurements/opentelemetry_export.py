"""Metrics of the OpenTelemetry SDK: exported to a file as OTLP/JSON, and as `to_json()` writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

BOUNDS = (0.1, 0.5, 1.0)
VALUES = tuple(number / 100 for number in range(1, 51))
"""Seconds, recorded by every export."""


def export(path: Path, temporality: str, exports: int = 2) -> str:
    """Record `VALUES` before each export into a file at `path`; returns the last export in the SDK's own shape.

    `temporality`: `DELTA` or `CUMULATIVE`.
    """
    from opentelemetry.exporter.otlp.json.file import FileMetricExporter
    from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
    from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
    from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
    from opentelemetry.sdk.resources import Resource

    preferred: dict[type, Any] = dict.fromkeys((Counter, Histogram), AggregationTemporality[temporality])
    reader = InMemoryMetricReader(preferred_temporality=preferred)
    exporter = FileMetricExporter(path, preferred_temporality=preferred)
    resource = {
        "service.name": "assistant",
        "service.instance.id": "1",
        "vcs.ref.head.revision": "1f0c6b0e7d5a4c3b2a19087f6e5d4c3b2a190870",
    }
    views = [View(instrument_name="memory.duration", aggregation=ExponentialBucketHistogramAggregation(8))]
    provider = MeterProvider([reader], Resource.create(resource), views=views)
    meter = provider.get_meter("assistant")
    chat = meter.create_histogram("chat.duration", "s", explicit_bucket_boundaries_advisory=BOUNDS)
    memory = meter.create_histogram("memory.duration", "ms")
    requests = meter.create_counter("http.requests", "{request}")
    queue = meter.create_gauge("queue.length")
    data = None
    for number in range(exports):
        for value in VALUES:
            chat.record(value, {"route": "/chat"})
            memory.record(1000 * value)
        requests.add(48, {"http.response.status_code": 200})
        requests.add(2, {"http.response.status_code": 500})
        queue.set(3 + number)
        data = reader.get_metrics_data()
        exporter.export(data)
    exporter.shutdown()
    provider.shutdown()
    assert data is not None
    return str(data.to_json())
