"""An annotation of GitHub Actions: a message, with the place that it is about."""

from __future__ import annotations

from typing import Literal, NamedTuple

Level = Literal["error", "warning", "notice"]


class Annotation(NamedTuple):
    """One annotation, with a position in a file if it has one."""

    level: Level
    message: str
    title: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
