"""Memory over the five abilities of LongMemEval: whether the right memories are found, and the current one is used.

- `memory_recall`, `memory_ndcg`: per person, the mean over the questions that can be answered; with an ability's name
  appended, of that ability only.
- `memory_BY_right`: per person, the share of questions that were answered correctly, by `nearest` or by `model`, as the
  suite's `answer` says.
- `memory_BY_stale`: per person, 1 where the answer no longer holds.
- `memory_BY_abstention_f1`: F1 of abstaining where a question cannot be answered.
- `memory_search`: seconds to find the memories of one question, including its embedding.
"""

from __future__ import annotations

from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.evaluation.data.memories import ABILITIES, NOT_SAID, generate_people
from rulewright.evaluation.formulas import (
    compute_abstention_f1,
    compute_ndcg,
    compute_recall,
    measure_staleness,
)
from rulewright.evaluation.measured_model import SuiteFailed, SuiteSkipped, convert_process_errors
from rulewright.evaluation.metric import Metric, SuiteMetrics, decided_label, mean
from rulewright.models.embedding.embedder import EmbeddingsUnavailable, open_embedder
from rulewright.models.local.local_provider import LocalProvider
from rulewright.models.task import Task, load_prompt
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.evaluation.data.memories import MemoryQuestion, PersonMemory, SimulatedPerson
    from rulewright.evaluation.measured_model import MeasuredModel
    from rulewright.evaluation.suite import ModelSuite, SuiteSettings

    EmbedTexts = Callable[[Sequence[str]], list[list[float]]]
    """Texts → vectors of length one."""
    RankedMemories = list[tuple[PersonMemory, float]]
    """Memories with their cosine to a question, the nearest first."""

PER: Final = "person"
TIMED: Final = 100
"""Questions whose search is timed."""
PROMPT: Final = "Answer the question out of the memories, each with its day; the latest one holds. {}"


class MemoryAnswer(NamedTuple):
    """Whether the answer to a question is right, is an abstention, and no longer holds."""

    right: bool
    abstained: bool
    outdated: bool


def measure_memory(suite: ModelSuite, model: MeasuredModel) -> SuiteMetrics:
    """Raises SuiteSkipped, SuiteFailed."""
    settings = suite.settings
    data = generate_people(suite.seed, settings["people"], settings["sessions"])
    rows: dict[str, list[list[float]]] = {"memory_recall": [], "memory_ndcg": []}
    answers: list[list[MemoryAnswer]] = []
    times: list[float] = []
    answer = ANSWERS[settings["answer"]]
    with ExitStack() as stack:
        name, embed_cached, embed_anew = open_embeddings(model, stack)
        for person in data:
            memories = embed_cached([memory.text for memory in person.memories])
            questions = embed_cached([question.text for question in person.questions])
            ranked = [
                (question, _rank_memories(person, memories, vector))
                for question, vector in zip(person.questions, questions, strict=True)
            ]
            if len(times) < TIMED:
                times += [
                    _time_search(person, memories, question.text, embed_anew) for question in person.questions
                ]
            for metric, formula in (("memory_recall", compute_recall), ("memory_ndcg", compute_ndcg)):
                shares = [
                    formula([memory.id for memory, _ in order], question.relevant, settings["k"])
                    for question, order in ranked
                ]
                rows[metric].append([share for share in shares if share is not None])
            answers.append([answer(settings, model, question, order) for question, order in ranked])
    metrics = [*_retrieval_metrics(rows), *_answer_metrics(f"memory_{settings['answer']}", answers)]
    metrics.append(Metric("memory_search", tuple(times), "question", ("p50", "p95"), "s"))
    return SuiteMetrics(metrics, data, about={"embeddings": name})


def open_embeddings(model: MeasuredModel, stack: ExitStack) -> tuple[str, EmbedTexts, EmbedTexts]:
    """(name, embeddings that may come from the cache, embeddings computed anew): of the measured model where it makes
    embeddings, else of MiniLM. Raises SuiteSkipped."""
    provider = model.provider
    if isinstance(provider, LocalProvider) and provider.settings.embedding:
        process = model.require_local().process

        def embed(texts: Sequence[str]) -> list[list[float]]:
            with convert_process_errors():
                return process.embed(texts)["vectors"]

        return provider.settings.sha256, embed, embed
    try:
        minilm = stack.enter_context(open_embedder())
    except EmbeddingsUnavailable as missing:
        raise SuiteSkipped(missing.message, missing.hint or "") from None

    def embed_cached(texts: Sequence[str]) -> list[list[float]]:
        try:
            vectors: list[list[float]] = minilm.vectors(texts).tolist()
        except SourceError as error:
            raise SuiteFailed(error.message) from None
        return vectors

    def embed_anew(texts: Sequence[str]) -> list[list[float]]:
        try:
            return minilm.source.embed(texts)
        except SourceError as error:
            raise SuiteFailed(error.message) from None

    return minilm.name, embed_cached, embed_anew


