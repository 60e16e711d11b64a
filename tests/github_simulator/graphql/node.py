"""How objects are told in GraphQL: mappings of field → value, or of field → what makes the value when asked.

A field that the schema has and the simulator does not is a violation, never a silent null.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from github_simulator.identity import Identity
from github_simulator.world import World

if TYPE_CHECKING:
    from github_simulator.simulator import Simulator

__all__ = ["Context", "Maker", "connection", "failure", "resolve"]

Node = dict[str, Any]


class Context(NamedTuple):
    simulator: Simulator
    who: Identity

    @property
    def world(self) -> World:
        return self.simulator.world


class Maker(NamedTuple):
    """A value that is made when its field is asked for, with the field's arguments."""

    make: Callable[..., Any]


def failure(kind: str, message: str) -> Exception:
    """An error of GitHub's: NOT_FOUND, FORBIDDEN, INSUFFICIENT_SCOPES, UNPROCESSABLE."""
    from graphql import GraphQLError

    return GraphQLError(message, extensions={"type": kind})


def resolve(source: Any, info: Any, **arguments: Any) -> Any:
    """The resolver of every field."""
    name = info.field_name
    if name not in source:
        said = f"GraphQL {info.parent_type.name}.{name}: GitHub has this, the simulator does not"
        info.context.simulator.violations.append(said)
        raise failure("NOT_SIMULATED", said)
    value = source[name]
    return value.make(**arguments) if isinstance(value, Maker) else value


def connection(name: str, items: Iterable[Any], render: Callable[[Any], Any]) -> Maker:
    """A field that pages: it wants `first` or `last`, at most 100, and takes `after` and `before`."""

    def page(
        first: int | None = None,
        last: int | None = None,
        after: str | None = None,
        before: str | None = None,
        **_: Any,
    ) -> Node:
        everything = list(items)
        if first is None and last is None:
            raise failure(
                "MISSING_PAGINATION_BOUNDARIES",
                f"You must provide a `first` or `last` value to properly paginate the `{name}` connection.",
            )
        for word, size in (("first", first), ("last", last)):
            if size is not None and size > 100:
                raise failure(
                    "EXCESSIVE_PAGINATION",
                    f"Requesting {size} records on the `{name}` connection exceeds the `{word}` limit of 100 records.",
                )
        start = 0 if after is None else _position(after)
        end = len(everything) if before is None else _position(before) - 1
        if first is not None:
            end = min(end, start + first)
        elif last is not None:
            start = max(start, end - last)
        shown = [render(one) for one in everything[start:end]]
        cursors = [_cursor(number) for number in range(start + 1, start + len(shown) + 1)]
        return {
            "nodes": shown,
            "edges": [{"node": one, "cursor": cursor} for one, cursor in zip(shown, cursors, strict=True)],
            "totalCount": len(everything),
            "filteredCount": len(everything),
            "pageCount": len(shown),
            "pageInfo": {
                "hasNextPage": end < len(everything),
                "hasPreviousPage": start > 0,
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
        }

    return Maker(page)


def _cursor(number: int) -> str:
    return base64.b64encode(f"cursor:v2:{number}".encode()).decode()


def _position(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("cursor:v2:"))
    except (ValueError, binascii.Error):
        raise failure(
            "INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor."
        ) from None
