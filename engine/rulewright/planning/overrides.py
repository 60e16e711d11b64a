"""What people changed lately wins: within the grace period no effect takes it back.

Read off the timeline in the payload (`events/history.py`), so the dry run says the same as the real one. An override
speaks for the same fields as the claims of effects: `label:triaged`, `assignee:mona`, `state`, `field:1/status`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.actions.comment import comment_sha256
from rulewright.actions.plan import Note
from rulewright.actions.table import ACTIONS
from rulewright.planning.conflicts import claims, unblocked
from rulewright.program.frame import SUBJECT_KEYS
from rulewright.program.lazy_payload import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.actions.plan import Effect
    from rulewright.evaluate.decision import Decision
    from rulewright.events.history import Change
    from rulewright.events.snapshot import Snapshot
    from rulewright.planning.proposals import Wish

GRACE: Final = "24h"
"""`execution.grace_period` where rulewright.yaml says nothing."""

BACKLOG_GRACE: Final = 30 * 86_400.0
"""Seconds that a subject from before `execution.enforce_since` stays open after that date and our last question."""

ASKING: Final = frozenset({"commented", "labeled"})
"""Events of the timeline that show a question of ours."""


class Override(NamedTuple):
    """A field as a person left it: `value` in the form of a claim; `did` says it in words."""

    value: Any
    did: str
    until: str


class Held(NamedTuple):
    """What holds for one plan: field → override; part of the payload → why it could not be read; marker of a comment
    that a person deleted → the deletion."""

    overrides: Mapping[str, Override]
    lost: Mapping[str, str]
    deleted: Mapping[str, Change] = {}


NOTHING: Final = Held({}, {})


def held(decision: Decision) -> Held:
    """What people changed within the grace period before the decision's `now`, the last word of each field."""
    facts = decision.facts
    since = _enforcement(decision)
    lost = {part: facts.absent[key] for part in PARTS if (key := f"payload.{part}") in facts.absent}
    if "timeline" not in facts.event.payload:
        return Held(since, lost) if lost or since else NOTHING
    from rulewright.events.history import changes
    from rulewright.policy.quantity import parse_duration, parse_moment

    config: Mapping[str, Any] = decision.program.config.get("execution") or {}
    grace = parse_duration(config.get("grace_period", GRACE))
    now = parse_moment(facts.now) or 0.0
    found: dict[str, Override] = {}
    for change in changes(facts.event.payload) or ():
        if not change.human or change.seconds + grace <= now:
            continue
        for field, value, did in changed_fields(change):
            until = _moment(change.seconds + grace)
            found.pop(field, None)
            found[field] = Override(value, f"{change.actor or 'somebody'} {did} at {change.at}", until)
    return Held({**since, **_groups(found), **found}, lost)


def _enforcement(decision: Decision) -> dict[str, Override]:
    """What holds the closing of a subject that was opened before `execution.enforce_since`: people could not know
    the rules then. They have 30 days from that date, and from the last thing that we asked or marked on the subject.

    Where the tool does not know its own account, what any program did counts as ours.
    """
    from rulewright.events.history import changes, is_by_tool
    from rulewright.policy.quantity import parse_moment

    facts, payload = decision.facts, decision.facts.event.payload
    since = (decision.program.config.get("execution") or {}).get("enforce_since")
    start = parse_moment(since) if since is not None else None
    subject: Any = next((payload[key] for key in SUBJECT_KEYS if isinstance(payload.get(key), dict)), None)
    if start is None or subject is None:
        return {}
    opened = parse_moment(str(subject.get("created_at")))
    if opened is not None and opened >= start:
        return {}
    asked = [
        change.seconds
        for change in changes(payload) or ()
        if change.event in ASKING and is_by_tool(change, payload)
    ]
    until = max((start, *asked)) + BACKLOG_GRACE
    if until <= (parse_moment(facts.now) or 0.0):
        return {}
    return {"state": Override("open", f"it was opened before enforcement began ({since})", _moment(until))}


def changed_since(payload: Mapping[str, Any], since: str) -> str | None:
    """What a person changed at that moment or later, in words; None where nobody did.

    The payload holds the subject's timeline, and the tool's own account as `viewer`.
    """
    from rulewright.events.history import changes
    from rulewright.policy.quantity import parse_moment

    start = parse_moment(since) or 0.0
    for change in changes(payload) or ():
        if change.human and change.seconds >= start:
            for _, _, did in changed_fields(change):
                return f"{change.actor or 'somebody'} {did} at {change.at}"
    return None


