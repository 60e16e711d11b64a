"""Learning from labelled issues: what comes out, its file, and what is refused."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rulewright.models.classifier.labelled_issue import LabelledIssue, read_labelled_issue
from rulewright.policy.diagnostics import SourceError, UsageError

numpy = pytest.importorskip("numpy", reason="numpy comes with the learn extra")
pytest.importorskip("sklearn", reason="scikit-learn comes with the learn extra")


from rulewright.models.classifier import training  # noqa: E402
from rulewright.models.classifier.linear_model import compute_scores, log_softmax, predict_probabilities  # noqa: E402
from rulewright.models.classifier.model_file import (  # noqa: E402
    dump_classifier,
    parse_classifier,
    read_classifier,
    write_classifier,
)
from rulewright.models.embedding.embedder import Embedder  # noqa: E402

SAID = {
    "bug": ("{t} crashes", "{t} is broken since the update", "error in {t}", "{t} fails"),
    "feature": ("add {t}", "support {t}", "it would be nice to have {t}", "option for {t}"),
    "question": ("how to use {t}?", "what is {t}?", "is {t} safe?", "help with {t}"),
}
THINGS = ("login", "dark mode", "the parser", "search", "export", "sync", "tabs", "the cache", "printing")


def examples(count: int, seed: int = 1, labels: Sequence[str] = tuple(SAID)) -> list[LabelledIssue]:
    rng = random.Random(seed)
    out = []
    for number in range(count):
        label = labels[number % len(labels)]
        title, body = (rng.choice(SAID[label]).replace("{t}", rng.choice(THINGS)) for _ in range(2))
        out.append(LabelledIssue(number, title, body, label))
    return out


@dataclass
class Meaning:
    """Vectors that know what kind of sentence it is, and little else."""

    asked: int = 0
    kinds: tuple[str, ...] = field(default=tuple(SAID))

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += len(texts)
        return [
            [
                float(sum(start in text for start in ("crash", "broken", "error", "fail"))),
                float(sum(start in text for start in ("add", "support", "nice", "option"))),
                float("?" in text or "help" in text),
                0.5,
            ]
            for text in texts
        ]

    def close(self) -> None:
        pass


def embedder() -> Embedder:
    return Embedder(Meaning(), "meaning-1", 4)


@pytest.fixture(scope="module")
def model() -> Any:
    return training.train_classifier(examples(90), embedder())


def test_it_labels_what_it_has_not_seen(model: Any) -> None:
    held_out = examples(60, seed=2)
    for embed in (None, embedder()):
        found = predict_probabilities(model, held_out, embed)
        assert numpy.allclose(found.sum(axis=1), 1)
        right = [
            model.labels[place] == one.label
            for place, one in zip(found.argmax(axis=1), held_out, strict=True)
        ]
        assert sum(right) >= 54


def test_learning_twice_gives_the_same_bytes(model: Any) -> None:
    assert dump_classifier(training.train_classifier(examples(90), embedder())) == dump_classifier(model)


def test_the_figures_are_of_held_out_scores(model: Any) -> None:
    assert model.about["examples"] == {"bug": 30, "feature": 30, "question": 30}
    assert 0.8 < model.about["held_out"]["macro_f1"] <= 1
    assert set(model.about["strengths"]) == {"lexical", "semantic", "joint"}


def test_random_labels_are_known_to_be_random() -> None:
    rng = random.Random(3)
    shuffled = [one._replace(label=rng.choice(("a", "b"))) for one in examples(80)]
    found = training.train_classifier(shuffled)
    assert found.about["held_out"]["macro_f1"] < 0.7
    assert predict_probabilities(found, examples(30, seed=4)).max() < 0.8


def test_file_round_trip(model: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "m.rwc")
    assert write_classifier(model, path) == (tmp_path / "m.rwc").stat().st_size < 200_000
    again = read_classifier(path)
    assert (again.labels, again.form, dict(again.about)) == (model.labels, model.form, dict(model.about))
    for embed in (None, embedder()):
        before, after = (compute_scores(one, examples(20, seed=5), embed) for one in (model, again))
        assert numpy.abs(before - after).max() < 0.01
    assert dump_classifier(again) == dump_classifier(model)
    assert [one.name for one in tmp_path.iterdir()] == ["m.rwc"]


def test_no_text_of_issues_stands_in_the_file(model: Any) -> None:
    with zipfile.ZipFile(io.BytesIO(dump_classifier(model))) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert not any(thing.encode() in whole for thing in ("login", "dark", "parser"))


def rezipped(data: bytes, change: Any) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def headed(**more: Any) -> Any:
    def change(parts: dict[str, bytes]) -> None:
        parts["header.json"] = json.dumps({**json.loads(parts["header.json"]), **more}).encode()

    return change


def cut(parts: dict[str, bytes]) -> None:
    parts["words.cues.npy"] = parts["words.cues.npy"][:-2] + b"\0\1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (headed(kind="other"), "not a classifier"),
        (headed(format=99), "another version"),
        (headed(labels=["one"]), "damaged"),
        (headed(labels=["a", "b"]), "damaged"),
        (cut, "damaged"),
        (lambda parts: parts.pop("form.npy"), "damaged"),
        (lambda parts: parts.pop("header.json"), "not a classifier"),
        (lambda parts: parts.update(bomb=bytes(65 << 20)), "too large when unpacked"),
    ],
)
def test_damaged_files_are_refused(model: Any, change: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_classifier(rezipped(dump_classifier(model), change), "m.rwc")


@pytest.mark.parametrize("data", [b"", b"{}", b"PK\3\4" + bytes(50)])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match="not a classifier"):
        parse_classifier(data, "m.rwc")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "0 labels"),
        (examples(30, labels=("bug",)), "1 labels"),
        ([*examples(30), LabelledIssue(99, "a", "b", "rare")], "'rare' has 1 examples"),
        ([LabelledIssue(n, "a", "b", f"label {n}") for n in range(60)], "60 labels"),
    ],
)
def test_what_cannot_be_learnt_from_is_told(given: list[LabelledIssue], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        training.train_classifier(given)


def test_too_many_are_sampled_evenly_and_the_last_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MAX_EXAMPLES", 30)
    many = [*examples(60, labels=("bug",)), *(one._replace(label="feature") for one in examples(8))]
    kept = training.sample_issues(many, ("bug", "feature"))
    assert [one.label for one in kept].count("feature") == 8
    assert [one.id for one in kept if one.label == "bug"] == list(range(38, 60))


def test_cross_validation_spreads_every_label_over_the_folds() -> None:
    truth = numpy.array([0] * 23 + [1] * 7)
    folds = training.assign_folds(truth, 5)
    assert folds.tolist() == training.assign_folds(truth, 5).tolist()
    for label, most in ((0, 5), (1, 2)):
        assert numpy.bincount(folds[truth == label], minlength=5).max() == most


@pytest.mark.parametrize("count", [2, 3])
def test_a_model_in_dual_form_has_the_least_loss(count: int) -> None:
    """Its penalty counts the weights of every label, of two as of more."""
    rng = numpy.random.default_rng(1)
    points = rng.normal(size=(60, 3))
    truth = (points[:, 0] + 0.3 * rng.normal(size=60) > 0).astype(int) + (count == 3) * (points[:, 1] > 0.5)
    model = training.train_dual_model(points @ points.T, truth, count)
    weights = points.T @ model.alpha
    balance = len(truth) / (count * numpy.bincount(truth)[truth])

    def compute_loss(shift: float) -> float:
        moved = weights + shift * numpy.eye(3, count)
        chosen = log_softmax(points @ moved + model.intercepts)[numpy.arange(60), truth]
        return float(-(balance * chosen).sum() + (moved**2).sum() / (2 * model.strength))

    assert compute_loss(0) < min(compute_loss(0.02), compute_loss(-0.02))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "an object"),
        ({"title": "a"}, "`id` is missing"),
        ({"id": 1.5}, "`id` is neither"),
        ({"id": 1, "title": 2, "kind": "bug"}, "`title` is not text"),
        ({"id": 1, "title": "a"}, "`kind` is missing"),
        ({"id": 1, "kind": ["bug"]}, "`kind` is no text"),
    ],
)
def test_issues_that_are_none(data: Any, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read_labelled_issue(data, "kind")
