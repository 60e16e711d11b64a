"""What the facts of each source return, as rows: path, type and an example, from the declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.fact_sources import FACT_DECLARATIONS, LET_SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.fact_sources.declaration import Shape

FACT: Final = "FACT"
"""The name that a policy gives to the fact, in paths."""
_FORMATS: Final = {"date-time": "time", "login": "login"}


class ResultRow(NamedTuple):
    """One path that conditions and templates can use. `example` is None where the value is missing in the example."""

    path: str
    type: str
    example: object


def result_rows(source: str) -> list[ResultRow]:
    """The rows of a source that `let:` can name. Raises KeyError for another name."""
    declaration = FACT_DECLARATIONS[source]
    return list(_rows(declaration.result, declaration.example, FACT))


def all_result_rows() -> dict[str, list[ResultRow]]:
    """Source → rows, for all sources that `let:` can name."""
    return {name: result_rows(name) for name in LET_SOURCES}


def _rows(shape: Shape, example: object, path: str) -> Iterator[ResultRow]:
    if "properties" in shape:
        for name, inner in shape["properties"].items():
            value = example.get(name) if isinstance(example, dict) else None
            yield from _rows(inner, value, f"{path}.{name}")
        return
    yield ResultRow(path, _type(shape), example)
    items = shape.get("items", {})
    if "properties" in items:
        yield from _rows(items, _merge(example), f"{path}[]")


def _merge(items: object) -> dict[str, object]:
    """Key → its value in the first item that has it: items of one list need not have the same keys."""
    found: dict[str, object] = {}
    for item in items if isinstance(items, list) else ():
        found = {**item, **found}
    return found


def _type(shape: Shape) -> str:
    written = shape.get("type", "any")
    if isinstance(written, list):
        return " or ".join(written)
    if written == "array":
        return f"list of {_type(shape['items'])}s" if shape["items"].get("type") else "list"
    found = shape.get("format", shape.get("x-format"))
    return _FORMATS.get(str(found), str(written))
