"""A trained linear classifier and its predictions. It holds two sets of weights: with embeddings and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict

import numpy

from rulewright.models.classifier.feature_matrix import (
    embed_issues,
    extract_features,
    scale_cues,
    weigh_terms,
)
from rulewright.models.classifier.hashed_ngrams import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.models.classifier.feature_matrix import CueScaling, Vocabulary
    from rulewright.models.classifier.labelled_issue import LabelledIssue
    from rulewright.models.embedding.embedder import Embedder, FloatArray


class ClassifierWeights(NamedTuple):
    """`blocks`: block → columns × labels; `cues`: cues × labels; `vectors`: numbers × labels, None for a classifier
    that reads words only; `intercepts`: labels. The sum of all parts is a calibrated log-odds per label."""

    blocks: Mapping[str, FloatArray]
    cues: FloatArray
    vectors: FloatArray | None
    intercepts: FloatArray


class TrainingReport(TypedDict):
    """What a classifier was trained on, and its cross-validated figures; stored in its file as JSON.

    `examples`: label → count. `strengths`: model → C. `vectors`: the name of the embeddings, None without.
    """

    examples: dict[str, int]
    held_out: dict[str, float]
    held_out_words_only: dict[str, float]
    strengths: dict[str, float]
    vectors: str | None


class LinearClassifier(NamedTuple):
    """`form`: hashes of the lines of issue forms; `full`: None for a classifier trained without embeddings."""

    labels: tuple[str, ...]
    form: frozenset[int]
    vocabularies: Mapping[str, Vocabulary]
    scaling: CueScaling
    words: ClassifierWeights
    full: ClassifierWeights | None
    about: TrainingReport


def compute_scores(
    model: LinearClassifier, issues: Sequence[LabelledIssue], embed: Embedder | None
) -> FloatArray:
    """Log-odds, issues × labels. Raises SourceError when embeddings fail."""
    prepared = [extract_features(issue, model.form) for issue in issues]
    weights = model.words if embed is None or model.full is None else model.full
    scores: FloatArray = scale_cues(prepared, model.scaling) @ weights.cues + weights.intercepts
    for block in BLOCKS:
        for row, features in enumerate(prepared):
            columns, values = weigh_terms(features, block, model.vocabularies[block])
            if columns:
                scores[row] += numpy.asarray(values, "f4") @ weights.blocks[block][columns]
    if weights.vectors is not None and embed is not None:
        scores = scores + embed_issues(prepared, embed) @ weights.vectors
    return scores


def log_softmax(scores: FloatArray) -> FloatArray:
    """Log-probabilities; each row of `scores` is normalised on its own."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    out: FloatArray = shifted - numpy.log(numpy.exp(shifted).sum(axis=1, keepdims=True))
    return out


def predict_probabilities(
    model: LinearClassifier, issues: Sequence[LabelledIssue], embed: Embedder | None = None
) -> FloatArray:
    """Issues × labels; each row sums to 1. Without `embed`, from words and cues only."""
    out: FloatArray = numpy.exp(log_softmax(compute_scores(model, issues, embed).astype("f8")))
    return out
