"""How far long work is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from rulewright_tui.session.work import Work, WorkReport


def test_progress() -> None:
    assert WorkReport("decided", 0, 100, 0.0).seconds_left is None
    half = WorkReport("decided", 50, 100, 5.0)
    assert (half.rate, half.seconds_left) == (10.0, 5.0)


def test_work_begins_when_the_former_has_ended() -> None:
    began, may_end, has_ended = threading.Event(), threading.Event(), threading.Event()
    seen: list[str] = []

    def slow(is_stopped: Callable[[], bool]) -> Iterator[int]:
        began.set()
        may_end.wait(20)
        seen.append("former")
        yield 1

    def quick(is_stopped: Callable[[], bool]) -> Iterator[int]:
        seen.append("next")
        yield 1

    former = Work("decided", lambda: 1, slow, lambda work, report: None)
    former.start()
    assert began.wait(20)
    former.stop()
    Work("decided", lambda: 1, quick, lambda work, report: has_ended.set(), former).start()
    may_end.set()
    assert has_ended.wait(20)
    assert seen == ["former", "next"]
