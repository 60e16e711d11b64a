"""How far long work is."""

from __future__ import annotations

from rulewright_tui.session.work import WorkReport


def test_progress() -> None:
    assert WorkReport("decided", 0, 100, 0.0).seconds_left is None
    half = WorkReport("decided", 50, 100, 5.0)
    assert (half.rate, half.seconds_left) == (10.0, 5.0)
