"""k6's summary in its three shapes, of the same numbers. k6 has no package: they are written from its source (2.2)."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any, Final

METRICS: Final[dict[str, dict[str, Any]]] = {
    "http_req_duration": {
        "type": "trend",
        "contains": "time",
        "values": {"avg": 52.5, "min": 11.25, "med": 48.5, "max": 203.75, "p(90)": 96.5, "p(95)": 142.25},
        "thresholds": {"p(95)<100": {"ok": False}},
    },
    "http_req_duration{expected_response:true}": {
        "type": "trend",
        "contains": "time",
        "values": {"avg": 51.5, "min": 11.25, "med": 48.25, "max": 190.5, "p(90)": 95.25, "p(95)": 140.5},
    },
    "http_req_failed": {
        "type": "rate",
        "contains": "default",
        "values": {"rate": 0.05, "passes": 10, "fails": 190},
        "thresholds": {"rate<0.01": {"ok": False}},
    },
    "checks": {
        "type": "rate",
        "contains": "default",
        "values": {"rate": 0.975, "passes": 390, "fails": 10},
    },
    "answers_cut": {
        "type": "rate",
        "contains": "default",
        "values": {"rate": 0.02, "passes": 4, "fails": 196},
    },
    "http_reqs": {"type": "counter", "contains": "default", "values": {"count": 200, "rate": 19.75}},
    "data_received": {"type": "counter", "contains": "data", "values": {"count": 46200, "rate": 4562.25}},
    "vus": {"type": "gauge", "contains": "default", "values": {"value": 5, "min": 5, "max": 10}},
}
"""As `handleSummary(data)` has them."""


def for_handle_summary(metrics: dict[str, dict[str, Any]] = METRICS) -> dict[str, Any]:
    """`handleSummary(data)`."""
    return {
        "root_group": {"name": "", "path": "", "id": "d41d8cd98f00b204e9800998ecf8427e", "groups": [], "checks": []},
        "options": {"summaryTrendStats": ["avg", "min", "med", "max", "p(90)", "p(95)"], "summaryTimeUnit": ""},
        "state": {"isStdOutTTY": False, "isStdErrTTY": False, "testRunDurationMs": 10125.5},
        "metrics": deepcopy(metrics),
    }  # fmt: skip


def for_summary_export(metrics: dict[str, dict[str, Any]] = METRICS) -> dict[str, Any]:
    """`--summary-export`: no types, and `true` of a threshold means that it failed."""
    flat: dict[str, Any] = {}
    for name, metric in metrics.items():
        flat[name] = deepcopy(metric["values"])
        if metric["type"] == "rate":
            flat[name]["value"] = flat[name].pop("rate")
        if "thresholds" in metric:
            flat[name]["thresholds"] = {text: not said["ok"] for text, said in metric["thresholds"].items()}
    group = {"name": "", "path": "", "id": "d41d8cd98f00b204e9800998ecf8427e", "groups": {}, "checks": {}}
    return {"root_group": group, "metrics": flat}


def for_machines(metrics: dict[str, dict[str, Any]] = METRICS) -> dict[str, Any]:
    """`--new-machine-readable-summary`."""
    checks = metrics["checks"]["values"]
    listed = [_for_machines(name, metric) for name, metric in metrics.items() if name != "checks"]
    total = {"name": "checks_total", "type": "counter", "contains": "default", "values": {"count": 400}}
    failed = {"rate": 1 - checks["rate"], "passes": checks["fails"], "fails": checks["passes"]}
    parts = (("checks_failed", failed), ("checks_succeeded", checks))
    rates = [
        _for_machines(name, {"type": "rate", "contains": "default", "values": values})
        for name, values in parts
    ]
    return {
        "version": "1.0.0",
        "metadata": {"k6Version": "2.2.0", "generatedAt": "2026-11-29T21:15:00.123456789+01:00"},
        "config": {"duration": 10.1255, "execution": "local", "script": "load.js"},
        "results": {"checks": {"metrics": [total, *rates], "results": []}, "metrics": listed},
    }


def _for_machines(name: str, metric: dict[str, Any]) -> dict[str, Any]:
    values = deepcopy(metric["values"])
    if metric["type"] == "rate":
        passes, fails = values.pop("passes"), values.pop("fails")
        values |= {"matches": passes, "total": passes + fails}
    if metric["type"] == "counter":
        del values["rate"]
    return {"name": name, "type": metric["type"], "contains": metric["contains"], "values": values}


SHAPES: Final = {
    "handle-summary": for_handle_summary,
    "summary-export": for_summary_export,
    "machine-readable": for_machines,
}


def encode(document: dict[str, Any]) -> bytes:
    """The file."""
    return json.dumps(document, indent=4).encode()
