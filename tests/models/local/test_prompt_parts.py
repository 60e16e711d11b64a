"""Prompts: what is trusted stands before the report, and no report holds its own end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.models.local.chat_template import NAMED_TEMPLATES, split_template
from rulewright.models.local.prompt_parts import build_field_marks, build_label_endings, build_prompt
from rulewright.models.task import ClassifyQuestion, TaskExample

if TYPE_CHECKING:
    from rulewright.models.task import Task

OTHER = ClassifyQuestion("Of what type is it?", (("bug", "Broken."), ("feature", "Wished for.")))
FIELDS = st.lists(st.tuples(st.sampled_from(["title", "body"]), st.text(max_size=60)), max_size=3)


def test_the_rules_prefix_holds_nothing_of_the_report(task: Task) -> None:
    said = build_prompt(task._replace(examples=(TaskExample("It burns", "critical"),)))
    other = build_prompt(
        task._replace(examples=(TaskExample("It burns", "critical"),), inputs=(("body", "x"),))
    )
    assert said.system == other.system
    assert '- "critical": Nobody can work.' in said.system
    assert '- "It burns" is "critical"' in said.system
    assert said.fields == task.inputs
    assert not any(text in said.system + said.question for _, text in task.inputs)


def test_questions_of_one_brief_share_their_prefix(task: Task) -> None:
    questions = (ClassifyQuestion(task.prompt, task.labels), OTHER)
    one = build_prompt(task._replace(questions=questions))
    two = build_prompt(task._replace(questions=questions, prompt=OTHER.prompt, labels=OTHER.labels))
    assert one.system == two.system
    assert (one.question, two.question) == ("\nAnswer question 1.", "\nAnswer question 2.")


def test_a_question_beside_the_brief_stands_behind_the_report(task: Task) -> None:
    said = build_prompt(task._replace(questions=(OTHER,)))
    assert "critical" not in said.system
    assert "critical" in said.question


def test_extraction_says_its_schema_and_summaries_their_length(task: Task) -> None:
    schema = {"type": "object", "properties": {}}
    assert '"type": "object"' in build_prompt(task._replace(kind="extract", schema=schema)).system
    assert "at most 7 words" in build_prompt(task._replace(kind="summarize", max_words=7)).system


@given(FIELDS)
def test_no_field_holds_the_mark_that_ends_it(fields: list[tuple[str, str]]) -> None:
    for name, text in fields:
        before, after = build_field_marks(name, fields)
        assert before.strip() not in text
        assert after.strip() not in text


def test_a_text_that_imitates_a_mark_gets_another_one() -> None:
    _, after = build_field_marks("body", [("body", "x")])
    assert build_field_marks("body", [("body", f"x{after}y")])[1] != after


@given(st.lists(st.text(max_size=8), min_size=2, max_size=6, unique=True))
def test_no_ending_begins_another(labels: list[str]) -> None:
    found = build_label_endings(labels)
    assert not any(a != b and b.startswith(a) for a in found for b in found)
    assert all(one.endswith('"') for one in found)


@pytest.mark.parametrize("name", NAMED_TEMPLATES)
def test_named_templates_are_cut_around_both_texts(name: str) -> None:
    parts = split_template(name, bos="<s>", eos="</s>")
    whole = "".join(parts)
    assert parts.tail or name == "plain"
    assert "Rulewright" not in whole


def test_a_template_without_a_system_role_gets_both_texts_in_one_turn() -> None:
    source = (
        "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "[{{ m['role'] }}]{{ m['content'] | trim }}[/]{% endfor %}[model]"
    )
    assert split_template(source, bos="", eos="") == ("[user]", "\n\n", "[/][model]")


@pytest.mark.parametrize(
    "source", ["{% for %}", "no texts at all", "{{ messages[0].content.upper() }}", "{{ x.__class__ }}"]
)
def test_a_broken_template_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="chat template"):
        split_template(source, bos="", eos="")


def test_a_template_cannot_leave_its_sandbox() -> None:
    escape = "{{ ''.__class__.__mro__[1].__subclasses__() }}" + NAMED_TEMPLATES["plain"]
    with pytest.raises(ValueError):
        split_template(escape, bos="", eos="")
