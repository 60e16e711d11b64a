"""Types of JSON values, and the tests that narrow a value of unknown shape to one of them.

`Json` is what `json.loads` returns and what the YAML reader gives. A parameter that is only read takes
`Mapping[str, Json]` rather than `JsonObject`, because `dict` is invariant; a value that is only passed on or
compared is an `object`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from typing import TypeAlias

    Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
    """Any JSON value."""

    JsonObject: TypeAlias = dict[str, Json]
    JsonArray: TypeAlias = list[Json]
    JsonPath: TypeAlias = tuple[str | int, ...]
    """Keys and positions that lead from a value to one inside it."""


def as_object(value: object) -> JsonObject | None:
    """`value` if it is a JSON object, else None. `as_object(value) or {}` is an object in any case."""
    return value if isinstance(value, dict) else None


def as_array(value: object) -> JsonArray | None:
    """`value` if it is a JSON array, else None."""
    return value if isinstance(value, list) else None


def as_text(value: object) -> str | None:
    """`value` if it is a string, else None."""
    return value if isinstance(value, str) else None


def as_objects(value: object) -> list[JsonObject]:
    """The objects among the items of an array, in order; empty for anything that is no array."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_texts(value: object) -> list[str]:
    """The strings among the items of an array, in order; empty for anything that is no array."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def value_at(value: Json, path: JsonPath) -> Json:
    """The value that `path` leads to. Raises KeyError or IndexError for a step that is absent, TypeError for a name in
    an array and for a step into a scalar."""
    for step in path:
        if isinstance(value, dict):
            value = value[cast("str", step)]
        elif isinstance(value, list):
            value = value[cast("int", step)]
        else:
            raise TypeError(f"{step!r} leads into a scalar")
    return value
