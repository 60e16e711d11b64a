"""What holds for every test."""

import os

import pytest

# The commands that tests start write to their pipes as they do for anybody, whatever this environment says.
os.environ.pop("PYTHONUNBUFFERED", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that have a size begin first, so that no worker waits for the other's last one. Coverage does not watch
    them: they repeat branches, and take twice as long with it."""
    sized = [item for item in items if hasattr(getattr(item, "module", None), "size")]
    for item in sized:
        item.add_marker(pytest.mark.no_cover)
    longest = set(sized)
    items.sort(key=lambda item: item not in longest)
