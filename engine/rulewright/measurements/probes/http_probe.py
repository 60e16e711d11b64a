"""The probe `http`: the latency of one request, from the moment at which it should begin to the end of its answer."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.probes.http_client import HttpClient, HttpRequest
from rulewright.measurements.probes.observation import Observation, ObservationFailed
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.json_types import as_array, as_object, as_text
from rulewright.policy.strict_json import decode_utf8, parse_strictly
from rulewright.program.expression import (
    ExpressionError,
    ExpressionFailure,
    build_evaluator,
    check_expression,
    parse_expression,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.measurements.probes.addresses import Addresses
    from rulewright.measurements.probes.document import ProbeSettings
    from rulewright.policy.json_types import Json

SUCCESS: Final = range(200, 300)
JSON_HEADERS: Final = {"content-type": "application/json"}


class HttpProbe(NamedTuple):
    """One request. `check_body` raises ObservationFailed for a body that is not the expected one."""

    client: HttpClient
    request: HttpRequest
    statuses: frozenset[int]
    check_body: Callable[[bytes], None]
    units: Mapping[str, str] = {"": "s"}

    def prepare(self) -> None:
        return

    def observe(self, number: int, start: float) -> Observation:
        answer = self.client.exchange(self.request)
        duration = time.perf_counter() - start
        check_status(answer.status, self.statuses)
        self.check_body(answer.body)
        return Observation({"": duration})

    def close(self) -> None:
        self.client.close()


def build_http_probe(probe: ProbeSettings, addresses: Addresses) -> HttpProbe:
    """Raises UsageError for an address, a variable or an expression that cannot be used."""
    settings = probe.settings
    body = None if "json" not in settings else json.dumps(settings["json"]).encode()
    request = HttpRequest(
        as_text(settings.get("method")) or ("GET" if body is None else "POST"),
        addresses.resolve(str(settings["url"]), as_text(settings.get("base"))),
        {**({} if body is None else JSON_HEADERS), **addresses.read_headers(settings.get("headers"))},
        body,
    )
    return HttpProbe(
        HttpClient(probe.timeout, probe.concurrency),
        request,
        read_statuses(settings.get("status")),
        _build_check(as_object(settings.get("body")) or {}),
    )


def read_statuses(written: Json) -> frozenset[int]:
    """The expected statuses: one, a list, or without any those of success."""
    listed = as_array(written) or ([] if written is None else [written])
    return frozenset(status for status in listed if isinstance(status, int)) or frozenset(SUCCESS)


def check_status(status: int, expected: frozenset[int]) -> None:
    """Raises ObservationFailed for a status that is not expected."""
    if status not in expected:
        raise ObservationFailed(f"status {status}")


def parse_body(body: bytes) -> Json:
    """The JSON of an answer. Raises ObservationFailed."""
    try:
        value: Json = parse_strictly(decode_utf8(body))
    except ValueError:
        raise ObservationFailed("the answer is not JSON") from None
    return value


def compile_jmespath(text: str) -> Callable[[object], object]:
    """A JMESPath expression as a function. Raises UsageError for what is none."""
    try:
        ast = parse_expression(text)
    except ExpressionError as error:
        raise UsageError(f"`{text}` is not a JMESPath expression: {error}") from None
    for problem in check_expression(ast):
        raise UsageError(f"`{text}` is not a JMESPath expression: {problem}")
    return build_evaluator(ast)


def _build_check(settings: Mapping[str, Json]) -> Callable[[bytes], None]:
    text = as_text(settings.get("contains"))
    wanted = None if text is None else text.encode()
    expression = as_text(settings.get("jmespath"))
    holds = None if expression is None else compile_jmespath(expression)

    def check(body: bytes) -> None:
        if wanted is not None and wanted not in body:
            raise ObservationFailed("the body does not contain the expected text")
        if holds is not None:
            try:
                result = holds(parse_body(body))
            except ExpressionFailure:
                result = None
            if result is not True:
                raise ObservationFailed(f"`{expression}` is not true of the body")

    return check
