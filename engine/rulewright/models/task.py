"""What a model is asked, and what comes back: plain records, alike for every provider.

A Task holds everything that may alter the answer, so that a cassette can be keyed by it. Prompts and label
definitions are the policy's and are trusted; `inputs` are what somebody wrote and are data, never instructions.
"""

from __future__ import annotations

from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

TaskKind = Literal["classify", "extract", "summarize", "embed", "similar", "call"]

Tier = Literal["cassette", "local", "api", "learnt", "heuristic"]
"""Who answered. `learnt`: a classifier out of labelled issues."""

MinTier = Literal["heuristic", "model"]
"""What a policy may ask for: `min_tier: model` refuses heuristics, and takes a local model, an API and a learnt
classifier alike."""

TIER_QUALITY: Final[Mapping[Tier, MinTier]] = {
    "local": "model",
    "api": "model",
    "learnt": "model",
    "heuristic": "heuristic",
}
"""A cassette is as good as the tier that it recorded, so that it has no row."""


def meets_min_tier(tier: Tier, wanted: MinTier | None) -> bool:
    """Whether an answer of `tier` satisfies `min_tier`."""
    return wanted != "model" or TIER_QUALITY.get(tier) == "model"


def prompt_hash(prompt: str) -> str:
    """How a prompt is named: the SHA-256 of its UTF-8 text, 64 hexadecimal digits."""
    return sha256(prompt.encode("utf-8")).hexdigest()


class TaskExample(NamedTuple):
    """One text and the label that it has, from the policy."""

    text: str
    label: str


class ClassifyQuestion(NamedTuple):
    """A question of kind `classify` without a text: what it says, its labels, its examples."""

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
    schema: Mapping[str, Any] | None = None
    max_words: int | None = None
    min_probability: float = 0.0
    min_margin: float = 0.0
    min_tier: MinTier | None = None
    brief: tuple[ClassifyQuestion, ...] = ()
    """All questions that the policies put to the same texts, in a stable order, this one among them or not.

    They stand before the text, where a local model keeps them between runs; so the text is read once for all of
    them, and each costs a few tokens more. Empty: this question alone stands there.
    """


NO_TOKENS: Final[Mapping[str, int]] = MappingProxyType({})


class TaskAnswer(NamedTuple):
    """An accepted answer with its provenance. `probabilities` are rounded to 1e-3 and by label."""

    value: Any
    tier: Tier
    model: str
    """The model file's SHA-256 (local, learnt), or the model's name (API, heuristic)."""
    probabilities: Mapping[str, float] | None = None
    margin: float | None = None
    """The first probability less the second."""
    tokens: Mapping[str, int] = NO_TOKENS
    """`prompt`: tokens of the prompt; `evaluated`: those evaluated now; `generated`: those of the answer."""
    latency_ms: float = 0.0
    """For the trace only: it enters no fact, no plan and no hash."""
    note: str = ""
    """What else is to be known of it, in words: that a classifier looked at words alone."""


class Abstention(NamedTuple):
    """No answer, and why, in words that reach the trace. What was known all the same comes along.

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
