"""Measurement events bring the values of objectives, by objective or by metric."""

from __future__ import annotations

from typing import Any

from rulewright.events.model import Event
from rulewright.measurements.from_event import EventMeasurements
from rulewright.program.named_facts import Need

RUN = {"id": 7, "sha": "abc", "at": "2026-01-05T08:00:00Z"}


def ask(payload: dict[str, Any], *names: str, select: str | None = None, event: str = "measurement") -> Any:
    arguments = {"pytest-benchmark": "bench.json", "select": select}
    requests = tuple(Need("slo", name, "measure", arguments) for name in names)
    return EventMeasurements().gather(requests, Event(event, None, payload), "2026-01-05T09:00:00Z")


def test_by_objective_before_metric() -> None:
    payload = {
        "measurements": [
            {"metric": "chat-p95", "unit": "s", "value": 9},
            {
                "objective": "chat-p95",
                "unit": "s",
                "values": [0.8, 0.9, True, "x", None],
                "labels": {"arm": "a"},
            },
            {"objective": "chat-p95", "unit": "s", "value": 1},
            {"objective": "chat-p95", "unit": "ms", "value": 900},
            "noise",
        ],
        "run": RUN,
    }
    assert ask(payload, "chat-p95", "other") == {
        "chat-p95": {
            "values": [0.8, 0.9, True, "x", None, 1, 0.9],
            "unit": "s",
            "labels": {"arm": "a"},
            "run": RUN,
        }
    }


def test_by_metric_with_a_baseline() -> None:
    payload = {
        "measurements": [{"metric": "chat_response", "unit": "s", "values": [0.8]}],
        "baseline": {"measurements": [{"metric": "chat_response", "unit": "s", "values": [0.7]}], "run": RUN},
    }
    expected = {"values": [0.8], "unit": "s", "baseline": {"values": [0.7], "unit": "s", "run": RUN}}
    assert ask(payload, "chat-p95", select="chat_response") == {"chat-p95": expected}


def test_nothing_is_made_up() -> None:
    assert ask({"measurements": []}, "a") == {}
    assert ask({"measurements": "a"}, "a") == {}
    assert ask({"measurements": [{"objective": "b", "metric": "a", "value": 1}]}, "a") == {}
    assert ask({"measurements": [{"objective": "a", "value": 1}]}, "a", event="manual") == {}
