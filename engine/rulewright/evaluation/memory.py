"""Memory over the five abilities of LongMemEval: is the right thing found, and is it answered by what holds now?

- `memory_recall`, `memory_ndcg`: per person, the mean over the questions that can be answered; with an ability's name
  behind, that one's alone.
- `memory_BY_right`: per person, the share of questions that were answered rightly, by `nearest` or by `model`, as the
  suite's `answer` says.
- `memory_BY_stale`: per person, 1 where the answer was true once.
- `memory_BY_abstention_f1`: of not answering what cannot be answered.
- `memory_search`: seconds to find the memories of one question, its embedding among them.
"""

from __future__ import annotations

from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from rulewright.evaluation.data.memories import ABILITIES, NOT_SAID, generate_people
from rulewright.evaluation.formulas import (
    compute_abstention_f1,
    compute_ndcg,
    compute_recall,
    measure_staleness,
)
from rulewright.evaluation.measured_model import SuiteFailed, SuiteSkipped, convert_process_errors
from rulewright.evaluation.metric import Metric, SuiteResult
from rulewright.models.local.local_provider import LocalProvider
from rulewright.models.prompts import load_prompt
from rulewright.models.task import Task, TaskAnswer
from rulewright.policy.canonical import digest
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.evaluation.data.memories import MemoryQuestion, PersonMemory, SimulatedPerson
    from rulewright.evaluation.measured_model import MeasuredModel
    from rulewright.evaluation.suite import ModelSuite

PER: Final = "person"
TIMED: Final = 100
"""Questions whose search is timed."""
ASKED: Final = "Answer the question out of the memories, each with its day; the latest one holds. {}"


class EmbedTexts(Protocol):
    """Turns texts into vectors of length one, anew at every call."""

    def __call__(self, texts: Sequence[str]) -> list[list[float]]: ...


class MemoryAnswer(NamedTuple):
    """One question's answer, None for an abstention, and whether it was true once."""

    right: bool
    abstained: bool
    outdated: bool


def measure(suite: ModelSuite, subject: MeasuredModel) -> SuiteResult:
    """Raises Skipped, Failed."""
    settings = suite.settings
    data = generate_people(suite.seed, settings["people"], settings["sessions"])
    rows: dict[str, list[list[float]]] = {"memory_recall": [], "memory_ndcg": []}
    answers: list[list[MemoryAnswer]] = []
    times: list[float] = []
    with ExitStack() as stack:
        name, kept, fresh = open_embeddings(subject, stack)
        for person in data:
            memories = kept([one.text for one in person.memories])
            questions = kept([one.text for one in person.questions])
            ranked = [_rank_memories(person, memories, one) for one in questions]
            if len(times) < TIMED:
                times += [_time_search(person, memories, one.text, fresh) for one in person.questions]
            for metric, formula in (("memory_recall", compute_recall), ("memory_ndcg", compute_ndcg)):
                found = [
                    formula([memory.id for memory, _ in order], one.relevant, settings["k"])
                    for one, order in zip(person.questions, ranked, strict=True)
                ]
                rows[metric].append([share for share in found if share is not None])
            answer = ANSWERS[settings["answer"]]
            answers.append(
                [
                    answer(settings, subject, one, order)
                    for one, order in zip(person.questions, ranked, strict=True)
                ]
            )
    metrics = [*_retrieval_metrics(rows), *_answer_metrics(f"memory_{settings['answer']}", answers)]
    metrics.append(Metric("memory_search", tuple(times), "question", ("p50", "p95"), "s"))
    about = {"data_sha256": digest(data), "seed": suite.seed, "embeddings": name}
    return SuiteResult(suite.name, suite.kind, "measured", tuple(metrics), about=about)


def open_embeddings(subject: MeasuredModel, stack: ExitStack) -> tuple[str, EmbedTexts, EmbedTexts]:
    """(name, vectors that may come from the cache, vectors made anew): of the model that is measured where it makes
    embeddings, else of MiniLM. Raises Skipped."""
    provider = subject.provider
    if isinstance(provider, LocalProvider) and provider.settings.embedding:
        own = subject.local()

        def ask(texts: Sequence[str]) -> list[list[float]]:
            with convert_process_errors():
                vectors: list[list[float]] = own.process.ask({"do": "embed", "texts": list(texts)})["vectors"]
                return vectors

        return provider.settings.sha256, ask, ask
    from rulewright.models.embedding.embedder import EmbeddingsUnavailable, open_embedder

    try:
        minilm = stack.enter_context(open_embedder())
    except EmbeddingsUnavailable as missing:
        raise SuiteSkipped(missing.message, missing.hint or "") from None

    def kept(texts: Sequence[str]) -> list[list[float]]:
        try:
            rows: list[list[float]] = minilm.vectors(texts).tolist()
        except SourceError as error:
            raise SuiteFailed(error.message) from None
        return rows

    def fresh(texts: Sequence[str]) -> list[list[float]]:
        try:
            return minilm.source.embed(texts)
        except SourceError as error:
            raise SuiteFailed(error.message) from None

    return minilm.name, kept, fresh


