"""Checks of a provider's answer against its task: an answer outside of what was asked for becomes an abstention.

Models, servers and cassettes are not trusted to keep to a closed list or a schema: every answer is checked here. Nor
are they trusted to write visible characters only: hidden characters, controls and lone surrogates are removed from
texts, and a key that holds one makes the answer invalid.
"""

from __future__ import annotations

import json
import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rulewright.models.answer_reader import UnreadableAnswerError, remove_reasoning
from rulewright.models.task import Abstention, TaskAnswer
from rulewright.policy.characters import drop_hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.task import Task, TaskResult
    from rulewright.policy.json_types import Json

MAX_JSON: Final = 16_000
"""Characters of one extracted answer, as JSON."""
MAX_WORD_CHARACTERS: Final = 40
"""A summary without spaces must not count as one word."""
MAX_NUMBERS: Final = 16_384
"""Numbers of one vector."""


def check_answer(task: Task, answer: TaskAnswer) -> TaskResult:
    """The answer if it fits the task and is sure enough, else an abstention with what is known."""
    try:
        answer = answer._replace(value=_clean_value(task, answer.value))
        problem = CHECKS[task.kind](task, answer.value)
    except _HiddenKeyError:
        problem = "a key of the answer has a hidden character"
    except UnreadableAnswerError as error:
        problem = str(error)
    except RecursionError:
        problem = "the answer is nested too deeply"
    if problem is not None:
        return _build_abstention(answer, problem, "invalid")
    return _check_probabilities(task, answer) if task.kind in ("classify", "call") else answer


def _check_probabilities(task: Task, answer: TaskAnswer) -> TaskResult:
    probabilities = answer.probabilities
    if probabilities is None:
        if task.min_probability or task.min_margin:
            return _build_abstention(answer, "gives no probabilities, but the task has a minimum", "unsure")
        return answer
    if not _are_probabilities(task, probabilities):
        return _build_abstention(answer, "the probabilities are invalid", "invalid")
    first, second = (*sorted(probabilities.values(), reverse=True), 0.0, 0.0)[:2]
    own = probabilities.get(str(answer.value), 0.0)
    if own < first:
        return _build_abstention(answer, "the answer is not the most probable label", "invalid")
    margin = round(first - second, 6)
    if own < task.min_probability:
        return _build_abstention(answer, f"unsure: {own:.3f}, below {task.min_probability:g}", "unsure")
    if margin < task.min_margin:
        return _build_abstention(
            answer, f"unsure: leads by {margin:.3f}, less than {task.min_margin:g}", "unsure"
        )
    return answer if answer.margin is not None else answer._replace(margin=margin)


def _clean_value(task: Task, value: Json) -> Json:
    """The value without hidden characters; a summary also without the model's reasoning, which must not become public.

    Raises _HiddenKeyError, UnreadableAnswerError.
    """
    value = _drop_hidden_characters(value)
    return remove_reasoning(value) if task.kind == "summarize" and isinstance(value, str) else value


class _HiddenKeyError(ValueError):
    """A key with a hidden character. Removing it could make two keys equal."""


def _drop_hidden_characters(value: Json) -> Json:
    """The value with its texts as people see them; tabs and line breaks stay. Raises _HiddenKeyError."""
    if isinstance(value, str):
        return _drop_hidden_from_text(value)
    if isinstance(value, dict):
        if any(not isinstance(key, str) or _drop_hidden_from_text(key) != key for key in value):
            raise _HiddenKeyError
        return {key: _drop_hidden_characters(item) for key, item in value.items()}
    return [_drop_hidden_characters(item) for item in value] if isinstance(value, list | tuple) else value


def _drop_hidden_from_text(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return drop_hidden("".join(char for char in text if not "\ud800" <= char <= "\udfff"))


def _are_probabilities(task: Task, probabilities: object) -> bool:
    """Whether it is a table from labels of the task to numbers from 0 to 1. A cassette may hold anything."""
    labels = dict(task.labels)
    return isinstance(probabilities, dict | MappingProxyType) and all(
        label in labels
        and isinstance(chance, int | float)
        and not isinstance(chance, bool)
        and 0 <= chance <= 1
        for label, chance in probabilities.items()
    )


def _build_abstention(answer: TaskAnswer, reason: str, code: str) -> Abstention:
    return Abstention(
        f"{reason} ({answer.note})" if answer.note else reason,
        answer.tier,
        code,
        answer.model,
        answer.probabilities if code == "unsure" else None,
        answer.margin if code == "unsure" else None,
        answer.tokens,
        answer.latency_ms,
    )


def _check_label(task: Task, value: Json) -> str | None:
    known = isinstance(value, str) and value in dict(task.labels)
    return None if known else "the answer is not one of the labels"


def _check_extraction(task: Task, value: Json) -> str | None:
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return "the answer is not JSON"
    if len(text) > MAX_JSON:
        return f"the answer is longer than {MAX_JSON} characters"
    from rulewright.policy.json_schema.user_schema import UserSchema  # loads jsonschema

    schema = UserSchema.of(dict(task.schema or {}))
    if schema.validator is None or schema.faults:
        return "the schema of the task is invalid"
    return None if schema.fits(value) else "the answer does not match the schema"


def _check_summary(task: Task, value: Json) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "the answer is not text"
    most = task.max_words or 0
    too_long = len(value.split()) > most or len(value) > most * MAX_WORD_CHARACTERS
    return f"the answer is longer than {most} words" if too_long else None


def _check_vector(task: Task, value: Json) -> str | None:
    fits = isinstance(value, list) and 0 < len(value) <= MAX_NUMBERS and all(map(_is_finite, value))
    return None if fits else "the answer is not a vector"


def _check_similarities(task: Task, value: Json) -> str | None:
    names = {name for name, _ in task.inputs}
    fits = isinstance(value, list) and all(
        isinstance(pair, list)
        and len(pair) == 2
        and isinstance(pair[0], str)
        and pair[0] in names
        and _is_finite(pair[1])
        for pair in value
    )
    return None if fits else "the answer is not a list of similarities"


def _is_finite(value: Json) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # an integer beyond the range of floats
        return False


CHECKS: Final[Mapping[str, Callable[[Task, Json], str | None]]] = {
    "classify": _check_label,
    "call": _check_label,
    "extract": _check_extraction,
    "summarize": _check_summary,
    "embed": _check_vector,
    "similar": _check_similarities,
}
"""Kind → the reason why a value is no answer, None for a fitting one."""