def _rank_memories(
    person: SimulatedPerson, memories: list[list[float]], question: list[float]
) -> RankedMemories:
    """Of memories with the same cosine, the newer one comes first."""
    cosines = [sum(a * b for a, b in zip(memory, question, strict=True)) for memory in memories]
    order = sorted(range(len(cosines)), key=lambda at: (-round(cosines[at], 3), -at))
    return [(person.memories[at], cosines[at]) for at in order]


def _time_search(
    person: SimulatedPerson, memories: list[list[float]], text: str, embed_anew: EmbedTexts
) -> float:
    began = perf_counter()
    _rank_memories(person, memories, embed_anew([text])[0])
    return perf_counter() - began


def _answer_by_nearest(
    settings: SuiteSettings, _: MeasuredModel, question: MemoryQuestion, ranked: RankedMemories
) -> MemoryAnswer:
    """The nearest memory, or the newest of those that are nearly as near; below `least` an abstention."""
    best = ranked[0][1]
    if best < settings.get("least", 0.0):
        return MemoryAnswer(not question.relevant, True, False)
    near = [memory for memory, cosine in ranked if cosine >= best - settings.get("within", 0.0)]
    newest = max(near, key=_chronological)
    outdated = measure_staleness(newest.id, question.outdated) == 1
    return MemoryAnswer(newest.id in question.relevant, False, outdated)


def _answer_by_model(
    settings: SuiteSettings, model: MeasuredModel, question: MemoryQuestion, ranked: RankedMemories
) -> MemoryAnswer:
    """The model's choice from a closed list, given the retrieved memories, the oldest first."""
    retrieved = sorted((memory for memory, _ in ranked[: settings["k"]]), key=_chronological)
    prompt, digest_of_prompt = load_prompt("classify", PROMPT.format(question.text))
    text = "\n".join(f"{memory.day}: {memory.text}" for memory in retrieved)
    labels = tuple((choice, "") for choice in question.choices)
    task = Task("classify", "suite", prompt, digest_of_prompt, (("memories", text),), labels)
    value = decided_label(model.ask(task)) or NOT_SAID
    outdated = measure_staleness(value, question.stale) == 1
    return MemoryAnswer(value == question.answer, value == NOT_SAID, outdated)


def _chronological(memory: PersonMemory) -> tuple[str, int]:
    return memory.day, int(memory.id[1:])


ANSWERS: Final[
    Mapping[str, Callable[[SuiteSettings, MeasuredModel, MemoryQuestion, RankedMemories], MemoryAnswer]]
] = {"nearest": _answer_by_nearest, "model": _answer_by_model}
"""`answer` of a suite → its answers."""


def _retrieval_metrics(rows: Mapping[str, list[list[float]]]) -> list[Metric]:
    metrics = []
    for name, people in rows.items():
        metrics.append(Metric(name, tuple(map(mean, people)), PER, share=True))
        # Each person has one question of each ability, in their order; that of abstention has no answer.
        for at, ability in enumerate(ABILITIES[:-1]):
            metrics.append(Metric(f"{name}_{ability}", tuple(row[at] for row in people), PER, share=True))
    return metrics


def _answer_metrics(name: str, answers: list[list[MemoryAnswer]]) -> list[Metric]:
    right = tuple(mean([answer.right for answer in person]) for person in answers)
    update = ABILITIES.index("update")
    stale = tuple(float(person[update].outdated) for person in answers)
    should_abstain = [ability == "abstention" for ability in ABILITIES]
    units = tuple(
        tuple((answer.abstained, should) for answer, should in zip(person, should_abstain, strict=True))
        for person in answers
    )
    metrics = [
        Metric(f"{name}_right", right, PER, share=True),
        Metric(f"{name}_stale", stale, PER, share=True),
    ]
    value = _pooled_abstention_f1(units)
    if value is not None:
        metrics.append(Metric(f"{name}_abstention_f1", (value,), PER, of=_pooled_abstention_f1, units=units))
    return metrics


def _pooled_abstention_f1(units: Sequence[Sequence[tuple[bool, bool]]]) -> float | None:
    return compute_abstention_f1([pair for unit in units for pair in unit])
