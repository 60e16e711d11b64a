"""Features of issues: TF-IDF weights of hashed n-grams, scaled cues, and embeddings of the title and of the text."""

from __future__ import annotations

from collections import Counter
from math import log, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy

from rulewright.models.classifier.hashed_ngrams import count_ngrams
from rulewright.models.classifier.issue_text import extract_prose, hash_line, parse_issue
from rulewright.models.classifier.text_features import CUE_NAMES, extract_cues

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from rulewright.models.classifier.issue_text import IssueText
    from rulewright.models.classifier.labelled_issue import LabelledIssue
    from rulewright.models.embedding.embedder import Embedder, FloatArray

FORM_SHARE: Final = 0.04
MIN_FORM_ISSUES: Final = 4
"""A line of at least 4 issues and of more than 4 % of them belongs to a form."""
MAX_FORM_LINES: Final = 2_000
MAX_PROSE: Final = 3_000
"""Characters of prose that features come from."""
EMBEDDED_CHARACTERS: Final = 450
"""Characters of prose beside the title in the second embedding: about a hundred tokens, which cost a core 50 ms."""
MIN_SPREAD: Final = 0.1
MAX_TERMS: Final = 60_000
FEW_ISSUES: Final = 50


class IssueFeatures(NamedTuple):
    """One issue. `counts`: block → n-gram hash → log term frequency; `cues`: one number per cue name."""

    title: str
    body: str
    counts: Mapping[str, Mapping[int, float]]
    cues: Sequence[float]


class Vocabulary(NamedTuple):
    """Of one block: n-gram hash → (column, inverse document frequency)."""

    columns: Mapping[int, tuple[int, float]]


class CueScaling(NamedTuple):
    """Mean and standard deviation of each cue."""

    means: FloatArray
    spreads: FloatArray


def find_form_lines(issues: Iterable[IssueText]) -> frozenset[int]:
    """Hashes of the lines that belong to issue forms: those that many issues have."""
    counts: Counter[int] = Counter()
    total = 0
    for issue in issues:
        counts.update({hash_line(line) for line in issue.lines})
        total += 1
    least = max(MIN_FORM_ISSUES, FORM_SHARE * total)
    return frozenset(key for key, count in counts.most_common(MAX_FORM_LINES) if count >= least)


def extract_features(issue: LabelledIssue, form: Container[int]) -> IssueFeatures:
    """The features of an issue; lines whose hash is in `form` are left out of its prose."""
    text = parse_issue(issue.title, issue.body)
    body = extract_prose(text, form, MAX_PROSE)
    return IssueFeatures(text.title, body, count_ngrams(text, body), extract_cues(text, body))


def build_vocabulary(prepared: Sequence[IssueFeatures], block: str) -> Vocabulary:
    """The n-grams of at least two issues, the commonest first where there are too many.

    Of few issues, all n-grams: the issue that is classified may be the second one to have it.
    """
    documents = Counter(key for features in prepared for key in features.counts[block])
    total = len(prepared)
    kept = [(key, count) for key, count in documents.items() if count > 1 or total < FEW_ISSUES]
    kept.sort(key=lambda pair: (-pair[1], pair[0]))
    chosen = sorted(kept[:MAX_TERMS])
    return Vocabulary(
        {key: (column, log((1 + total) / (1 + count)) + 1) for column, (key, count) in enumerate(chosen)}
    )


def weigh_terms(features: IssueFeatures, block: str, vocabulary: Vocabulary) -> tuple[list[int], list[float]]:
    """Columns and TF-IDF weights of one issue in one block; the weights have length one (L2)."""
    columns = vocabulary.columns
    weights = [
        (columns[key][0], count * columns[key][1])
        for key, count in features.counts[block].items()
        if key in columns
    ]
    length = sqrt(sum(value * value for _, value in weights)) or 1.0
    return [column for column, _ in weights], [value / length for _, value in weights]


def tabulate_cues(prepared: Sequence[IssueFeatures]) -> FloatArray:
    """Issues × cues."""
    return numpy.array([features.cues for features in prepared], "f4").reshape(len(prepared), len(CUE_NAMES))


def fit_scaling(prepared: Sequence[IssueFeatures]) -> CueScaling:
    table = tabulate_cues(prepared)
    return CueScaling(table.mean(axis=0), numpy.maximum(table.std(axis=0), MIN_SPREAD))


def scale_cues(prepared: Sequence[IssueFeatures], scaling: CueScaling) -> FloatArray:
    """Cues with mean zero and unit variance, divided so that rows have a length of about one; issues × cues."""
    return (tabulate_cues(prepared) - scaling.means) / scaling.spreads / sqrt(len(CUE_NAMES))


def embed_issues(prepared: Sequence[IssueFeatures], embed: Embedder) -> FloatArray:
    """Two embeddings side by side: of the title, and of the title with the beginning of the body."""
    titles = embed.vectors([features.title for features in prepared])
    wholes = embed.vectors(
        [f"{features.title}. {features.body[:EMBEDDED_CHARACTERS]}" for features in prepared]
    )
    return numpy.hstack([titles, wholes])
