"""Every workflow: those of this repository, and those that `rulewright init` writes into another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that `init` wrote into, with everything in it and enforced."""
    from rulewright.cli.starter import Setup, place, read_standing, starters

    folder = tmp_path_factory.mktemp("started")
    (folder / ".git").mkdir()
    setup = Setup("octo-org/rulewright@v0.1.0", "2026-01-05", owner="mona", project=1)
    for one in starters(setup=setup):
        assert place(folder, read_standing(folder, one))
    return folder


@pytest.fixture(scope="session")
def own() -> dict[str, Any]:
    """Name → workflow of this repository."""
    return workflows(ROOT)


@pytest.fixture(scope="session")
def written(started: Path) -> dict[str, Any]:
    """Name → workflow that `init` writes."""
    return workflows(started)


def workflows(folder: Path) -> dict[str, Any]:
    yaml = YAML(typ="safe", pure=True)
    found = sorted((folder / ".github" / "workflows").iterdir())
    return {path.name: yaml.load(path.read_text("utf-8")) for path in found}
