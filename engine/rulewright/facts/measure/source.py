"""The fact source `measure`: the samples of a gate's objectives, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.facts.measure.sample_source import MeasuringContext, read_sample, source_kind
from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.records import read_event_records, sample_of_records, select_records
from rulewright.measurements.sample import Problem, Sample
from rulewright.measurements.sample_json import sample_to_json
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Event
    from rulewright.policy.json_types import JsonObject
    from rulewright.program.named_facts import Need


class MeasuredSamples:
    """Reads files in `folder`, none where it is None, and the records of a `measurement` event."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, JsonObject]:
        """Objective → sample in the form of `sample_json`. A `measurement` that the event does not hold is left out."""
        records: list[JsonObject] = []
        problem = ""
        try:
            records = read_event_records(event.payload) if event.name == "measurement" else []
        except UnusableSource as error:
            problem = error.reason
        context = MeasuringContext(self._folder or "", now, records=records, record_problem=problem)
        found: dict[str, JsonObject] = {}
        for request in requests:
            is_record = source_kind(request.arguments["source"]) == "measurement"
            if not (records or problem) if is_record else self._folder is None:
                continue
            sample = read_sample(request.name, request.arguments, context)
            if is_record and sample.problem is not None and sample.problem.code == "no_source":
                continue
            found[request.name] = sample_to_json(sample)
            before = _event_baseline(request, event) if is_record else None
            if before is not None:
                found[request.name]["baseline"] = before
        return found


def _event_baseline(request: Need, event: Event) -> JsonObject | None:
    """The sample of the event's `baseline`, which has the shape of the whole event."""
    baseline = as_object(event.payload.get("baseline"))
    if baseline is None:
        return None
    names = (request.name, str(request.arguments["source"]["measurement"]))
    try:
        sample = sample_of_records(select_records(read_event_records(baseline), names))
    except UnusableSource as error:
        return sample_to_json(Sample(problem=Problem("bad_baseline", error.reason)))
    return None if sample is None else sample_to_json(sample)
