"""The published corpus, and a detector that looks for everything."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from fixtures.gathering import minilm_cache, payload, program, pulled_minilm, reader  # noqa: F401 (fixtures)
from rulewright.detection import make_detector

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def corpus() -> ModuleType:
    """`benchmarks/corpus.py`: what the benchmark judges by is what the tests judge by."""
    name = "detection_corpus"
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / "corpus.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def run():
    return make_detector()
