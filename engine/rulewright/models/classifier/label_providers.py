"""The providers `classifier` and `examples`: labels learnt from labelled issues, without a large model.

providers:
  kinds: { kind: classifier, file: kinds.rwc }   # a file that `rulewright model fit` wrote
  alike: { kind: examples }                      # the examples that the fact itself gives, by MiniLM

A classifier answers tasks whose labels it knows. Its tier is `learnt`, which counts as a model: its probabilities are
calibrated on issues that it had not seen. A handful of examples is not, and its tier is `heuristic`.
"""

from __future__ import annotations

import threading
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.models.providers import ProviderError
from rulewright.models.task import Abstention, TaskAnswer
from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.classifier.labelled_issue import LabelledIssue
    from rulewright.models.classifier.linear_model import LinearClassifier
    from rulewright.models.embedding.embedder import Embedder
    from rulewright.models.task import Task, Tier

DIGITS: Final = 3
"""Decimals of a probability."""
EXAMPLES: Final = "minilm-examples"
"""How the model of examples is named: the encoder, and what is made of it."""
Said = TaskAnswer | Abstention
NOT_ASKED: Final = "it sorts texts into labels, and does nothing else"


class ClassifierFile(NamedTuple):
    """A classifier's file: `model` None where it cannot be used, and `why`; `broken`: it is there and damaged."""

    model: LinearClassifier | None
    sha256: str = ""
    why: str = ""
    broken: bool = False


class ClassifierProvider:
    """Answers by the classifier in a file, read with the first task. `embedder` gives MiniLM, or why there is none."""

    tier: Tier = "learnt"

    def __init__(
        self,
        path: str,
        promised: str | None = None,
        words_only: bool = False,
        embedder: Callable[[], tuple[Embedder | None, str]] | None = None,
    ) -> None:
        self.path = path
        self.promised = promised
        self.words_only = words_only
        self._embedder = embedder or _shared
        self._lock = threading.Lock()
        self._read: ClassifierFile | None = None

    def identity(self, task: Task) -> Mapping[str, Any]:
        """The file's hash ("" where there is none): it names the vectors as well. Not whether MiniLM is there: what
        was recorded with it is replayed where it is not."""
        return {"kind": "classifier", "sha256": self._loaded().sha256, "words_only": self.words_only}

    def answer(self, task: Task) -> Said:
        """Raises ProviderError for a damaged file."""
        if task.kind not in ("classify", "call"):
            return Abstention(NOT_ASKED, self.tier, "unsupported")
        found = self._loaded()
        if found.model is None:
            if found.broken:
                raise ProviderError(found.why, hint="Learn it again: rulewright model fit.")
            return Abstention(found.why, self.tier, "missing", found.sha256)
        return self._classified(task, found.model, found.sha256)

    def close(self) -> None:
        """Nothing is open: MiniLM is ended with the interpreter."""

    def _classified(self, task: Task, model: LinearClassifier, name: str) -> Said:
        known = {label.casefold(): label for label in model.labels}
        strange = [label for label, _ in task.labels if label.casefold() not in known]
        if strange:
            text = f"the classifier knows no label `{strange[0]}`; it knows {', '.join(model.labels)}"
            return Abstention(text, self.tier, "unsupported", name)
        example = build_issue(task)
        embed, note = self._meanings(model)
        try:
            row = chances(model, example, embed)
        except SourceError as error:
            note, row = words_only_note(error.message), chances(model, example, None)
        by_label = dict(zip(model.labels, row, strict=True))
        best = max(by_label, key=by_label.__getitem__)
        wanted = {label: by_label[known[label.casefold()]] for label, _ in task.labels}
        if best.casefold() not in {label.casefold() for label in wanted}:
            text = f"it says `{best}` ({by_label[best]:.3f}), which is none of the task's labels"
            return Abstention(text, self.tier, "unsure", name, wanted)
        return choose_label(wanted, self.tier, name, note)

    def _meanings(self, model: LinearClassifier) -> tuple[Embedder | None, str]:
        """MiniLM, where the classifier was learnt with it; else why words alone are looked at."""
        if model.full is None:
            return None, ""
        if self.words_only:
            return None, words_only_note("the configuration says so")
        embed, why = self._embedder()
        if embed is None:
            return None, words_only_note(why)
        if embed.name != model.about["vectors"]:
            other = str(model.about["vectors"])[:40]
            return None, words_only_note(f"it was learnt with other vectors ({other})")
        return embed, ""

    def _loaded(self) -> ClassifierFile:
        with self._lock:
            if self._read is None:
                self._read = load_classifier_file(self.path, self.promised)
            return self._read


