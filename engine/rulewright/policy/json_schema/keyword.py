"""The types of jsonschema's validators and keywords, which its own leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jsonschema import ValidationError

    from rulewright.policy.json_types import Json, JsonObject

    Keyword = Callable[["SchemaValidator", Any, Json, JsonObject], Iterable[ValidationError] | None]
    """(validator, the keyword's value, the value that is checked, the schema) → errors. A schema has been checked
    against its own draft, so that each keyword's value is of the keyword's type."""


class SchemaValidator(Protocol):
    """A validator of jsonschema for one schema."""

    schema: JsonObject | bool
    _resolver: Any
    """The `referencing.Resolver` of the schema's references."""

    def iter_errors(self, instance: Json) -> Iterator[ValidationError]: ...

    def is_valid(self, instance: Json) -> bool: ...

    def descend(
        self,
        instance: Json,
        schema: Json,
        path: str | int | None = None,
        schema_path: str | int | None = None,
    ) -> Iterator[ValidationError]: ...

    def evolve(self, **changes: object) -> SchemaValidator: ...
