"""Objectives of a gate, measured by the event itself: `measurement` events carry the values.

A measurement belongs to an objective by its `objective`, or else by its `metric`: the objective's name, or
the metric that the objective's source selects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.measurements.units import convert
from rulewright.policy.json_types import as_object, as_objects, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Event
    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.program.named_facts import Need


class EventMeasurements:
    """The source `measure`: answers out of the payload, leaves out what stands there not."""

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, JsonObject]:
        """Objective → `{"values": [numbers], "unit"?, "labels"?, "source"?, "run"?, "baseline"?}`.

        `baseline` has the shape of the whole, of an earlier run.
        """
        if event.name != "measurement":
            return {}
        found: dict[str, JsonObject] = {}
        for request in requests:
            names = _names(request)
            value = read_measurement(event.payload, names)
            if value is not None:
                baseline = as_object(event.payload.get("baseline"))
                before = None if baseline is None else read_measurement(baseline, names)
                found[request.name] = value if before is None else {**value, "baseline": before}
        return found


def read_measurement(report: Mapping[str, Json], names: tuple[str, ...]) -> JsonObject | None:
    """What a report of measurements says of an objective; the values of several entries are joined.

    Values in another unit than the first entry's are converted. Whatever is no number stays as it is, and what
    cannot be converted becomes a gap: the judgement has to see both, since gaps never pass.
    """
    entries = as_objects(report.get("measurements"))
    mine = [entry for entry in entries if entry.get("objective") == names[0]]
    mine = mine or [
        entry for entry in entries if entry.get("objective") is None and entry.get("metric") in names
    ]
    if not mine:
        return None
    unit = mine[0].get("unit")
    values = [value for entry in mine for value in _values(entry, unit)]
    out = {name: mine[0][name] for name in ("unit", "labels", "source") if mine[0].get(name) is not None}
    if isinstance(report.get("run"), dict):
        out["run"] = report["run"]
    return {"values": values, **out}


def _names(request: Need) -> tuple[str, ...]:
    """The objective's name first, then the metrics that its source may mean."""
    selected = (as_text(request.arguments.get(key)) for key in ("measurement", "metric", "select"))
    return (request.name, *(name for name in selected if name is not None))


def _values(entry: Mapping[str, Json], unit: Json) -> list[Json]:
    values = entry.get("values")
    listed = values if isinstance(values, list) else [entry.get("value")]
    own = entry.get("unit")
    if own == unit:
        return listed
    if not isinstance(own, str) or not isinstance(unit, str):
        return [None] * len(listed)
    numbers = (
        value if isinstance(value, int | float) and type(value) is not bool else None for value in listed
    )
    return [None if number is None else convert(number, own, unit) for number in numbers]
