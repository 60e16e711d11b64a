"""Classifiers and examples as providers of a chain: from a policy to a fact, by what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import rulewright
from rulewright.evaluate.model_results import format_model_result
from rulewright.models.cassette import Cassette, compute_cassette_key
from rulewright.models.classifier.label_providers import (
    ClassifierProvider,
    ExamplesProvider,
    build_classifier_provider,
)
from rulewright.models.classifier.labelled_issue import LabelledIssue
from rulewright.models.embedding import embedder
from rulewright.models.embedding.embedder import Embedder, EmbeddingFailed, EmbeddingsUnavailable
from rulewright.models.providers import ProviderError, build_provider
from rulewright.models.task import Abstention, Task, TaskAnswer
from rulewright.models.task import TaskExample as Labelled
from rulewright.policy.diagnostics import PolicyError, UsageError

pytest.importorskip("numpy", reason="numpy comes with the learn extra")

from rulewright.models.classifier.model_file import write_classifier
from rulewright.models.classifier.training import train_classifier

NOW = "2026-01-05T09:00:00Z"
LABELS = ("bug", "feature", "question")
SAID = {
    "bug": ("{t} crashes", "{t} is broken", "error in {t}", "{t} fails"),
    "feature": ("add {t}", "support {t}", "please allow {t}", "option for {t}"),
    "question": ("how to use {t}?", "what is {t}?", "is {t} safe?", "help with {t}"),
}
THINGS = ("login", "dark mode", "the parser", "search", "export")
ISSUES = [
    LabelledIssue(f"{label}-{number}", said.replace("{t}", thing), "", label)
    for label in LABELS
    for number, (said, thing) in enumerate((said, thing) for said in SAID[label] for thing in THINGS)
]


class Kinds:
    """A model that knows which kind of sentence it reads; `broken`: it fails."""

    broken = False

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self.broken:
            raise EmbeddingFailed("embeddings failed: it crashed")
        words = ("crash broken error fail", "add support allow option", "how what help safe")
        return [
            [*(float(any(word in text for word in kind.split())) for kind in words), 0.2] for text in texts
        ]

    def close(self) -> None:
        pass


@pytest.fixture
def kinds() -> Iterator[tuple[Kinds, Embedder]]:
    source = Kinds()
    with Embedder(source, "kinds", 4) as embed:
        yield source, embed


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("learnt") / "kinds.rwc"
    with Embedder(Kinds(), "kinds", 4) as embed:
        write_classifier(train_classifier(ISSUES, embed), str(path))
    return path.read_bytes()


@pytest.fixture
def file(tmp_path: Path, learnt: bytes) -> str:
    """A classifier learnt with embeddings."""
    path = tmp_path / "kinds.rwc"
    path.write_bytes(learnt)
    return str(path)


def task(text: str, labels: Sequence[str] = LABELS, **more: Any) -> Task:
    inputs = (("issue.body", "Since the update."), ("issue.title", text))
    return Task("classify", "kind", "Sort.", "0" * 64, inputs, tuple((one, "") for one in labels), **more)


def nobody() -> tuple[None, str]:
    return None, "the model minilm is not pulled: run rulewright model pull minilm"


def test_a_classifier_answers_with_its_file_s_hash_and_calibrated_probabilities(
    file: str, kinds: tuple[Kinds, Embedder]
) -> None:
    provider = ClassifierProvider(file, find_embedder=lambda: (kinds[1], ""))
    for text, label in (
        ("The server crashes", "bug"),
        ("Add a server", "feature"),
        ("What is it?", "question"),
    ):
        said = provider.answer(task(text))
        assert isinstance(said, TaskAnswer)
        assert (said.value, said.tier, said.note) == (label, "learnt", "")
        assert said.model == sha256(Path(file).read_bytes()).hexdigest()
        assert said.probabilities is not None
        assert list(said.probabilities) == list(LABELS)
        assert sum(said.probabilities.values()) == pytest.approx(1, abs=0.002)
    provider.close()


def test_without_minilm_words_alone_decide_and_the_answer_says_so(
    file: str, kinds: tuple[Kinds, Embedder], tmp_path: Path
) -> None:
    said = ClassifierProvider(file, find_embedder=nobody).answer(task("The login crashes"))
    assert isinstance(said, TaskAnswer)
    assert (said.value, said.tier) == ("bug", "learnt")
    assert said.note.startswith("by words only: the model minilm is not pulled")
    asked = ClassifierProvider(file, words_only=True, find_embedder=lambda: (kinds[1], ""))
    assert asked.answer(task("The login crashes")).note == "by words only: the configuration says so"  # type: ignore[union-attr]
    kinds[0].broken = True
    failing = ClassifierProvider(file, find_embedder=lambda: (kinds[1], "")).answer(
        task("This export crashes")
    )
    assert failing.note == "by words only: embeddings failed: it crashed"  # type: ignore[union-attr]
    with Embedder(Kinds(), "other", 4) as other:
        strange = ClassifierProvider(file, find_embedder=lambda: (other, "")).answer(
            task("The login crashes")
        )
    assert strange.note == "by words only: it was trained with other embeddings (kinds)"  # type: ignore[union-attr]
    words = str(tmp_path / "words.rwc")
    write_classifier(train_classifier(ISSUES), words)
    plain = ClassifierProvider(words, find_embedder=nobody).answer(task("The login crashes"))
    assert (plain.value, plain.note) == ("bug", "")  # type: ignore[union-attr]


def test_labels_that_do_not_fit_are_told(file: str) -> None:
    provider = ClassifierProvider(file, find_embedder=nobody)
    said = provider.answer(task("The login crashes", ("bug", "security")))
    assert isinstance(said, Abstention)
    assert (said.code, said.reason) == (
        "unsupported",
        "the classifier has no label `security`; it has bug, feature, question",
    )
    few = provider.answer(task("The login crashes", ("Bug", "Feature")))
    assert isinstance(few, TaskAnswer)
    assert few.value == "Bug"
    none = provider.answer(task("The login crashes", ("feature", "question")))
    assert isinstance(none, Abstention)
    assert none.reason.startswith("it says `bug` (")
    assert none.reason.endswith("which is not one of the labels of the task")
    other = provider.answer(task("x")._replace(kind="summarize", max_words=3))
    assert (other.code, other.tier) == ("unsupported", "learnt")  # type: ignore[union-attr]


def test_what_cannot_be_used_is_said(tmp_path: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = ClassifierProvider(str(tmp_path / "no.rwc"), find_embedder=nobody)
    said = absent.answer(task("x"))
    assert isinstance(said, Abstention)
    assert said.code == "missing"
    assert "train one: rulewright model fit" in said.reason
    assert absent.identity(task("x"))["sha256"] == ""
    with pytest.raises(ProviderError, match="SHA-256"):
        ClassifierProvider(file, "0" * 64, find_embedder=nobody).answer(task("x"))
    damaged = tmp_path / "damaged.rwc"
    damaged.write_bytes(Path(file).read_bytes()[:-40])
    with pytest.raises(ProviderError, match="not a classifier"):
        ClassifierProvider(str(damaged), find_embedder=nobody).answer(task("x"))
    with pytest.raises(ProviderError, match="cannot read"):
        ClassifierProvider(str(tmp_path), find_embedder=nobody).answer(task("x"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said = ClassifierProvider(file, find_embedder=nobody).answer(task("x"))
    assert (said.code, "numpy" in said.reason) == ("missing", True)  # type: ignore[union-attr]
    with pytest.raises(UsageError, match="needs `file`"):
        build_classifier_provider({"kind": "classifier"})


def test_a_cassette_keeps_the_note_and_is_replayed_where_minilm_is_not(
    file: str, kinds: tuple[Kinds, Embedder], tmp_path: Path
) -> None:
    here, there = (ClassifierProvider(file, find_embedder=one) for one in (lambda: (kinds[1], ""), nobody))
    asked = task("The login crashes")
    assert here.identity(asked) == there.identity(asked)
    said = there.answer(asked)
    cassette, key = Cassette(str(tmp_path)), compute_cassette_key(asked, [there.identity(asked)])
    cassette.record(asked, key, said)
    assert cassette.play(asked, key) == said


EXAMPLES = tuple(Labelled(SAID[label][0].replace("{t}", "it"), label) for label in LABELS)


def test_examples_of_the_task_answer_by_meaning(kinds: tuple[Kinds, Embedder]) -> None:
    provider = ExamplesProvider(lambda: (kinds[1], ""))
    for text, label in (("A broken thing", "bug"), ("Support more", "feature"), ("Is it safe?", "question")):
        said = provider.answer(task(text, examples=EXAMPLES))
        assert isinstance(said, TaskAnswer)
        assert (said.value, said.tier, said.model) == (label, "heuristic", "minilm-examples")
    assert provider.identity(task("x")) == {"kind": "examples", "vectors": "minilm-q8_0-1"}
    provider.close()


@pytest.mark.parametrize(
    ("given", "code", "reason"),
    [
        (task("x"), "unsupported", "the task has no example of `bug`"),
        (task("x", examples=EXAMPLES[:2]), "unsupported", "the task has no example of `question`"),
        (task("x", examples=EXAMPLES), "missing", nobody()[1]),
        (
            task("x")._replace(kind="embed"),
            "unsupported",
            "a classifier supports classification only",
        ),
    ],
)
def test_examples_that_do_not_suffice_are_told(given: Task, code: str, reason: str) -> None:
    said = ExamplesProvider(nobody).answer(given)
    assert isinstance(said, Abstention)
    assert (said.code, said.reason) == (code, reason)


def test_examples_fail_where_minilm_does(kinds: tuple[Kinds, Embedder]) -> None:
    kinds[0].broken = True
    with pytest.raises(ProviderError, match="it crashed"):
        ExamplesProvider(lambda: (kinds[1], "")).answer(task("never seen", examples=EXAMPLES))


POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team, description: First look. }
on: [issues.opened]
let:
  kind:
    classify:
      input: [title, body]
      labels: [bug, feature, question]
      examples:
        - { text: It crashes, label: bug }
        - { text: Add it, label: feature }
        - { text: "How to use it?", label: question }
      min_probability: 0.4
rules:
  - id: kind
    description: What the report is.
    when: { kind: { in: [bug, feature, question] } }
    then: [ set_label: { group: type, value: { fact: kind } } ]
"""
CONFIG = "apiVersion: rulewright/v1\nkind: Config\npolicies: [rules]\n"


