"""The hash of an event's content: its name in plans and journals, which must not hold the payload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.canonical import digest

if TYPE_CHECKING:
    from rulewright.events.model import Event


def event_sha256(event: Event) -> str:
    """SHA-256 over the canonical JSON of `{"event", "action", "payload"}`, as 64 hexadecimal digits.

    Without `viewer`: under which account the tool looks is no part of what happened, and a dry run may have another.
    """
    payload = event.payload
    if "viewer" in payload:
        payload = {name: value for name, value in payload.items() if name != "viewer"}
    return digest({"event": event.name, "action": event.action, "payload": payload})
