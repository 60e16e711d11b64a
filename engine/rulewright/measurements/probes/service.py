"""Services: processes that probes talk to, started for a run and ended after it."""

from __future__ import annotations

import os
import socket
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from rulewright.measurements.probes.http_client import HttpClient, HttpRequest
from rulewright.measurements.probes.observation import ObservationFailed
from rulewright.measurements.probes.process import RunningCommand
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.measurements.probes.document import ServiceSettings

HOST: Final = "127.0.0.1"
POLL: Final = 0.02
"""Seconds between two requests that ask whether a service is ready."""
ASK: Final = 2.0
"""Seconds that one of these requests may take."""
FIRST_ERROR: Final = 400


@contextmanager
def start_services(services: Sequence[ServiceSettings], folder: str) -> Iterator[Mapping[str, str]]:
    """Start services in `folder`, and wait until they are ready. Gives name → address; ends them at the end.

    Raises SourceError for one that cannot be started, that ends before it is ready, or that is not ready in time.
    """
    with ExitStack() as stack:
        addresses: dict[str, str] = {}
        for service in services:
            port = find_free_port()
            running = _start(service, folder, port)
            stack.callback(running.close)
            stack.callback(running.stop)
            addresses[service.name] = f"http://{HOST}:{port}"
            _wait_until_ready(service, running, addresses[service.name])
        yield addresses


def find_free_port() -> int:
    """A port of this machine that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def _start(service: ServiceSettings, folder: str, port: int) -> RunningCommand:
    words = [word.replace("{port}", str(port)) for word in service.command]
    environment = {"PORT": str(port), **service.environment}
    place = os.path.join(folder, service.directory)
    try:
        return RunningCommand(words, folder=place, environment=environment)
    except OSError as error:
        raise SourceError(
            f"the service {service.name} cannot be started: {place}: {error.strerror}"
        ) from None


def _wait_until_ready(service: ServiceSettings, running: RunningCommand, address: str) -> None:
    end = time.monotonic() + service.ready_within
    client = HttpClient(min(ASK, service.ready_within))
    request = HttpRequest("GET", f"{address}{service.ready}", {})
    reason = "no connection"
    try:
        while time.monotonic() < end:
            if running.has_ended():
                raise SourceError(_describe_end(service, running))
            try:
                status = client.exchange(request).status
            except ObservationFailed as error:
                reason = str(error)
            else:
                if status < FIRST_ERROR:
                    return
                reason = f"status {status}"
            time.sleep(POLL)
    finally:
        client.close()
    last_line = running.read_last_line()
    raise SourceError(
        f"the service {service.name} is not ready within {service.ready_within:g} s: {reason}",
        hint=f"its last line: {last_line}" if last_line else None,
    )


def _describe_end(service: ServiceSettings, running: RunningCommand) -> str:
    result = running.read_result()
    how = result.failure if result.status is None else f"exit status {result.status}"
    last_line = f": {result.last_line}" if result.last_line else ""
    return f"the service {service.name} ended before it was ready ({how}){last_line}"
