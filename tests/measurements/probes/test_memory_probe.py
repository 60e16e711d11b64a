"""The probe `memory` against a real service."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from measurements.probes.observing import observe
from rulewright.measurements.probes.observation import Probe
from rulewright.policy.diagnostics import SourceError

Build = Callable[..., Probe]
SEARCH = {
    "url": "/memory/search",
    "json": {"query": "{query}", "k": "{k}"},
    "queries": "queries.jsonl",
    "ids": "results[].id",
    "k": 2,
}
STORE = {"store": {"url": "/memory", "documents": "documents.jsonl"}}
DOCUMENTS = {"tea": "green tea at noon", "walk": "walk in the park", "flight": "flight to Oslo"}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    lines = [{"id": ident, "text": text} for ident, text in DOCUMENTS.items()]
    (tmp_path / "documents.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    questions = [
        {"query": "tea noon", "expected": ["tea"]},
        {"query": "Oslo", "expected": ["flight", "hotel"]},
    ]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, questions)))
    return tmp_path


def test_latency_and_recall(build: Build, files: Path, service: Any) -> None:
    service.delay = 0.02
    probe = build("memory", {**SEARCH, **STORE})
    probe.prepare()
    assert service.stored == DOCUMENTS
    observations = [observe(probe, number) for number in range(4)]
    assert all(0.02 <= observation.values[""] < 1 for observation in observations)
    assert sorted(observation.values[".recall"] for observation in observations) == [0.5, 0.5, 1, 1]


def test_the_seed_decides_the_order(build: Build, files: Path) -> None:
    words = [{"query": f"q{number}", "expected": ["x"]} for number in range(20)]
    (files / "queries.jsonl").write_text("\n".join(map(json.dumps, words)))
    orders = [
        [question.query for question in build("memory", {**SEARCH, "seed": seed}).questions]  # type: ignore[attr-defined]
        for seed in (1, 1, 2)
    ]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])


def test_a_get_with_the_question_in_the_path(build: Build, files: Path, service: Any) -> None:
    settings = {**SEARCH, "url": "/memory/search?query={query}&k={k}"}
    del settings["json"]
    service.stored.update(DOCUMENTS)
    assert observe(build("memory", settings)).failure == ""
    method, path, *_ = service.seen[-1]
    assert method == "GET"
    assert path in ("/memory/search?query=tea%20noon&k=2", "/memory/search?query=Oslo&k=2")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "queries.jsonl:1: the line is no JSON object"),
        ("[]", "queries.jsonl:1: the line is no JSON object"),
        ('{"query": "x"}', "queries.jsonl:1: expected"),
        ('{"query": "x", "expected": []}', "queries.jsonl:1: expected"),
        ('{"query": "x", "expected": ["a", "b", "c"]}', "queries.jsonl:1: 3 ids are expected, and `k` is 2"),
        ("", "queries.jsonl: the file has no questions"),
    ],
)
def test_a_bad_question_is_named(build: Build, files: Path, line: str, message: str) -> None:
    (files / "queries.jsonl").write_text(line)
    with pytest.raises(SourceError, match=message):
        build("memory", SEARCH)


def test_a_document_that_cannot_be_stored(build: Build, files: Path) -> None:
    probe = build("memory", {**SEARCH, "store": {"url": "/status/507", "documents": "documents.jsonl"}})
    with pytest.raises(SourceError, match="document 1 of 3 cannot be stored: status 507"):
        probe.prepare()


def test_an_answer_without_a_list_is_a_failure(build: Build, files: Path) -> None:
    observation = observe(build("memory", {**SEARCH, "ids": "results"}))
    assert observation.values[".recall"] == 0
    assert (
        observe(build("memory", {**SEARCH, "ids": "missing"})).failure == "`ids` gives no list for the answer"
    )
