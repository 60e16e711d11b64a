"""A classifier out of the examples of a policy: a handful of texts with their labels."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rulewright.models.classifier.example import Example
from rulewright.models.classifier.fit import fit
from rulewright.models.classifier.model import probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.models.classifier.model import Classifier
    from rulewright.models.embedding.vectors import Embedder


def classify_by_examples(
    texts: Sequence[str], examples: Sequence[tuple[str, str]], embed: Embedder | None = None
) -> list[dict[str, float]]:
    """Label → probability for each text, labels in alphabetical order. `examples`: (text, label).

    A text's first line counts as its title. One example of a label suffices; from two on, probabilities are
    calibrated by leaving examples out. Raises UsageError for fewer than two labels, SourceError when embeddings fail.
    """
    model = classifier_of(tuple(examples), embed)
    rows = probabilities(model, [as_example(text) for text in texts], embed)
    return [dict(zip(model.labels, map(float, row), strict=True)) for row in rows]


@lru_cache(maxsize=16)
def classifier_of(examples: tuple[tuple[str, str], ...], embed: Embedder | None) -> Classifier:
    """Learnt once for all issues of a run."""
    return fit([as_example(text)._replace(label=label) for text, label in examples], embed, least=1)


def as_example(text: str) -> Example:
    title, _, body = text.strip().partition("\n")
    return Example("", title, body)
