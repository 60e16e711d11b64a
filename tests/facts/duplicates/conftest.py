"""Indexes in memory, and the generator of reports that the benchmarks use."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.facts.duplicates.database import memory
from rulewright.facts.duplicates.index import index_issues
from rulewright.facts.duplicates.issue import read_issue
from rulewright.facts.duplicates.search import search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rulewright.facts.duplicates.database import Index
    from rulewright.facts.duplicates.issue import Issue
    from rulewright.facts.duplicates.search import Answer

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


def make(number: Any, title: str, body: str = "", day: int = 1, **more: Any) -> Issue:
    """An issue made on a day of January 2026."""
    return read_issue(
        {"id": number, "title": title, "body": body, "created_at": f"2026-01-{day:02}T00:00:00Z", **more}
    )


@pytest.fixture
def issue() -> Callable[..., Issue]:
    return make


@pytest.fixture
def index() -> Iterator[Index]:
    opened = memory()
    yield opened
    opened.close()


@pytest.fixture
def ask(index: Index) -> Callable[..., Answer]:
    """Puts issues into an index and asks it about the last of them."""

    def asked(*issues: Issue, **options: Any) -> Answer:
        index_issues(index, issues[:-1])
        return search(index, issues[-1], **options)

    return asked


@pytest.fixture(scope="session")
def paraphrases() -> Any:
    """The module `benchmarks/paraphrases`."""
    place = BENCHMARKS / "paraphrases" / "__init__.py"
    spec = importlib.util.spec_from_file_location("paraphrases", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["paraphrases"] = module
    spec.loader.exec_module(module)
    return module
