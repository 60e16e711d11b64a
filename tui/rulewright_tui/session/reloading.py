"""Policies loaded again by themselves: a thread looks at the files' stamps, and tells what a change led to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright_tui.session.library import Library, Policies

EVERY: Final = 0.1
"""Seconds between two looks. One costs some 7 µs for each file."""


class Reloader:
    """The thread that has the library from now on; `tell` is called in it with the policies of each new load."""

    def __init__(self, library: Library, tell: Callable[[Policies], None]) -> None:
        self._library, self._tell = library, tell
        self._wake = threading.Event()
        self._is_closed = self._is_forced = False
        self._thread = threading.Thread(target=self._run, name="reload", daemon=True)

    def start(self, prepared: Callable[[], object] = lambda: None) -> None:
        """Start the thread; it calls `prepared` once it has read what the first change needs."""
        self._prepared = prepared
        self._thread.start()

    def force(self) -> None:
        """Load again, though no file may have changed."""
        self._is_forced = True
        self._wake.set()

    def close(self) -> None:
        """End the thread."""
        self._is_closed = True
        self._wake.set()

    def _run(self) -> None:
        told = self._library.policies.revision
        self._library.prepare()
        self._prepared()
        while not self._is_closed:
            if self._is_forced or self._library.has_changed():
                self._is_forced = False
                policies = self._library.reload()
                if policies.revision != told:
                    told = policies.revision
                    self._tell(policies)
            self._wake.wait(EVERY)
            self._wake.clear()
