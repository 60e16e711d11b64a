"""The patch that makes one payload out of another, in the path language of `patch.py`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from rulewright.testing.patch import NAMED, PatchError, Step, check_path, format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.events.model import Event
    from rulewright.policy.json_types import Json


class Patch(NamedTuple):
    """`set`: path → value, as `apply_patch` takes it; `remove`: paths, as `remove_paths` takes them afterwards."""

    set: Mapping[str, Json]
    remove: tuple[str, ...] = ()


class _Change(NamedTuple):
    """One value to set, or a member or element to remove."""

    path: str
    value: Json = None
    is_removal: bool = False


def patch_between(original: Event, edited: Event) -> Patch:
    """The patch that turns the payload of `original` into that of `edited`.

    It names the smallest parts that differ. A part that no path can name is set with the mapping or list that holds
    it. Raises PatchError where that is the payload itself.
    """
    changes = _changes(dict(original.payload), dict(edited.payload), (), original)
    if changes is None:
        raise PatchError(
            "the difference of the payloads cannot be written as a patch", "write the whole payload"
        )
    changed = {change.path: change.value for change in changes if not change.is_removal}
    return Patch(changed, tuple(change.path for change in changes if change.is_removal))


def _changes(before: Json, after: Json, steps: tuple[Step, ...], event: Event) -> list[_Change] | None:
    """What has to be set and removed at `steps` and below; None where it takes a change of what holds it."""
    if before.__class__ is after.__class__:
        if isinstance(before, dict) and isinstance(after, dict):
            found = _member_changes(before, after, steps, event)
        elif isinstance(before, list) and isinstance(after, list):
            found = _element_changes(before, after, steps, event)
        else:
            found = [] if before == after else None
        if found is not None:
            return found
    return _whole(steps, after, event)


def _member_changes(
    before: dict[str, Json], after: dict[str, Json], steps: tuple[Step, ...], event: Event
) -> list[_Change] | None:
    parts = [
        _changes(before[name], value, (*steps, name), event)
        if name in before
        else _whole((*steps, name), value, event)
        for name, value in after.items()
    ]
    parts += [_removal((*steps, name)) for name in before if name not in after]
    return _joined(parts)


def _element_changes(
    before: list[Json], after: list[Json], steps: tuple[Step, ...], event: Event
) -> list[_Change] | None:
    if len(after) < len(before):
        kept = _kept_positions(before, after)
        if kept is None:
            return None
        # From the last to the first, so that the positions of those still to be removed stay.
        return _joined([_removal((*steps, n)) for n in reversed(range(len(before))) if n not in kept])
    parts = [_changes(old, new, (*steps, n), event) for n, (old, new) in enumerate(_pairs(before, after))]
    parts += [_whole((*steps, n), after[n], event) for n in range(len(before), len(after))]
    return _joined(parts)


def _pairs(before: list[Json], after: list[Json]) -> Iterator[tuple[Json, Json]]:
    return zip(before, after, strict=False)


def _kept_positions(before: list[Json], after: list[Json]) -> frozenset[int] | None:
    """The positions of `before` that are left in `after`; None where something else was changed as well."""
    kept = []
    texts = iter([json.dumps(item, sort_keys=True) for item in after])
    wanted = next(texts, None)
    for position, item in enumerate(before):
        if wanted is not None and json.dumps(item, sort_keys=True) == wanted:
            kept.append(position)
            wanted = next(texts, None)
    return frozenset(kept) if wanted is None else None


def _joined(parts: list[list[_Change] | None]) -> list[_Change] | None:
    known = [part for part in parts if part is not None]
    return [change for part in known for change in part] if len(known) == len(parts) else None


def _removal(steps: tuple[Step, ...]) -> list[_Change] | None:
    path = format_path(steps)
    return None if path is None else [_Change(path, is_removal=True)]


def _whole(steps: tuple[Step, ...], value: Json, event: Event) -> list[_Change] | None:
    """The value set at `steps`; None where no path names the place, or the format would change the value."""
    member = NAMED.get(str(steps[-1])) if len(steps) == 2 else None
    if member is not None and isinstance(value, list):
        if any(isinstance(item, str) for item in value):
            return None
        value = [_bare_name(item, member) for item in value]
    path = format_path(steps)
    if path is None:
        return None
    try:
        check_path(event.payload, path, event.name)
    except PatchError:
        return None
    return [_Change(path, value)]


def _bare_name(item: Json, member: str) -> Json:
    """`{"name": "bug"}` as `bug`."""
    name: Any = item.get(member) if isinstance(item, dict) and len(item) == 1 else None
    return name if isinstance(name, str) else item
