"""The bindings of the screen Inspect, out of the table of keys."""

from __future__ import annotations

from textual.binding import Binding

from rulewright_tui.keys import KEYS


def screen_bindings() -> list[Binding]:
    """The bindings of the screen Inspect. They have priority, so that keys typed ahead come in their order."""
    return [
        Binding(
            key.keys, key.action, key.description, id=key.id, tooltip=key.tooltip, priority=True, show=False
        )
        for key in KEYS
    ]
