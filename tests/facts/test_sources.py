"""Declarations, gatherers, the schema and what uses them agree: each source is known in one place."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from rulewright.facts.sources import SOURCES, GatheringContext, built_in_source
from rulewright.policy.config import Config
from rulewright.policy.fact_sources import FACT_DECLARATIONS, LET_SOURCES, fact_schema
from rulewright.policy.json_schema.bundled_schema import load_schema
from rulewright.program.lazy_payload import PARTS, named_parts
from rulewright.program.named_facts import PURE_SOURCES


def test_every_declared_source_is_gathered_or_computed() -> None:
    assert FACT_DECLARATIONS.keys() - SOURCES.keys() == PURE_SOURCES
    assert SOURCES.keys() <= FACT_DECLARATIONS.keys()


def test_the_schema_is_the_declarations() -> None:
    assert load_schema("fact") == fact_schema()


@pytest.mark.parametrize("name", FACT_DECLARATIONS)
def test_the_example_has_the_shape_of_the_result(name: str) -> None:
    declaration = FACT_DECLARATIONS[name]
    Draft202012Validator(declaration.result).validate(declaration.example)
    if isinstance(declaration.example, dict) and "properties" in declaration.result:
        assert declaration.example.keys() <= declaration.result["properties"].keys()


@pytest.mark.parametrize("name", LET_SOURCES)
def test_the_first_argument_names_the_source(name: str) -> None:
    assert next(iter(FACT_DECLARATIONS[name].arguments)) == name


def test_only_parts_of_the_payload_are_declared() -> None:
    for declaration in FACT_DECLARATIONS.values():
        assert declaration.parts <= set(PARTS)
        assert {part for path in declaration.default_paths for part in named_parts(path)} <= set(PARTS)


def test_what_is_recomputed_needs_the_event_alone() -> None:
    for name, declaration in FACT_DECLARATIONS.items():
        if declaration.from_event:
            assert set(SOURCES[name].needs) <= {"measured"}
        assert declaration.from_event or not declaration.recomputable


@pytest.mark.parametrize("name", SOURCES)
def test_every_gatherer_can_be_made(name: str) -> None:
    source = built_in_source(name, GatheringContext(Config()))
    assert (source is None) == SOURCES[name].only_with_reader
    assert source is None or callable(source.gather)
