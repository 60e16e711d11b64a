"""One mistake in a document's shape, and how values and places are named in messages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Violation:
    """One mistake. `key` says that the place is the key itself, not its value; `missing` names an absent
    property."""

    code: str
    message: str
    path: Path
    key: bool = False
    hint: str | None = None
    missing: str | None = None
    supposed: str | None = None
    """The known name that an unknown one most likely stands for."""


def shown(value: Any, *, limit: int = 60) -> str:
    """A value for a message: JSON, cut, on one line, without characters that a terminal would obey."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = value if isinstance(value, str) else json.dumps(value)
    text = text if len(text) <= limit else f"{text[: limit - 1]}…"
    if not text.isprintable() or text == "" or text != text.strip():
        text = json.dumps(text)
    return f"`{text}`"


def place(path: Path) -> str:
    """`rules[2].then[0]`; keys with other characters than letters, digits, `_` and `-` are quoted."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part}]"
            continue
        name = (
            part if part.replace("_", "").replace("-", "").isalnum() else json.dumps(part, ensure_ascii=False)
        )
        out += f".{name}" if out else name
    return out if len(out) <= 120 else f"…{out[-119:]}"


def at(path: Path, text: str) -> str:
    prefix = place(path)
    return f"{prefix}: {text}" if prefix else text
