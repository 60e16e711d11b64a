"""The probe `memory`: retrieval of what was stored, by questions whose answers are known.

| metric | what it is |
|---|---|
| `ID` | seconds of one retrieval |
| `ID.recall` | the share of the expected ids that are among the first `k` of the answer (recall@k) |

The questions are asked in an order that a seed decides, again from the start when all have been asked.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import quote

from rulewright.measurements.probes.http_client import HttpClient, HttpRequest
from rulewright.measurements.probes.http_probe import (
    JSON_HEADERS,
    SUCCESS,
    check_status,
    compile_jmespath,
    parse_body,
)
from rulewright.measurements.probes.observation import Observation, ObservationFailed
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.json_types import as_array, as_object, as_text
from rulewright.policy.strict_json import decode_utf8, parse_strictly
from rulewright.program.expression import ExpressionFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rulewright.measurements.probes.addresses import Addresses
    from rulewright.measurements.probes.document import ProbeSettings
    from rulewright.policy.json_types import Json, JsonObject


class Question(NamedTuple):
    """A question, and the ids that a perfect retrieval gives."""

    query: str
    expected: frozenset[str]


class MemoryProbe(NamedTuple):
    """Questions to an endpoint. `store`: the requests that are sent before each run."""

    client: HttpClient
    questions: Sequence[Question]
    build_request: Callable[[str], HttpRequest]
    read_ids: Callable[[object], object]
    k: int
    store: Sequence[HttpRequest] = ()
    units: Mapping[str, str] = {"": "s", ".recall": "ratio"}

    def prepare(self) -> None:
        for number, request in enumerate(self.store, 1):
            try:
                check_status(self.client.exchange(request).status, frozenset(SUCCESS))
            except ObservationFailed as error:
                raise SourceError(
                    f"document {number} of {len(self.store)} cannot be stored: {error}"
                ) from None

    def observe(self, number: int, start: float) -> Observation:
        question = self.questions[number % len(self.questions)]
        answer = self.client.exchange(self.build_request(question.query))
        duration = time.perf_counter() - start
        check_status(answer.status, frozenset(SUCCESS))
        retrieved = self._retrieved(parse_body(answer.body))
        return Observation(
            {"": duration, ".recall": len(question.expected & retrieved) / len(question.expected)}
        )

    def _retrieved(self, body: Json) -> frozenset[str]:
        try:
            ids = as_array(self.read_ids(body))
        except ExpressionFailure:
            ids = None
        if ids is None:
            raise ObservationFailed("`ids` gives no list for the answer")
        return frozenset(str(each) for each in ids[: self.k])

    def close(self) -> None:
        self.client.close()


def build_memory_probe(probe: ProbeSettings, addresses: Addresses) -> MemoryProbe:
    """Raises UsageError for an address, a variable or an expression that cannot be used, SourceError for files."""
    settings = probe.settings
    k = cast("int", settings["k"])
    questions = read_questions(Path(probe.folder) / str(settings["queries"]), k)
    Random(cast("int", settings.get("seed", 0))).shuffle(questions)
    base = as_text(settings.get("base"))
    headers = addresses.read_headers(settings.get("headers"))
    address = addresses.resolve(str(settings["url"]), base)

    def build_request(query: str) -> HttpRequest:
        url = address.replace("{query}", quote(query, safe="")).replace("{k}", str(k))
        if "json" not in settings:
            return HttpRequest("GET", url, headers)
        body = json.dumps(_fill(settings["json"], query, k)).encode()
        return HttpRequest("POST", url, {**JSON_HEADERS, **headers}, body)

    store: list[HttpRequest] = []
    stored = as_object(settings.get("store"))
    if stored is not None:
        place = addresses.resolve(str(stored["url"]), base)
        for _, document in _read_lines(Path(probe.folder) / str(stored["documents"])):
            store.append(
                HttpRequest("POST", place, {**JSON_HEADERS, **headers}, json.dumps(document).encode())
            )
    client = HttpClient(probe.timeout, probe.concurrency)
    return MemoryProbe(client, questions, build_request, compile_jmespath(str(settings["ids"])), k, store)


def read_questions(path: Path, k: int) -> list[Question]:
    """The questions of a file of JSON Lines. Raises SourceError with the line: each needs at least one expected id, and
    at most `k`, since more cannot be retrieved."""
    questions = []
    for number, fields in _read_lines(path):
        query, expected = as_text(fields.get("query")), as_array(fields.get("expected"))
        ids = frozenset(str(each) for each in expected or ())
        if not query or not ids:
            raise SourceError(f'{path}:{number}: expected {{"query": TEXT, "expected": [IDS]}}')
        if len(ids) > k:
            raise SourceError(f"{path}:{number}: {len(ids)} ids are expected, and `k` is {k}")
        questions.append(Question(query, ids))
    if not questions:
        raise SourceError(f"{path}: the file has no questions")
    return questions


def _read_lines(path: Path) -> Iterator[tuple[int, JsonObject]]:
    """(number, object) of each line that is not empty."""
    for number, line in enumerate(read_bytes(path).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            fields = as_object(parse_strictly(decode_utf8(line)))
        except ValueError:
            fields = None
        if fields is None:
            raise SourceError(f"{path}:{number}: the line is no JSON object")
        yield number, fields


def _fill(value: Json, query: str, k: int) -> Json:
    """JSON with `{query}` and `{k}` replaced: a text that is `{k}` alone becomes the number."""
    if isinstance(value, str):
        return k if value == "{k}" else value.replace("{query}", query)
    if isinstance(value, list):
        return [_fill(item, query, k) for item in value]
    if isinstance(value, dict):
        return {name: _fill(item, query, k) for name, item in value.items()}
    return value
