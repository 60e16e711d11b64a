"""The published corpus, and a detector that looks for everything."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from fixtures.gathering import minilm_cache, payload, program, pulled_minilm, reader  # noqa: F401 (fixtures)
from fixtures.modules import load_module
from rulewright.detection import make_detector

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def corpus() -> ModuleType:
    """`benchmarks/corpus.py`: what the benchmark judges by is what the tests judge by."""
    return load_module("detection_corpus", ROOT / "benchmarks" / "corpus.py")


@pytest.fixture(scope="session")
def run():
    return make_detector()
