"""A task as the parts of a prompt, in the order that allows the longest prefix to be reused.

    system     the prompt, labels and examples: the rules prefix, the same for every report, kept between runs
    fields     untrusted text
    question   the question about it
    cue        the beginning of the answer

Control tokens are read from the chat template's own parts only (`chat_template.py`). The marks around a field carry
eight digits of a hash over all fields, so that no text can hold the mark that ends it.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.models.local.messages import ModelRequest
    from rulewright.models.task import ClassifyQuestion, Task

QUOTE: Final = '"'
"""Ends a label. No label holds it (`build_label_endings` escapes it), so no label is the beginning of another."""


class PromptParts(NamedTuple):
    """The parts of a prompt, in their order."""

    system: str
    fields: tuple[tuple[str, str], ...]
    question: str
    cue: str

    def as_request(self) -> ModelRequest:
        return {"system": self.system, "fields": self.fields, "question": self.question, "cue": self.cue}


def build_prompt(task: Task) -> PromptParts:
    """The prompt of a task of kind classify, call, extract or summarize."""
    own = _describe_answer(task)
    if task.kind not in ("classify", "call"):
        return PromptParts(f"{task.prompt.rstrip()}\n\n{own}", task.inputs, "", "")
    asked = [_describe_labels(one) for one in task.questions]
    alone = _describe_labels(task)
    if not asked:
        return PromptParts(alone, task.inputs, "", QUOTE)
    system = "\n\n".join(f"Question {number}. {text}" for number, text in enumerate(asked, 1))
    if alone in asked:
        question = f"\nAnswer question {asked.index(alone) + 1}."
    else:
        question = f"\n{alone}"
    return PromptParts(system, task.inputs, question, QUOTE)


def build_label_endings(labels: Sequence[str]) -> list[str]:
    """What follows the cue, for each label: as in JSON, with the closing quote."""
    return [json.dumps(label, ensure_ascii=False)[1:] for label in labels]


def build_field_marks(name: str, fields: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The marks before and after the field `name`."""
    whole = json.dumps(list(fields)).encode("ascii")
    nonce = sha256(whole).hexdigest()[:8]
    return f"\n<<{name} {nonce}>>\n", f"\n<<end {nonce}>>\n"


def _describe_labels(question: Task | ClassifyQuestion) -> str:
    lines = [question.prompt.rstrip(), "Answer with exactly one of the labels and nothing else.", "Labels:"]
    for label, meaning in question.labels:
        lines.append(f"- {json.dumps(label, ensure_ascii=False)}{': ' if meaning else ''}{meaning}")
    if question.examples:
        lines.append("Examples:")
        for text, label in question.examples:
            said = json.dumps(text, ensure_ascii=False)
            lines.append(f"- {said} is {json.dumps(label, ensure_ascii=False)}")
    return "\n".join(lines)


def _describe_answer(task: Task) -> str:
    if task.kind == "extract":
        schema = json.dumps(task.schema, sort_keys=True, ensure_ascii=False)
        return f"Answer with one JSON object of this schema and nothing else:\n{schema}"
    return f"Use at most {task.max_words} words."
