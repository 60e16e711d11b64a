"""The schemas in schemas/, for editors and other tools, beside those of the engine that they are made from."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from rulewright.policy.diagnostics import UsageError
from rulewright.policy.document import read_documents
from rulewright.policy.files import data_folder
from rulewright.policy.json_schema.bundled_schema import (
    BY_KIND,
    load_schema,
    published_text,
    schema_names,
    validation_errors,
)
from rulewright.policy.policy_parser import RESERVED
from rulewright.program.paths import SHORT_NAMES

ROOT: Final = Path(__file__).resolve().parents[2]
NAMES: Final = schema_names()
KEYS: Final = (
    "description", "detect", "evidence", "fact", "k6", "locust", "remove", "select", "soak", "template", "text",
    "url", "url_env", "users", "value", "zzz",
)  # fmt: skip
"""Names of which some are allowed in one place and some in another."""
VALUES: Final = (
    None,
    True,
    3,
    -1,
    0.5,
    "",
    "x",
    [],
    ["x"],
    [3],
    [{"fact": "x"}],
    {},
    {"fact": "x"},
    {"x": 1},
)


def published(name: str) -> Any:
    return json.loads(published_text(name))


def own_documents() -> list[tuple[str, Any]]:
    """(name of the schema, document): what is shipped, what the tests have, and the examples of the schemas."""
    found = [(name, example) for name in NAMES for example in load_schema(name).get("examples", ())]
    places = (
        path
        for folder in (data_folder("rules"), data_folder("examples"), ROOT / "tests" / "kinds")
        for path in sorted(folder.rglob("*.yaml"))
    )
    for path in (*places, ROOT / "rulewright.yaml"):
        for document in read_documents(str(path), path.read_bytes())[0]:
            kind = "Config" if path.name == "rulewright.yaml" else str(document.mapping.get("kind"))
            if kind in BY_KIND:
                found.append((BY_KIND[kind], json.loads(json.dumps(document.data, default=str))))
    return found


DOCUMENTS: Final = own_documents()


@cache
def validator(name: str) -> Draft202012Validator:
    """Of a published schema."""
    files = [(f"file:///{one}.schema.json", Resource.from_contents(published(one))) for one in NAMES]
    registry: Any = Registry().with_resources(files)  # type: ignore[call-arg]
    return Draft202012Validator({"$ref": f"file:///{name}.schema.json"}, registry=registry)


def places_in(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything below a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in inner for found in ((*place, key), *places_in(item, (*place, key)))]


@st.composite
def changed_documents(draw: st.DrawFn) -> tuple[str, Any]:
    """A document in which one or two entries are removed, renamed, repeated under another name, or replaced."""
    name, document = draw(st.sampled_from(DOCUMENTS))
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 2))):
        if not (places := places_in(document)):
            break
        *way, last = draw(st.sampled_from(places))
        at = document
        for step in way:
            at = at[step]
        change = draw(st.sampled_from(("remove", "rename", "repeat", "replace")))
        if change == "remove":
            del at[last]
        elif change == "replace" or not isinstance(at, dict):
            at[last] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        else:
            key = draw(st.sampled_from((*KEYS, f"{last}x")))
            at[key] = at.pop(last) if change == "rename" else copy.deepcopy(at[last])
    return name, document


def is_accepted(name: str, document: Any) -> bool:
    """By the engine's schema."""
    return next(iter(validation_errors(name, document)), None) is None


@given(changed_documents())
@example(("fact", {}))
@example(("fact", {"description": "x"}))
@example(("fact", {"detect": "pii", "value": 3}))
@example(("suite", {"apiVersion": "rulewright/v1", "kind": "ModelSuite", "metadata": {"name": "x"}}))
@example(("action", "close"))
@example(("action", "add_labels"))
@example(("action", None))
@example(("action/comment", {"text": "x", "template": "y"}))
@example(("action/comment", {"key": "x"}))
@example(("action/assign", {"fact": "x", "users": "y"}))
@example(("action/close", "completely"))
@example(("condition", {"title": {}}))
@example(("condition", {"title": {"in": {"fact": "x", "y": 3}}}))
def test_both_accept_the_same(case: tuple[str, Any]) -> None:
    name, document = case
    errors = [error.message for error in validator(name).iter_errors(document)]
    assert (not errors) == is_accepted(name, document), errors


def test_the_documents_are_of_every_kind_and_are_accepted() -> None:
    assert {name for name, _ in DOCUMENTS} >= {*BY_KIND.values()} - {"model"}
    assert [name for name, document in DOCUMENTS if not validator(name).is_valid(document)] == []


def test_there_is_one_of_each_and_no_other() -> None:
    files = (ROOT / "schemas").rglob("*.json")
    assert {path.relative_to(ROOT / "schemas").as_posix() for path in files} == {
        f"{name}.schema.json" for name in NAMES
    }


def keywords(schema: Any, *, are_names: bool = False) -> set[str]:
    """Every keyword that a schema uses."""
    if isinstance(schema, list):
        return set().union(*map(keywords, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    found = set() if are_names else set(schema)
    for key, inner in schema.items():
        if are_names or key not in ("examples", "enum", "const", "dependentRequired"):
            found |= keywords(
                inner, are_names=not are_names and key in ("properties", "$defs", "patternProperties")
            )
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_has_standard_keywords_only(name: str) -> None:
    schema = published(name)
    Draft202012Validator.check_schema(schema)
    assert keywords(schema) <= set(Draft202012Validator.VALIDATORS) | {
        "$comment", "$schema", "$defs", "title", "description", "examples", "then", "else",
    }  # fmt: skip


def test_the_short_names_of_conditions_are_offered() -> None:
    names = published("condition")["properties"].keys() - load_schema("condition")["properties"].keys()
    assert names >= SHORT_NAMES.keys()
    assert names <= RESERVED


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean `policy`"):
        published_text("polcy")
