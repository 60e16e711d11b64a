"""One mistake in a document's shape, and how values and places are named in messages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rulewright.policy.diagnostics import shorten

if TYPE_CHECKING:
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.json_types import Json, JsonPath


@dataclass(frozen=True, slots=True)
class Violation:
    """One mistake. `key` says that the place is the key itself, not its value; `missing` names an absent
    property."""

    code: str
    message: str
    path: JsonPath
    key: bool = False
    hint: str | None = None
    missing: str | None = None
    supposed: str | None = None
    """The known name that an unknown one most likely stands for."""

    def diagnostic(self, document: Document, at: JsonPath = ()) -> Diagnostic:
        """The finding in a document, about the value at `at`."""
        return document.diagnostic(self.code, self.message, (*at, *self.path), key=self.key, hint=self.hint)


def describe_value(value: Json, *, limit: int = 60) -> str:
    """A value for a message: JSON, cut, on one line, without characters that a terminal would obey."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = value if isinstance(value, str) else json.dumps(value)
    text = shorten(text, limit)
    if not text.isprintable() or text == "" or text != text.strip():
        text = json.dumps(text)
    return f"`{text}`"


def format_path(path: JsonPath) -> str:
    """`rules[2].then[0]`; keys with other characters than letters, digits, `_` and `-` are quoted."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
            continue
        is_plain = step.replace("_", "").replace("-", "").isalnum()
        name = step if is_plain else json.dumps(step, ensure_ascii=False)
        text += f".{name}" if text else name
    return text if len(text) <= 120 else f"…{text[-119:]}"


def prefix_place(path: JsonPath, text: str) -> str:
    """A message with the place that it is about, except at the root."""
    prefix = format_path(path)
    return f"{prefix}: {text}" if prefix else text
