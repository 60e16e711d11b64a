"""The source `weekday`: the day of the week of the moment of the decision, in UTC.

day: { weekday: long }      # monday
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Event
    from rulewright.program.named_facts import Need

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Weekday:
    """Reads the moment; no input or output."""

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, object]:
        """Fact → name of the day, or its first three letters."""
        day = _DAYS[datetime.fromisoformat(now).weekday()]
        return {
            request.name: day if request.arguments["weekday"] == "long" else day[:3] for request in requests
        }
