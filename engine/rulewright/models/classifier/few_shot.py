"""A classifier out of the examples of a policy: a handful of texts with their labels."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rulewright.models.classifier.labelled_issue import LabelledIssue
from rulewright.models.classifier.linear_model import predict_probabilities
from rulewright.models.classifier.training import train_classifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.models.classifier.linear_model import LinearClassifier
    from rulewright.models.embedding.embedder import Embedder


def classify_by_examples(
    texts: Sequence[str], examples: Sequence[tuple[str, str]], embed: Embedder | None = None
) -> list[dict[str, float]]:
    """Label → probability for each text, labels in alphabetical order. `examples`: (text, label).

    A text's first line counts as its title. One example of a label suffices; from two on, probabilities are
    calibrated by leaving examples out. Raises UsageError for fewer than two labels, SourceError when embeddings fail.
    """
    model = train_from_texts(tuple(examples), embed)
    rows = predict_probabilities(model, [split_first_line(text) for text in texts], embed)
    return [dict(zip(model.labels, map(float, row), strict=True)) for row in rows]


@lru_cache(maxsize=16)
def train_from_texts(examples: tuple[tuple[str, str], ...], embed: Embedder | None) -> LinearClassifier:
    """Learnt once for all issues of a run."""
    return train_classifier(
        [split_first_line(text)._replace(label=label) for text, label in examples], embed, least=1
    )


def split_first_line(text: str) -> LabelledIssue:
    title, _, body = text.strip().partition("\n")
    return LabelledIssue("", title, body)
