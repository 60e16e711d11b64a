"""Messages to webhooks: a JSON body by POST, tried again where the receiver could not take it.

A receiver drops repetitions by the `Idempotency-Key`, so a message whose fate is open is sent again. It is not tried
for long: a secret is masked after its notification, and what did not arrive is sent by a later run.
"""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any, Final

from rulewright.github.addresses import read_address
from rulewright.github.retry import Patience, Tries
from rulewright.github.transport import Cut, NotSent, Refused, Timeouts, Transport
from rulewright.policy.diagnostics import SourceError
from rulewright.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.github.clock import Clock

AGAIN: Final = frozenset((408, 425, 429, 500, 502, 503, 504))
LONGEST: Final = 5.0
"""Seconds that a `Retry-After` may ask for; a receiver that wants more gets the message in the next run."""
PATIENCE: Final = Patience(attempts=3, longest=5.0)
TIMEOUTS: Final = Timeouts(connect=5.0, read=10.0, whole=15.0)


class Poster:
    """Sends JSON bodies. An address is a secret: no error names more of it than its host."""

    def __init__(
        self, clock: Clock, transport: Transport | None = None, patience: Patience | None = None
    ) -> None:
        self._clock = clock
        self._transport = transport or Transport(timeouts=TIMEOUTS)
        self._patience = patience or PATIENCE
        self._random = Random()

    def __call__(self, url: str, body: Mapping[str, Any], key: str) -> None:
        """Raises UsageError for an address that is none, SourceError when the message does not arrive."""
        parts = read_address(url)
        headers = {
            "content-type": "application/json",
            "user-agent": f"rulewright/{__version__}",
            "idempotency-key": key,
        }
        data, tries = json.dumps(body).encode(), Tries(self._patience)
        while True:
            asked = 0.0
            try:
                answer = self._transport.request("POST", parts.geturl(), headers, data)
            except Refused:
                raise SourceError(f"{parts.hostname} cannot be trusted with the message") from None
            except (NotSent, Cut):
                why = "cannot be reached"
            else:
                if answer.status < 300:
                    return
                why = f"answered {answer.status}"
                if answer.status not in AGAIN:
                    raise SourceError(f"the message was refused: {parts.hostname} {why}")
                asked = _seconds(answer.headers.get("retry-after"))
            tries.failed += 1
            if tries.spent or asked > LONGEST:
                raise SourceError(f"the message did not arrive: {parts.hostname} {why}")
            self._clock.sleep(max(asked, tries.backoff(self._random)))


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdecimal() else 0.0
