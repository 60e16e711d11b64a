"""What people changed lately wins: within the grace period no effect takes it back.

Read off the timeline in the payload (`events/history.py`), so the dry run says the same as the real one. An override
speaks for the same fields as the claims of effects: `label:triaged`, `assignee:mona`, `state`, `field:1/status`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.actions.comment import comment_sha256
from rulewright.actions.plan import Note
from rulewright.actions.table import ACTIONS
from rulewright.events.history import read_changes
from rulewright.planning.conflicts import drop_blocked
from rulewright.planning.enforcement_date import postponed_closing
from rulewright.policy.actions.claims import label_field
from rulewright.policy.diagnostics import shorten
from rulewright.policy.named_tuple import NamedTuple
from rulewright.policy.quantity import format_moment, parse_duration, parse_moment
from rulewright.program.lazy_payload import PARTS, absent_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.actions.plan import Effect
    from rulewright.evaluate.decision import Decision
    from rulewright.events.history import Change
    from rulewright.events.model import Absent
    from rulewright.events.snapshot import Snapshot
    from rulewright.planning.proposals import Origin, ProposedEffect
    from rulewright.policy.json_types import Json


class Override(NamedTuple):
    """A field as a person left it: `value` in the form of a claim; `did` says it in words."""

    value: Json
    did: str
    until: str


class Overrides(NamedTuple):
    """What holds effects back in one plan."""

    fields: Mapping[str, Override] = {}
    unreadable: Mapping[str, Absent] = {}
    """Part of the payload → why it could not be read."""
    deleted: Mapping[str, Change] = {}
    """Marker of a comment that a person deleted → the deletion."""


def find_overrides(decision: Decision) -> Overrides:
    """What people changed within the grace period before the decision's `now`, the last word of each field."""
    facts = decision.facts
    postponed: dict[str, Override] = {}
    if (closing := postponed_closing(decision)) is not None:
        did = f"it was opened before enforcement began ({closing.since})"
        postponed["state"] = Override("open", did, format_moment(closing.until))
    unreadable = {part: facts.absent[key] for part in PARTS if (key := absent_part(part)) in facts.absent}
    if "timeline" not in facts.event.payload:
        return Overrides(postponed, unreadable)
    grace = parse_duration(decision.program.config.execution.grace_period)
    now = parse_moment(facts.now) or 0.0
    found: dict[str, Override] = {}
    for change in read_changes(facts.event.payload) or ():
        if not change.human or change.seconds + grace <= now:
            continue
        for field, value, did in changed_fields(change):
            found.pop(field, None)
            until = format_moment(change.seconds + grace)
            found[field] = Override(value, _say_who(change, did), until)
    return Overrides({**postponed, **_group_overrides(found), **found}, unreadable)


def changed_since(payload: Mapping[str, object], since: str) -> str | None:
    """What a person changed at that moment or later, in words; None where nobody did.

    The payload holds the subject's timeline, and the tool's own account as `viewer`.
    """
    start = parse_moment(since) or 0.0
    for change in read_changes(payload) or ():
        if change.human and change.seconds >= start:
            for _, _, did in changed_fields(change):
                return _say_who(change, did)
    return None


def drop_overridden(
    proposals: Iterable[ProposedEffect], state: Snapshot | None, overrides: Overrides
) -> tuple[tuple[ProposedEffect, ...], tuple[Note, ...]]:
    """The proposals without what contradicts a person, or could not be looked at; notes for what would have been done.

    A mask is never held: what it hides must not stay public for a day.
    """
    proposals = tuple(proposals)
    if not any(overrides):
        return proposals, ()
    kept: list[ProposedEffect] = []
    notes: dict[Note, None] = {}
    dropped: set[Origin] = set()
    for proposed in proposals:
        effect = proposed.effect
        if effect.emission or effect.action == "mask":
            kept.append(proposed)
        elif (deletion := _deletion(effect, state, overrides)) is not None:
            who = deletion.actor or "somebody"
            reason = (
                f"{who} deleted this comment at {deletion.at}; it is not written again while the rule holds"
            )
            notes[Note(effect.rule, effect.action, reason)] = None
        else:
            left, reasons = _allowed(effect, state, overrides)
            if left is not None:
                kept.append(proposed._replace(effect=left))
            else:
                dropped.add(proposed.origin)
            notes.update(dict.fromkeys(Note(effect.rule, effect.action, reason) for reason in reasons))
    # The words that go with a closing stand or fall with it.
    allowed = (
        proposed for proposed in kept if proposed.effect.action != "comment" or proposed.origin not in dropped
    )
    return tuple(allowed), tuple(notes)


