"""Measurements from YAML: documents of `kind: Measurement`, each a list of probes.

apiVersion: rulewright/v1
kind: Measurement
metadata: { name: assistant }
services: { assistant: { command: [python, -m, assistant, --port, "{port}"], ready: /health } }
runs: 5
probes:
  - { id: api_health, repetitions: 60, http: { url: /health, status: 200 } }
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from rulewright.policy.diagnostics import PolicyError, UsageError, has_errors, ordered
from rulewright.policy.document import read_documents
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.files import policy_files
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.json_types import as_array, as_object, as_objects, as_text, as_texts
from rulewright.policy.measurement_checks import check_measurement
from rulewright.policy.quantity import parse_duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.json_types import Json, JsonObject

PROBE_KINDS: Final = ("http", "chat", "command", "memory")
"""What a probe may measure: the key that holds its settings."""
RUNS: Final = 5
REPETITIONS: Final = 30
WARMUP: Final = 1
TIMEOUT: Final = 10.0
READY_WITHIN: Final = 60.0
SETUP_TIMEOUT: Final = 600.0
CONCURRENCY: Final = 100
_SECONDS: Final = {"s": 1.0, "m": 60.0}


class ProbeSettings(NamedTuple):
    """A probe: its kind, and the settings of that kind, checked by policy/schemas/measurement.schema.json.

    `timeout` is in seconds, `rate` in measurements per second; None: each begins when the one before it has ended.
    `folder` is that of the document, which files of the settings are relative to. `place`: `file:line` of the probe.
    """

    id: str
    kind: str
    settings: Mapping[str, Json]
    warmup: int = WARMUP
    repetitions: int = REPETITIONS
    timeout: float = TIMEOUT
    rate: float | None = None
    concurrency: int = CONCURRENCY
    folder: str = "."
    place: str = ""


class ServiceSettings(NamedTuple):
    """A process that probes talk to. `directory`: relative to the working directory; `ready_within` in seconds."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str = "."
    ready: str = "/"
    ready_within: float = READY_WITHIN


class Measurement(NamedTuple):
    """One document. `bases`: name → address, or `{"env": NAME}`. `setup_timeout` in seconds, for each command.
    `alternate`: whether `probes` or `runs` of two revisions take turns."""

    name: str
    file: str
    probes: tuple[ProbeSettings, ...]
    services: tuple[ServiceSettings, ...] = ()
    bases: Mapping[str, Json] = {}
    setup: tuple[tuple[str, ...], ...] = ()
    setup_timeout: float = SETUP_TIMEOUT
    runs: int = RUNS
    alternate: str = "probes"


def read_measurements(paths: Sequence[str]) -> tuple[Measurement, ...]:
    """The measurements of files and of folders, in that order; other documents are passed over.

    Raises PolicyError with everything that is wrong with them, UsageError for a path that does not exist or that holds
    no measurement, SourceError for a file that cannot be read.
    """
    measurements: list[Measurement] = []
    findings: list[Diagnostic] = []
    for path in paths:
        count = len(measurements) + len(findings)
        for file in policy_files([path]):
            own, problems = _read_measurement_file(str(file), is_named=Path(path).is_file())
            measurements += own
            findings += problems
        if len(measurements) + len(findings) == count:
            raise UsageError(
                f"there is no measurement in {path}",
                hint="a measurement is a YAML document with `apiVersion: rulewright/v1` and `kind: Measurement`",
            )
    if has_errors(findings):
        raise PolicyError(ordered(findings))
    owners: dict[str, str] = {}
    for measurement in measurements:
        for probe in measurement.probes:
            other = owners.setdefault(probe.id, measurement.file)
            if other != measurement.file:
                raise UsageError(f"several probes are named {probe.id}: in {other} and {measurement.file}")
    return tuple(measurements)


def _read_measurement_file(file: str, *, is_named: bool) -> tuple[list[Measurement], list[Diagnostic]]:
    """The measurements of a file, and what is wrong with them. A file that is not YAML may be meant as one: that is
    said of a file that was named, and of one in a folder that has the word."""
    data = read_bytes(Path(file))
    if b"Measurement" not in data and not is_named:
        return [], []
    documents, findings = read_documents(file, data)
    wanted = [document for document in documents if document.mapping.get("kind") == "Measurement"]
    if not wanted:
        return [], [*findings] if has_errors(findings) else []
    problems = list(findings)
    measurements: list[Measurement] = []
    for document in wanted:
        own = check_document(document, "measurement")
        own = own if has_errors(own) else (*own, *check_measurement(document))
        problems += own
        if not has_errors((*findings, *own)):
            measurements.append(parse_measurement(document))
    return measurements, problems


def parse_measurement(document: Document) -> Measurement:
    """The measurement of a document that the schema allows."""
    data = document.mapping
    services = as_object(data.get("services")) or {}
    return Measurement(
        name=str((as_object(data["metadata"]) or {})["name"]),
        file=document.file,
        probes=tuple(
            _parse_probe(probe, document, number) for number, probe in enumerate(as_objects(data["probes"]))
        ),
        services=tuple(_parse_service(name, as_object(one) or {}) for name, one in services.items()),
        bases=as_object(data.get("bases")) or {},
        setup=tuple(tuple(as_texts(command)) for command in as_array(data.get("setup")) or ()),
        setup_timeout=_seconds(data, "setup_timeout", SETUP_TIMEOUT),
        runs=cast("int", data.get("runs", RUNS)),
        alternate=as_text(data.get("alternate")) or "probes",
    )


def _parse_probe(data: JsonObject, document: Document, number: int) -> ProbeSettings:
    kind = next(kind for kind in PROBE_KINDS if kind in data)
    count, _, unit = (as_text(data.get("rate")) or "").partition("/")
    return ProbeSettings(
        id=str(data["id"]),
        kind=kind,
        settings=as_object(data[kind]) or {},
        warmup=cast("int", data.get("warmup", WARMUP)),
        repetitions=cast("int", data.get("repetitions", REPETITIONS)),
        timeout=_seconds(data, "timeout", TIMEOUT),
        rate=float(count) / _SECONDS[unit] if count else None,
        concurrency=cast("int", data.get("concurrency", CONCURRENCY)),
        folder=str(Path(document.file).parent),
        place=f"{document.file}:{document.span(('probes', number)).line}",
    )


def _parse_service(name: str, data: JsonObject) -> ServiceSettings:
    return ServiceSettings(
        name=name,
        command=tuple(as_texts(data["command"])),
        environment=read_environment(data),
        directory=as_text(data.get("directory")) or ".",
        ready=as_text(data.get("ready")) or "/",
        ready_within=_seconds(data, "ready_within", READY_WITHIN),
    )


def read_environment(data: Mapping[str, Json]) -> dict[str, str]:
    """The variables that a command's `environment` sets."""
    return {name: str(value) for name, value in (as_object(data.get("environment")) or {}).items()}


def _seconds(data: Mapping[str, Json], name: str, default: float) -> float:
    written = as_text(data.get(name))
    return default if written is None else parse_duration(written)
