"""The providers `classifier` and `examples`: labels from labelled issues, without a large model.

providers:
  kinds: { kind: classifier, file: kinds.rwc }   # a file that `rulewright model fit` wrote
  alike: { kind: examples }                      # the examples that the fact itself gives, by MiniLM

A classifier answers tasks whose labels it knows. Its tier is `learnt`, which counts as a model: its probabilities are
calibrated on held-out issues. A handful of examples is not, and its tier is `heuristic`.
"""

from __future__ import annotations

import importlib.util
import threading
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.models.classifier import MissingClassifier, read_classifier_bytes
from rulewright.models.classifier.labelled_issue import LabelledIssue, issue_from_text
from rulewright.models.embedding.embedder import shared_embedder_or_reason
from rulewright.models.embedding.minilm import VECTORS_NAME
from rulewright.models.providers import ProviderError
from rulewright.models.task import Abstention, choose_label
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.classifier.linear_model import LinearClassifier
    from rulewright.models.embedding.embedder import Embedder
    from rulewright.models.task import Task, TaskResult, Tier
    from rulewright.policy.json_types import Json

    FindEmbedder = Callable[[], tuple[Embedder | None, str]]

EXAMPLES: Final = "minilm-examples"
"""The model's name in answers from examples: the encoder, and how it is used."""
NOT_A_CLASSIFICATION: Final = "a classifier supports classification only"

# These import numpy and scikit-learn.
parse_classifier = lazily("rulewright.models.classifier.model_file", "parse_classifier")
predict_probabilities = lazily("rulewright.models.classifier.linear_model", "predict_probabilities")
classify_by_examples = lazily("rulewright.models.classifier.training", "classify_by_examples")


class ClassifierFile(NamedTuple):
    """A classifier's file. `model`: None where it cannot be used, and `reason` says why; `damaged`: it exists and is
    not what it should be."""

    model: LinearClassifier | None
    sha256: str = ""
    reason: str = ""
    damaged: bool = False


class ClassifierProvider:
    """Answers with the classifier in a file, which is read with the first task. `expected_sha256`: of the file."""

    tier: Tier = "learnt"

    def __init__(
        self,
        path: str,
        expected_sha256: str | None = None,
        words_only: bool = False,
        find_embedder: FindEmbedder = shared_embedder_or_reason,
    ) -> None:
        self.path = path
        self.expected_sha256 = expected_sha256
        self.words_only = words_only
        self._find_embedder = find_embedder
        self._lock = threading.Lock()
        self._file: ClassifierFile | None = None

    def identity(self, task: Task) -> Mapping[str, Json]:
        """The file's hash ("" where there is none), which covers the name of the vectors too. Whether MiniLM is
        installed is no part of it: what was recorded with it is replayed where it is missing."""
        return {"kind": "classifier", "sha256": self._load().sha256, "words_only": self.words_only}

    def answer(self, task: Task) -> TaskResult:
        """Raises ProviderError for a damaged file."""
        if task.kind not in ("classify", "call"):
            return Abstention(NOT_A_CLASSIFICATION, self.tier, "unsupported")
        file = self._load()
        if file.model is None:
            if file.damaged:
                raise ProviderError(file.reason, hint="Train it again: rulewright model fit.")
            return Abstention(file.reason, self.tier, "missing", file.sha256)
        return self._classify(task, file.model, file.sha256)

    def close(self) -> None:
        """Nothing is open: MiniLM ends with the interpreter."""

    def _classify(self, task: Task, model: LinearClassifier, name: str) -> TaskResult:
        known = {label.casefold(): label for label in model.labels}
        unknown = [label for label, _ in task.labels if label.casefold() not in known]
        if unknown:
            text = f"the classifier has no label `{unknown[0]}`; it has {', '.join(model.labels)}"
            return Abstention(text, self.tier, "unsupported", name)
        issue = build_issue(task)
        embed, note = self._choose_embedder(model)
        try:
            (row,) = predict_probabilities(model, [issue], embed)
        except SourceError as error:
            note = format_words_only(error.message)
            (row,) = predict_probabilities(model, [issue])
        by_label = dict(zip(model.labels, map(float, row), strict=True))
        best = max(by_label, key=by_label.__getitem__)
        asked = {label: by_label[known[label.casefold()]] for label, _ in task.labels}
        if best.casefold() not in {label.casefold() for label in asked}:
            text = f"it says `{best}` ({by_label[best]:.3f}), which is not one of the labels of the task"
            return Abstention(text, self.tier, "unsure", name, asked)
        return choose_label(asked, self.tier, name, note=note)

    def _choose_embedder(self, model: LinearClassifier) -> tuple[Embedder | None, str]:
        """MiniLM where the classifier was trained with it, else the note that says why only words are read."""
        if model.full is None:
            return None, ""
        if self.words_only:
            return None, format_words_only("the configuration says so")
        embed, reason = self._find_embedder()
        if embed is None:
            return None, format_words_only(reason)
        if embed.name != model.about["vectors"]:
            other = str(model.about["vectors"])[:40]
            return None, format_words_only(f"it was trained with other embeddings ({other})")
        return embed, ""

    def _load(self) -> ClassifierFile:
        with self._lock:
            if self._file is None:
                self._file = load_classifier_file(self.path, self.expected_sha256)
            return self._file