def _allowed(effect: Effect, state: Snapshot | None, overrides: Overrides) -> tuple[Effect | None, list[str]]:
    """What is left of an effect, and why not all of what is needed of it; no reasons where nothing is needed."""
    needed = ACTIONS[effect.action].reduce(effect, state)
    unread = sorted(effect.declaration.reads & overrides.unreadable.keys())
    fields = {} if unread else _overridden_fields((effect, needed), overrides.fields)
    left = None if unread else drop_blocked(effect, frozenset(fields))
    if fields and left is effect:  # what it takes along is held, and it cannot do without
        left = None
    if needed is None:
        return left, []
    reasons = [f"the {part} could not be read ({overrides.unreadable[part].text})" for part in unread]
    return left, reasons + [f"{override.did}; held until {override.until}" for override in fields.values()]


def _deletion(effect: Effect, state: Snapshot | None, overrides: Overrides) -> Change | None:
    """The deletion, by a person, of the comment that an effect would write anew."""
    if effect.action != "comment" or state is None or state.comments is None:
        return None
    marker = effect.text("marker")
    return overrides.deleted.get(marker) if comment_sha256(state, marker) is None else None


def _overridden_fields(
    effects: Iterable[Effect | None], overrides: Mapping[str, Override]
) -> dict[str, Override]:
    """Field → override, for what an effect claims otherwise than a person left it."""
    return {
        field: overrides[field]
        for effect in effects
        if effect is not None
        for field, value in effect.claims()
        if field in overrides and value != overrides[field].value
    }


def changed_fields(change: Change) -> Iterator[tuple[str, Json, str]]:
    """(field, the value it was given, in words) for one change by a person."""
    kind = change.event
    if kind in ("labeled", "unlabeled", "assigned", "unassigned"):
        yield from _changed_items(change)
    elif kind in ("milestoned", "demilestoned"):
        title = change.milestone if kind == "milestoned" else None
        yield "milestone", title, "set the milestone" if title else "took the milestone off"
    elif kind == "renamed" and change.value is not None:
        yield "title", change.value, "changed the title"
    elif kind in ("closed", "reopened"):
        yield "state", "closed" if kind == "closed" else "open", f"{kind} it"
    elif change.field is not None:
        yield (
            f"field:{change.field.casefold()}",
            change.value,
            f"moved it to `{shorten(change.value or '', 50)}`",
        )


def _changed_items(change: Change) -> Iterator[tuple[str, Json, str]]:
    kind = change.event
    if change.label and kind.endswith("labeled"):
        did = "added" if kind == "labeled" else "removed"
        yield label_field(change.label), kind == "labeled", f"{did} `{shorten(change.label, 50)}`"
    elif change.assignee and kind.endswith("assigned"):
        yield f"assignee:{change.assignee.casefold()}", kind == "assigned", f"{kind} {change.assignee}"


def _group_overrides(found: Mapping[str, Override]) -> dict[str, Override]:
    """Exclusive groups of labels: the member that a person added last is the one that the group has."""
    groups: dict[str, Override] = {}
    for field, override in found.items():
        kind, _, name = field.partition(":")
        parts = name.split("/") if kind == "label" and override.value else [name]
        for depth in range(1, len(parts)):
            group = "label_group:" + "/".join(parts[:depth])
            groups[group] = override._replace(value="/".join(parts[depth:]))
    return groups


def _say_who(change: Change, did: str) -> str:
    return f"{change.actor or 'somebody'} {did} at {change.at}"