@pytest.fixture
def decide(tmp_path: Path) -> Any:
    def decided(config: str, policy: str = POLICY, title: str = "The server crashes") -> Any:
        (tmp_path / "rulewright.yaml").write_text(CONFIG + config)
        (tmp_path / "rules").mkdir(exist_ok=True)
        (tmp_path / "rules" / "intake.yaml").write_text(policy)
        program = rulewright.load(tmp_path / "rules", cache=False)
        issue = {"number": 1, "state": "open", "title": title, "body": "", "labels": []}
        payload = {"action": "opened", "issue": issue, "repository": {"full_name": "octo-org/demo"}}
        facts = rulewright.gather(program, payload, now=NOW)
        return facts, rulewright.plan(rulewright.evaluate(program, facts))

    return decided


CHAIN = "providers: { learnt: { kind: classifier, file: kinds.rwc }, alike: { kind: examples } }\n"


def test_a_policy_asks_the_classifier_and_the_plan_says_so(
    decide: Any, file: str, kinds: tuple[Kinds, Embedder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder, "shared_embedder", lambda: kinds[1])
    facts, made = decide(CHAIN)
    assert facts.values == {"kind": "bug"}
    assert [effect.arguments["label"] for effect in made.effects] == ["type/bug"]
    found = made.models["kind"]
    assert (found["tier"], found["provider"], found["value"]) == ("learnt", "learnt", "bug")
    assert found["probabilities"]["bug"] > 0.4
    assert format_model_result("kind", found).startswith(f"kind: bug, classifier {found['model'][:24]} (")
    assert (
        decide(CHAIN, POLICY.replace("min_pro", "min_tier: model\n      min_pro"))[1].effects == made.effects
    )


def test_where_the_file_is_not_there_the_examples_answer(
    decide: Any, kinds: tuple[Kinds, Embedder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder, "shared_embedder", lambda: kinds[1])
    facts, made = decide(CHAIN)
    found = made.models["kind"]
    assert (found["tier"], found["provider"], found["value"]) == ("heuristic", "alike", "bug")
    assert [one["code"] for one in found["tried"]] == ["missing"]
    assert "by heuristic minilm-examples (" in format_model_result("kind", found)
    wants = POLICY.replace("min_pro", "min_tier: model\n      min_pro")
    facts, made = decide(CHAIN, wants)
    assert made.effects == ()
    assert "alike: the task asks for `min_tier: model`" in facts.absent["kind"].reason


def test_with_neither_nobody_knows_and_it_is_said(decide: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Embedder:
        raise EmbeddingsUnavailable("the model minilm is not pulled", hint="run rulewright model pull minilm")

    monkeypatch.setattr(embedder, "shared_embedder", missing)
    facts, made = decide(CHAIN)
    assert made.effects == ()
    assert "kinds.rwc does not exist" in facts.absent["kind"].reason
    assert "run rulewright model pull minilm" in facts.absent["kind"].reason


@pytest.mark.parametrize(
    "config",
    [
        "providers: { learnt: { kind: classifier } }\n",
        "providers: { learnt: { kind: classifier, file: a.rwc, model: minilm } }\n",
        "providers: { learnt: { kind: classifier, file: a.rwc, sha256: abc } }\n",
        "providers: { alike: { kind: examples, file: a.rwc } }\n",
    ],
)
def test_settings_that_do_not_exist_are_refused(decide: Any, config: str) -> None:
    with pytest.raises(PolicyError):
        decide(config)


def test_the_table_knows_both() -> None:
    assert isinstance(build_provider({"kind": "classifier", "file": "a.rwc"}), ClassifierProvider)
    assert isinstance(build_provider({"kind": "examples"}), ExamplesProvider)


@pytest.mark.slow
def test_minilm_itself_answers_by_examples(decide: Any, minilm_cache: Path) -> None:
    config = "providers: { alike: { kind: examples } }\n"
    facts, made = decide(
        config, POLICY.replace("min_probability: 0.4", "min_probability: 0.34"), "It crashed again"
    )
    assert facts.values["kind"] == "bug"
    assert made.models["kind"]["tier"] == "heuristic"
