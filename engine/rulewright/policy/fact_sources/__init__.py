"""The fact sources as data: one declaration each. `facts/sources.py` says who gathers them.

To add a source: its declaration and a line in the table at the end of `subject.py`; its gatherer in `facts/`, a line in
`facts.sources.SOURCES`, and its test in `tests/facts/`. `make docs` writes `fact.schema.json` and the reference from
the declaration. Arguments that a schema cannot check get a function in `compile/fact_checks.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from rulewright.policy.fact_sources.computed import COMPUTED_SOURCES
from rulewright.policy.fact_sources.declaration import UNKNOWN_RESULT
from rulewright.policy.fact_sources.models import MODEL_SOURCES
from rulewright.policy.fact_sources.personal_data import DETECT
from rulewright.policy.fact_sources.subject import SUBJECT_SOURCES
from rulewright.policy.json_types import as_object, as_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.fact_sources.declaration import FactDeclaration, Shape
    from rulewright.policy.json_types import Json

FACT_DECLARATIONS: Final[Mapping[str, FactDeclaration]] = {
    declaration.name: declaration
    for declaration in (*COMPUTED_SOURCES, DETECT, *MODEL_SOURCES, *SUBJECT_SOURCES)
}
"""Name → declaration, in the order in which a fact with several keys is read and the reference lists them."""

LET_SOURCES: Final = tuple(name for name, one in FACT_DECLARATIONS.items() if one.arguments)
"""The sources that an entry of `let:` may name."""


class NamedFact(Protocol):
    """A fact of `let:`, as written (`FactSpec`) or compiled: its first source, and its whole entry."""

    @property
    def source(self) -> str: ...

    @property
    def arguments(self) -> Mapping[str, Any]: ...


def result_shape(source: str) -> Shape:
    """The shape of a fact's value, by the name of its source."""
    declaration = FACT_DECLARATIONS.get(source)
    return UNKNOWN_RESULT if declaration is None else declaration.result


def asks_model(source: str) -> bool:
    """Whether a model answers the facts of this source."""
    declaration = FACT_DECLARATIONS.get(source)
    return declaration is not None and declaration.asks_model


def fact_steps(arguments: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """(source, arguments) of a fact as written, then of its `otherwise:`, then of that one's."""
    step: Mapping[str, Json] | None = arguments
    while step is not None and (source := next((name for name in LET_SOURCES if name in step), None)):
        yield source, step
        step = as_object(step.get("otherwise"))


def written_paths(source: str, arguments: Mapping[str, Json]) -> list[str]:
    """The paths of the event that the arguments of a fact name, without those of its `otherwise:`."""
    task = as_object(arguments.get(source)) or {}
    inputs = as_object(arguments.get("with")) or {}
    named = [*as_texts(task.get("input")), *as_texts(arguments.get("in")), *as_texts(list(inputs.values()))]
    return list(dict.fromkeys(named))


def input_paths(source: str, arguments: Mapping[str, Json], tasks: Mapping[str, Json]) -> list[str]:
    """The paths of the event that a gathered fact reads: those that it names, those of the task that it calls, or the
    ones that its source reads by default.

    `tasks`: `models.tasks` of rulewright.yaml.
    """
    if source == "permission":
        return [str(arguments["permission"])]
    if paths := written_paths(source, arguments):
        return paths
    if source == "call":
        called = as_object(tasks.get(str(arguments["call"]))) or {}
        return [
            path for name in called if name in FACT_DECLARATIONS for path in input_paths(name, called, {})
        ]
    declaration = FACT_DECLARATIONS.get(source)
    return [] if declaration is None else list(declaration.default_paths)


def fact_schema() -> Shape:
    """`policy/schemas/fact.schema.json`: exactly one source for each entry of `let:`."""
    names = list(LET_SOURCES)
    definitions = {name: {**FACT_DECLARATIONS[name].schema(), "x-one-of": names} for name in names}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Named fact",
        "description": "An entry of `let`: exactly one source, with its details.",
        "type": "object",
        "examples": [
            {"detect": "pii", "in": ["issue.title", "issue.body"]},
            {"label_group": "severity", "otherwise": {"call": "triage-severity"}},
        ],
        **_first_of(iter(names), {"not": {}, "x-one-of": names, "x-noun": "source"}),
        "$defs": definitions,
    }


def _first_of(names: Iterator[str], none: Shape) -> Shape:
    """The schema of the first source that an entry names, so that its mistakes are told of that source."""
    name = next(names, None)
    if name is None:
        return none
    return {
        "if": {"required": [name]},
        "then": {"$ref": f"#/$defs/{name}"},
        "else": _first_of(names, none),
    }
