"""A real service on this machine, and probes of it."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rulewright.measurements.probes.addresses import Addresses
from rulewright.measurements.probes.document import ProbeSettings
from rulewright.measurements.probes.observation import Probe
from rulewright.measurements.probes.table import build_probe

PROGRAM = Path(__file__).with_name("assistant.py")


def load_program() -> Any:
    spec = importlib.util.spec_from_file_location("assistant_service", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def service() -> Iterator[Any]:
    server = load_program().Assistant()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.running.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def build(service: Any, tmp_path: Path) -> Iterator[Callable[..., Probe]]:
    """`build(kind, settings, **rest)`: a probe of the service."""
    built: list[Probe] = []

    def make(kind: str, settings: dict[str, Any], **rest: Any) -> Probe:
        addresses = Addresses({"assistant": service.url}, environ={"CHAT_KEY": "sk-1234567890"})
        probe = ProbeSettings("probe", kind, settings, folder=str(tmp_path), **rest)
        built.append(build_probe(probe, addresses, str(tmp_path)))
        return built[-1]

    yield make
    for probe in built:
        probe.close()
