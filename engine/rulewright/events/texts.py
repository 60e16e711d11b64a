"""Paths of a gathered fact (`in: [issue.body, "comments[].body"]`) → the texts of the event that they name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.events.snapshot import subject_data
from rulewright.program.frame import SUBJECT_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SHORT: Final = frozenset({"title", "body"})


def read_texts(payload: Mapping[str, object], paths: Iterable[str]) -> tuple[str, ...]:
    """The texts at these paths, in their order; a path that leads nowhere gives none.

    `title` and `body` are the subject's, and so are `issue.body` and its like, whatever kind of subject it is.
    """
    found: list[str] = []
    subject = subject_data(payload)
    for path in paths:
        steps = path.replace("[*]", "[]").replace("[]", ".[]").split(".")
        if steps[0] in SUBJECT_KEYS and steps[0] not in payload:
            steps = steps[1:]
            here: list[object] = [subject]
        else:
            here = [subject if steps[0] in _SHORT else payload]
        for step in steps:
            here = [inner for outer in here for inner in _step(outer, step)]
        found += [value for value in here if isinstance(value, str)]
    return tuple(found)


def _step(value: object, step: str) -> list[object]:
    if step == "[]":
        return value if isinstance(value, list) else []
    return [value[step]] if isinstance(value, dict) and step in value else []


PLAIN_PATH: Final = re.compile(r"[A-Za-z_]\w*(?:\[(?:\*|\d*)\])?(?:\.[A-Za-z_]\w*(?:\[(?:\*|\d*)\])?)*")
"""A path whose every text has a place that can be named: `issue.body`, `comments[].body`, `comments[0].body`."""