class ExamplesProvider:
    """Answers with a classifier trained on the examples of the task."""

    tier: Tier = "heuristic"

    def __init__(self, find_embedder: FindEmbedder = shared_embedder_or_reason) -> None:
        self._find_embedder = find_embedder

    def identity(self, task: Task) -> Mapping[str, Json]:
        """Which encoder; the examples are part of the task."""
        return {"kind": "examples", "vectors": VECTORS_NAME}

    def answer(self, task: Task) -> TaskResult:
        """Raises ProviderError when MiniLM is installed and fails."""
        if task.kind not in ("classify", "call"):
            return Abstention(NOT_A_CLASSIFICATION, self.tier, "unsupported")
        given = {example.label for example in task.examples}
        without = [label for label, _ in task.labels if label not in given]
        if without:
            return Abstention(f"the task has no example of `{without[0]}`", self.tier, "unsupported")
        embed, reason = self._find_embedder()
        missing = describe_missing_package("numpy", "sklearn") or ("" if embed is not None else reason)
        if missing:
            return Abstention(missing, self.tier, "missing")
        try:
            pairs = [(example.text, example.label) for example in task.examples]
            (row,) = classify_by_examples(["\n".join(filter(None, split_title(task)))], pairs, embed)
        except UsageError as error:
            return Abstention(error.message, self.tier, "unsupported")
        except SourceError as error:
            raise ProviderError(error.message, hint=error.hint) from error
        return choose_label({label: row[label] for label, _ in task.labels}, self.tier, EXAMPLES)

    def close(self) -> None:
        """Nothing is open: MiniLM ends with the interpreter."""


def build_classifier_provider(config: Mapping[str, Json]) -> ClassifierProvider:
    """The provider that `providers:` describes. Raises UsageError where no file is named."""
    path, expected = config.get("file"), config.get("sha256")
    if not isinstance(path, str) or not path:
        raise UsageError(
            "A classifier provider needs `file`.", hint="file: kinds.rwc, from rulewright model fit"
        )
    return ClassifierProvider(
        path, None if expected is None else str(expected), bool(config.get("words_only"))
    )


def build_examples_provider(config: Mapping[str, Json]) -> ExamplesProvider:
    """The provider that `providers:` describes; it has no settings."""
    return ExamplesProvider()


def load_classifier_file(path: str, expected_sha256: str | None) -> ClassifierFile:
    """A classifier's file, its hash compared with the expected one. Raises nothing."""
    try:
        data = read_classifier_bytes(path)
    except MissingClassifier as error:
        return ClassifierFile(None, reason=f"{error.message}; {error.hint}")
    except SourceError as error:
        return ClassifierFile(None, reason=error.message, damaged=True)
    digest = sha256(data).hexdigest()
    if expected_sha256 is not None and digest != expected_sha256:
        return ClassifierFile(None, digest, f"{path} does not match its SHA-256", damaged=True)
    missing = describe_missing_package("numpy")
    if missing:
        return ClassifierFile(None, digest, missing)
    try:
        return ClassifierFile(parse_classifier(data, path), digest)
    except UsageError as error:
        return ClassifierFile(None, digest, error.message, damaged=True)


def describe_missing_package(*packages: str) -> str:
    """The message about the first package that is not installed; "" where all are."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            name = {"sklearn": "scikit-learn"}.get(package, package)
            return f"classifiers need the package {name}, which is not installed: pip install 'rulewright[learn]'"
    return ""


def format_words_only(reason: str) -> str:
    return f"by words only: {reason}"


def split_title(task: Task) -> tuple[str, str]:
    """(title, the other texts) of a task. The inputs named `title` are the title, wherever they appear."""
    titles = [text for name, text in task.inputs if name.rpartition(".")[2] == "title"]
    rest = [text for name, text in task.inputs if name.rpartition(".")[2] != "title"]
    return " ".join(" ".join(titles).split()), "\n\n".join(rest)


def build_issue(task: Task) -> LabelledIssue:
    """The task's texts as an issue. Without a title, the first line is the title, as it is for examples."""
    title, body = split_title(task)
    return LabelledIssue("", title, body) if title else issue_from_text(body)