def unheld(
    wishes: Iterable[Wish], state: Snapshot | None, holds: Held
) -> tuple[tuple[Wish, ...], tuple[Note, ...]]:
    """The wishes without what contradicts a person, or could not be looked at; notes for what would have been done.

    A mask is never held: what it hides must not stay public for a day.
    """
    every = tuple(wishes)
    if not any(holds):
        return every, ()
    kept: list[Wish] = []
    notes: dict[Note, None] = {}
    alone: set[tuple[str, int]] = set()
    for wish in every:
        effect = wish.effect
        action = ACTIONS[effect.action]
        if action.emission or effect.action == "mask":
            kept.append(wish)
            continue
        deletion = _deletion(effect, state, holds)
        if deletion is not None:
            who = deletion.actor or "somebody"
            reason = (
                f"{who} deleted this comment at {deletion.at}; it is not written again while the rule holds"
            )
            notes[Note(effect.rule, effect.action, reason)] = None
            continue
        needed = action.reduce(effect, state)
        unread = sorted(effect.declaration.reads & holds.lost.keys())
        fields = {} if unread else _against((effect, needed), holds.overrides)
        left = None if unread else unblocked(effect, frozenset(fields))
        if fields and left is effect:  # what it takes along is held, and it cannot do without
            left = None
        if left is not None:
            kept.append(wish._replace(effect=left))
        else:
            alone.add(wish.origin)
        if needed is not None:
            reasons = [f"the {part} could not be read ({holds.lost[part]})" for part in unread]
            reasons += [f"{override.did}; held until {override.until}" for override in fields.values()]
            notes.update(dict.fromkeys(Note(effect.rule, effect.action, reason) for reason in reasons))
    # The words that go with a closing stand or fall with it.
    silent = [wish for wish in kept if wish.effect.action == "comment" and wish.origin in alone]
    return tuple(wish for wish in kept if wish not in silent), tuple(notes)


def _deletion(effect: Effect, state: Snapshot | None, holds: Held) -> Change | None:
    """The deletion, by a person, of the comment that an effect would write anew."""
    if effect.action != "comment" or state is None or state.comments is None:
        return None
    marker = effect.text("marker")
    return holds.deleted.get(marker) if comment_sha256(state, marker) is None else None


def _against(effects: Iterable[Effect | None], overrides: Mapping[str, Override]) -> dict[str, Override]:
    """Field → override, for what an effect claims otherwise than a person left it."""
    return {
        field: overrides[field]
        for effect in effects
        if effect is not None
        for field, value in claims(effect)
        if field in overrides and not _agrees(field, value, overrides[field].value)
    }


def _agrees(field: str, wanted: Any, left: Any) -> bool:
    if field == "state":  # a claim also says why it is closed
        return bool(str(wanted).partition(" ")[0] == left)
    return bool(wanted == left)


def changed_fields(change: Change) -> Iterator[tuple[str, Any, str]]:
    """(field, the value it was given, in words) for one change by a person."""
    kind = change.event
    if kind in ("labeled", "unlabeled") and change.label:
        did = "added" if kind == "labeled" else "removed"
        yield f"label:{change.label.casefold()}", kind == "labeled", f"{did} `{_short(change.label)}`"
    elif kind in ("assigned", "unassigned") and change.assignee:
        yield f"assignee:{change.assignee.casefold()}", kind == "assigned", f"{kind} {change.assignee}"
    elif kind in ("milestoned", "demilestoned"):
        title = change.milestone if kind == "milestoned" else None
        yield "milestone", title, "set the milestone" if title else "took the milestone off"
    elif kind == "renamed" and change.value is not None:
        yield "title", change.value, "changed the title"
    elif kind in ("closed", "reopened"):
        yield "state", "closed" if kind == "closed" else "open", kind + " it"
    elif change.field is not None:
        yield f"field:{change.field.casefold()}", change.value, f"moved it to `{_short(change.value or '')}`"


def _groups(found: Mapping[str, Override]) -> dict[str, Override]:
    """Exclusive groups of labels: the member that a person added last is the one that the group has."""
    groups: dict[str, Override] = {}
    for field, override in found.items():
        kind, _, name = field.partition(":")
        parts = name.split("/") if kind == "label" and override.value else [name]
        for depth in range(1, len(parts)):
            group = "label_group:" + "/".join(parts[:depth])
            groups[group] = override._replace(value="/".join(parts[depth:]))
    return groups


def _short(text: str) -> str:
    return text if len(text) <= 50 else text[:49] + "…"


def _moment(seconds: float) -> str:
    from time import gmtime, strftime

    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))
