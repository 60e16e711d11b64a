"""Payloads with one value changed: copies that share all that is not on the way to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.json_types import Json, JsonPath

_REMOVED: Final = object()


def with_value(payload: Mapping[str, Json], path: JsonPath, value: Json) -> dict[str, Json]:
    """The payload with `value` at `path`, which is not empty; mappings on the way that are missing or null are made,
    and an element may be appended.

    Raises ValueError where the path leads into a scalar or beyond the end of a list.
    """
    return _replaced(dict(payload), path, value)  # type: ignore[no-any-return]


def without_value(payload: Mapping[str, Json], path: JsonPath) -> dict[str, Json]:
    """The payload without the member or element at `path`; as it is where there is none. Raises ValueError likewise."""
    return _replaced(dict(payload), path, _REMOVED)  # type: ignore[no-any-return]


def _replaced(holder: Any, path: JsonPath, value: object) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, str) and holder is None:
        holder = {}
    if isinstance(holder, dict) and isinstance(step, str):
        if value is _REMOVED and step not in holder:
            return holder
        inner = _replaced(holder.get(step), rest, value)
        if inner is _REMOVED:
            return {name: kept for name, kept in holder.items() if name != step}
        return {**holder, step: inner}
    if isinstance(holder, list) and isinstance(step, int) and 0 <= step <= len(holder):
        if value is _REMOVED and step == len(holder):
            return holder
        inner = _replaced(holder[step] if step < len(holder) else None, rest, value)
        return [*holder[:step], *(() if inner is _REMOVED else (inner,)), *holder[step + 1 :]]
    raise ValueError(f"there is no place for `{step}`")
