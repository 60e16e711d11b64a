"""Issues as numbers: hashed words and letters by their rarity, cues, and embeddings of the title and of the whole."""

from __future__ import annotations

from collections import Counter
from math import log, sqrt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.models.classifier.hashed_ngrams import count_ngrams
from rulewright.models.classifier.issue_text import extract_prose, hash_line, parse_issue
from rulewright.models.classifier.text_features import CUE_NAMES, extract_cues

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from rulewright.models.classifier.issue_text import IssueText
    from rulewright.models.classifier.labelled_issue import LabelledIssue
    from rulewright.models.embedding.embedder import Embedder

FORM_SHARE: Final = 0.04
FORM_LEAST: Final = 4
"""A line that stands in at least 4 issues and in more than 4 % of them is a form's."""
MOST_FORM_LINES: Final = 2_000
BODY: Final = 3_000
"""Characters of prose that are looked at."""
EMBEDDED: Final = 450
"""Characters of prose beside the title in the second embedding: about a hundred tokens, which cost a core 50 ms."""
SPREAD_LEAST: Final = 0.1
MAX_TERMS: Final = 60_000
FEW: Final = 50


class IssueFeatures(NamedTuple):
    """An issue, read. `counts`: block → place → damped count; `cues`: one number per name."""

    title: str
    body: str
    counts: Mapping[str, Mapping[int, float]]
    cues: Sequence[float]


class Vocabulary(NamedTuple):
    """Of one block: place → (column, weight by rarity)."""

    columns: Mapping[int, tuple[int, float]]


class CueScaling(NamedTuple):
    """Means and spreads of the cues."""

    means: Any
    spreads: Any


def find_form_lines(readings: Iterable[IssueText]) -> frozenset[int]:
    """Keys of the lines that are a form's, learnt from the issues themselves."""
    counts: Counter[int] = Counter()
    total = 0
    for reading in readings:
        counts.update({hash_line(line) for line in reading.lines})
        total += 1
    least = max(FORM_LEAST, FORM_SHARE * total)
    return frozenset(key for key, count in counts.most_common(MOST_FORM_LINES) if count >= least)


def extract_features(example: LabelledIssue, form: Container[int]) -> IssueFeatures:
    reading = parse_issue(example.title, example.body)
    body = extract_prose(reading, form, BODY)
    return IssueFeatures(reading.title, body, count_ngrams(reading, body), extract_cues(reading, body))


def build_vocabulary(prepared: Sequence[IssueFeatures], block: str) -> Vocabulary:
    """The places that at least two issues have, the commonest first where there are too many.

    Of few issues, all places: there the second one may be the one that is asked about.
    """
    documents: Counter[int] = Counter()
    for one in prepared:
        documents.update(one.counts[block].keys())
    total = len(prepared)
    kept = [(key, count) for key, count in documents.items() if count > 1 or total < FEW]
    kept.sort(key=lambda pair: (-pair[1], pair[0]))
    chosen = sorted(kept[:MAX_TERMS])
    return Vocabulary(
        {key: (column, log((1 + total) / (1 + count)) + 1) for column, (key, count) in enumerate(chosen)}
    )


def weigh_terms(prepared: IssueFeatures, block: str, vocabulary: Vocabulary) -> tuple[list[int], list[float]]:
    """Columns and values of one issue in one block; of length one."""
    columns = vocabulary.columns
    found = [
        (columns[key][0], count * columns[key][1])
        for key, count in prepared.counts[block].items()
        if key in columns
    ]
    length = sqrt(sum(value * value for _, value in found)) or 1.0
    return [column for column, _ in found], [value / length for _, value in found]


def fit_scaling(prepared: Sequence[IssueFeatures]) -> CueScaling:
    import numpy

    table = numpy.array([one.cues for one in prepared], "f4").reshape(len(prepared), len(CUE_NAMES))
    return CueScaling(table.mean(axis=0), numpy.maximum(table.std(axis=0), SPREAD_LEAST))


def scale_cues(prepared: Sequence[IssueFeatures], scaling: CueScaling) -> Any:
    """Cues with mean zero and like spread, rows of length about one."""
    import numpy

    table = numpy.array([one.cues for one in prepared], "f4").reshape(len(prepared), len(CUE_NAMES))
    return (table - scaling.means) / scaling.spreads / sqrt(len(CUE_NAMES))


def embed_issues(prepared: Sequence[IssueFeatures], embed: Embedder) -> Any:
    """Two vectors side by side: of the title alone, of the title and the beginning of the body."""
    import numpy

    titles = embed.vectors([one.title for one in prepared])
    wholes = embed.vectors([f"{one.title}. {one.body[:EMBEDDED]}" for one in prepared])
    return numpy.hstack([titles, wholes])