RankedMemories = list[tuple["PersonMemory", float]]
"""Memories with their cosine to a question, the nearest first."""


def _rank_memories(
    person: SimulatedPerson, memories: list[list[float]], question: list[float]
) -> RankedMemories:
    """Of the same cosine, the newer memory stands first: what holds now is wanted."""
    cosines = [sum(a * b for a, b in zip(one, question, strict=True)) for one in memories]
    order = sorted(range(len(cosines)), key=lambda at: (-round(cosines[at], 3), -at))
    return [(person.memories[at], cosines[at]) for at in order]


def _time_search(person: SimulatedPerson, memories: list[list[float]], text: str, fresh: EmbedTexts) -> float:
    began = perf_counter()
    _rank_memories(person, memories, fresh([text])[0])
    return perf_counter() - began


def _answer_by_nearest(
    settings: Mapping[str, Any], _: MeasuredModel, question: MemoryQuestion, ranked: RankedMemories
) -> MemoryAnswer:
    """The nearest memory, or the newest of those that are nearly as near; below `least` none."""
    best = ranked[0][1]
    if best < settings.get("least", 0.0):
        return MemoryAnswer(not question.relevant, True, False)
    within = [memory for memory, cosine in ranked if cosine >= best - settings.get("within", 0.0)]
    newest = max(within, key=lambda memory: (memory.day, int(memory.id[1:])))
    return MemoryAnswer(
        newest.id in question.relevant, False, measure_staleness(newest.id, question.outdated) == 1
    )


def _answer_by_model(
    settings: Mapping[str, Any], subject: MeasuredModel, question: MemoryQuestion, ranked: RankedMemories
) -> MemoryAnswer:
    """The model's choice out of a closed list, by the memories that were retrieved, the oldest first."""
    found = sorted(
        (memory for memory, _ in ranked[: settings["k"]]), key=lambda one: (one.day, int(one.id[1:]))
    )
    text, named = load_prompt("classify", ASKED.format(question.text))
    told = "\n".join(f"{memory.day}: {memory.text}" for memory in found)
    labels = tuple((one, "") for one in question.choices)
    said = subject.ask(Task("classify", "suite", text, named, (("memories", told),), labels))
    value = said.value if isinstance(said, TaskAnswer) else NOT_SAID
    return MemoryAnswer(
        value == question.answer, value == NOT_SAID, measure_staleness(value, question.stale) == 1
    )


ANSWERS: Final[
    Mapping[str, Callable[[Mapping[str, Any], MeasuredModel, MemoryQuestion, RankedMemories], MemoryAnswer]]
] = {
    "nearest": _answer_by_nearest,
    "model": _answer_by_model,
}
"""`answer` of a suite → who answers."""


def _retrieval_metrics(rows: Mapping[str, list[list[float]]]) -> list[Metric]:
    out = []
    for name, people_of in rows.items():
        means = tuple(sum(row) / len(row) for row in people_of)
        out.append(Metric(name, means, PER, share=True))
        # Each person has one question of each ability, in their order; that of abstention has no answer.
        for at, ability in enumerate(ABILITIES[:-1]):
            out.append(Metric(f"{name}_{ability}", tuple(row[at] for row in people_of), PER, share=True))
    return out


def _answer_metrics(name: str, answers: list[list[MemoryAnswer]]) -> list[Metric]:
    right = tuple(sum(one.right for one in some) / len(some) for some in answers)
    at = ABILITIES.index("update")
    old = tuple(float(some[at].outdated) for some in answers)
    should = [ability == "abstention" for ability in ABILITIES]
    units = tuple(
        tuple((one.abstained, should) for one, should in zip(some, should, strict=True)) for some in answers
    )
    out = [Metric(f"{name}_right", right, PER, share=True), Metric(f"{name}_stale", old, PER, share=True)]
    value = _pooled_abstention_f1(units)
    if value is not None:
        out.append(Metric(f"{name}_abstention_f1", (value,), PER, of=_pooled_abstention_f1, units=units))
    return out


def _pooled_abstention_f1(units: Sequence[Sequence[tuple[bool, bool]]]) -> float | None:
    return compute_abstention_f1([pair for unit in units for pair in unit])
