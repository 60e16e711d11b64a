"""Notifications that could not be sent, kept where the next run finds them: in one comment of ours on the subject.

A run on GitHub's machines leaves nothing behind but what it wrote on GitHub. The comment says that a notification
waits, and in a part that only machines read, which; it is deleted once all of them are sent. Where state is kept
(`state:` in rulewright.yaml), the journal keeps them instead.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.actions.action import effect_key, sha
from rulewright.actions.apply import apply
from rulewright.actions.escape import markdown
from rulewright.actions.journal import Journal
from rulewright.actions.plan import Effect, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rulewright.actions.apply import Port
    from rulewright.actions.journal import Record

__all__ = ["MARKER", "Unsent", "add", "keep", "late_notification", "unsent_in"]

MARKER: Final = "<!-- rulewright:unsent -->"
MOST: Final = 20
"""Notifications that are kept for one subject; each has a rule of its own."""

_DATA: Final = re.compile(r"<!-- (\{.*\}) -->")
_KEY: Final = re.compile(r"[0-9a-f]{16}")
_RULE: Final = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}")


class Unsent(NamedTuple):
    """One notification that waits: its key, its rule (`policy/rule`), its channel, and when it was planned."""

    key: str
    rule: str
    channel: str
    at: str


def unsent_in(comments: Iterable[Mapping[str, Any]]) -> tuple[Unsent, ...]:
    """The notifications that our own comment among these says are waiting; nothing that is not well formed."""
    for comment in comments:
        body = str(comment.get("body") or "")
        if comment.get("own") is True and body.startswith(MARKER):
            found = _DATA.search(body)
            return tuple(_read(found[1])) if found else ()
    return ()


def _read(text: str) -> Iterable[Unsent]:
    try:
        listed = json.loads(text)["notifications"]
    except (ValueError, KeyError, TypeError):
        return
    for one in listed[:MOST] if isinstance(listed, list) else ():
        values = [one.get(name) for name in Unsent._fields] if isinstance(one, dict) else [None]
        if not all(isinstance(value, str) for value in values):
            continue
        entry = Unsent(*values)
        if _KEY.fullmatch(entry.key) and _RULE.fullmatch(entry.rule) and len(entry.channel) <= 100:
            yield entry


def late_notification(target: str, entry: Unsent) -> Effect:
    """The effect that sends one late. What it was about is on the subject; its text was not kept."""
    text = (
        f"{target} needs a look: the notification of the rule {entry.rule} could not be sent at {entry.at}."
    )
    return Effect(
        "notify", target, {"channel": entry.channel, "text": text}, entry.rule, emission=True, key=entry.key
    )


def add(
    effect: Effect, port: Port, *, record: Callable[[Record], None] | None = None, plan: str = ""
) -> Journal:
    """Keep a notification that did not go out. One about no issue or pull request cannot be kept.

    Raises SourceError when the subject cannot be read.
    """
    if not effect.target.partition("#")[2].isdigit():
        return Journal()
    state = port.read(effect.target, frozenset({"comments"}))
    if state is None:
        return Journal()
    entry = Unsent(effect.key, effect.rule, str(effect.arguments["channel"]), port.now())
    known = unsent_in(state.comments or ())
    return keep(effect.target, (*known, entry), port, record=record, plan=plan)


def keep(
    target: str,
    entries: Iterable[Unsent],
    port: Port,
    *,
    record: Callable[[Record], None] | None = None,
    plan: str = "",
) -> Journal:
    """Make our comment on the subject say that exactly these wait; without any, delete it. `plan`: the hash of the
    plan that they are of. Raises nothing that `apply` does not: what fails is in the journal."""
    left = tuple({entry.key: entry for entry in entries}.values())[-MOST:]
    rule = left[0].rule if left else "rulewright/unsent"
    if not left:
        effect = Effect("prune_comment", target, {"of": "unsent", "marker": MARKER}, rule)
    else:
        body = _body(left)
        effect = Effect("comment", target, {"marker": MARKER, "body": body, "sha256": sha(body)}, rule)
    effect = effect._replace(key=effect_key(effect.action, target, rule, MARKER))
    return apply(Plan((effect,), plan), port, record=record)


def _body(entries: Iterable[Unsent]) -> str:
    data = json.dumps({"notifications": [entry._asdict() for entry in entries]}, sort_keys=True)
    # Nothing in it may end the HTML comment.
    hidden = data.replace("-", "\\u002d").replace("<", "\\u003c").replace(">", "\\u003e")
    channels = ", ".join(dict.fromkeys(markdown(entry.channel) for entry in entries))
    return (
        f"{MARKER}\n<!-- {hidden} -->\n"
        f"A notification about this to {channels} could not be sent. It is sent once its channel can be reached; "
        "then this comment is deleted."
    )
