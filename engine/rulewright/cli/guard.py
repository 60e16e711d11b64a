"""One subject's trouble never ends a sweep: what nobody expected is told of its subject, and the others go on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from rulewright.policy.diagnostics import RulewrightError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def run_guarded(call: Callable[[], T], failed: Callable[[SourceError], T]) -> T:
    """What `call` gives; or what `failed` makes of an error that is a fault of the program; its report is written.

    Errors that were raised on purpose, and those of the machine, go through.
    """
    try:
        return call()
    except (RulewrightError, OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 — whatever it is, the other subjects are not to pay for it
        from rulewright.cli.error_handling import written_report

        place = written_report(error, sys.argv[1:])
        note = f"; a report is in {place}" if place else ""
        return failed(SourceError(f"unexpected {type(error).__name__}{note}"))
