"""Documents: data as other readers see it, and spans that stand where they say."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from rulewright.policy.document import read_documents
from rulewright.policy.document_reader import yaml_parser as yaml_events
from rulewright.policy.document_reader.scalars import resolve_scalar
from rulewright.policy.document_reader.source_text import Findings, Source

if TYPE_CHECKING:
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.document import Document

POLICY = """\
# yaml-language-server: $schema=x
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: "team-triage" }
on: [issues.opened, schedule]
let:
  pii: { detect: pii, in: [issue.title, "comments[].body"] }
rules:
  - id: pii-found
    when: { pii.count: { gt: 0 }, issue.state: open }
    then:
      - mask: pii
      - comment: |
          Two lines
          of text.
    stop: true
  - id: empty
    when:
"""


def one(text: str, file: str = "f.yaml") -> Document:
    (document,), found = read_documents(file, text.encode())
    assert found == ()
    return document


def slice_of(document: Document, span: Span) -> str:
    lines = document.source.text.splitlines(keepends=True)
    if span.line == span.end_line:
        return lines[span.line - 1][span.column - 1 : span.end_column - 1]
    middle = "".join(lines[span.line : span.end_line - 1])
    last = lines[span.end_line - 1][: span.end_column - 1] if span.end_line <= len(lines) else ""
    return lines[span.line - 1][span.column - 1 :] + middle + last


def test_an_ordinary_policy() -> None:
    document = one(POLICY)
    assert document.data == YAML(typ="safe", pure=True).load(POLICY)
    at = lambda *path, key=False: slice_of(document, document.span(path, key=key))  # noqa: E731
    assert at("kind") == "Triage"
    assert at("kind", key=True) == "kind"
    assert at("metadata", "owner") == '"team-triage"'
    assert at("on", 1) == "schedule"
    assert at("let", "pii", "in", 1) == '"comments[].body"'
    assert at("metadata") == '{ name: intake, owner: "team-triage" }'
    assert at("rules", 0, "then", 1, "comment").startswith("|\n          Two lines")
    assert at("rules", 0, "then", 1, "comment").endswith("of text.")
    assert at("rules", 0).startswith("id: pii-found")
    assert at("rules", 0).endswith("stop: true")


def test_places_of_what_is_not_there() -> None:
    document = one(POLICY)
    assert document.span(("metadata", "descripton")) == document.span(("metadata",))
    assert document.span(("rules", 7, "id")) == document.span(("rules",))
    assert document.span(("kind", "x", 1)) == document.span(("kind",))
    assert document.span(("kind", "x"), key=True) == document.span(("kind",), key=True)
    assert document.span(("rules", True)) == document.span(("rules",))
    # An empty value has no text of its own.
    assert document.span(("rules", 1, "when")) == document.span(("rules", 1, "when"), key=True)


def test_a_diagnostic_knows_its_line() -> None:
    document = one(POLICY)
    found = document.diagnostic("RW101", "message", ("rules", 0, "stop"), hint="hint", severity="warning")
    assert (found.span.line, found.span.column, found.source) == (16, 11, "    stop: true")
    assert document.source_line(3) == "kind: Triage"
    assert document.source_line(0) == document.source_line(99) == ""


def test_aliases_share_data_and_point_at_their_anchor() -> None:
    document = one("a: &x { k: [1] }\nb: *x\n")
    assert document.data["a"] is document.data["b"]
    assert slice_of(document, document.span(("b",))) == "*x"
    assert document.span(("b", "k", 0)) == document.span(("a", "k", 0))


def test_several_documents() -> None:
    documents, found = read_documents("f.yaml", b"a: 1\n---\n---\nb: 2\n...\n---\nnull\n")
    assert found == ()
    assert [(d.index, d.data) for d in documents] == [(0, {"a": 1}), (1, {"b": 2}), (2, None)]
    assert documents[1].span(("b",)).line == 4
    assert len({d.sha256 for d in documents}) == 3


def test_the_hash_is_over_the_text() -> None:
    assert one("a: 1\n").sha256 == one("a: 1\n", "other.yaml").sha256
    assert one("a: 1\n").sha256 != one("a: 1 # why\n").sha256


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), ("Null", None), ("~", None), ("nULL", "nULL"), ("true", True), ("False", False),
        ("yes", "yes"), ("0", 0), ("-1", -1), ("+1", 1), ("0o17", 15), ("0x1F", 31), ("0b1", "0b1"),
        ("1_000", "1_000"), ("1.5", 1.5), ("-.5", -0.5), ("1.", 1.0), ("1e3", 1000.0), ("1E-3", 0.001),
        (".inf", float("inf")), ("-.INF", float("-inf")), ("12:30:00", "12:30:00"),
        ("2026-01-05", "2026-01-05"),
        ("-", "-"), (".", "."), ("+", "+"), ("1.2.3", "1.2.3"), ("14d", "14d"), ("0o8", "0o8"), ("١", "١"),
    ],
)  # fmt: skip
def test_the_core_schema(text: str, value: Any) -> None:
    got = resolve_scalar(text)
    assert got == value
    assert type(got) is type(value)


def test_not_a_number() -> None:
    got = resolve_scalar(".nan")
    assert got != got


@pytest.mark.parametrize(
    "text", ['{"a":1}', '{\n\t"a":\t1\n}', '[1,{"b":null}]', '{"a":"\\ud83d\\ude00\\/"}']
)
@pytest.mark.parametrize("file", ["f.yaml", "f.json"])
def test_json_is_read_under_either_name(text: str, file: str) -> None:
    assert one(text, file).data == json.loads(text)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ('{"a": 1,}', "RW127", (1, 9)),
        ('{"a" 1}', "RW127", (1, 6)),
        ("{'a': 1}", "RW127", (1, 2)),
        ('{"a": 1} x', "RW127", (1, 10)),
        ('{"a": [1 2]}', "RW127", (1, 10)),
        ('{\n"a": yes}', "RW127", (2, 6)),
        ('{"a": "x', "RW127", (1, 7)),
        ('{"a": 01}', "RW127", (1, 7)),
        ('{"a": 1', "RW127", (1, 8)),
        ('{"a": 1, "a": 2}', "RW111", (1, 10)),
        ('{"a": "\\ud800"}', "RW120", (1, 7)),
        ('{"a": 1e999}', "RW129", (1, 7)),
        ("", "RW128", (1, 1)),
    ],
)
def test_json_errors(text: str, code: str, place: tuple[int, int]) -> None:
    _, (found,) = read_documents("f.json", text.encode())
    assert (found.code, (found.span.line, found.span.column)) == (code, place)


def test_versions_in_json_are_numbers() -> None:
    assert one('{"a": 1.10}', "f.json").data == {"a": 1.1}


# What YAML calls printable, without the line breaks that only YAML 1.1 knows.
TEXT = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc", "Cn"),
        exclude_characters="\u2028\u2029\x85\ufeff",
        include_characters="\n\t",
    ),
    max_size=12,
).filter(lambda text: "Infinity" not in text)  # `dumped` writes that word for the number as YAML does
SCALAR = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | TEXT
DATA = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def dumped(data: Any, *, flow: bool) -> str:
    """Block style as ruamel writes it; flow style as JSON does (libyaml does not read ruamel's `{:0: 1}`)."""
    if flow:
        return json.dumps(data, ensure_ascii=False).replace("Infinity", ".inf")
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    out = StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def sorted_json(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


@settings(max_examples=150, deadline=None)
@given(DATA.filter(lambda data: data is not None), st.booleans())
def test_dumped_data_comes_back(data: Any, flow: bool) -> None:
    documents, found = read_documents("f.yaml", dumped(data, flow=flow).encode())
    assert [one for one in found if one.severity == "error"] == []
    assert sorted_json(documents[0].data) == sorted_json(data)


@settings(max_examples=100, deadline=None)
@given(DATA)
def test_json_comes_back_under_either_name(data: Any) -> None:
    text = json.dumps({"data": data}, ensure_ascii=True).replace("Infinity", "1")
    for file in ("f.json", "f.yaml"):
        documents, _ = read_documents(file, text.encode())
        assert json.dumps(documents[0].data) == json.dumps(json.loads(text))


def walk(data: Any, path: tuple[Any, ...] = ()) -> Any:
    yield path, data
    if isinstance(data, dict):
        for key, value in data.items():
            yield from walk(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from walk(value, (*path, index))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(TEXT, DATA, min_size=1, max_size=4), st.booleans())
def test_every_span_holds_its_value(data: Any, flow: bool) -> None:
    """Reading the text of a span again gives the value: the span is neither too short nor off by one."""
    text = dumped(data, flow=flow)
    (document,), _ = read_documents("f.yaml", text.encode())
    for path, value in walk(document.data):
        if isinstance(value, (dict, list)) or not path:
            continue
        span = document.span(path)
        start = document.source.starts[span.line - 1] + span.column - 1
        end = document.source.starts[span.end_line - 1] + span.end_column - 1
        piece = text[start:end]
        if piece.startswith(("|", ">", "?")) or value is None:
            continue
        again, found = read_documents("f.yaml", f"- {piece}\n".encode())
        assert [one for one in found if one.severity == "error"] == []
        assert json.dumps(again[0].data) == json.dumps([value])


def outcome(text: str, events: Any) -> tuple[Any, Any]:
    findings = Findings(Source.of("f", text))
    built = yaml_events.read_yaml(findings, events)
    return json.dumps([one.data for one in built]), findings.diagnostics


@settings(max_examples=100, deadline=None)
@given(DATA, st.booleans())
def test_both_parsers_agree(data: Any, flow: bool) -> None:
    text = dumped(data, flow=flow)
    assert outcome(text, yaml_events.c_events) == outcome(text, yaml_events.pure_events)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["f.yaml", "f.json"]))
