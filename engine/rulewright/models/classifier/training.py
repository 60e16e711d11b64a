"""A classifier out of labelled issues.

Three linear models are fitted, each with its own C by cross-validation: of words and letters, of embeddings, of both;
the cues stand in all of them. Their log-odds are averaged and calibrated on held-out scores. An average of linear
models is one linear model, which is what is kept.
"""

from __future__ import annotations

from collections import Counter
from math import log
from typing import TYPE_CHECKING, Any, Final

from rulewright.models.classifier import feature_matrix as features
from rulewright.models.classifier.dual_solver import (
    FOLDS,
    STRENGTHS,
    dense_gram,
    folds_of,
    learn,
    sparse_gram,
    temperature,
)
from rulewright.models.classifier.hashed_ngrams import BLOCKS
from rulewright.models.classifier.issue_text import parse_issue
from rulewright.models.classifier.linear_model import ClassifierWeights, LinearClassifier
from rulewright.models.classifier.regression import log_softmax
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.models.classifier.feature_matrix import IssueFeatures
    from rulewright.models.classifier.labelled_issue import LabelledIssue
    from rulewright.models.embedding.embedder import Embedder

MIN_EXAMPLES: Final = 5
"""Examples that every label needs: one for each fold of cross-validation."""
MAX_EXAMPLES: Final = 2_000
"""Examples that are learnt from; of more, as many of every label as there is room for, the last ones first."""
MAX_LABELS: Final = 50
DEFAULT_STRENGTH: Final = 10.0
"""C where it cannot be chosen."""

EXPERTS: Final[Mapping[str, Mapping[str, float]]] = {
    "lexical": {"whole": 1.0, "words": 1.0, "letters": 0.5, "cues": 2.0},
    "semantic": {"vectors": 1.0, "cues": 2.0},
    "joint": {"whole": 1.0, "words": 0.5, "letters": 0.5, "cues": 2.0, "vectors": 2.0},
}
"""Model → what it looks at, and how much each counts in products between examples."""
WORDS: Final = ("lexical",)
FULL: Final = ("lexical", "semantic", "joint")


def train_classifier(
    examples: Sequence[LabelledIssue], embed: Embedder | None = None, least: int = MIN_EXAMPLES
) -> LinearClassifier:
    """Learn from `examples`; the same examples give the same classifier. Without `embed`, words and cues alone.

    Raises UsageError when there are fewer than two labels, or fewer than `least` examples of one; SourceError when
    embeddings fail.
    """
    import numpy

    labels = check_labels(examples, least)
    chosen = sample_issues(examples, labels)
    truth = numpy.array([labels.index(one.label) for one in chosen])
    form = features.find_form_lines(parse_issue(one.title, one.body) for one in chosen)
    prepared = [features.extract_features(one, form) for one in chosen]
    space = TrainingFeatures(prepared, None if embed is None else features.embed_issues(prepared, embed))
    rarest = int(numpy.bincount(truth).min())
    folds = folds_of(truth, max(2, min(FOLDS, rarest)))
    # Of one example nothing can be held out: then C is a middling one, and nothing is calibrated.
    strengths = STRENGTHS if rarest > 1 else (DEFAULT_STRENGTH,)
    fits = {
        name: learn(space.gram(shares), truth, len(labels), folds, strengths)
        for name, shares in EXPERTS.items()
        if embed is not None or "vectors" not in shares
    }
    prior = compute_log_prior(truth, len(labels))

    def put_together(names: tuple[str, ...]) -> tuple[ClassifierWeights, dict[str, float]]:
        def calibrated(scores: Any) -> float:
            return temperature(scores + prior, truth) if rarest > 1 else 1.0

        scale = {name: calibrated(fits[name].held_out) / len(names) for name in names}
        held_out = sum(scale[name] * fits[name].held_out for name in names)
        last = calibrated(held_out)
        alphas = {name: last * scale[name] * fits[name].alpha for name in names}
        weights = space.weights(
            alphas, sum(last * scale[name] * fits[name].intercepts for name in names) + prior
        )
        return weights, compute_figures(last * held_out + prior, truth, len(labels))

    words, without = put_together(WORDS)
    full, figured = put_together(FULL) if embed is not None else (None, without)
    about: dict[str, Any] = {
        "examples": {label: int((truth == place).sum()) for place, label in enumerate(labels)},
        "held_out": figured,
        "held_out_words_only": without,
        "strengths": {name: one.strength for name, one in fits.items()},
        "vectors": None if embed is None else embed.name,
    }
    return LinearClassifier(labels, form, space.vocabularies, space.scaling, words, full, about)


