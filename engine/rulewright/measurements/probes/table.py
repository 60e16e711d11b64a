"""The kinds of probes, and how each is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.measurements.probes.chat_probe import build_chat_probe
from rulewright.measurements.probes.command_probe import build_command_probe
from rulewright.measurements.probes.http_probe import build_http_probe
from rulewright.measurements.probes.memory_probe import build_memory_probe
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.measurements.probes.addresses import Addresses
    from rulewright.measurements.probes.document import ProbeSettings
    from rulewright.measurements.probes.observation import Probe

PROBES: Final[Mapping[str, Callable[[ProbeSettings, Addresses, str], Probe]]] = {
    "http": lambda probe, addresses, _: build_http_probe(probe, addresses),
    "chat": lambda probe, addresses, _: build_chat_probe(probe, addresses),
    "command": lambda probe, _, folder: build_command_probe(probe, folder),
    "memory": lambda probe, addresses, _: build_memory_probe(probe, addresses),
}
"""Kind → (settings, where requests go, the working directory) → probe."""


def build_probe(probe: ProbeSettings, addresses: Addresses, folder: str) -> Probe:
    """Raises UsageError with the place of the probe for settings that cannot be used, SourceError for files."""
    try:
        return PROBES[probe.kind](probe, addresses, folder)
    except UsageError as error:
        where = f"{probe.place}: " if probe.place else ""
        raise UsageError(f"{where}probe {probe.id}: {error.message}", hint=error.hint) from None
