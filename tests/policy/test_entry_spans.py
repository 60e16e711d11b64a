"""Where entries begin and end in the text, and that the places are those of the compiled policy."""

from __future__ import annotations

from pathlib import Path

import pytest

import rulewright
from rulewright.policy.entry_spans import EntrySpan, entry_span, read_entry_spans

ROOT = Path(__file__).parents[2]

POLICIES = rulewright.load(str(ROOT / "rules")).policies
BLOCK = """\
kind: Triage
rules:
  # About the first.
  - id: first
    # Inside.
    when: { title: x }
    then:
      - comment: |
          Hello.

          # no comment

  # About the second.

  - id: second
    then: [ close ] # behind it

  -
    id: third
    then: [ close ]
# The end.
"""
FLOW = "rules: [ { id: a, then: [close] }, { id: b,\n  then: [close]\n} ]\nskip: [{ id: c }]\n"
SEVERAL = (
    "rules:\n- id: a\n- id: b\n  stop: true\n---\n# nothing\n---\nobjectives:\n- id: c\n  unit: s\n...\n"
)
ANCHORS = "rules:\n- &one\n  id: a\n  stop: true\n- id: b\n  when: &w\n    title: x\n- *one\n- { id: d, when: *w }\n"


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        (BLOCK, [("first", 4, 9, 4, 11), ("second", 15, 9, 15, 16), ("third", 19, 9, 19, 20)]),
        (FLOW, [("a", 1, 16, 1, 1), ("b", 1, 42, 1, 3), ("c", 4, 14, 4, 4)]),
        (SEVERAL, [("a", 2, 7, 2, 2), ("b", 3, 7, 3, 4), ("c", 9, 7, 9, 10)]),
        (ANCHORS, [("a", 3, 7, 2, 4), ("b", 5, 7, 5, 7), ("d", 9, 9, 9, 9)]),
        ("rules:\n- id: 'a'\n  then: >-\n    x\n    y\n\n\n- no: id\n- 5\n", [("a", 2, 7, 2, 5)]),
        ("rules:\n- stop: true\n  id: a\n  then: [\n    close ] # x\n", [("a", 3, 7, 2, 5)]),
        ("rules:\r\n- id: a\r\n  stop: true\r\n\r\n", [("a", 2, 7, 2, 3)]),
        ("", []),
        ("rules: 5", []),
        ("- id: a", []),
    ],
)
def test_where_entries_begin_and_end(text: str, spans: list[tuple[str, int, int, int, int]]) -> None:
    assert read_entry_spans(text) == tuple(EntrySpan(*span) for span in spans)


def test_a_document_that_cannot_be_read_is_left_out() -> None:
    broken = "rules:\n- id: a\n  when: { title: x\n---\nrules:\n- id: b\n  stop: true\n"
    assert [span.id for span in read_entry_spans(broken)] == ["b"]
    assert entry_span(broken, 2) == (2, 2)


def test_one_entry_by_its_place() -> None:
    assert entry_span(FLOW, 1) == (1, 1)
    assert entry_span(FLOW, 1, 42) == (1, 3)
    assert entry_span(FLOW, 2) == (2, 2)
    assert entry_span('{"rules": [\n{"id": "a",\n"stop": true}]}', 2, file="x.json") == (2, 3)


@pytest.mark.parametrize(
    "path", sorted({Path(policy.file) for policy in POLICIES}), ids=lambda path: path.stem
)
def test_every_entry_of_the_shipped_policies_has_one(path: Path) -> None:
    text = path.read_text()
    spans = {span.id: span for span in read_entry_spans(text)}
    lines = text.splitlines()
    entries = [entry for policy in POLICIES if Path(policy.file) == path for entry in policy.entries]
    assert entries
    for entry in entries:
        span = spans[entry.id]
        assert (span.line, span.column) == entry.position
        assert entry_span(text, *entry.position) == (span.first_line, span.last_line)
        assert lines[span.last_line - 1].strip()
        assert all(
            line.startswith(("    ", "  - ", "  # ")) or not line
            for line in lines[span.first_line - 1 : span.last_line]
        )
        behind = [
            line.strip()
            for line in lines[span.last_line :]
            if line.strip() and not line.strip().startswith("#")
        ]
        assert not behind or behind[0].startswith("- ") or behind[0].endswith(":")
