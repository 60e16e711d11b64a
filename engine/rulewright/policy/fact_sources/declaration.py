"""What a declaration of a fact source says, and the words that declarations share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Shape = dict[str, Any]
"""A JSON Schema (2020-12), with the marks of `policy/schemas/event.schema.json`: `x-open` accepts every path,
`x-untrusted` says that anyone may have written the value, or that a model answered it."""


class FactDeclaration(NamedTuple):
    """All that is known of a fact source apart from the code that gathers it (`facts/sources.py`) or, for a source that
    nobody gathers, computes it (`program/computed_facts.py`).

    `arguments`: name → schema, in the order of the reference, the source's own key first. Empty: no entry of `let:`
    can name the source. `result`: the shape that paths are checked against, and that whoever gathers it must answer
    with; `example`: one such value.
    """

    name: str
    arguments: Mapping[str, Shape]
    result: Shape
    example: object
    description: str = ""
    """The description in `policy/schemas/fact.schema.json`, where it is another than "A fact from `name`."."""
    asks_model: bool = False
    from_event: bool = False
    """Made of what the webhook itself brings, without input and output: a test case gathers it."""
    recomputable: bool = False
    """Planning gathers the fact again from a state that it predicts (`facts/recompute.py`)."""
    parts: frozenset[str] = frozenset()
    """Parts of the payload that are read whatever the arguments are: names of `program.lazy_payload.PARTS`."""
    default_paths: tuple[str, ...] = ()
    """The paths that are read where the arguments name none."""
    permissions: tuple[tuple[Literal["metadata"], str], ...] = ()
    """(permission of a GitHub token, what for) that the source needs to read, beside those of the parts."""

    def schema(self) -> Shape:
        """The schema of one entry of `let:` from this source, without the list of all sources."""
        return members(
            self.description or f"A fact from `{self.name}`.",
            {**self.arguments, "description": text("A description of the fact.")},
            self.name,
            noun=f"`{self.name}` fact",
        )


def text(description: str, *examples: str) -> Shape:
    """A text of at least one character."""
    found: Shape = {"type": "string", "description": description, "minLength": 1}
    return {**found, "examples": list(examples)} if examples else found


def texts(description: str, item: Shape, **more: object) -> Shape:
    """A list of texts."""
    return {"type": "array", "description": description, "items": item, **more}


def members(
    description: str, properties: Mapping[str, Shape], *required: str, noun: str = "", **more: object
) -> Shape:
    """A closed mapping. `noun`: what it is called in messages; `more`: further keywords, or another `type`."""
    shape: Shape = {"type": "object", "description": description, "properties": dict(properties)}
    if required:
        shape["required"] = list(required)
    return {**shape, "additionalProperties": False, **({"x-noun": noun} if noun else {}), **more}


def text_or_members(
    description: str, properties: Mapping[str, Shape], *required: str, noun: str = "", **more: object
) -> Shape:
    """A text of at least one character, or a closed mapping with details."""
    kinds = ["string", "object"]
    return members(description, properties, *required, noun=noun, type=kinds, minLength=1, **more)


def share(description: str) -> Shape:
    """A number from 0 to 1."""
    return {"type": "number", "description": description, "minimum": 0, "maximum": 1}


def count(description: str, maximum: int | None = None) -> Shape:
    """A positive integer."""
    shape: Shape = {"type": "integer", "description": description, "minimum": 1}
    return shape if maximum is None else {**shape, "maximum": maximum}


_PATH: Final = text("A path.", "issue.body")
IN: Final = texts("The paths whose text is read.", _PATH, minItems=1)
INPUT: Final = texts(
    "The paths whose text the model reads, as untrusted data, not as instructions.", _PATH, minItems=1
)
OTHERWISE: Final[Shape] = {"description": "The fact to use if this one is missing.", "$ref": "#"}
PROVIDER: Final = text("The model provider in rulewright.yaml.")
ASKED_OF_MODEL: Final[Mapping[str, Shape]] = {"in": IN, "otherwise": OTHERWISE, "provider": PROVIDER}
"""The arguments of most sources that a model answers."""
MIN_CONFIDENCE: Final = share("The minimum probability; less probable answers count as missing.")
THRESHOLD: Final = share("The minimum similarity.")

STRING: Final[Shape] = {"type": "string"}
INTEGER: Final[Shape] = {"type": "integer"}
NUMBER: Final[Shape] = {"type": "number"}
BOOLEAN: Final[Shape] = {"type": "boolean"}
TIME: Final[Shape] = {"type": "string", "format": "date-time"}
LOGIN: Final[Shape] = {"type": "string", "x-format": "login", "x-compare": "casefold"}
WRITTEN: Final[Shape] = {"type": "string", "x-untrusted": True}
UNKNOWN_RESULT: Final[Shape] = {"x-open": True, "x-untrusted": True}
"""The result of a plugin's source, or of one that this version does not know: every path is accepted."""


def list_of(items: Shape) -> Shape:
    """The shape of a list."""
    return {"type": "array", "items": items}


def object_of(**properties: Shape) -> Shape:
    """The shape of an object."""
    return {"type": "object", "properties": properties}


def untrusted_object(**properties: Shape) -> Shape:
    """The shape of an object that is made of what somebody wrote: the writer chooses the value, not its words."""
    return {**object_of(**properties), "x-untrusted": True}
