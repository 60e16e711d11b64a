"""Makes the service slow on purpose, to see a gate turn red: ASSISTANT_DELAY_MS milliseconds for each step."""

from __future__ import annotations

import os
import time

VARIABLE = "ASSISTANT_DELAY_MS"


def wait_if_slowed() -> None:
    """Sleep for as long as the variable says; without it, not at all."""
    milliseconds = float(os.environ.get(VARIABLE, "0"))
    if milliseconds > 0:
        time.sleep(milliseconds / 1000)
