"""What a run must remember, folded out of the journal: nothing is kept that the journal does not say.

A stored memory is a shortcut: from the records behind its head on, the fold goes on by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, Never

from rulewright.policy.canonical import digest
from rulewright.policy.json_types import as_objects
from rulewright.run.apply import is_sent
from rulewright.run.hash_chain import Head, is_intent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rulewright.run.hash_chain import Line

NOTHING: Final[Mapping[str, Never]] = {}

KEPT: Final = timedelta(days=30)
"""How long an emission's key is remembered."""

GIVEN_UP: Final = timedelta(days=7)
"""How long the rest of an interrupted run waits to be taken up; its notifications wait until they are sent."""


class Memory(NamedTuple):
    """`sent`: key of an emission → when. `open`: intents whose effects have no outcome yet, by target and plan.

    `resume`: repository → the subject that the last sweep did not reach, as its number. `seen`: target → when its
    last audit entry was written, and the hash of what it said.
    """

    head: Head = Head()
    sent: Mapping[str, str] = NOTHING
    open: Mapping[str, Mapping[str, object]] = NOTHING
    resume: Mapping[str, int] = NOTHING
    seen: Mapping[str, str] = NOTHING

    def as_json(self) -> dict[str, object]:
        return {
            "seq": self.head.seq,
            "hash": self.head.hash,
            "sent": dict(self.sent),
            "open": dict(self.open),
            "resume": dict(self.resume),
            "seen": dict(self.seen),
        }


def memory_of(data: object) -> Memory | None:
    """A memory out of its JSON; None for anything else, so that it is folded anew."""
    if not isinstance(data, dict) or type(data.get("seq")) is not int:
        return None
    checks: dict[str, Callable[[object], bool]] = {
        "sent": lambda at: isinstance(at, str),
        "open": lambda content: isinstance(content, dict) and is_intent(content),
        "resume": lambda number: type(number) is int,
        "seen": lambda entry: isinstance(entry, str),
    }
    parts = {name: data.get(name) for name in checks}
    for name, part in parts.items():
        if not isinstance(part, dict) or not all(map(checks[name], part.values())):
            return None
    if not isinstance(data.get("hash"), str):
        return None
    return Memory(Head(data["seq"], data["hash"]), **parts)  # type: ignore[arg-type]


def after(memory: Memory, lines: Iterable[Line]) -> Memory:
    """The memory after these records, which follow its head."""
    head, sent, pending, resume = memory.head, dict(memory.sent), dict(memory.open), dict(memory.resume)
    seen = dict(memory.seen)
    at = ""
    for line in lines:
        head, content = line.head, line.content
        at = str(content.get("at") or at)
        kind = content.get("kind")
        if kind == "intent":
            _replace(pending, content)
            pending[_name(content)] = content
        elif kind == "effect":
            _settle(pending, content)
            if is_sent(content.get("action")) and content.get("status") == "applied":
                sent[str(content.get("key"))] = at
        elif kind == "subject":
            seen[str(content.get("target"))] = f"{at} {content_digest(content)}"
        elif kind == "run":
            _resume(resume, content)
    if at:
        sent = {key: when for key, when in sent.items() if not _older(when, at, KEPT)}
        pending = {name: left for name, one in pending.items() if (left := _open_still(one, at)) is not None}
        seen = {target: said for target, said in seen.items() if not _older(said.partition(" ")[0], at, KEPT)}
    return Memory(head, sent, pending, resume, seen)


def content_digest(content: Mapping[str, object]) -> str:
    """What a (clean) audit entry says, whenever and in whatever run: 16 hexadecimal digits."""
    return digest({name: value for name, value in content.items() if name not in _PASSING})[:16]


_PASSING: Final = frozenset({"kind", "at", "plan", "event"})


def _open_still(content: Mapping[str, object], now: str) -> Mapping[str, object] | None:
    """What of an intent is not given up; None where nothing is."""
    if not _older(str(content.get("at")), now, GIVEN_UP):
        return content
    left = [one for one in as_objects(content["effects"]) if one.get("action") == "notify"]
    return {**content, "effects": left} if left else None


def _name(content: Mapping[str, object]) -> str:
    return f"{content.get('target')} {content.get('plan')}"


def _replace(pending: dict[str, Mapping[str, object]], content: Mapping[str, object]) -> None:
    """What is planned again, on a newer state, is no longer open in the older intents of the same target."""
    keys = {one.get("key") for one in as_objects(content.get("effects"))}
    older = [name for name, one in pending.items() if one.get("target") == content.get("target")]
    for name in older:
        found = pending[name]
        left = [one for one in as_objects(found["effects"]) if one.get("key") not in keys]
        if left:
            pending[name] = {**found, "effects": left}
        else:
            del pending[name]


def _settle(pending: dict[str, Mapping[str, object]], content: Mapping[str, object]) -> None:
    """What came of an effect takes it out of its intent, but for what failed or waits: that is still open."""
    name = _name(content)
    found = pending.get(name)
    if found is None or content.get("status") in ("failed", "held_back"):
        return
    left = as_objects(found["effects"])
    # What was done may be less than what was planned, and has another key then.
    for sort in ("key", "action"):
        place = next((n for n, one in enumerate(left) if _alike(one, content, sort)), None)
        if place is not None:
            del left[place]
            break
    if content.get("action") == "mask" and content.get("status") == "precondition_failed":
        # What stood after a mask that was not done is planned anew with it.
        left = [one for one in left if one.get("emission")]
    if left:
        pending[name] = {**found, "effects": left}
    else:
        del pending[name]


def _alike(effect: Mapping[str, object], content: Mapping[str, object], sort: str) -> bool:
    return effect.get("rule") == content.get("rule") and effect.get(sort) == content.get(sort)


def _resume(resume: dict[str, int], content: Mapping[str, object]) -> None:
    repository, place = str(content.get("repository")), content.get("resume")
    resume.pop(repository, None)
    if type(place) is int:
        resume[repository] = place


def _older(when: str, now: str, limit: timedelta) -> bool:
    try:
        return datetime.fromisoformat(now) - datetime.fromisoformat(when) > limit
    except (ValueError, TypeError):
        return False
