"""What a provider says, held against the task: an answer outside of what was asked for is no answer.

Models, servers and cassettes are not trusted to keep to a closed list or a schema; here it is proved, once for all.
Nor to write only what people see: hidden characters, controls and half characters are taken out of texts, and a key
that holds one makes the answer none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from rulewright.models.task import Abstention, TaskAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.task import Task

MAX_JSON: Final = 16_000
"""Characters of one extracted answer, as JSON."""
CHARACTERS_PER_WORD: Final = 40
"""A summary without spaces must not pass for one word."""


def check_answer(task: Task, answer: TaskAnswer) -> TaskAnswer | Abstention:
    """The answer if it fits the task and is sure enough, else an abstention with what was known."""
    try:
        answer = answer._replace(value=_drop_hidden_characters(answer.value))
        wrong = CHECKS[task.kind](task, answer.value)
    except _HiddenKeyError:
        wrong = "a key of its answer holds a hidden character"
    except RecursionError:
        wrong = "its answer is nested too deeply"
    if wrong is not None:
        return _build_abstention(answer, wrong, "invalid")
    if task.kind not in ("classify", "call"):
        return answer
    said = answer.probabilities
    if said is None:
        if task.min_probability or task.min_margin:
            return _build_abstention(
                answer, "gives no probabilities, and the task asks for a least one", "unsure"
            )
        return answer
    if any(label not in dict(task.labels) or not 0 <= chance <= 1 for label, chance in said.items()):
        return _build_abstention(answer, "its probabilities are none", "invalid")
    first, second = (*sorted(said.values(), reverse=True), 0.0, 0.0)[:2]
    own = said.get(str(answer.value), 0.0)
    if own < first:
        return _build_abstention(answer, "its answer is not its most probable one", "invalid")
    margin = round(first - second, 6)
    if own < task.min_probability:
        return _build_abstention(answer, f"unsure: {own:.3f}, below {task.min_probability:g}", "unsure")
    if margin < task.min_margin:
        return _build_abstention(
            answer, f"unsure: leads by {margin:.3f}, less than {task.min_margin:g}", "unsure"
        )
    return answer if answer.margin is not None else answer._replace(margin=margin)


def parse_answer(text: str) -> Any:
    """The JSON that a model wrote. Raises ValueError with the reason, which holds nothing of what it wrote."""
    from rulewright.policy.strict_json import DuplicateKeyError, parse_strictly

    try:
        return parse_strictly(text)
    except DuplicateKeyError:
        raise ValueError("a key stands twice in its answer") from None
    except ValueError:
        raise ValueError("its answer is no JSON") from None


class _HiddenKeyError(ValueError):
    """Taking the character out could make two keys one."""


def _drop_hidden_characters(value: Any) -> Any:
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
    from rulewright.policy.characters import drop_hidden

    return drop_hidden("".join(char for char in text if not "\ud800" <= char <= "\udfff"))


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


def _check_label(task: Task, value: Any) -> str | None:
    known = isinstance(value, str) and value in dict(task.labels)
    return None if known else "its answer is not in the closed list"


def _check_extraction(task: Task, value: Any) -> str | None:
    import json

    from rulewright.policy.json_schema.user_schema import UserSchema

    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return "its answer is no JSON"
    if len(text) > MAX_JSON:
        return f"its answer is longer than {MAX_JSON} characters"
    schema = UserSchema.of(dict(task.schema or {}))
    if schema.validator is None or schema.faults:
        return "the schema of the task is broken"
    return None if schema.fits(value) else "its answer does not fit the schema"


def _check_summary(task: Task, value: Any) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "its answer is no text"
    most = task.max_words or 0
    long = len(value.split()) > most or len(value) > most * CHARACTERS_PER_WORD
    return f"its answer is longer than {most} words" if long else None


def _check_vector(task: Task, value: Any) -> str | None:
    numbers = isinstance(value, list) and 0 < len(value) <= 16_384
    if not numbers or not all(isinstance(x, int | float) and math.isfinite(x) for x in value):
        return "its answer is no vector"
    return None


def _check_similarities(task: Task, value: Any) -> str | None:
    names = {name for name, _ in task.inputs}
    for one in value if isinstance(value, list) else (None,):
        if not isinstance(one, list | tuple) or len(one) != 2 or one[0] not in names:
            return "its answer is no list of similarities"
        if not isinstance(one[1], int | float) or not math.isfinite(one[1]):
            return "its answer is no list of similarities"
    return None


CHECKS: Final[Mapping[str, Callable[[Task, Any], str | None]]] = {
    "classify": _check_label,
    "call": _check_label,
    "extract": _check_extraction,
    "summarize": _check_summary,
    "embed": _check_vector,
    "similar": _check_similarities,
}
"""Kind → what is wrong with a value, None when nothing is."""
