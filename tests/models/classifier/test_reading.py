"""An issue's text taken apart, and what is counted of it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.models.classifier.example import Example
from rulewright.models.classifier.features import form_lines, prepare
from rulewright.models.classifier.lexical import PLACES, pieces
from rulewright.models.classifier.reading import line_key, prose, read
from rulewright.models.classifier.text_features import NAMES, cues

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
    found = read(" A  crash\n", BODY)
    assert found.title == "A crash"
    assert found.headings == ("operating system",)
    assert found.fields == (("issue type", "bug"), ("operating system", "linux"))
    assert len(found.code) == 1
    assert found.frames == 2
    assert found.lines[-1] == "It crashes, see the log and `main()`."


def test_prose_leaves_out_forms_code_and_addresses() -> None:
    found = read("", BODY)
    form = {line_key(line) for line in ("### Operating system", "**Issue type** Bug")}
    assert prose(found, form, 100) == "Linux It crashes, see the log and main()."
    assert prose(found, form, 7) == "Linux I"


def test_lines_of_forms_are_learnt() -> None:
    readings = [read("", f"### Version\n{number}\nSomething about {'x' * number}") for number in range(20)]
    assert form_lines(readings) == {line_key("### Version")}


def test_pieces_stay_within_words() -> None:
    assert list(pieces("a bug")) == [" a ", " bu", "bug", "ug ", " bug", "bug ", " bug "]


def test_cues_read_titles_and_bodies_apart() -> None:
    reading = read("How to add a theme?", "It crashes.")
    values = dict(zip(NAMES, cues(reading, "It crashes."), strict=True))
    assert (values["title how"], values["title add"], values["starts asks"]) == (1, 1, 1)
    assert (values["title breaks"], values["body breaks"] > 0) == (0, True)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=600), st.text(max_size=3000))
def test_any_text_can_be_read(title: str, body: str) -> None:
    found = prepare(Example(1, title, body), frozenset())
    assert len(found.cues) == len(NAMES)
    assert all(0 <= value <= 2 for value in found.cues)
    assert all(0 <= place < PLACES for block in found.counts.values() for place in block)


def test_hostile_texts_cost_linear_time() -> None:
    for text in (
        "<" * 200_000,
        "[" * 200_000,
        "`" * 200_000,
        "**a" * 60_000,
        "<!--" * 50_000,
        "a: " * 60_000,
    ):
        found = prepare(Example(1, text, text), frozenset())
        assert len(found.title) <= 400
