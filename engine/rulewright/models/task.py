"""What a model is asked, and what it answers: plain records, the same for every provider; and the built-in prompts.

A Task holds everything that may alter the answer, so that a cassette can be keyed by it. Prompts and label
definitions come from the policy and are trusted; `inputs` are what somebody wrote: data, never instructions.

Built-in prompts are files under `_prompts/`, named by the SHA-256 of their text. A prompt is part of what an answer
depends on: a changed prompt has another name in the table below, in cassettes and in journals.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.json_types import Json

TaskKind = Literal["classify", "extract", "summarize", "embed", "similar", "call"]

Tier = Literal["cassette", "local", "api", "learnt", "heuristic"]
"""Who answered. `learnt`: a classifier trained on labelled issues."""

MinTier = Literal["heuristic", "model"]
"""What a policy may require: `min_tier: model` refuses heuristics, and takes a local model, an API and a trained
classifier alike."""

TIER_QUALITY: Final[Mapping[Tier, MinTier]] = {
    "local": "model",
    "api": "model",
    "learnt": "model",
    "heuristic": "heuristic",
}
"""A cassette counts as the tier that it recorded, so it has no row."""

DIGITS: Final = 3
"""Decimals of a probability and of a cosine: batches, threads and processors change only what lies below."""

PROMPTS: Final[Mapping[str, str]] = {
    "classify": "78cd08335802b7488ea7b48b9c75c6134a16ad6ce9969d0dddea2861a3d8949c",
    "extract": "e25952c7a7c776fee7d8971dfa5ee5c63b12ded9f92594cb32264d85b4b68bd2",
    "summarize": "51dd5ffc3e91dbae78de54618fa39529006f885942a5fa70cdcb28a36a47d21d",
}
"""Kind of task → SHA-256 of its prompt. Embeddings have no prompt."""

_PROMPT_FOLDER: Final = Path(__file__).parent / "_prompts"


class TaskExample(NamedTuple):
    """One text and its label, from the policy."""

    text: str
    label: str


class ClassifyQuestion(NamedTuple):
    """A question of kind `classify` without a text: its prompt, its labels, its examples."""

    prompt: str
    labels: tuple[tuple[str, str], ...]
    examples: tuple[TaskExample, ...] = ()


class Task(NamedTuple):
    """One question. Which fields count depends on `kind`.

    `classify`, `call`: `labels` (at least two) and, optionally, `examples`; the value is one of the labels.
    `extract`: `schema`; the value fits it. `summarize`: `max_words`; the value is a text of at most as many words.
    `embed`: the value is a list of numbers of length one (L2). `similar`: `inputs` are the text and then the
    candidates, each under its name; the value is a list of [name, cosine], best first.
    """

    kind: TaskKind
    name: str
    """The fact's name, for messages; it does not alter the answer."""
    prompt: str
    """The text of the prompt's file, or a built-in one. Trusted."""
    prompt_sha256: str
    inputs: tuple[tuple[str, str], ...]
    """(name of the field, text), in the policy's order. Untrusted."""
    labels: tuple[tuple[str, str], ...] = ()
    """(label, description), in the policy's order; ties are never broken by it."""
    examples: tuple[TaskExample, ...] = ()
    schema: Mapping[str, Json] | None = None
    max_words: int | None = None
    min_probability: float = 0.0
    min_margin: float = 0.0
    min_tier: MinTier | None = None
    questions: tuple[ClassifyQuestion, ...] = ()
    """All questions that the policies ask about the same texts, in a stable order, with or without this one.

    A prompt lists them before the text, where a local model keeps them between runs. The text is then read once for
    all of them, and each costs a few tokens more. Empty: the prompt holds this question only.
    """


NO_TOKENS: Final[Mapping[str, int]] = MappingProxyType({})


