"""A classifier that was learnt: linear in everything it looks at. Two sets of weights, with embeddings and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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
    from rulewright.models.embedding.embedder import Embedder


class ClassifierWeights(NamedTuple):
    """`blocks`: block → columns × labels; `cues`: cues × labels; `vectors`: numbers × labels, None where words alone
    are looked at; `intercepts`: labels. Their sum, times nothing more, is the logarithm of odds: it is calibrated."""

    blocks: Mapping[str, Any]
    cues: Any
    vectors: Any
    intercepts: Any


class LinearClassifier(NamedTuple):
    """`form`: hashes of the lines of forms; `full`: None where it was learnt without embeddings.

    `about`: how many examples, the figures of cross-validation, and whose vectors (`vectors`).
    """

    labels: tuple[str, ...]
    form: frozenset[int]
    vocabularies: Mapping[str, Vocabulary]
    scaling: CueScaling
    words: ClassifierWeights
    full: ClassifierWeights | None
    about: Mapping[str, Any]


def compute_scores(model: LinearClassifier, examples: Sequence[LabelledIssue], embed: Embedder | None) -> Any:
    """Examples × labels. Raises SourceError when embeddings fail."""
    import numpy

    prepared = [extract_features(example, model.form) for example in examples]
    weights = model.words if embed is None or model.full is None else model.full
    out = scale_cues(prepared, model.scaling) @ weights.cues + weights.intercepts
    for block in BLOCKS:
        for row, one in enumerate(prepared):
            columns, values = weigh_terms(one, block, model.vocabularies[block])
            if columns:
                out[row] += numpy.asarray(values, "f4") @ weights.blocks[block][columns]
    if weights.vectors is not None and embed is not None:
        out = out + embed_issues(prepared, embed) @ weights.vectors
    return out


def predict_probabilities(
    model: LinearClassifier, examples: Sequence[LabelledIssue], embed: Embedder | None = None
) -> Any:
    """Examples × labels, rows that sum to 1. Without `embed`, by words and cues alone."""
    import numpy

    from rulewright.models.classifier.regression import log_softmax

    return numpy.exp(log_softmax(compute_scores(model, examples, embed).astype("f8")))
