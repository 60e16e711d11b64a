"""An issue's text taken apart, and what is counted of it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.models.classifier.feature_matrix import extract_features, find_form_lines
from rulewright.models.classifier.hashed_ngrams import HASH_SIZE, letter_ngrams
from rulewright.models.classifier.issue_text import extract_prose, hash_line, parse_issue
from rulewright.models.classifier.labelled_issue import LabelledIssue
from rulewright.models.classifier.text_features import CUE_NAMES, extract_cues

BODY = """<!-- Please search first. -->
**Issue Type:** Bug

### Operating system
Linux

It crashes, see [the log](https://example.com/log) and `main()`.

```python
raise ValueError
```
  File "a.py", line 3, in b
ValueError: no
"""


def test_parts() -> None:
    found = parse_issue(" A  crash\n", BODY)
    assert found.title == "A crash"
    assert found.headings == ("operating system",)
    assert found.fields == (("issue type", "bug"), ("operating system", "linux"))
    assert len(found.code) == 1
    assert found.frames == 2
    assert found.lines[-1] == "It crashes, see the log and `main()`."


def test_prose_leaves_out_forms_code_and_addresses() -> None:
    found = parse_issue("", BODY)
    form = {hash_line(line) for line in ("### Operating system", "**Issue type** Bug")}
    assert extract_prose(found, form, 100) == "Linux It crashes, see the log and main()."
    assert extract_prose(found, form, 7) == "Linux I"


def test_lines_of_forms_are_learnt() -> None:
    readings = [
        parse_issue("", f"### Version\n{number}\nSomething about {'x' * number}") for number in range(20)
    ]
    assert find_form_lines(readings) == {hash_line("### Version")}


def test_pieces_stay_within_words() -> None:
    assert list(letter_ngrams("a bug")) == [" a ", " bu", "bug", "ug ", " bug", "bug ", " bug "]


def test_cues_read_titles_and_bodies_apart() -> None:
    reading = parse_issue("How to add a theme?", "It crashes.")
    values = dict(zip(CUE_NAMES, extract_cues(reading, "It crashes."), strict=True))
    assert (values["title how"], values["title add"], values["starts asks"]) == (1, 1, 1)
    assert (values["title breaks"], values["body breaks"] > 0) == (0, True)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=600), st.text(max_size=3000))
def test_any_text_can_be_read(title: str, body: str) -> None:
    found = extract_features(LabelledIssue(1, title, body), frozenset())
    assert len(found.cues) == len(CUE_NAMES)
    assert all(0 <= value <= 2 for value in found.cues)
    assert all(0 <= place < HASH_SIZE for block in found.counts.values() for place in block)


def test_hostile_texts_cost_linear_time() -> None:
    for text in (
        "<" * 200_000,
        "[" * 200_000,
        "`" * 200_000,
        "**a" * 60_000,
        "<!--" * 50_000,
        "a: " * 60_000,
    ):
        found = extract_features(LabelledIssue(1, text, text), frozenset())
        assert len(found.title) <= 400