def test_any_bytes_give_documents_or_findings(data: bytes, file: str) -> None:
    documents, found = read_documents(file, data)
    assert documents or found


SNIPPETS = st.sampled_from("[]{},#?%é'\"\t\n\x00\x85\u2028\ufeff\r") | st.sampled_from(
    [": ", "- ", "\n  ", "&a ", "*a", "!x ", "|\n", "---\n", "<<: ", "{{ x }}", "\\ud800", "...\n"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(POLICY)), st.integers(0, 5), SNIPPETS), max_size=4), st.data())
def test_a_mutated_policy_never_raises(edits: list[tuple[int, int, str]], data: st.DataObject) -> None:
    text = POLICY
    for at, length, snippet in edits:
        text = text[:at] + snippet + text[at + length :]
    documents, found = read_documents("f.yaml", text.encode())
    assert documents or found
    for document in documents:
        for path, _ in walk(document.data):
            span = document.span(path)
            assert 1 <= span.line <= span.end_line <= len(document.source.starts)
    for one_found in found:
        assert one_found.span.line >= 1
        assert one_found.span.column >= 1


ROOT = Path(__file__).parents[2]
FOLDERS = ("rules", "examples", "tests", ".github")
ORDINARY = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.yaml"))


@pytest.mark.parametrize("path", ORDINARY, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_ordinary_files_read_as_ruamel_reads_them(path: Path) -> None:
    """Except for moments in time, which ruamel makes objects of and we leave as text."""
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.yaml_constructors = {
        **yaml.constructor.yaml_constructors,
        "tag:yaml.org,2002:timestamp": lambda constructor, node: node.value,
    }
    expected = [one for one in yaml.load_all(path.read_text(encoding="utf-8")) if one is not None]
    documents, found = read_documents(str(path), path.read_bytes())
    assert repr([one.data for one in documents]) == repr(expected)  # by text: NaN equals nothing
    assert [one for one in found if one.severity == "error"] == []
