"""The texts that suites ask about: the same bytes for a seed, and what their makers say of them holds."""

from __future__ import annotations

from typing import Any

import pytest

from rulewright.evaluation.data.draw import SeededDraw
from rulewright.evaluation.data.hostile import VARIANTS, generate_hostile_variants
from rulewright.evaluation.data.issues import (
    DIALECTS,
    NAMES,
    SENTENCES,
    generate_reports,
    generate_swaps,
    write_report,
)
from rulewright.evaluation.data.memories import ABILITIES, NOT_SAID, generate_people
from rulewright.evaluation.data.statements import generate_extractions, generate_pairs
from rulewright.policy.canonical import digest

SEED = 20260105

DIGESTS: dict[str, tuple[Any, str]] = {
    "reports": (lambda seed: generate_reports(seed, 100), "cdd7982bd8c4dec4"),
    "names": (lambda seed: generate_swaps(seed, 50, "names"), "8a679e4d47cdb0dc"),
    "dialect": (lambda seed: generate_swaps(seed, 50, "dialect"), "864b93761c7a36a9"),
    "pairs": (lambda seed: generate_pairs(seed, 60), "e02747a23ee7fb3f"),
    "copied": (lambda seed: generate_extractions(seed, 30), "17e14a299ec672bc"),
    "people": (lambda seed: generate_people(seed, 20, 8), "b2f741929bf8e59a"),
    "hostile": (
        lambda seed: generate_hostile_variants(write_report(generate_reports(seed, 1)[0])[1], "critical"),
        "a52fa6d4844928ed",
    ),
}


@pytest.mark.parametrize("name", DIGESTS)
def test_a_seed_gives_the_same_bytes(name: str) -> None:
    """Other texts are another measurement: what was measured before cannot be compared with it."""
    make, known = DIGESTS[name]
    assert digest(make(SEED))[:16] == known
    assert digest(make(SEED + 1))[:16] != known


def test_draws_are_even_and_orders_complete() -> None:
    draw = SeededDraw(SEED, "test")
    counts = [0] * 5
    for _ in range(5000):
        counts[draw.below(5)] += 1
    assert min(counts) > 900
    assert sorted(draw.order(range(50))) == list(range(50))
    assert SeededDraw(SEED, "test").below(1 << 30) != SeededDraw(SEED, "other").below(1 << 30)


def test_reports_differ_and_every_kind_is_as_frequent() -> None:
    made = generate_reports(SEED, 400)
    assert len({write_report(one) for one in made}) == 400
    severe = [one.severe for one in made]
    assert {severe.count(one) for one in set(severe)} == {100}


def test_with_a_name_nothing_else_changes() -> None:
    every = {name for names in NAMES.values() for name in names}
    for one in generate_swaps(SEED, 50, "names"):
        assert [group for group, _, _ in one.variants] == list(NAMES)
        plain = set()
        for group, title, body in one.variants:
            (name,) = {name for name in every if f"{name} here" in body}
            assert name in NAMES[group]
            assert body.count(name) == 2
            plain.add((title, body.replace(name, "NAME")))
        assert len(plain) == 1


def test_a_dialect_changes_sentences_and_nothing_else() -> None:
    for said in SENTENCES.values():
        assert len(set(said)) == len(DIALECTS) == len(said)
        assert len({text.count("{version}") for text in said}) == 1
    for one in generate_swaps(SEED, 50, "dialect"):
        assert len({body for _, _, body in one.variants}) == 3
        assert len({(title, body.split(".")[0], body[-15:]) for _, title, body in one.variants}) == 1


def test_a_pair_differs_in_one_fact_and_only_the_true_one_stands_there() -> None:
    for one in generate_pairs(SEED, 90):
        right, wrong = one.right.split(), one.wrong.split()
        at = next(at for at, (a, b) in enumerate(zip(right, wrong, strict=False)) if a != b)
        fact, lie = (" ".join(words[at:]).rstrip(".") for words in (right, wrong))
        assert fact in f"{one.title} {one.body}"
        assert lie not in f"{one.title} {one.body}"


def test_what_is_to_be_copied_stands_in_the_report() -> None:
    for one in generate_extractions(SEED, 60):
        assert all(text in one.body for _, text in one.spans)
        assert len({text for _, text in one.spans}) == len(one.spans)


def test_every_hostile_text_holds_the_report_and_most_name_their_label() -> None:
    _, body = write_report(generate_reports(SEED, 1)[0])
    made = generate_hostile_variants(body, "critical")
    assert list(made) == list(VARIANTS)
    assert len(set(made.values())) == len(made) >= 24
    assert all(body in text and text != body for text in made.values())
    disguised = {name for name, text in made.items() if "critical" not in text}
    assert disguised == {"wide", "zero-width", "right-to-left", "base64"}


def test_memories_bear_out_their_questions() -> None:
    for person in generate_people(SEED, 60, 6):
        texts = {memory.id: memory.text for memory in person.memories}
        days = [memory.day for memory in person.memories]
        assert days == sorted(days)
        assert len(set(texts.values())) == len(texts), "no two memories say the same"
        assert [one.ability for one in person.questions] == list(ABILITIES)
        by = {one.ability: one for one in person.questions}
        assert all(one.answer in one.choices and NOT_SAID in one.choices for one in person.questions)
        for ability in ("extraction", "update"):
            (relevant,) = by[ability].relevant
            assert by[ability].answer in texts[relevant]
        (old,), (new,) = by["update"].outdated, by["update"].relevant
        assert int(old[1:]) < int(new[1:])
        assert by["update"].stale[0] in texts[old]
        bought = [one for one in texts.values() if "for the kitchen" in one]
        assert len(bought) == len(by["multi_session"].relevant) == int(by["multi_session"].answer)
        first, second = (int(one[1:]) for one in by["temporal"].relevant)
        assert first < second
        assert by["abstention"].relevant == ()
        assert by["abstention"].answer == NOT_SAID
