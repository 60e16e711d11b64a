"""Changes to a payload: `issue.labels[0].name` → value. A path that leads nowhere is an error, not a change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.event_catalog import UnknownPath, describe_path
from rulewright.policy.json_types import value_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.json_types import Json, JsonObject

_STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_PATH: Final = re.compile(r"[^.\[\]]+(?:\.[^.\[\]]+|\[\d+\])*")
NAMED: Final = {"labels": "name", "assignees": "login"}
"""Lists of a subject that may be written as bare words; GitHub has an object for each."""

Step = str | int


class PatchError(Exception):
    """A path that does not exist; `hint` names what was most likely meant."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def parse_path(path: str) -> tuple[Step, ...]:
    """`issue.labels[0]` as `("issue", "labels", 0)`. Raises PatchError."""
    if not _PATH.fullmatch(path):
        raise PatchError(f"`{path[:60]}` is not a path", "write it as `issue.labels[0].name`")
    return tuple(int(index) if index else name for name, index in _STEP.findall(path))


def apply_patch(payload: JsonObject, patch: Mapping[str, Json], event: str) -> None:
    """Set every path of `patch` in `payload`, which is changed in place and must be the caller's own.

    A path must exist in the payload, or be one that the schema knows of this event; `event` is its name.
    An element may be set or appended. Raises PatchError.
    """
    for path, value in patch.items():
        steps = check_path(payload, path, event)
        _set_value(payload, steps, _expand_names(steps, value), path)


def remove_paths(payload: JsonObject, paths: list[str]) -> None:
    """Remove every path from `payload`, in place. Raises PatchError when one is not there."""
    for path in paths:
        steps = parse_path(path)
        if not _exists(payload, steps):
            raise PatchError(f"`{path}` cannot be removed: it does not exist")
        holder: Any = value_at(payload, steps[:-1])
        del holder[steps[-1]]


def format_path(steps: tuple[Step, ...]) -> str | None:
    """The path that `parse_path` reads as `steps`; None where there is none, for a name with a dot in it."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)[1:]
    return text if _PATH.fullmatch(text) and parse_path(text) == steps else None


def check_path(payload: Mapping[str, Json], path: str, event: str) -> tuple[Step, ...]:
    """The steps of a path that a patch may set in a payload of the event `event`: it exists, or the event's schema has
    it. Raises PatchError."""
    steps = parse_path(path)
    if not _exists(payload, steps):
        _check_schema_path(path, steps, event)
    return steps


def _exists(payload: Any, steps: tuple[Step, ...]) -> bool:
    for step in steps:
        if isinstance(step, int):
            if not isinstance(payload, list) or step >= len(payload):
                return False
        elif not isinstance(payload, dict) or step not in payload:
            return False
        payload = payload[step]
    return True


def _check_schema_path(path: str, steps: tuple[Step, ...], event: str) -> None:
    """Whether the event's schema has the path. Short names stand for nothing in a payload."""
    plain = tuple("[]" if isinstance(step, int) else step for step in steps)
    info = describe_path(plain, (event,), {})
    if isinstance(info, UnknownPath):
        near = f"did you mean `{info.suggestions[0]}`?" if info.suggestions else None
        raise PatchError(f"unknown path `{path}` of `{event}`", near)
    if info.place.split(".")[0].split("[")[0] != steps[0]:
        raise PatchError(f"`{path}` is a short name, not a path of a payload", f"write `{info.place}`")
    if steps[0] in ("now", "age", "lists"):
        raise PatchError(f"`{path}` is not a path of a payload", "set the time with `now:` of the case")


def _set_value(payload: Any, steps: tuple[Step, ...], value: Json, path: str) -> None:
    for place, step in enumerate(steps[:-1]):
        following = steps[place + 1]
        if isinstance(step, int):
            _grow(payload, step, path, {} if isinstance(following, str) else [])
        elif payload.get(step) is None:
            payload[step] = {} if isinstance(following, str) else []
        payload = payload[step]
        if not isinstance(payload, list if isinstance(following, int) else dict):
            what = "list" if isinstance(following, int) else "mapping"
            raise PatchError(f"`{path}`: no {what} to set `{following}` in")
    last = steps[-1]
    if isinstance(last, int):
        _grow(payload, last, path, value)
    payload[last] = value


def _grow(items: list[Json], index: int, path: str, new: Json) -> None:
    if index > len(items):
        raise PatchError(f"`{path}`: the list has {len(items)} elements", "add the elements in order")
    if index == len(items):
        items.append(new)


def _expand_names(steps: tuple[Step, ...], value: Json) -> Json:
    """`[bug]` at `issue.labels` as `[{name: bug}]`."""
    member = NAMED.get(str(steps[-1])) if len(steps) == 2 else None
    if member is None or not isinstance(value, list):
        return value
    return [{member: item} if isinstance(item, str) else item for item in value]
