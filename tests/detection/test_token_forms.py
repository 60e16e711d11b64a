"""The table of vendors' forms: every row is found in examples made from the row itself, however they are pasted."""

from __future__ import annotations

import random
import re

import pytest

from rulewright.detection import CERTAIN, TYPES
from rulewright.detection.token_forms import ALNUM, BASE64, FORMS, HEX, URLSAFE, CharacterRun, TokenForm
from rulewright.program.pattern import compile_pattern

EXAMPLES = 40
TURNS = 3
"""Embeddings that each example is put in."""
NAMES = [f"{number}-{form.type}" for number, form in enumerate(FORMS)]


def cases(form, embeddings):
    """(before, secret, after) of every example, each in other embeddings than the one before."""
    rng = random.Random(form.pattern)
    ways = list(embeddings.values())
    for number in range(EXAMPLES):
        value = form.example(rng)
        for turn in range(TURNS):
            yield ways[(number * TURNS + turn) % len(ways)](value)


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_examples_of_a_row_are_masked(form, corpus, run):
    missed = masked = exact = other = count = 0
    for before, secret, after in cases(form, corpus.EMBEDDINGS):
        start, end = len(before), len(before) + len(secret)
        near = [f for f in run(before + secret + after) if f.start < end and f.end > start]
        sure = [f for f in near if f.confidence >= CERTAIN and f.start <= start and f.end >= end]
        count += 1
        missed += not near
        masked += bool(sure)
        exact += any((f.start, f.end) == (start, end) for f in sure)
        other += any(f.type != form.type for f in sure)
    assert count == EXAMPLES * TURNS
    assert missed <= 0.03 * count
    assert masked >= 0.85 * count
    assert exact >= 0.85 * count
    assert other <= 0.05 * count


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_a_row_describes_its_own_examples(form):
    rng = random.Random(1)
    pattern = compile_pattern(form.pattern)
    for _ in range(EXAMPLES):
        example = form.example(rng)
        assert pattern.fullmatch(example.encode()) is not None
        assert re.fullmatch(form.pattern, example) is not None
        assert not form.prefixes or example.startswith(form.prefixes)
    assert form.type in TYPES
    assert form.failed < form.confidence


@pytest.mark.parametrize("form", [form for form in FORMS if form.before], ids=lambda form: form.type)
def test_a_prefix_that_occurs_in_words_needs_a_beginning(form, run):
    """`sk-` is a part of `task-`, `SK` one of `DISK`."""
    value = form.example(random.Random(3))
    assert [f.type for f in run(f"x {value} y") if f.confidence >= CERTAIN] == [form.type]
    assert [f for f in run(f"x ta{value} y") if f.type == form.type] == []


def test_the_first_row_that_fits_counts():
    exact = next(form for form in FORMS if form.type == "gitlab_token")
    assert not exact.is_open
    assert any(form.is_open for form in FORMS if form.type == "gitlab_token")


@pytest.mark.parametrize(
    ("alphabet", "shown"),
    [
        (ALNUM, "[A-Za-z0-9]"),
        (HEX, "[a-f0-9]"),
        (URLSAFE, "[A-Za-z0-9_-]"),
        (BASE64, "[A-Za-z0-9\\+/]"),
        ("-.", "[\\.-]"),
    ],
)
def test_alphabets_in_the_syntax_of_re2(alphabet, shown):
    found = CharacterRun(alphabet, 2, 4).pattern
    assert re.sub("[+/]|\\\\", "", found) == re.sub("[+/]|\\\\", "", f"{shown}{{2,4}}")
    for code in range(128):
        sign = chr(code)
        assert (re.fullmatch(CharacterRun(alphabet, 1).pattern, sign) is not None) == (sign in alphabet)


@pytest.mark.parametrize(("most", "shown"), [(None, "{3}"), (0, "{3,}"), (5, "{3,5}")])
def test_lengths_in_the_syntax_of_re2(most, shown):
    assert CharacterRun("ab", 3, most).pattern.endswith(shown)


def test_a_form_without_a_prefix_is_known_by_its_literal():
    form = TokenForm(
        "terraform_token", (CharacterRun(ALNUM, 14), ".atlasv1.", CharacterRun(URLSAFE, 60, 70)), 0.9
    )
    assert form.prefixes == ()
    assert form.anchor == ".atlasv1."
    assert list(form.before_anchor) == [14]
    assert form.is_open
    assert list(TokenForm("x", (CharacterRun("0", 2, 4), CharacterRun("1", 1), ":"), 0.9).before_anchor) == [
        5,
        4,
        3,
    ]
