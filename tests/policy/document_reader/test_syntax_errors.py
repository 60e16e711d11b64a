"""Every reading error, on both parsers: code, line and column stand in `syntax.yaml`."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from rulewright.policy.codes import load_codes
from rulewright.policy.document import read_documents
from rulewright.policy.document_reader import yaml_parser as yaml_events

CASES: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(
    Path(__file__).with_name("syntax.yaml").read_text(encoding="utf-8")
)


def findings(text: str) -> list[list[Any]]:
    _, found = read_documents("f.yaml", text.encode())
    for one in found:
        assert load_codes()[one.code]
        assert one.hint or one.severity == "info" or one.code == "RW101"
    return [[one.code, one.span.line, one.span.column] for one in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_libyaml(case: dict[str, Any]) -> None:
    assert findings(case["text"]) == case["findings"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_parser_in_python_says_the_same(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_events, "CParser", None)
    # It ignores unknown directives.
    expected = [] if case["name"] == "unknown directive" else case["findings"]
    assert findings(case["text"]) == expected


def test_documents_beside_a_broken_one_are_kept() -> None:
    documents, found = read_documents("f.yaml", b"a: 1\n---\nb: [\n---\nc: 3\n")
    assert [one.data for one in documents] == [{"a": 1}, {"c": 3}]
    assert [one.index for one in documents] == [0, 1]
    assert documents[1].span(("c",)).line == 5
    assert [one.code for one in found] == ["RW121"]


def test_a_duplicate_key_names_the_first_line() -> None:
    _, (found,) = read_documents("f.yaml", b"a: 1\nb: 2\na: 3")
    assert "first on line 1" in found.message
    assert found.source == "a: 3"


def test_reserved_keys_keep_the_document() -> None:
    (document,), _ = read_documents("f.yaml", b"1: a\n<<: {b: 1}\ntrue: c\n")
    assert document.data == {"1": "a", "<<": {"b": 1}, "true": "c"}


def test_without_the_extension_the_parser_in_python_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_ruamel_yaml", None)
    spec = find_spec("rulewright.policy.document_reader.yaml_parser")
    assert spec is not None
    assert spec.loader is not None
    without_extension = module_from_spec(spec)
    spec.loader.exec_module(without_extension)
    assert without_extension.CParser is None
    assert yaml_events.CParser is not None
    monkeypatch.setattr(yaml_events, "CParser", None)
    monkeypatch.setattr(yaml_events, "c_events", None)
    (document,), found = read_documents("f.yaml", b"a: [1, {b: 'c'}]")
    assert (document.data, found) == ({"a": [1, {"b": "c"}]}, ())
