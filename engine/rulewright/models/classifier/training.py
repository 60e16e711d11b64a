"""Training of a classifier from labelled issues.

Three logistic regressions (scikit-learn) are trained, each with its own C by cross-validation: on words and letters, on
embeddings, on both; all of them include the cues. Their log-odds are averaged and calibrated on held-out scores. An
average of linear models is one linear model, which is the result.

A linear model over features X has the form Xᵀα. So every model is trained in the coordinates that the issues span, at
most as many as there are issues, and cross-validation, which trains dozens of times, reads the features once.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from math import inf, log
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.utils.class_weight import compute_sample_weight
from threadpoolctl import threadpool_limits

from rulewright.models.classifier import feature_matrix
from rulewright.models.classifier.hashed_ngrams import BLOCKS
from rulewright.models.classifier.issue_text import parse_issue
from rulewright.models.classifier.labelled_issue import issue_from_text
from rulewright.models.classifier.linear_model import (
    ClassifierWeights,
    LinearClassifier,
    log_softmax,
    predict_probabilities,
)
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from rulewright.models.classifier.feature_matrix import IssueFeatures, Vocabulary
    from rulewright.models.classifier.labelled_issue import LabelledIssue
    from rulewright.models.embedding.embedder import Embedder, FloatArray

    LabelArray = NDArray[numpy.int64]

MIN_EXAMPLES: Final = 5
"""Examples that every label needs: one for each fold of cross-validation."""
MAX_EXAMPLES: Final = 2_000
"""Examples used for training. Of more, an even share of every label is used, the last ones first."""
MAX_LABELS: Final = 50
FOLDS: Final = 5
MAX_ITERATIONS: Final = 1000
STRENGTHS: Final = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""Values of C that cross-validation tries."""
DEFAULT_STRENGTH: Final = 10.0
"""C where cross-validation cannot choose it."""
LOSS_MARGIN: Final = 1.05
"""The search for C ends when the loss exceeds the best one by this factor."""
MIN_VARIANCE: Final = 1e-6
"""Coordinates with less than this share of the first one's variance are numerical noise."""
TEMPERATURES: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)

EXPERTS: Final[Mapping[str, Mapping[str, float]]] = {
    "lexical": {"whole": 1.0, "words": 1.0, "letters": 0.5, "cues": 2.0},
    "semantic": {"vectors": 1.0, "cues": 2.0},
    "joint": {"whole": 1.0, "words": 0.5, "letters": 0.5, "cues": 2.0, "vectors": 2.0},
}
"""Model → feature block → its share in the inner products between issues."""
WORDS: Final = ("lexical",)
FULL: Final = ("lexical", "semantic", "joint")


class DualModel(NamedTuple):
    """`alpha`: issues × labels; `intercepts`: labels; `held_out`: scores of each issue from models trained without
    it; `strength`: the chosen C."""

    alpha: FloatArray
    intercepts: FloatArray
    held_out: FloatArray
    strength: float


def train_classifier(
    issues: Sequence[LabelledIssue], embed: Embedder | None = None, least: int = MIN_EXAMPLES
) -> LinearClassifier:
    """Train on `issues`; the same issues give the same classifier. Without `embed`, on words and cues only.

    Raises UsageError when there are fewer than two labels, or fewer than `least` issues of one; SourceError when
    embeddings fail.
    """
    labels = check_labels(issues, least)
    chosen = sample_issues(issues, labels)
    truth = numpy.array([labels.index(issue.label) for issue in chosen])
    form = feature_matrix.find_form_lines(parse_issue(issue.title, issue.body) for issue in chosen)
    prepared = [feature_matrix.extract_features(issue, form) for issue in chosen]
    features = TrainingFeatures(
        prepared, None if embed is None else feature_matrix.embed_issues(prepared, embed)
    )
    calibrated = int(numpy.bincount(truth).min()) > 1
    # The matrices are small: more threads spend their time waiting for each other.
    with threadpool_limits(1):
        models = {
            name: train_dual_model(features.compute_gram(shares), truth, len(labels))
            for name, shares in EXPERTS.items()
            if embed is not None or "vectors" not in shares
        }
    prior = compute_log_prior(truth, len(labels))

    def combine(names: tuple[str, ...]) -> tuple[ClassifierWeights, dict[str, float]]:
        def temperature(scores: FloatArray) -> float:
            return fit_temperature(scores + prior, truth) if calibrated else 1.0

        scale = {name: temperature(models[name].held_out) / len(names) for name in names}
        held_out = sum_arrays(scale[name] * models[name].held_out for name in names)
        last = temperature(held_out)
        alphas = {name: last * scale[name] * models[name].alpha for name in names}
        intercepts = sum_arrays(last * scale[name] * models[name].intercepts for name in names)
        weights = features.compute_weights(alphas, intercepts + prior)
        return weights, compute_figures(last * held_out + prior, truth)

    words, words_figures = combine(WORDS)
    full, full_figures = combine(FULL) if embed is not None else (None, words_figures)
    counts = numpy.bincount(truth).tolist()
    return LinearClassifier(
        labels,
        form,
        features.vocabularies,
        features.scaling,
        words,
        full,
        {
            "examples": dict(zip(labels, counts, strict=True)),
            "held_out": full_figures,
            "held_out_words_only": words_figures,
            "strengths": {name: model.strength for name, model in models.items()},
            "vectors": None if embed is None else embed.name,
        },
    )