class TrainingFeatures:
    """The examples' features, block by block."""

    def __init__(self, prepared: Sequence[IssueFeatures], vectors: Any) -> None:
        self.vocabularies = {block: features.build_vocabulary(prepared, block) for block in BLOCKS}
        self.scaling = features.fit_scaling(prepared)
        self.rows = {
            block: [features.weigh_terms(one, block, self.vocabularies[block]) for one in prepared]
            for block in BLOCKS
        }
        self.dense = {"cues": features.scale_cues(prepared, self.scaling)}
        if vectors is not None:
            self.dense["vectors"] = vectors
        self.grams = {
            block: sparse_gram(self.rows[block], len(self.vocabularies[block].columns)) for block in BLOCKS
        }
        self.grams |= {block: dense_gram(rows) for block, rows in self.dense.items()}

    def gram(self, shares: Mapping[str, float]) -> Any:
        return sum(share * self.grams[block] for block, share in shares.items())

    def weights(self, alphas: Mapping[str, Any], intercepts: Any) -> ClassifierWeights:
        """Weights of features, out of the models' weights of examples."""
        import numpy

        def of(block: str) -> Any:
            return sum(EXPERTS[name].get(block, 0.0) * alpha for name, alpha in alphas.items())

        count = len(intercepts)
        blocks = {}
        for block in BLOCKS:
            alpha = of(block)
            table = numpy.zeros((len(self.vocabularies[block].columns), count))
            for row, (columns, values) in enumerate(self.rows[block]):
                table[columns] += numpy.outer(values, alpha[row])
            blocks[block] = table.astype("f4")
        looked_at = any("vectors" in EXPERTS[name] for name in alphas)
        return ClassifierWeights(
            blocks,
            (self.dense["cues"].T @ of("cues")).astype("f4"),
            (self.dense["vectors"].T @ of("vectors")).astype("f4") if looked_at else None,
            numpy.asarray(intercepts, "f4"),
        )


def check_labels(examples: Sequence[LabelledIssue], least: int) -> tuple[str, ...]:
    """The labels in their order. Raises UsageError when nothing can be learnt from them."""
    counts = Counter(one.label for one in examples)
    if len(counts) < 2:
        raise UsageError(f"there are {len(counts)} labels among {len(examples)} issues; two are the least")
    if len(counts) > MAX_LABELS:
        raise UsageError(
            f"there are {len(counts)} labels; {MAX_LABELS} are the most", hint="is it the right field?"
        )
    few = sorted(label for label, count in counts.items() if count < least)
    if few:
        raise UsageError(
            f"the label {few[0]!r} has {counts[few[0]]} examples; {least} are the least",
            hint="leave it out, or label more issues",
        )
    return tuple(sorted(counts))


def sample_issues(examples: Sequence[LabelledIssue], labels: Sequence[str]) -> list[LabelledIssue]:
    """All examples, or of too many the last ones, of every label up to an even share; in their order."""
    if len(examples) <= MAX_EXAMPLES:
        return list(examples)
    by_label = {
        label: [place for place, one in enumerate(examples) if one.label == label] for label in labels
    }
    room, kept = MAX_EXAMPLES, []
    for left, label in enumerate(sorted(labels, key=lambda label: len(by_label[label]))):
        part = by_label[label][-(room // (len(labels) - left)) :]
        kept += part
        room -= len(part)
    return [examples[place] for place in sorted(kept)]


def compute_log_prior(truth: Any, count: int) -> Any:
    """What a label's share adds to scores of a balanced fit, so that probabilities fit the repository; half of it
    alone, since rare labels are what one looks for."""
    import numpy

    shares = numpy.bincount(truth, minlength=count) / len(truth)
    return 0.5 * (numpy.log(shares) + log(count))


def compute_figures(scores: Any, truth: Any, count: int) -> dict[str, float]:
    """Macro F1, accuracy and log-loss of scores that examples got from fits without them."""
    import numpy

    logs = log_softmax(scores)
    found = logs.argmax(axis=1)
    return {
        "macro_f1": round(macro_f1(truth, found, count), 4),
        "accuracy": round(float((found == truth).mean()), 4),
        "log_loss": round(float(-logs[numpy.arange(len(truth)), truth].mean()), 4),
    }


def macro_f1(truth: Any, found: Any, count: int) -> float:
    """The mean over labels of F1 = 2·hits / (given + found)."""
    out = 0.0
    for label in range(count):
        hits = float(((truth == label) & (found == label)).sum())
        out += 2 * hits / max(1.0, float((truth == label).sum() + (found == label).sum()))
    return out / count
