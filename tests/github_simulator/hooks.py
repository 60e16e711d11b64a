"""A place that notifications are posted to: `/_hooks/<name>` records what comes, by its key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from github_simulator.clock import RealClock, VirtualClock
from github_simulator.server import Raw, Reply

__all__ = ["Delivery", "Hooks"]


class Delivery(NamedTuple):
    """One post. `key` is its Idempotency-Key, None where it has none."""

    name: str
    key: str | None
    body: Any
    headers: Mapping[str, str]
    at: float


class Hooks:
    """`all` holds every delivery; `once` what a receiver that drops repeated keys would keep."""

    def __init__(self, clock: VirtualClock | RealClock) -> None:
        self._clock = clock
        self.all: list[Delivery] = []
        self.answers: dict[str, list[int]] = {}  # name → statuses to answer with, first to last, then 200

    def receive(self, name: str, raw: Raw) -> Reply:
        planned = self.answers.get(name)
        status = planned.pop(0) if planned else 200
        if status < 400:
            try:
                body = json.loads(raw.body)
            except ValueError:
                body = raw.body.decode("utf-8", "replace")
            shown = {key: value for key, value in raw.headers.items() if key != "authorization"}
            key = raw.headers.get("idempotency-key")
            self.all.append(Delivery(name, key, body, shown, self._clock.now()))
        return Reply(status, (("Content-Type", "text/plain"),), b"ok")

    def once(self, name: str) -> list[Delivery]:
        """The deliveries to `name`, one per key."""
        found: dict[object, Delivery] = {}
        for number, one in enumerate(self.all):
            if one.name == name:
                found.setdefault(one.key if one.key is not None else number, one)
        return list(found.values())
