"""A case as YAML, and a test file with one case more: all else in the file stays byte for byte."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.policy.diagnostics import UsageError
from rulewright.policy.document import read_documents
from rulewright.policy.files import data_folder
from rulewright.testing.case_text import append_case, format_case, format_flow, new_test_file

HEAD = "apiVersion: rulewright/v1\nkind: PolicyTest\npolicy: a.yaml\n"
CASE: dict[str, Any] = {
    "id": "new",
    "event": {"fixture": "issue-opened", "patch": {"issue.labels[0].name": "bug: #1"}},
    "now": "2026-01-05T09:00:00Z",
    "expect": {"rules": {"a": "matched"}, "effects": []},
}
OLD = "  - id: old\n    event: { fixture: issue-opened }\n    expect: { effects: [] }"


def read(text: str) -> list[Any]:
    documents, findings = read_documents("x.test.yaml", text.encode("utf-8"))
    assert [found.message for found in findings if found.severity == "error"] == []
    return [document.data for document in documents]


FILES = {
    "plain": f"{HEAD}cases:\n{OLD}\n",
    "no final newline": f"{HEAD}cases:\n{OLD}",
    "windows": f"{HEAD}cases:\n{OLD}\n".replace("\n", "\r\n"),
    "windows without final newline": f"{HEAD}cases:\n{OLD}".replace("\n", "\r\n"),
    "byte order mark": f"\ufeff{HEAD}cases:\n{OLD}\n",
    "comments": f"# first\n{HEAD}cases: # of a\n{OLD} # last\n    # of the case\n# of the file\n",
    "blank lines": f"{HEAD}cases:\n{OLD}\n\n{OLD.replace('old', 'older')}\n\n\n",
    "key after": f"apiVersion: rulewright/v1\nkind: PolicyTest\ncases:\n{OLD}\n\npolicy: a.yaml\n",
    "no indentation": f"{HEAD}cases:\n- id: old\n  event: {{fixture: issue-opened}}\n  expect: {{effects: []}}\n",
    "deep indentation": f"{HEAD}cases:\n      - id: old\n        event: {{fixture: issue-opened}}\n",
    "dash alone": f"{HEAD}cases:\n  -\n    id: old\n    event: {{ fixture: issue-opened }}\n",
    "block text": f"{HEAD}cases:\n  - id: old\n    description: |\n      Two\n      lines\n\n# end\n",
    "kept block text": f"{HEAD}cases:\n  - id: old\n    description: |+\n      Two\n\n\n",
    "alias at the end": f"{HEAD}cases:\n  - id: old\n    given: &g {{ a: 1 }}\n  - id: b\n    given: *g\n",
    "flow list": f"{HEAD}cases: [ {{ id: old, event: {{ fixture: x }} }} ] # all\n",
    "flow list of lines": f"{HEAD}cases: [\n  {{ id: old }}, # one\n  {{ id: older }} # two\n]\n",
    "comma at the end": f"{HEAD}cases: [ {{ id: old }}, ]\n",
    "empty list": f"{HEAD}cases: []\n",
    "json": '{"apiVersion": "rulewright/v1", "kind": "PolicyTest", "policy": "a.yaml", "cases": [{"id": "old"}]}',
    "two documents": f"{HEAD}cases:\n{OLD}\n---\n{HEAD.replace('a.yaml', 'b.yaml')}cases:\n{OLD}\n",
    "wide characters": f"{HEAD}cases:\n  - id: old\n    description: 启动后 🎉 crash\n",
    "end mark": f"{HEAD}cases:\n{OLD}\n...\n",
}


@pytest.mark.parametrize("name", FILES)
def test_all_else_stays_byte_for_byte(name: str) -> None:
    text = FILES[name]
    made = append_case(text, CASE, policy="a.yaml")
    # What was there is there, in one or two pieces around what is new.
    common = next((n for n, (a, b) in enumerate(zip(text, made, strict=False)) if a != b), len(text))
    rest = text[common:]
    # The new piece may begin with the same characters as what follows it.
    assert made.endswith(rest) or any(
        made.startswith(text[:cut]) and made.endswith(text[cut:]) for cut in range(common)
    )
    assert len(made) > len(text)
    before, after = read(text), read(made)
    expected = [
        {**data, "cases": [*data["cases"], CASE]} if n == 0 else data for n, data in enumerate(before)
    ]
    assert after == expected
    if "\r\n" in text:
        assert made.replace("\r\n", "").count("\n") == 0
    assert made.endswith("\n") is text.endswith("\n") or text.endswith("...\n")


def test_the_document_of_the_policy_is_extended() -> None:
    made = append_case(FILES["two documents"], CASE, policy="b.yaml")
    first, second = read(made)
    assert [case["id"] for case in first["cases"]] == ["old"]
    assert [case["id"] for case in second["cases"]] == ["old", "new"]


def test_comments_of_the_last_case_stay_with_it() -> None:
    made = append_case(FILES["comments"], CASE)
    assert made.index("# of the case") < made.index("- id: new") < made.index("# of the file")


def test_blank_lines_between_cases_are_continued() -> None:
    assert "\n\n  - id: new\n" in append_case(FILES["blank lines"], CASE)
    assert "\n\n  - id: new\n" not in append_case(FILES["plain"], CASE)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (f"{HEAD}cases:\n  - id: new\n", "has a case `new` already"),
        (f"{HEAD}cases: [\n", "is not valid"),
        ("kind: Config\n", "has no test of"),
        (f"{HEAD}cases: 7\n", "cannot be appended"),
        (f"{HEAD}given: &all [ {{ id: old }} ]\ncases: *all\n", "cannot be appended"),
    ],
)
def test_what_cannot_take_a_case_is_refused(text: str, part: str) -> None:
    with pytest.raises(UsageError, match=part):
        append_case(text, CASE)


def test_a_policy_without_a_document_is_refused() -> None:
    with pytest.raises(UsageError, match=r"has no test of c\.yaml"):
        append_case(FILES["two documents"], CASE, policy="c.yaml")


@pytest.mark.parametrize(
    "path", sorted(data_folder("rules").rglob("*.test.yaml")), ids=lambda path: path.name
)
def test_every_shipped_test_file_takes_a_case(path: Any) -> None:
    text = path.read_bytes().decode("utf-8")
    made = append_case(text, CASE)
    assert next(data["cases"][-1] for data in read(made)) == CASE
    assert all(line in made.splitlines() for line in text.splitlines())


def test_a_new_file_has_the_case() -> None:
    (data,) = read(new_test_file("a b.yaml#x", CASE))
    assert (data["policy"], data["kind"], data["cases"]) == ("a b.yaml#x", "PolicyTest", [CASE])


TEXTS = st.text() | st.sampled_from(
    ["yes", "null", "1", "0x1f", "1e3", "~", "a: b", "a #b", "- a", "*a", "&a", "{{ a }}", "", " a ", "a\nb\r\nc",
     "\u2028", "\ufeff", "2026-01-05T09:00:00Z", "2026-01-05", "[x]", "!tag", "a,b", "'", '"', "\\", "\x85", "🎉"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(TEXTS.filter(lambda key: len(key) < 40), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_any_value_reads_as_what_it_is(value: Any) -> None:
    (flow,) = read(f"a: {format_flow(value)}\n")
    assert flow == {"a": value}
    (block,) = read(format_case({"id": "a", "given": value}))
    assert block == [{"id": "a", "given": value}]