class TrainingFeatures:
    """The issues' features by block, and the inner products between issues in each block."""

    def __init__(self, prepared: Sequence[IssueFeatures], vectors: FloatArray | None) -> None:
        self.vocabularies = {block: feature_matrix.build_vocabulary(prepared, block) for block in BLOCKS}
        self.scaling = feature_matrix.fit_scaling(prepared)
        self.tables: dict[str, csr_array | FloatArray] = {
            block: build_sparse_table(prepared, block, vocabulary)
            for block, vocabulary in self.vocabularies.items()
        }
        self.tables["cues"] = feature_matrix.scale_cues(prepared, self.scaling)
        if vectors is not None:
            self.tables["vectors"] = vectors
        self.grams = {block: compute_gram(table) for block, table in self.tables.items()}

    def compute_gram(self, shares: Mapping[str, float]) -> FloatArray:
        """The inner products of one expert, issues × issues."""
        return sum_arrays(share * self.grams[block] for block, share in shares.items())

    def compute_weights(self, alphas: Mapping[str, FloatArray], intercepts: FloatArray) -> ClassifierWeights:
        """Weights of features from `alphas`, the weights of issues in each expert."""

        def weigh(block: str) -> FloatArray:
            alpha = sum_arrays(EXPERTS[name].get(block, 0.0) * alpha for name, alpha in alphas.items())
            weights: FloatArray = (self.tables[block].T @ alpha).astype("f4")
            return weights

        with_vectors = any("vectors" in EXPERTS[name] for name in alphas)
        return ClassifierWeights(
            {block: weigh(block) for block in BLOCKS},
            weigh("cues"),
            weigh("vectors") if with_vectors else None,
            numpy.asarray(intercepts, "f4"),
        )


def build_sparse_table(prepared: Sequence[IssueFeatures], block: str, vocabulary: Vocabulary) -> csr_array:
    """The weighted terms of one block, issues × terms."""
    rows = [feature_matrix.weigh_terms(features, block, vocabulary) for features in prepared]
    ends = numpy.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = [column for columns, _ in rows for column in columns]
    values = numpy.array([value for _, values in rows for value in values], "f4")
    return csr_array((values, columns, ends), shape=(len(rows), len(vocabulary.columns)))


def compute_gram(table: csr_array | FloatArray) -> FloatArray:
    """The inner products of the rows of `table`, as float64."""
    products = table @ table.T
    dense: FloatArray = products if isinstance(products, numpy.ndarray) else products.toarray()
    return dense.astype("f8")


def sum_arrays(arrays: Iterable[FloatArray]) -> FloatArray:
    total: FloatArray = numpy.sum(list(arrays), axis=0)
    return total


def train_dual_model(gram: FloatArray, truth: LabelArray, count: int) -> DualModel:
    """Choose C by cross-validation, and train on all issues with it. `truth`: label numbers below `count`.

    With a single issue of some label nothing can be held out: C is DEFAULT_STRENGTH and `held_out` is zero.
    """
    values, vectors = numpy.linalg.eigh(gram)
    kept = values > MIN_VARIANCE * max(values[-1], 1e-12)
    roots = numpy.sqrt(values[kept])
    points = (vectors[:, kept] * roots).astype("f4")

    def build_regression(strength: float) -> LogisticRegression:
        # For two labels scikit-learn has one weight vector, the difference of two: half the penalty of both.
        penalty = strength * 2 if count == 2 else strength
        return LogisticRegression(C=penalty, class_weight="balanced", max_iter=MAX_ITERATIONS)

    rarest = int(numpy.bincount(truth).min())
    held_out: FloatArray = numpy.zeros((len(truth), count))
    strength = DEFAULT_STRENGTH
    if rarest > 1:
        folds = PredefinedSplit(assign_folds(truth, min(FOLDS, rarest)))
        balance = compute_sample_weight("balanced", truth)
        least = inf
        for tried in STRENGTHS:
            regression = build_regression(tried)
            decisions = cross_val_predict(regression, points, truth, cv=folds, method="decision_function")
            scores = expand_binary(decisions.reshape(len(truth), -1))
            loss = log_loss(truth, numpy.exp(log_softmax(scores)), sample_weight=balance)
            if loss < least:
                least, strength, held_out = loss, tried, scores
            elif loss > LOSS_MARGIN * least:
                break
    regression = build_regression(strength).fit(points, truth)
    alpha = (vectors[:, kept] / roots) @ expand_binary(regression.coef_.T.astype("f8"))
    return DualModel(alpha, expand_binary(regression.intercept_.astype("f8")), held_out, strength)


