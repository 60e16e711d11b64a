"""Classifiers learnt from labelled issues, and duplicates by meaning, on made-up issues; how long both take.

    python benchmarks/run.py learning

Without MiniLM in the cache (`rulewright model pull minilm`) the rows that need it are left out. The issues are our own
(`labelled/`, `paraphrases/`): the figures order methods, and say nothing about a public set.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
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
from rulewright.models.classifier.labelled_issue import LabelledIssue, read_labelled_issue
from rulewright.models.classifier.linear_model import predict_probabilities
from rulewright.models.classifier.model_file import dump_classifier
from rulewright.models.classifier.training import STRENGTHS, train_classifier
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
    from sklearn.metrics import f1_score

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
        figures["plain"].append(f1_score(truth, plain(training, held_out), average="macro"))
        figures["words"].append(
            f1_score(truth, predict_probabilities(model, held_out).argmax(1), average="macro")
        )
        if embed is not None:
            figures["full"].append(
                f1_score(truth, predict_probabilities(model, held_out, embed).argmax(1), average="macro")
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
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(token_pattern=r"\w+", ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    regression = LogisticRegressionCV(
        Cs=STRENGTHS,
        cv=5,
        class_weight="balanced",
        scoring="neg_log_loss",
        max_iter=1000,
        l1_ratios=(0,),
        use_legacy_attributes=False,
    )
    model = make_pipeline(words, regression).fit(
        [f"{issue.title} {issue.body}" for issue in training],
        [LABELS.index(issue.label) for issue in training],
    )
    return model.predict([f"{issue.title} {issue.body}" for issue in held_out])


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
