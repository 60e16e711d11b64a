"""A stream of events over the shipped triage policies: what facts keep of earlier events and earlier states."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count

from measure import Row, in_turns
from workload import ROOT

import rulewright
from rulewright.detection.detector import make_detector
from rulewright.detection.model import Finding
from rulewright.events.reader import example_events, read_event_file
from rulewright.facts import detect
from rulewright.facts.related_docs import files, source
from rulewright.facts.required_fields import source as required_fields
from rulewright.run.pipeline import Inputs, evaluate_document

INPUTS = Inputs("2026-01-05T09:00:00Z")
NUMBERS = count(1)
SETTLED_SECONDS = 2.5
"""A walk is kept only if no folder changed within two seconds before it."""


def rows() -> Iterator[Row]:
    os.chdir(ROOT)
    time.sleep(SETTLED_SECONDS)
    program = rulewright.load("rules/triage")
    document = read_event_file(example_events()["issue-opened"])

    def evaluate() -> None:
        document["issue"]["title"] = f"Crash {next(NUMBERS)} when saving"
        evaluate_document(program, document, INPUTS, "an example")

    def evaluate_after_reading_documentation() -> None:
        files._WALKS.clear()
        files._read.cache_clear()
        source._index.cache_clear()
        evaluate()

    def evaluate_without_recent_texts() -> None:
        kept = detect._find_detector, required_fields._sections_of
        detect._find_detector = find_detector  # type: ignore[assignment]
        required_fields._sections_of = kept[1].__wrapped__  # type: ignore[assignment]
        try:
            evaluate()
        finally:
            detect._find_detector, required_fields._sections_of = kept

    best = in_turns(
        {
            "kept": evaluate,
            "documentation": evaluate_after_reading_documentation,
            "texts": evaluate_without_recent_texts,
        }
    )
    yield Row("an event of the shipped triage policies", best["kept"] * 1000, "ms")
    yield Row("the same ÷ with the documentation read again", best["kept"] / best["documentation"], "x", 0.9)
    yield Row("the same ÷ with texts read again for every state", best["kept"] / best["texts"], "x", 0.9)


@cache
def find_detector(
    types: tuple[str, ...], allow: tuple[str, ...], patterns: tuple[tuple[str, str], ...]
) -> Callable[[str], tuple[Finding, ...]]:
    """A detector that keeps nothing of the texts."""
    return make_detector(types=types, allow=allow, patterns=patterns)
