"""Answers kept with their ETags: asking again costs nothing of the limit when nothing has changed."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rulewright.github.transport import Answer


class Kept(NamedTuple):
    etag: str
    answer: Answer


class ETags:
    """By address, the least lately used forgotten first. `bound`: bytes of bodies that are kept."""

    def __init__(self, bound: int = 32 << 20) -> None:
        self._bound = bound
        self._size = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def etag(self, url: str) -> str | None:
        """What to send as `if-none-match`."""
        kept = self._kept.get(url)
        return kept.etag if kept is not None else None

    def answer(self, url: str) -> Answer:
        """The answer that a 304 stands for."""
        self._kept.move_to_end(url)
        return self._kept[url].answer

    def forget(self) -> None:
        """Drop everything: something was changed, and an answer from before must not be taken for today's."""
        self._kept.clear()
        self._size = 0

    def keep(self, url: str, answer: Answer) -> None:
        """Remember an answer of 200 that has an ETag."""
        old = self._kept.pop(url, None)
        if old is not None:
            self._size -= len(old.answer.body)
        etag = answer.headers.get("etag")
        if etag is None or answer.status != 200 or len(answer.body) > self._bound // 4:
            return
        self._kept[url] = Kept(etag, answer)
        self._size += len(answer.body)
        while self._size > self._bound:
            _, first = self._kept.popitem(last=False)
            self._size -= len(first.answer.body)
