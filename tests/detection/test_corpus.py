"""How well it finds, on the published corpus: floors a little under what was measured (README of the figures:
`python benchmarks/run.py detecting`)."""

from __future__ import annotations

import random

import pytest

from rulewright.detection import CERTAIN, SECRETS

PRECISION = {"phone": 0.97, "card": 0.97, "iban": 0.97, "secret": 0.0}
RECALL = {"phone": 0.97}
FLOOR = 0.98
"""The types that explanations know (`evaluate/show.py`), in texts that hold nothing but the value and a sentence."""


@pytest.fixture(scope="module")
def scores(corpus, run):
    found = []
    for text in corpus.texts(11, 40):
        found.append((text, [(f.type, f.start, f.end) for f in run(text.text) if f.confidence >= 0.5]))
    return corpus.scores(found)


def test_every_type_holds_its_floor(scores, corpus):
    assert scores.keys() >= {*corpus.VALUES, *corpus.PLACED}
    low = {
        kind: (round(precision, 3), round(recall, 3))
        for kind, (precision, recall, _) in scores.items()
        if precision < PRECISION.get(kind, FLOOR) or recall < RECALL.get(kind, FLOOR)
    }
    assert low == {}


def test_nothing_is_found_sure_in_look_alikes(corpus, run):
    wrong = {
        text.name: [found.type for found in run(text.text) if found.confidence >= 0.7]
        for text in corpus.texts(12, 25)
        if not text.spans
    }
    assert {name: types for name, types in wrong.items() if types} == {}


def rates(run, texts):
    """(missed, masked) of texts that hold one secret each, given as (before, secret, after)."""
    missed = masked = count = 0
    for before, secret, after in texts:
        start, end = len(before), len(before) + len(secret)
        sure = [
            f.confidence if f.start <= start and f.end >= end else 0.0
            for f in run(before + secret + after)
            if f.start < end and f.end > start
        ]
        count += 1
        missed += not sure
        masked += max(sure, default=0.0) >= CERTAIN
    return missed / count, masked / count


def test_secrets_are_known_by_what_stands_around_them(corpus, run):
    rng = random.Random(21)
    for kind, variants in corpus.PLACED.items():
        for name, make in variants.items():
            missed, masked = rates(run, [make(rng) for _ in range(40)])
            assert missed <= 0.03, (kind, name)
            assert masked >= 0.85, (kind, name)


def test_tokens_are_found_however_they_are_pasted(corpus, run):
    rng = random.Random(22)
    makers = [make for kind, makes in corpus.VALUES.items() if kind in SECRETS for make in makes]
    values = [value for make in makers for value in (make(rng) for _ in range(3)) if "\n" not in value]
    for name, embed in corpus.EMBEDDINGS.items():
        missed, masked = rates(run, [embed(value) for value in values])
        assert missed <= 0.03, name
        assert masked >= 0.85, name


def test_a_mask_covers_the_secret_and_nothing_else(corpus, run):
    rng = random.Random(23)
    off = []
    for kind, variants in corpus.PLACED.items():
        for name, make in variants.items():
            for before, secret, after in (make(rng) for _ in range(10)):
                spans = [(f.start, f.end) for f in run(before + secret + after) if f.confidence >= CERTAIN]
                off += [(kind, name)] * (spans != [(len(before), len(before) + len(secret))])
    assert len(off) <= 10, off


def test_the_same_seed_gives_the_same_texts(corpus):
    assert list(corpus.texts(3, 2)) == list(corpus.texts(3, 2))
    assert list(corpus.texts(3, 2)) != list(corpus.texts(4, 2))


def test_what_explanations_show_holds_none_of_them(corpus):
    """A trace may be read by anyone, and shows the text around a leaf."""
    from rulewright.evaluate.show import show

    for text in corpus.texts(6, 25):
        shown = show(text.text)
        for kind, start, end in text.spans:
            value = text.text[start:end]
            assert value not in shown, kind
            assert value[8:28] not in shown or len(value) < 40, kind
