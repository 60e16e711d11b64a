"""The entrance: documents checked against a bundled JSON Schema, or against any other.

Every mistake is reported once, at its place, about the branch that the author meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.diagnostics import ordered
from rulewright.policy.json_schema.bundled_schema import validation_errors
from rulewright.policy.json_schema.errors import collect_violations
from rulewright.policy.json_types import value_at

if TYPE_CHECKING:
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.json_schema.user_schema import Beside, UserSchema
    from rulewright.policy.json_schema.violation import Violation
    from rulewright.policy.json_types import Json, JsonObject, JsonPath


def find_violations(name: str, value: object) -> tuple[Violation, ...]:
    """What a value does not meet of the bundled schema `name`. Raises UsageError for an unknown name."""
    return collect_violations(validation_errors(name, value))


def check_document(
    document: Document, name_or_schema: str | JsonObject, *, path: JsonPath = ()
) -> tuple[Diagnostic, ...]:
    """What is wrong with the document's shape, sorted by place.

    `name_or_schema`: the name of a bundled schema, or a JSON Schema of draft 4 to 2020-12 by its `$schema`.
    `path`: only the value there is checked. Raises UsageError for an unknown name.
    """
    value = value_at(document.data, path)
    if isinstance(name_or_schema, str):
        violations = find_violations(name_or_schema, value)
        return ordered(violation.diagnostic(document, path) for violation in violations)
    return prepare_schema(name_or_schema).check(document, value, path)


def prepare_schema(schema: Json, *, beside: Beside | None = None) -> UserSchema:
    """Make a schema that is not bundled ready, which imports jsonschema. `beside` gives the schemas that it refers
    to."""
    from rulewright.policy.json_schema.user_schema import UserSchema

    return UserSchema.of(schema, beside=beside)
