"""How well it finds, on the published corpus: floors a little under what was measured (README of the figures:
`python benchmarks/run.py detecting`)."""

from __future__ import annotations

import pytest

PRECISION = {"phone": 0.97, "card": 0.97, "iban": 0.97, "secret": 0.0}
RECALL = {"phone": 0.97}
FLOOR = 0.98


@pytest.fixture(scope="module")
def scores(corpus, run):
    found = []
    for text in corpus.texts(11, 40):
        found.append((text, [(f.type, f.start, f.end) for f in run(text.text) if f.confidence >= 0.5]))
    return corpus.scores(found)


def test_every_type_holds_its_floor(scores, corpus):
    assert scores.keys() >= corpus.VALUES.keys()
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