class TaskAnswer(NamedTuple):
    """An accepted answer with its provenance. `probabilities` are by label, rounded to DIGITS."""

    value: Json
    tier: Tier
    model: str
    """The model file's SHA-256 (local, learnt), or the model's name (API, heuristic)."""
    probabilities: Mapping[str, float] | None = None
    margin: float | None = None
    """The highest probability minus the second."""
    tokens: Mapping[str, int] = NO_TOKENS
    """`prompt`: tokens of the prompt; `evaluated`: those of them evaluated now; `generated`: those of the answer;
    `estimated`: those of all that the server did not count."""
    latency_ms: float = 0.0
    """For the trace only: it enters no fact, no plan and no hash."""
    note: str = ""
    """A remark on how the answer was found, such as that a classifier read words only."""


class Abstention(NamedTuple):
    """No answer, the reason in words for the trace, and what is known nevertheless.

    `code` is for the machine: `unsure`, `tie`, `too_long`, `invalid`, `timeout`, `crashed`, `memory`, `missing`
    (no library, no model), `unsupported`, `budget`, `below_tier`, `failed`.
    """

    reason: str
    tier: Tier
    code: str = "unsure"
    model: str = ""
    probabilities: Mapping[str, float] | None = None
    margin: float | None = None
    tokens: Mapping[str, int] = NO_TOKENS
    latency_ms: float = 0.0


TaskResult: TypeAlias = TaskAnswer | Abstention


def meets_min_tier(tier: Tier, wanted: MinTier | None) -> bool:
    """Whether an answer of `tier` satisfies `min_tier`."""
    return wanted != "model" or TIER_QUALITY.get(tier) == "model"


def choose_label(
    chances: Mapping[str, float],
    tier: Tier,
    model: str,
    tokens: Mapping[str, int] = NO_TOKENS,
    note: str = "",
) -> TaskResult:
    """The label with the highest probability; an abstention where two have it, after rounding to DIGITS."""
    rounded = {label: round(chance, DIGITS) for label, chance in chances.items()}
    first, second = (*sorted(rounded.values(), reverse=True), 0.0)[:2]
    margin = round(first - second, DIGITS)
    if margin == 0 and len(rounded) > 1:
        tied = ", ".join(label for label, chance in rounded.items() if chance == first)
        return Abstention(f"a tie: {tied}", tier, "tie", model, rounded, margin, tokens)
    best = max(rounded, key=rounded.__getitem__)
    return TaskAnswer(best, tier, model, rounded, margin, tokens, note=note)


def rank_by_cosine(task: Task, vectors: Sequence[Sequence[float]]) -> list[Json]:
    """[name, cosine] of each input but the first, compared with the first, best first. `vectors`: of the inputs, of
    length one each."""
    own, *others = vectors
    cosines = [round(sum(a * b for a, b in zip(own, other, strict=True)), DIGITS) for other in others]
    names = [name for name, _ in task.inputs[1:]]
    ranked = sorted(zip(names, cosines, strict=True), key=lambda pair: -pair[1])
    return [[name, cosine] for name, cosine in ranked]


def prompt_hash(prompt: str) -> str:
    """The name of a prompt: the SHA-256 of its UTF-8 text, 64 hexadecimal digits."""
    return sha256(prompt.encode("utf-8")).hexdigest()


def load_prompt(kind: str, question: str | None = None) -> tuple[str, str]:
    """(the prompt's text, its SHA-256) for a kind of task, with the policy's own question at its end.

    Raises SourceError when the file is missing or its text does not have the hash in its name.
    """
    digest = PROMPTS.get(kind)
    text = "" if digest is None else _read_prompt(digest)
    if question:
        text = f"{text}\n{question.strip()}\n" if text else f"{question.strip()}\n"
    return text, prompt_hash(text)


def _read_prompt(digest: str) -> str:
    file = _PROMPT_FOLDER / f"{digest[:16]}.txt"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(f"The prompt {file.name} cannot be read: {error.strerror}.") from None
    if prompt_hash(text) != digest:
        raise SourceError(
            f"The prompt {file.name} does not match the hash in its name.",
            hint="Rename a changed prompt to its new hash.",
        )
    return text
