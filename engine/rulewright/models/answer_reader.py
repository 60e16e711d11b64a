"""Reads what a model wrote: a label, JSON or a text, where its meaning is unambiguous.

Models put reasoning before an answer, JSON into a fence, or a label without JSON. An answer that could be read in two
ways is none: the text of a report may make a model quote another answer.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from rulewright.policy.json_types import as_text
from rulewright.policy.strict_json import DuplicateKeyError, parse_strictly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.policy.json_types import Json

_REASONING_MARK: Final = re.compile(
    r"""
      (?P<open>  <(?:[a-z]+:)?(?:think|thinking|thought|thoughts|reasoning)\s*> | \[THINK\] | ◁think▷
               | <\|channel\|>(?:analysis|commentary)[^<]*<\|message\|> )
    | (?P<close> </(?:[a-z]+:)?(?:think|thinking|thought|thoughts|reasoning)\s*> | \[/THINK\] | ◁/think▷
               | (?:<\|end\|>\s*<\|start\|>assistant)?<\|channel\|>final<\|message\|> )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""The marks of DeepSeek, Qwen and others; of Mistral; of Kimi; and of gpt-oss (harmony)."""
_END_MARK: Final = re.compile(r"(?:<\|(?:return|end|eot_id|im_end|endoftext)\|>|</s>)\Z")
"""Control tokens that a server with a wrong template leaves at the end."""
_LANGUAGES: Final = ("jsonc", "json5", "json")
_AROUND_LABEL: Final = " \t\r\n\"'`*_.“”"
"""What models write around a bare label: quotes, emphasis, a full stop."""


class UnreadableAnswerError(ValueError):
    """Why an answer cannot be read; the reason holds nothing of what the model wrote."""


def remove_reasoning(text: str) -> str:
    """The text without what stands between marks of reasoning, at any depth, and without what precedes a mark that
    only ends (the prompt may hold its beginning). Raises UnreadableAnswerError where the reasoning does not end."""
    kept: list[str] = []
    depth = at = 0
    text = _END_MARK.sub("", text.strip())
    for mark in _REASONING_MARK.finditer(text):
        if depth == 0:
            kept.append(text[at : mark.start()])
        if mark["open"] is not None:
            depth += 1
        elif depth:
            depth -= 1
        else:
            kept.clear()
        at = mark.end()
    if depth:
        raise UnreadableAnswerError("the answer ends within the model's reasoning")
    return "".join((*kept, text[at:])).strip()


def parse_answer(text: str) -> Json:
    """The JSON that a model wrote: the whole answer, or all of one fence. Raises UnreadableAnswerError."""
    try:
        return _parse_json(text)
    except UnreadableAnswerError:
        plain = _remove_fence(remove_reasoning(text))
        if plain == text:
            raise
        return _parse_json(plain)


def read_label(text: str, labels: Iterable[str]) -> str:
    """The label that an answer names: `{"label": "bug"}`, `"bug"` or `bug`. Raises UnreadableAnswerError."""
    names = list(labels)
    try:
        value = parse_answer(text)
    except UnreadableAnswerError as error:
        bare = remove_reasoning(text)
        label = find_label(bare, names) or find_label(bare.strip(_AROUND_LABEL), names)
        if label is None:
            raise error from None
        return label
    if isinstance(value, dict | list):
        named = as_text(value.get("label")) if isinstance(value, dict) else None
    else:  # a label may look like a number or a constant of JSON
        named = value if isinstance(value, str) else text
    label = None if named is None else find_label(named, names)
    if label is None:
        raise UnreadableAnswerError("the answer is not one of the labels")
    return label


def find_label(name: str, labels: Iterable[str]) -> str | None:
    """The label that is called so, else the only one that differs in case or in the composition of its characters."""
    labels = list(labels)
    if name in labels:
        return name
    alike = [label for label in labels if _fold(label) == _fold(name)]
    return alike[0] if len(alike) == 1 else None


def _remove_fence(text: str) -> str:
    """What a fence of Markdown around the whole text holds; the text where there is none, or more than one."""
    mark = text[: len(text) - len(text.lstrip("`"))] or text[: len(text) - len(text.lstrip("~"))]
    inside = text.removeprefix(mark).removesuffix(mark)
    if not mark or len(text) - len(inside) != 2 * len(mark) or mark in inside:
        return text
    inside = inside.strip()
    language = next((name for name in _LANGUAGES if inside.lower().startswith(name)), "")
    return inside[len(language) :]


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold().strip())


def _parse_json(text: str) -> Json:
    try:
        value: Json = parse_strictly(text)
    except DuplicateKeyError:
        raise UnreadableAnswerError("a key appears twice in the answer") from None
    except ValueError:
        raise UnreadableAnswerError("the answer is not JSON") from None
    return value
