"""The name of an event by its content, for plans and journals that must not hold the payload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.canonical import digest

if TYPE_CHECKING:
    from rulewright.facts.model import Event

__all__ = ["event_sha256"]


def event_sha256(event: Event) -> str:
    """SHA-256 over the canonical JSON of `{"event", "action", "payload"}`, as 64 hexadecimal digits."""
    return digest({"event": event.name, "action": event.action, "payload": event.payload})
