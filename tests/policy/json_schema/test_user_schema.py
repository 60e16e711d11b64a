"""Any schema: drafts, references, hostile patterns, faults of the schema itself."""

from __future__ import annotations

from typing import Any

import pytest

from rulewright.policy.document import read_documents
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.json_schema.formats import CHECKS
from rulewright.policy.json_schema.patterns import pattern_fault
from rulewright.policy.json_schema.user_schema import UserSchema


def told(schema, text, **kwargs):
    (document,), _ = read_documents("x.yaml", text.encode())
    found = UserSchema.of(schema, **kwargs).check(document, document.data)
    return [f"{f.code} {f.span.line}:{f.span.column} {f.message}" for f in found]


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        pytest.param({"type": "object"}, "a: 1", [], id="fits"),
        pytest.param(True, "a: 1", [], id="true"),
        pytest.param(False, "a: 1", ["RW217 1:1 is not allowed here"], id="false"),
        pytest.param(
            {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 3, "exclusiveMinimum": True},
            "3",
            ["RW209 1:1 `3` must be greater than 3"],
            id="draft 4",
        ),
        pytest.param(
            {"$schema": "http://json-schema.org/draft-07/schema#", "dependencies": {"a": ["b"]}},
            "a: 1",
            ["RW217 1:1 'b' is a dependency of 'a'"],
            id="draft 7",
        ),
        pytest.param(
            {"properties": {"a": {"format": "date-time"}}},
            "a: yesterday",
            ["RW212 1:4 a: `yesterday` is not a valid date-time"],
            id="format",
        ),
        pytest.param(
            {"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "array"}]}}},
            "a: 3",
            ["RW204 1:4 a: expected text or a list, found `3`"],
            id="anyOf of types",
        ),
        pytest.param(
            {
                "oneOf": [
                    {"properties": {"kind": {"const": "a"}, "x": {"type": "string"}}, "required": ["kind"]},
                    {
                        "properties": {"kind": {"const": "b"}, "y": {"type": "string"}},
                        "required": ["kind", "y"],
                    },
                ]
            },
            "kind: b\ny: 3",
            ["RW204 2:4 y: expected text, found `3`"],
            id="oneOf by its discriminator",
        ),
        pytest.param(
            {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
            "c: 1",
            ["RW202 1:1 needs one of `a`, `b`"],
            id="oneOf of keys",
        ),
        pytest.param(
            {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
            "{a: 1, b: 1}",
            ["RW216 1:1 matches more than one of the allowed forms; it must match exactly one"],
            id="oneOf, both",
        ),
        pytest.param(
            {"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False},
            "x-a: 3\nb: 3",
            ["RW204 1:6 x-a: expected text, found `3`", "RW203 2:1 unknown key `b`"],
            id="keys by pattern",
        ),
        pytest.param(
            {"$ref": "https://json-schema.org/draft/2020-12/schema"},
            "type: objec",
            ["RW205 1:7 type: `objec` is not allowed here; did you mean `object`?"],
            id="the draft's own schema is known",
        ),
        pytest.param({"$ref": "#"}, "1", ["RW220 1:1 the schema refers to itself endlessly"], id="endless"),
        pytest.param(
            {"properties": {"a": {"$ref": "https://example.com/a.json"}}},
            "a: 1",
            [
                (
                    'RW221 1:1 the schema is not valid at properties.a."$ref": '
                    "`https://example.com/a.json` is a network address"
                )
            ],
            id="network",
        ),
        pytest.param(
            {"$ref": "#/$defs/none"},
            "1",
            ['RW221 1:1 the schema is not valid at "$ref": `#/$defs/none` cannot be resolved'],
            id="nowhere",
        ),
        pytest.param(
            {"$schema": "https://example.com/schema"},
            "1",
            [
                'RW220 1:1 the schema is not valid at "$schema": `$schema` does not name a known JSON Schema draft'
            ],
            id="unknown draft",
        ),
        pytest.param(
            [],
            "1",
            ["RW220 1:1 the schema is not valid: a schema must be a mapping, true or false"],
            id="list",
        ),
    ],
)
def test_any_schema(schema, text, expected):
    assert told(schema, text) == expected


def test_a_pattern_that_would_explode_runs_in_linear_time():
    schema = {"properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    found = told(schema, f"a: {'a' * 4_000}b")
    assert len(found) == 1
    assert found[0].startswith("RW206 1:4")


@pytest.mark.parametrize("pattern", [r"(?=(a+)+b)c", r"(a)\1", r"(?!x)(a|aa)+$", "("])
def test_a_pattern_that_cannot_be_run_safely_is_refused(pattern):
    assert pattern_fault(pattern) is not None
    assert told({"pattern": pattern}, "a")[0].startswith("RW222")


@pytest.mark.parametrize("pattern", [r"^(?!x).*$", r"^\u0041$", r"a\/b", r"^\p{L}+$", "^[a-z]+$"])
def test_usual_patterns_are_taken(pattern):
    assert pattern_fault(pattern) is None


def test_a_faulty_schema_is_told_at_its_own_place():
    text = "json_schema:\n  properties:\n    a: {type: strin}\n"
    (document,), _ = read_documents("x.yaml", text.encode())
    ready = UserSchema.of(document.data["json_schema"])
    (found,) = ready.faults_in(document, ("json_schema",))
    assert (found.code, found.span.line, found.span.column) == ("RW220", 3, 15)


def test_schemas_beside_are_found_and_their_faults_do_not_leave_the_folder():
    files = {"b.json": {"type": "string"}}
    schema = {"properties": {"a": {"$ref": "b.json"}}}
    assert told(schema, "a: 3", beside=files.get) == ["RW204 1:4 a: expected text, found `3`"]
    own = {"$id": "https://example.com/schemas/a.json", **schema}
    assert told(own, "a: 3", beside=files.get) == ["RW204 1:4 a: expected text, found `3`"]


def test_check_takes_a_schema_as_well_as_a_name():
    (document,), _ = read_documents("x.yaml", b"a: {b: 3}")
    (found,) = check_document(document, {"properties": {"b": {"type": "string"}}}, path=("a",))
    assert (found.message, found.span.column) == (
        "a.b: expected text, found `3`",
        8,
    ) or found.span.column == 8


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date-time", "2026-01-05T09:00:00Z", "2026-13-05T09:00:00Z"),
        ("time", "09:00:00Z", "25:00:00Z"),
        ("duration", "P1DT2H", "P"),
        ("uri", "https://example.com/a", "no uri"),
        ("hostname", "example.com", "-a.com"),
        ("json-pointer", "/a/~0b", "a"),
    ],
)
def test_formats(name, good, bad):
    assert CHECKS[name](good)
    assert not CHECKS[name](bad)
    assert CHECKS[name](3)


DRAFT4 = "http://json-schema.org/draft-04/schema#"


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"multipleOf": 0.01}, "19.99", ""),
        ({"multipleOf": 0.1}, "0.3", ""),
        ({"multipleOf": 0.01}, "19.999", "must be a multiple of 0.01"),
        ({"multipleOf": 3}, "9.0", ""),
        ({"multipleOf": 1e-9}, "1.000000001", ""),
        ({"multipleOf": 0.01}, "1e300", ""),
        ({"multipleOf": 2}, ".nan", "must be a multiple of 2"),
        ({"multipleOf": 2}, ".inf", "must be a multiple of 2"),
        ({"multipleOf": 2}, "true", ""),
        ({"maximum": 5}, ".nan", "must be at most 5"),
        ({"minimum": 5}, ".nan", "must be at least 5"),
        ({"exclusiveMinimum": 5}, ".nan", "must be greater than 5"),
        ({"maximum": 5}, ".inf", "must be at most 5"),
        ({"$schema": DRAFT4, "minimum": 5, "exclusiveMinimum": True}, "5", "must be greater than 5"),
        ({"$schema": DRAFT4, "maximum": 5, "exclusiveMaximum": True}, "5", "must be less than 5"),
        ({"$schema": DRAFT4, "minimum": 5, "exclusiveMinimum": False}, "4", "must be at least 5"),
    ],
)
def test_numbers_are_compared_as_they_are_written(schema: Any, value: str, message: str) -> None:
    (document,), _ = read_documents("x.yaml", f"{value}\n".encode())
    found = [one.message for one in UserSchema.of(schema).check(document, document.data)]
    assert len(found) == bool(message)
    assert all(message in one for one in found)
