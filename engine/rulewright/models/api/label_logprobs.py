"""Log probabilities of a reply's tokens as probabilities of the labels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rulewright.models.answer_reader import find_label
from rulewright.models.task import DIGITS
from rulewright.policy.json_types import as_array, as_object, as_text

if TYPE_CHECKING:
    from rulewright.models.task import Task
    from rulewright.policy.json_types import Json, JsonObject


def read_probabilities(task: Task, choice: JsonObject) -> dict[str, float] | None:
    """The labels' shares at the first token that tells them apart; None where the server does not give them.

    An answer is `{"label": "…"}`, so the first token after the opening quote of the value decides, if the labels
    differ in it; of a bare label, its first token. The last such place counts: reasoning before it may hold another.
    Tokens that begin no label are left out, and the shares of the others sum to 1.
    """
    rows = [
        as_object(row) for row in as_array((as_object(choice.get("logprobs")) or {}).get("content")) or ()
    ]
    tokens = [None if row is None else as_text(row.get("token")) for row in rows]
    before, found = "", None
    for row, token in zip(rows, tokens, strict=True):
        if row is None or token is None:
            return None
        written = "".join(before[-200:].split())
        if written.endswith('"label":"'):
            found = (row, "")
        elif written.endswith('"label":') and token.strip().startswith('"') and len(token.strip()) > 1:
            found = (row, '"')
        before += token
    if found is None:
        found = _find_bare_label(task, rows, tokens)
    return None if found is None else _label_shares(task, found[0].get("top_logprobs"), found[1])


def _find_bare_label(
    task: Task, rows: list[JsonObject | None], tokens: list[str | None]
) -> tuple[JsonObject, str] | None:
    """The first token of an answer that is a label and nothing else."""
    first = next((place for place, token in enumerate(tokens) if token and token.strip()), None)
    if (
        first is None
        or find_label("".join(token or "" for token in tokens), [label for label, _ in task.labels]) is None
    ):
        return None
    row = rows[first]
    return None if row is None else (row, "")


def _label_shares(task: Task, alternatives: Json, opening: str) -> dict[str, float] | None:
    mass = dict.fromkeys((label for label, _ in task.labels), 0.0)
    for alternative in map(as_object, as_array(alternatives) or ()):
        token, logprob = (alternative or {}).get("token"), (alternative or {}).get("logprob")
        if not isinstance(token, str) or not isinstance(logprob, int | float):
            return None
        begun = token.strip().removeprefix(opening).rstrip('"').casefold()
        matching = [label for label in mass if begun and label.casefold().startswith(begun)]
        if len(matching) == 1:
            mass[matching[0]] += math.exp(max(-1e6, min(0, logprob)))  # JSON's integers may exceed any float
        elif matching:
            return None  # two labels begin alike: the first token does not tell them apart
    total = sum(mass.values())
    return {label: round(share / total, DIGITS) for label, share in mass.items()} if total > 0 else None