class ExamplesProvider:
    """Answers by the examples that a task brings, compared by meaning: nothing is learnt beforehand."""

    tier: Tier = "heuristic"

    def __init__(self, embedder: Callable[[], tuple[Embedder | None, str]] | None = None) -> None:
        self._embedder = embedder or _shared

    def identity(self, task: Task) -> Mapping[str, Any]:
        """Which encoder; the examples are the task's own."""
        from rulewright.models.embedding.minilm import VECTORS_NAME

        return {"kind": "examples", "vectors": VECTORS_NAME}

    def answer(self, task: Task) -> Said:
        """Raises ProviderError when MiniLM is there and fails."""
        if task.kind not in ("classify", "call"):
            return Abstention(NOT_ASKED, self.tier, "unsupported")
        lacking = [label for label, _ in task.labels if label not in {one.label for one in task.examples}]
        if lacking:
            return Abstention(f"the task gives no example of `{lacking[0]}`", self.tier, "unsupported")
        embed, why = self._embedder()
        missing = describe_missing_package("numpy") or ("" if embed is not None else why)
        if missing:
            return Abstention(missing, self.tier, "missing")
        from rulewright.models.classifier.few_shot import classify_by_examples

        try:
            pairs = [(one.text, one.label) for one in task.examples]
            (row,) = classify_by_examples([join_texts(task)], pairs, embed)
        except UsageError as error:
            return Abstention(error.message, self.tier, "unsupported")
        except SourceError as error:
            raise ProviderError(error.message, hint=error.hint) from error
        return choose_label({label: row[label] for label, _ in task.labels}, self.tier, EXAMPLES, "")

    def close(self) -> None:
        """Nothing is open: MiniLM is ended with the interpreter."""


def build_classifier_provider(config: Mapping[str, Any]) -> ClassifierProvider:
    """The provider that `providers:` describes. Raises UsageError where no file is named."""
    path = config.get("file")
    if not isinstance(path, str) or not path:
        raise UsageError(
            "A classifier provider names no file.", hint="file: kinds.rwc, made by rulewright model fit"
        )
    return ClassifierProvider(path, config.get("sha256"), bool(config.get("words_only")))


def build_examples_provider(config: Mapping[str, Any]) -> ExamplesProvider:
    """The provider that `providers:` describes; it has no settings."""
    return ExamplesProvider()


def load_classifier_file(path: str, promised: str | None) -> ClassifierFile:
    """A classifier's file, its hash held against the promised one. Raises nothing."""
    from rulewright.models.classifier.model_file import LARGEST, parse_classifier

    try:
        with open(path, "rb") as stream:
            data = stream.read(LARGEST + 1)
    except FileNotFoundError:
        made = f"rulewright model fit --from issues.jsonl --label-field label --output {path}"
        return ClassifierFile(None, why=f"there is no classifier {path}; learn one: {made}")
    except OSError as error:
        return ClassifierFile(None, why=f"cannot read {path}: {error.strerror or error}", broken=True)
    found = sha256(data).hexdigest()
    if promised is not None and found != promised:
        return ClassifierFile(None, found, f"{path} is not the file that its SHA-256 promises", broken=True)
    missing = describe_missing_package("numpy")
    if missing:
        return ClassifierFile(None, found, missing)
    try:
        return ClassifierFile(parse_classifier(data, path), found)
    except UsageError as error:
        return ClassifierFile(None, found, error.message, broken=True)


def describe_missing_package(package: str) -> str:
    """What is said where a package is not installed; "" where it is."""
    from importlib.util import find_spec

    if find_spec(package) is not None:
        return ""
    return f"classifiers need the package {package}, which is not installed: pip install 'rulewright[learn]'"


def chances(model: LinearClassifier, example: LabelledIssue, embed: Embedder | None) -> list[float]:
    """One probability per label of the classifier, in its order. Raises SourceError when embeddings fail."""
    from rulewright.models.classifier.linear_model import predict_probabilities

    return [float(one) for one in predict_probabilities(model, [example], embed)[0]]


def choose_label(by_label: Mapping[str, float], tier: Tier, model: str, note: str) -> Said:
    """The most probable label, unless two are."""
    found = {label: round(chance, DIGITS) for label, chance in by_label.items()}
    first, second = (*sorted(found.values(), reverse=True), 0.0)[:2]
    margin = round(first - second, DIGITS)
    if margin == 0 and len(found) > 1:
        tied = ", ".join(label for label, chance in found.items() if chance == first)
        return Abstention(f"a tie: {tied}", tier, "tie", model, found, margin)
    best = max(found, key=found.__getitem__)
    return TaskAnswer(best, tier, model, found, margin, note=note)


def words_only_note(why: str) -> str:
    return f"by words alone: {why}"


def split_title(task: Task) -> tuple[str, str]:
    """(title, the rest) of a task's texts; the input that is named so is the title, wherever it stands."""
    titles = [text for name, text in task.inputs if name.rpartition(".")[2] == "title"]
    rest = [text for name, text in task.inputs if name.rpartition(".")[2] != "title"]
    return " ".join(" ".join(titles).split()), "\n\n".join(rest)


def build_issue(task: Task) -> LabelledIssue:
    """The task's texts as an issue. Without a title, the first line is one, as it is for examples."""
    from rulewright.models.classifier.few_shot import split_first_line
    from rulewright.models.classifier.labelled_issue import LabelledIssue

    title, body = split_title(task)
    return LabelledIssue("", title, body) if title else split_first_line(body)


def join_texts(task: Task) -> str:
    title, body = split_title(task)
    return f"{title}\n{body}" if title else body


def _shared() -> tuple[Embedder | None, str]:
    from rulewright.models.embedding.shared import shared_embedder_or_reason

    return shared_embedder_or_reason()