def assign_folds(truth: LabelArray, count: int) -> LabelArray:
    """The fold of each issue, every label spread evenly; the same for the same labels."""
    folds = numpy.zeros(len(truth), "i8")
    rng = numpy.random.default_rng(0)
    for label in numpy.unique(truth):
        places = rng.permutation(numpy.flatnonzero(truth == label))
        folds[places] = (numpy.arange(len(places)) + label) % count
    return folds


def expand_binary(values: FloatArray) -> FloatArray:
    """Values per label, along the last axis. For two labels scikit-learn gives those of the second one only."""
    return numpy.concatenate([-values, values], axis=-1) / 2 if values.shape[-1] == 1 else values


def fit_temperature(scores: FloatArray, truth: LabelArray) -> float:
    """The factor that calibrates held-out scores best, by log loss."""
    return min(TEMPERATURES, key=lambda factor: log_loss(truth, numpy.exp(log_softmax(scores * factor))))


def check_labels(issues: Sequence[LabelledIssue], least: int) -> tuple[str, ...]:
    """The labels in alphabetical order. Raises UsageError when there are too few or too many, or too few issues."""
    counts = Counter(issue.label for issue in issues)
    if len(counts) < 2:
        raise UsageError(
            f"there are {len(counts)} labels among {len(issues)} issues; at least two are needed"
        )
    if len(counts) > MAX_LABELS:
        raise UsageError(
            f"there are {len(counts)} labels; at most {MAX_LABELS} are supported", hint="check --label-field"
        )
    few = sorted(label for label, count in counts.items() if count < least)
    if few:
        raise UsageError(
            f"the label {few[0]!r} has {counts[few[0]]} examples; at least {least} are needed",
            hint="remove the label, or label more issues",
        )
    return tuple(sorted(counts))


def sample_issues(issues: Sequence[LabelledIssue], labels: Sequence[str]) -> list[LabelledIssue]:
    """All issues, or of too many the last ones, of every label up to an even share; in their order."""
    if len(issues) <= MAX_EXAMPLES:
        return list(issues)
    by_label = {
        label: [place for place, issue in enumerate(issues) if issue.label == label] for label in labels
    }
    room, kept = MAX_EXAMPLES, []
    for left, label in enumerate(sorted(labels, key=lambda label: len(by_label[label]))):
        part = by_label[label][-(room // (len(labels) - left)) :]
        kept += part
        room -= len(part)
    return [issues[place] for place in sorted(kept)]


def compute_log_prior(truth: LabelArray, count: int) -> FloatArray:
    """What a label's share adds to the scores of a balanced model, so that probabilities fit the repository. Half of
    it only: rare labels are the ones that are looked for."""
    shares = numpy.bincount(truth, minlength=count) / len(truth)
    prior: FloatArray = 0.5 * (numpy.log(shares) + log(count))
    return prior


def compute_figures(scores: FloatArray, truth: LabelArray) -> dict[str, float]:
    """Macro F1, accuracy and log loss of held-out scores."""
    predicted = scores.argmax(axis=1)
    return {
        "macro_f1": round(float(f1_score(truth, predicted, average="macro", zero_division=0)), 4),
        "accuracy": round(float(accuracy_score(truth, predicted)), 4),
        "log_loss": round(float(log_loss(truth, numpy.exp(log_softmax(scores)))), 4),
    }


def classify_by_examples(
    texts: Sequence[str], examples: Sequence[tuple[str, str]], embed: Embedder | None = None
) -> list[dict[str, float]]:
    """Label → probability for each text, labels in alphabetical order. `examples`: (text, label).

    The first line of a text counts as its title. One example of a label suffices; from two on, probabilities are
    calibrated by leaving examples out. Raises UsageError for fewer than two labels, SourceError when embeddings fail.
    """
    model = train_from_texts(tuple(examples), embed)
    rows = predict_probabilities(model, [issue_from_text(text) for text in texts], embed)
    return [dict(zip(model.labels, map(float, row), strict=True)) for row in rows]


@lru_cache(maxsize=16)
def train_from_texts(examples: tuple[tuple[str, str], ...], embed: Embedder | None) -> LinearClassifier:
    """A classifier trained on (text, label), once for all issues of a run."""
    issues = [issue_from_text(text)._replace(label=label) for text, label in examples]
    return train_classifier(issues, embed, least=1)
