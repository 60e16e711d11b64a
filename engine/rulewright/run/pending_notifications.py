"""Notifications that could not be sent, kept where the next run finds them: in one comment of ours on the subject.

A run on GitHub's machines leaves nothing behind but what it wrote on GitHub. The comment says that a notification
waits, and in a part that only machines read, which; it is deleted once all of them are sent. Where state is kept
(`state:` in rulewright.yaml), the journal keeps them instead.

Another run may change the comment at any time: it is read again for each change, and written only as long as it is what
was read.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.actions.escape import escape_markdown
from rulewright.actions.plan import Effect, Plan, effect_key, text_sha256
from rulewright.actions.prune_comment import own_comment
from rulewright.actions.table import ACTIONS
from rulewright.policy.quantity import parse_moment
from rulewright.run.apply import apply
from rulewright.run.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from rulewright.actions.port import Port
    from rulewright.run.journal import Record

MARKER: Final = "<!-- rulewright:unsent -->"
MOST: Final = 20
"""Notifications that are kept for one subject, the latest; each has a rule of its own."""
ATTEMPTS: Final = 3
"""How often a change of the comment is begun anew, since another run changed it in between."""
RULE: Final = "rulewright/unsent"
"""Stands in the journal where other effects have the rule that they come from."""

_DATA: Final = re.compile(r"<!-- (\{.*\}) -->")
_KEY: Final = re.compile(r"[0-9a-f]{16}")
_RULE: Final = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}")
_MOMENT: Final = re.compile(r"[0-9T:.Z+-]{10,35}")


class Unsent(NamedTuple):
    """One notification that waits: its key, its rule (`policy/rule`), its channel, and when it was planned."""

    key: str
    rule: str
    channel: str
    at: str


def unsent_in(comments: Iterable[Mapping[str, object]]) -> tuple[Unsent, ...]:
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
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    for one in listed[:MOST] if isinstance(listed, list) else ():
        values = [one.get(name) for name in Unsent._fields] if isinstance(one, dict) else [None]
        if not all(isinstance(value, str) for value in values):
            continue
        entry = Unsent(*values)
        formed = _KEY.fullmatch(entry.key) and _RULE.fullmatch(entry.rule) and len(entry.channel) <= 100
        if formed and _MOMENT.fullmatch(entry.at) and parse_moment(entry.at) is not None:
            yield entry


def late_notification(target: str, entry: Unsent) -> Effect:
    """The effect that sends one late. What it was about is on the subject; its text was not kept."""
    text = f"{target} needs attention: the notification of the rule {entry.rule} could not be sent at {entry.at}."
    return Effect(
        "notify", target, {"channel": entry.channel, "text": text}, entry.rule, emission=True, key=entry.key
    )


def keep(
    effect: Effect, port: Port, *, record: Callable[[Record], None] | None = None, plan: str = ""
) -> bool:
    """Keep a notification that did not go out: whether it is kept. One about no issue or pull request cannot be.

    `plan` is the hash of the plan that it is of. Raises SourceError when the subject cannot be read.
    """
    if not effect.target.partition("#")[2].isdigit():
        return False
    entry = Unsent(effect.key, effect.rule, str(effect.arguments["channel"]), port.now())
    return update(effect.target, port, add=entry, record=record, plan=plan).exit_code == 0


def update(
    target: str,
    port: Port,
    *,
    add: Unsent | None = None,
    remove: Collection[str] = (),
    record: Callable[[Record], None] | None = None,
    plan: str = "",
) -> Journal:
    """Write our comment on the subject anew, with one more entry, or without those of the keys in `remove`; delete it
    where none is left. Raises SourceError when the subject cannot be read; what else fails is in the journal."""
    journal = Journal()
    for _ in range(ATTEMPTS):
        state = port.read(target, frozenset({"comments"}))
        present = own_comment(state, MARKER) if state is not None else None
        if state is None or (present is None and add is None):
            return journal
        known = [entry for entry in unsent_in(state.comments or ()) if entry.key not in remove]
        left = known if add is None else [*(entry for entry in known if entry.key != add.key), add]
        effect = _effect(target, left[-MOST:], port.now())
        effect = effect._replace(preconditions=ACTIONS[effect.action].preconditions(effect, state))
        journal = apply(Plan((effect,), plan), port, record=record)
        if [one.status for one in journal.records] != ["precondition_failed"]:
            return journal
    return journal


def _effect(target: str, left: list[Unsent], now: str) -> Effect:
    if left:
        body = _body(left, now)
        made = Effect("comment", target, {"marker": MARKER, "body": body, "sha256": text_sha256(body)}, RULE)
    else:
        made = Effect("prune_comment", target, {"of": "unsent", "marker": MARKER}, RULE)
    return made._replace(key=effect_key(made.action, target, RULE, MARKER))


def _body(entries: Iterable[Unsent], now: str) -> str:
    """`tried` changes each time, so that GitHub lists the comment among the latest: sweeps look for it there."""
    written = {"notifications": [entry._asdict() for entry in entries], "tried": now}
    data = json.dumps(written, sort_keys=True)
    # Nothing in it may end the HTML comment.
    hidden = data.replace("-", "\\u002d").replace("<", "\\u003c").replace(">", "\\u003e")
    channels = ", ".join(dict.fromkeys(escape_markdown(entry.channel) for entry in entries))
    return (
        f"{MARKER}\n<!-- {hidden} -->\n"
        f"A notification about this to {channels} could not be sent. It is sent once its channel can be reached; "
        "then this comment is deleted."
    )
