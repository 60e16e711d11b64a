"""A chain of hashes over JSON records: whatever is changed, added or taken out later shows.

A record's line is its content with `seq` (its place, from 0), `prev` (the hash of the record before, 64 zeros
for the first) and `hash` (SHA-256 over all the rest as canonical JSON). Lines are ASCII, so that any text survives
every transport.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.canonical import digest
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.strict_json import parse_strictly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FIRST: Final = "0" * 64
_OWN: Final = ("seq", "prev", "hash")


class ChainError(UsageError):
    """The chain is broken. `place` is the sequence number that was looked for there."""

    def __init__(self, place: int, why: str, where: str = "") -> None:
        self.place = place
        at = f"{where}: " if where else ""
        super().__init__(
            f"{at}Record {place} of the journal is invalid: {why}.",
            hint="A record was changed, added or removed. Restore the journal from its history.",
        )


class Head(NamedTuple):
    """Where a chain goes on: the next sequence number, and the hash of the last record."""

    seq: int = 0
    hash: str = FIRST


class Line(NamedTuple):
    """One record at its place. `content` holds neither `seq`, `prev` nor `hash`."""

    seq: int
    prev: str
    hash: str
    content: Mapping[str, object]

    @property
    def head(self) -> Head:
        """Where the chain goes on behind it."""
        return Head(self.seq + 1, self.hash)

    def as_json(self) -> dict[str, object]:
        return {"seq": self.seq, "prev": self.prev, **self.content, "hash": self.hash}

    def data(self) -> bytes:
        """The line as it is written, with its end."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return text.encode("ascii") + b"\n"


def _hash(content: Mapping[str, object], head: Head) -> str:
    return digest({**content, "seq": head.seq, "prev": head.hash})


def seal_contents(contents: Iterable[Mapping[str, object]], head: Head = Head()) -> tuple[Line, ...]:  # noqa: B008 — frozen
    """The contents as lines behind `head`."""
    out = []
    for content in contents:
        line = Line(head.seq, head.hash, _hash(content, head), content)
        out.append(line)
        head = line.head
    return tuple(out)


def read_lines(data: bytes, where: str = "") -> Iterator[Line]:
    """The lines of a file, unchecked. Raises ChainError for what is no record; a torn last line too."""
    for number, text in enumerate(data.split(b"\n"), 1):
        if not text:
            continue
        place = f"{where or 'journal'}:{number}"
        try:
            found = parse_strictly(text.decode("ascii"))
        except ValueError as error:
            raise ChainError(number - 1, f"it is not the JSON that was written ({error})", place) from None
        if not isinstance(found, dict) or type(found.get("seq")) is not int:
            raise ChainError(number - 1, "it has no `seq`", place)
        if not isinstance(found.get("prev"), str) or not isinstance(found.get("hash"), str):
            raise ChainError(found["seq"], "it has no `prev` or `hash`", place)
        content = {name: value for name, value in found.items() if name not in _OWN}
        if content.get("kind") == "intent" and not is_intent(content):
            raise ChainError(found["seq"], "it is not an intent of a run", place)
        yield Line(found["seq"], found["prev"], found["hash"], content)


def is_intent(content: Mapping[str, object]) -> bool:
    effects, policies = content.get("effects"), content.get("policies", {})
    return (
        isinstance(effects, list)
        and all(isinstance(one, dict) for one in effects)
        and isinstance(policies, dict)
        and all(isinstance(content.get(name), str) for name in ("at", "plan", "target"))
    )


def verify_lines(lines: Iterable[Line], head: Head = Head(), where: str = "") -> Iterator[Line]:  # noqa: B008 — frozen
    """The same lines, each checked against the one before. Raises ChainError at the first that does not fit."""
    for line in lines:
        if line.seq != head.seq:
            raise ChainError(head.seq, f"record {line.seq} is in its place", where)
        if line.prev != head.hash:
            raise ChainError(head.seq, "it does not follow the record before it", where)
        if _hash(line.content, head) != line.hash:
            raise ChainError(head.seq, "its hash does not match its content", where)
        yield line
        head = line.head
