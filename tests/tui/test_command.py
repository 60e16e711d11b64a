"""The command before and after the screen."""

from __future__ import annotations

import threading

from rulewright_tui.command import end_threads


def test_threads_are_waited_for_and_one_that_goes_on_is_told() -> None:
    before = threading.enumerate()
    stop = threading.Event()
    threading.Thread(target=lambda: None, daemon=True).start()
    assert end_threads(before, 5.0)
    going = threading.Thread(target=stop.wait, daemon=True)
    going.start()
    assert not end_threads(before, 0.01)
    assert end_threads([*before, going], 0.01)
    stop.set()
    assert end_threads(before, 5.0)
