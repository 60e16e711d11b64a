"""The source `detect`: personal data and secrets in the texts of an event, by field and offset.

A field is named as `actions/mask.py` reads it: `issue.body`, `comments[3].body`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rulewright.detection.detector import make_detector
from rulewright.detection.model import CERTAIN
from rulewright.events.model import Absent
from rulewright.events.texts import PLAIN_PATH
from rulewright.policy.diagnostics import RulewrightError, UsageError
from rulewright.policy.fact_sources.personal_data import DETECT
from rulewright.policy.finding_types import PII
from rulewright.policy.json_types import as_object, as_texts
from rulewright.program.frame import SUBJECT_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rulewright.detection.model import Finding
    from rulewright.events.model import Event
    from rulewright.program.named_facts import Need

RECENT_TEXTS: Final = 64
"""Texts whose findings a detector keeps."""
_STEP: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\[(?:\*|\d*)\])?(?:\.|\Z)")
_SHORT: Final = ("title", "body")


class Detection:
    """Gathers `detect` facts out of the event's payload; no input or output."""

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, object]:
        """Fact → `{count, secrets, types, fields, findings, suspected}`; a spec that makes no sense → why."""
        out: dict[str, object] = {}
        for request in requests:
            try:
                out[request.name] = _answer(request.arguments, event.payload)
            except RulewrightError as error:
                out[request.name] = Absent(error.message)
        return out


def _answer(arguments: Mapping[str, object], payload: Mapping[str, object]) -> dict[str, object]:
    asked = arguments["detect"]
    patterns = as_object(arguments.get("patterns")) or {}
    run = _find_detector(
        (asked,) if isinstance(asked, str) else tuple(as_texts(asked)),
        tuple(as_texts(arguments.get("allow"))),
        tuple((name, str(pattern)) for name, pattern in patterns.items()),
    )
    paths = as_texts(arguments.get("in")) or DETECT.default_paths
    texts = dict(field for path in paths for field in find_fields(path, payload))
    only = arguments.get("kinds")
    return detection_value(texts, run, None if only is None else frozenset(as_texts(only)))


@lru_cache(maxsize=32)
def _find_detector(
    types: tuple[str, ...], allow: tuple[str, ...], patterns: tuple[tuple[str, str], ...]
) -> Callable[[str], tuple[Finding, ...]]:
    """The detector of a fact. It keeps what it found in recent texts: planning asks again for each state that it
    predicts, and most texts are the same there."""
    return lru_cache(maxsize=RECENT_TEXTS)(make_detector(types=types, allow=allow, patterns=patterns))


def detection_value(
    texts: Mapping[str, str], run: Callable[[str], tuple[Finding, ...]], only: frozenset[str] | None = None
) -> dict[str, object]:
    """The fact for texts by field. `findings` are those sure enough to be masked, `suspected` the others.

    `secrets` counts the findings that are credentials; types of a policy's own count as such.
    """
    certain: list[tuple[str, Finding]] = []
    suspected: list[tuple[str, Finding]] = []
    for field, text in texts.items():
        for finding in run(text):
            if only is None or finding.type in only:
                (certain if finding.confidence >= CERTAIN else suspected).append((field, finding))
    return {
        "count": len(certain),
        "secrets": sum(finding.type not in PII for _, finding in certain),
        "types": sorted({finding.type for _, finding in certain}),
        "fields": list(dict.fromkeys(field for field, _ in certain)),
        "findings": [{"field": field, **finding._asdict()} for field, finding in certain],
        "suspected": [{"field": field, **finding._asdict()} for field, finding in suspected],
    }


def find_fields(path: str, payload: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The texts that a path leads to, each with its field name. `title` and `body` are the subject's, and
    `issue.body` is a pull request's where that is what the event is about.

    Raises UsageError for a path that is an expression.
    """
    head, dot, rest = path.partition(".")
    if path in _SHORT or (dot and head in SUBJECT_KEYS and head not in payload):
        key = next((key for key in SUBJECT_KEYS if isinstance(payload.get(key), dict)), None)
        path = path if key is None else f"{key}.{rest if dot else path}"
    if PLAIN_PATH.fullmatch(path) is None:
        raise UsageError(f"`{path[:60]}` is computed, so what is found there has no place")
    steps = [(found[1], found[2]) for found in _STEP.finditer(path)]
    yield from _walk(payload, steps, "")


def _walk(value: object, steps: list[tuple[str, str | None]], name: str) -> Iterator[tuple[str, str]]:
    if not steps:
        if isinstance(value, str):
            yield name, value
        return
    (key, index), rest = steps[0], steps[1:]
    inner = value.get(key) if isinstance(value, dict) else None
    name = f"{name}.{key}" if name else key
    if index is None:
        yield from _walk(inner, rest, name)
    elif isinstance(inner, list):
        number = index[1:-1]
        chosen = (
            range(len(inner)) if number in ("", "*") else range(int(number), min(int(number) + 1, len(inner)))
        )
        for at in chosen:
            yield from _walk(inner[at], rest, f"{name}[{at}]")
