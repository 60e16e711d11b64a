"""A classifier that was learnt: linear in everything it looks at. Two sets of weights, with embeddings and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rulewright.models.classifier.features import embedded, prepare, scaled, weighed
from rulewright.models.classifier.lexical import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.models.classifier.example import Example
    from rulewright.models.classifier.features import Scaling, Vocabulary
    from rulewright.models.embedding.vectors import Embedder


class Weights(NamedTuple):
    """`blocks`: block → columns × labels; `cues`: cues × labels; `vectors`: numbers × labels, None where words alone
    are looked at; `intercepts`: labels. Their sum, times nothing more, is the logarithm of odds: it is calibrated."""

    blocks: Mapping[str, Any]
    cues: Any
    vectors: Any
    intercepts: Any


class Classifier(NamedTuple):
    """`form`: hashes of the lines of forms; `full`: None where it was learnt without embeddings.

    `about`: how many examples, the figures of cross-validation, and whose vectors (`vectors`).
    """

    labels: tuple[str, ...]
    form: frozenset[int]
    vocabularies: Mapping[str, Vocabulary]
    scaling: Scaling
    words: Weights
    full: Weights | None
    about: Mapping[str, Any]


def raw_scores(model: Classifier, examples: Sequence[Example], embed: Embedder | None) -> Any:
    """Examples × labels. Raises SourceError when embeddings fail."""
    import numpy

    prepared = [prepare(example, model.form) for example in examples]
    weights = model.words if embed is None or model.full is None else model.full
    out = scaled(prepared, model.scaling) @ weights.cues + weights.intercepts
    for block in BLOCKS:
        for row, one in enumerate(prepared):
            columns, values = weighed(one, block, model.vocabularies[block])
            if columns:
                out[row] += numpy.asarray(values, "f4") @ weights.blocks[block][columns]
    if weights.vectors is not None and embed is not None:
        out = out + embedded(prepared, embed) @ weights.vectors
    return out


def probabilities(model: Classifier, examples: Sequence[Example], embed: Embedder | None = None) -> Any:
    """Examples × labels, rows that sum to 1. Without `embed`, by words and cues alone."""
    import numpy

    from rulewright.models.classifier.regression import log_softmax

    return numpy.exp(log_softmax(raw_scores(model, examples, embed).astype("f8")))
