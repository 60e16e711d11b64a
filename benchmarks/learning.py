"""Classifiers learnt from labelled issues, and duplicates by meaning, on made-up issues; how long both take.

    python benchmarks/run.py learning

Without MiniLM in the cache (`rulewright model pull minilm`) the rows that need it are left out. The issues are our own
(`labelled/`, `paraphrases/`): the figures order methods, and say nothing about a public set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from math import log, sqrt
from re import findall
from time import process_time
from typing import Any

from labelled import LABELS, TRACKERS, generate
from measure import Row
from paraphrases import generate as reports

from rulewright.duplicates.database import open_in_memory
from rulewright.duplicates.index import index_issues
from rulewright.duplicates.issue import read_issue
from rulewright.duplicates.search import search_duplicates
from rulewright.duplicates.vector_search import keep_vectors, read_vectors
from rulewright.models.classifier.dual_solver import folds_of, learn, sparse_gram
from rulewright.models.classifier.labelled_issue import LabelledIssue, read_labelled_issue
from rulewright.models.classifier.linear_model import predict_probabilities
from rulewright.models.classifier.model_file import dump_classifier
from rulewright.models.classifier.training import macro_f1, train_classifier
from rulewright.models.embedding.embedder import Embedder, EmbeddingsUnavailable, open_embedder

SEED = 11
"""Not among those that the classifier was made with."""
INCIDENTS = 350


def rows() -> Iterator[Row]:
    """Every figure; those with MiniLM last."""
    with ExitStack() as stack:
        try:
            embed = stack.enter_context(open_embedder())
        except EmbeddingsUnavailable:
            embed = None
        yield from labels(embed)
        yield from repeated(embed)


def labels(embed: Embedder | None) -> Iterator[Row]:
    import numpy

    figures: dict[str, list[float]] = {"plain": [], "words": [], "full": [], "seconds": [], "size": []}
    for tracker in TRACKERS:
        world = generate(tracker, seed=SEED)
        training, held_out = ([read_labelled_issue(one, "label") for one in part] for part in world)
        truth = numpy.array([LABELS.index(one.label) for one in held_out])
        if embed is not None:
            train_classifier(training, embed)
        start = process_time()
        model = train_classifier(training, embed)
        figures["seconds"].append(process_time() - start)
        figures["size"].append(len(dump_classifier(model)) / 1000)
        assert model.labels == LABELS
        figures["plain"].append(macro_f1(truth, plain(training, held_out), 3))
        figures["words"].append(macro_f1(truth, predict_probabilities(model, held_out).argmax(1), 3))
        if embed is not None:
            figures["full"].append(
                macro_f1(truth, predict_probabilities(model, held_out, embed).argmax(1), 3)
            )
    mean = {name: sum(values) / len(values) for name, values in figures.items() if values}
    yield Row("macro F1, 300 issues of each of 5 trackers: words of one and two", mean["plain"], "")
    yield Row("    words, letters, cues", mean["words"], "", mean["plain"], "higher")
    if "full" in mean:
        yield Row("    and embeddings", mean["full"], "", mean["words"], "higher")
    yield Row("learning from 300 issues, vectors kept", mean["seconds"], " s", 10)
    yield Row("the classifier's file", mean["size"], " kB", 1000)


def plain(training: list[LabelledIssue], held_out: list[LabelledIssue]) -> Any:
    """TF-IDF of words and pairs of words with logistic regression, as anybody would begin."""
    import numpy

    def words(one: LabelledIssue) -> Counter[str]:
        found = findall(r"\w+", f"{one.title} {one.body}".casefold())
        return Counter([*found, *(" ".join(pair) for pair in pairwise(found))])

    counted = [words(one) for one in (*training, *held_out)]
    documents = Counter(word for one in counted[: len(training)] for word in one)
    columns = {word: column for column, word in enumerate(word for word, n in documents.items() if n > 1)}

    def row(one: Counter[str]) -> tuple[list[int], list[float]]:
        values = {
            columns[word]: (1 + log(count)) * (1 + log((1 + len(training)) / (1 + documents[word])))
            for word, count in one.items()
            if word in columns
        }
        length = sqrt(sum(value * value for value in values.values())) or 1.0
        return list(values), [value / length for value in values.values()]

    gram = sparse_gram([row(one) for one in counted], len(columns))
    size = len(training)
    truth = numpy.array([LABELS.index(one.label) for one in training])
    model = learn(gram[:size, :size], truth, 3, folds_of(truth))
    return (gram[size:, :size] @ model.alpha + model.intercepts).argmax(1)


def repeated(embed: Embedder | None) -> Iterator[Row]:
    corpus = reports("held_out", seed=3, incidents=INCIDENTS)
    index = open_in_memory()
    issues = [read_issue(issue) for issue in corpus.issues]
    index_issues(index, issues)
    asked = [issue for issue in issues if corpus.earlier(int(issue.id))]

    def recall(vectors: Any) -> float:
        found = 0
        for one in asked:
            answer = search_duplicates(index, one, within=None, vectors=vectors)
            found += bool(corpus.earlier(int(one.id)) & {int(other.id) for other in answer.candidates})
        return found / len(asked)

    words = recall(None)
    yield Row(f"recall at 10, {len(asked)} repeated of {len(issues)} reports: words alone", words, "")
    if embed is not None:
        keep_vectors(index, issues, embed)
        yield Row("    fused with embeddings", recall(read_vectors(index, embed)), "", words, "higher")
    index.close()
