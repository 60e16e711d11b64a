"""The probe `chat`: a streamed answer of an interface compatible with OpenAI's chat completions.

| metric | what it is |
|---|---|
| `ID` | seconds until the answer is complete |
| `ID.first_token` | seconds until the first text of the answer arrives |
| `ID.tokens_per_second` | tokens after the first one, by the time between the first and the last one |

Tokens are those of the `usage` that the server sends at the end, else the pieces in which the text arrives.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.probes.http_client import HttpClient, HttpRequest, StreamedAnswer
from rulewright.measurements.probes.http_probe import JSON_HEADERS, SUCCESS, check_status
from rulewright.measurements.probes.observation import Observation, ObservationFailed
from rulewright.policy.json_types import as_object, as_objects, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.measurements.probes.addresses import Addresses
    from rulewright.measurements.probes.document import ProbeSettings
    from rulewright.policy.json_types import JsonObject

URL: Final = "/v1/chat/completions"
TEXTS: Final = ("content", "reasoning_content")
"""The members of a delta that hold text of the answer."""
DONE: Final = b"[DONE]"


class ChatProbe(NamedTuple):
    """One conversation, whose next message is measured."""

    client: HttpClient
    request: HttpRequest
    units: Mapping[str, str] = {"": "s", ".first_token": "s", ".tokens_per_second": "tokens/s"}

    def prepare(self) -> None:
        return

    def observe(self, number: int, start: float) -> Observation:
        answer = StreamedAnswer(self.client, self.request)
        stream = _read_stream(answer.chunks()) if answer.status in SUCCESS else _ChatStream()
        end = time.perf_counter()
        check_status(answer.status, frozenset(SUCCESS))
        if stream.first is None or stream.last is None:
            raise ObservationFailed("the answer has no text")
        values = {"": end - start, ".first_token": stream.first - start}
        tokens = stream.counted if stream.counted is not None else stream.pieces
        if tokens < 2 or stream.last <= stream.first:
            return Observation(values, "the answer has fewer than two tokens one after the other")
        return Observation({**values, ".tokens_per_second": (tokens - 1) / (stream.last - stream.first)})

    def close(self) -> None:
        self.client.close()


class _ChatStream(NamedTuple):
    """What a stream contained: the moments of the first and the last text, the number of pieces of text, and the
    number of tokens that the server tells."""

    first: float | None = None
    last: float | None = None
    pieces: int = 0
    counted: int | None = None


def build_chat_probe(probe: ProbeSettings, addresses: Addresses) -> ChatProbe:
    """Raises UsageError for an address or a variable that cannot be used."""
    settings = probe.settings
    body: JsonObject = {
        **(as_object(settings.get("parameters")) or {}),
        "model": settings["model"],
        "messages": settings["messages"],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if "max_tokens" in settings:
        body["max_tokens"] = settings["max_tokens"]
    request = HttpRequest(
        "POST",
        addresses.resolve(as_text(settings.get("url")) or URL, as_text(settings.get("base"))),
        {**JSON_HEADERS, "accept": "text/event-stream", **addresses.read_headers(settings.get("headers"))},
        json.dumps(body).encode(),
    )
    return ChatProbe(HttpClient(probe.timeout, probe.concurrency), request)


def _read_stream(chunks: Iterable[bytes]) -> _ChatStream:
    """Raises ObservationFailed for an error of the server, and for a stream that breaks off."""
    stream = _ChatStream()
    complete = False
    for data in _read_events(chunks):
        if data == DONE:
            complete = True
            continue
        event = _parse_event(data)
        if "error" in event:
            raise ObservationFailed("the server sent an error")
        now = time.perf_counter()
        for choice in as_objects(event.get("choices")):
            if _has_text(choice):
                first = now if stream.first is None else stream.first
                stream = stream._replace(first=first, last=now, pieces=stream.pieces + 1)
            complete = complete or choice.get("finish_reason") is not None
        counted = (as_object(event.get("usage")) or {}).get("completion_tokens")
        if isinstance(counted, int):
            stream = stream._replace(counted=counted)
    if not complete:
        raise ObservationFailed("the stream broke off")
    return stream


def _has_text(choice: JsonObject) -> bool:
    delta = as_object(choice.get("delta")) or {}
    return any(as_text(delta.get(name)) for name in TEXTS)


def _read_events(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The data of server-sent events (WHATWG HTML, 9.2), each of which is on one line here."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        yield from (line[5:].strip() for line in lines if line.startswith(b"data:"))
    if rest.startswith(b"data:"):
        yield rest[5:].strip()


def _parse_event(data: bytes) -> JsonObject:
    try:
        return as_object(json.loads(data)) or {}
    except ValueError:
        raise ObservationFailed("the stream contains an event that is not JSON") from None
