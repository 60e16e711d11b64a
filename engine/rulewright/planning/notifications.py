"""Notifications, each once: what GitHub shows of a rule's other effects tells whether its notification went out.

A rule that notifies leaves something else on the subject, by which its notification is remembered:

- a change that is needed now (a mask, a closing): something new happened, and the notification goes with it;
- else the rule's comment, else its labels. Where the comment is there, or the labels are, or the timeline shows that
  the tool set them and a person took them off, the notification went out before.

A notification is planned right before the effect that remembers it: a run that ends in between repeats the
notification, and loses none. Before it is sent the subject is looked at again (the precondition `any_of`), so that of
two runs that planned the same, the second sends nothing.

A rule that leaves nothing notifies in every run; the load warns of it (RW514).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.actions.comment import comment_sha256
from rulewright.actions.names import fold_names
from rulewright.actions.plan import Precondition, effect_key
from rulewright.events.history import is_by_tool, read_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rulewright.actions.plan import Effect
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json


def order_notifications(
    effects: Sequence[Effect],
    wanted: Mapping[str, Sequence[Effect]],
    state: Snapshot | None,
    payload: Mapping[str, Json],
) -> tuple[Effect, ...]:
    """The effects without notifications that went out before, each of the others before what remembers it.

    `wanted`: rule (`policy/rule`) → what it wants of the actions that have a memory, whether it is needed or not.
    `state` and `payload` are the subject as it is now.
    """
    if state is None or not any(effect.action == "notify" for effect in effects):
        return tuple(effects)
    set_before = _labels_set_before(payload)
    before: dict[int, list[Effect]] = {}
    gone: set[int] = set()
    for place, effect in enumerate(effects):
        if effect.action != "notify" or not any(wanted.get(rule) for rule in _rules(effect)):
            continue
        gone.add(place)
        memory = _memory(effect, effects, wanted, state, set_before)
        if memory is not None:
            before.setdefault(memory, []).append(_tie(effect, effects[memory]))
    ordered: list[Effect] = []
    for place, effect in enumerate(effects):
        ordered += before.get(place, ())
        if place not in gone:
            ordered.append(effect)
    return tuple(ordered)


def _tie(notification: Effect, memory: Effect) -> Effect:
    """The notification with the preconditions of what remembers it.

    Where that is something new, such as another secret on the same subject, and belongs to all of its rules, the key is
    of it too: to a receiver, the same words about it are another message.
    """
    found: list[Json] = [guard.as_json() for guard in memory.preconditions]
    guard = (Precondition("any_of", found),) if found else ()
    key = notification.key
    if memory.declaration.memory != "lasting" and _rules(notification) <= _rules(memory):
        key = effect_key("notify", notification.target, "", [key, memory.key])
    return notification._replace(preconditions=guard, key=key)


def _memory(
    notification: Effect,
    effects: Sequence[Effect],
    wanted: Mapping[str, Sequence[Effect]],
    state: Snapshot,
    set_before: frozenset[str],
) -> int | None:
    """The place of the effect that will remember the notification; None where it went out before."""
    rules = _rules(notification)
    planned = [
        place
        for place, effect in enumerate(effects)
        if effect.declaration.memory != "none" and rules & _rules(effect)
    ]
    news = _first(planned, lambda place: effects[place].declaration.memory == "change")
    if news is not None:
        return news
    lasting = [
        effect for rule in rules for effect in wanted.get(rule, ()) if effect.declaration.memory == "lasting"
    ]
    markers = {effect.text("marker") for effect in lasting if effect.action == "comment"}
    if markers:
        if any(comment_sha256(state, marker) is not None for marker in markers):
            return None
        return _first(planned, lambda place: effects[place].arguments.get("marker") in markers)
    labels = fold_names(name for effect in lasting for name in _added_labels(effect))
    if not labels - fold_names(state.labels) - set_before:
        return None
    return _first(reversed(planned), lambda place: _keeps_label(effects[place]))


def _first(places: Iterable[int], is_wanted: Callable[[int], bool]) -> int | None:
    return next(filter(is_wanted, places), None)


def _added_labels(effect: Effect) -> list[str]:
    return effect.texts("labels") or [effect.text("label")]


def _keeps_label(effect: Effect) -> bool:
    return effect.declaration.memory == "lasting" and "labels" in effect.declaration.changes


def _rules(effect: Effect) -> frozenset[str]:
    return frozenset((effect.rule, *effect.also))


def _labels_set_before(payload: Mapping[str, Json]) -> frozenset[str]:
    """The labels that the tool set since the subject was last opened, and did not take off itself."""
    found: set[str] = set()
    for change in read_changes(payload) or ():
        if change.event == "reopened":
            found.clear()
        elif change.label is not None and is_by_tool(change, payload):
            name = change.label.casefold()
            if change.event == "labeled":
                found.add(name)
            elif change.event == "unlabeled":
                found.discard(name)
    return frozenset(found)
