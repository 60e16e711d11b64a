"""The benchmark on a tracker's own reports: which pairs count, and that every way of searching is asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fixtures.modules import load_module
from rulewright.duplicates.database import open_in_memory
from rulewright.duplicates.vector_search import index_with_vectors, read_vectors
from rulewright.models.embedding.embedder import Embedder

pytest.importorskip("numpy", reason="numpy comes with the learn extra")

PLACE = Path(__file__).parents[2] / "benchmarks" / "duplicates_on_tracker.py"


class Letters:
    """How often each letter stands in a text."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[float(text.casefold().count(chr(97 + n))) for n in range(26)] for text in texts]

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def benchmark_module() -> ModuleType:
    return load_module("duplicates_on_tracker", PLACE)


@pytest.fixture
def tracker_file(tmp_path: Path) -> Path:
    """Two pairs: one marked on both sides, one by `duplicate_of`; and marks that lead nowhere."""
    titles = [
        "Menu stays empty",
        "Printer hangs",
        "The menu is empty",
        "Fonts are blurred",
        "Printer does not answer",
    ]
    rows: list[dict[str, Any]] = [
        {"id": number, "title": title, "body": "", "created_at": f"2026-01-0{number}T00:00:00Z"}
        for number, title in enumerate(titles, 1)
    ]
    rows[0]["duplicates"] = [3]
    rows[2]["duplicates"] = [1, 99, 3]
    rows[4]["duplicate_of"] = 2
    path = tmp_path / "reports.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in reversed(rows)), "utf-8")
    return path


def test_pairs_count_once_and_ask_for_the_earlier(benchmark_module: ModuleType, tracker_file: Path) -> None:
    issues, pairs = benchmark_module.read_tracker(str(tracker_file))
    assert len(issues) == 5
    assert [(pair.later.id, pair.earlier.id) for pair in pairs] == [(3, 1), (5, 2)]


def test_every_way_is_measured(
    benchmark_module: ModuleType, tracker_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issues, pairs = benchmark_module.read_tracker(str(tracker_file))
    with closing(open_in_memory()) as index, Embedder(Letters(), "letters", 26) as embed:
        index_with_vectors(index, issues, embed, name="x")
        tracker = benchmark_module.Tracker(index, issues, read_vectors(index, embed))
        benchmark_module.print_recall(tracker, pairs)
        benchmark_module.print_weights(tracker, pairs)
        benchmark_module.print_misses(tracker, pairs)
        benchmark_module.print_decisions(tracker, issues, pairs)
    printed = capsys.readouterr().out
    assert printed.count("1 of    1  1.000  (0.21 to 1.00)") == 12
    assert printed.count("2 of    2  1.000  (0.34 to 1.00)") == 7
    assert "advise   " in printed


def test_without_a_file_it_says_how(benchmark_module: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark_module.main([]) == 2
    assert "reports.jsonl" in capsys.readouterr().out
