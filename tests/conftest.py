"""What holds for every test."""

import os

import pytest

# The commands that tests start write to their pipes as they do for anybody, whatever this environment says.
os.environ.pop("PYTHONUNBUFFERED", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coverage does not watch the tests that have a size: they repeat branches, and take twice as long with it."""
    for item in items:
        if hasattr(getattr(item, "module", None), "size"):
            item.add_marker(pytest.mark.no_cover)
