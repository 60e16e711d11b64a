"""docs/architecture.md names packages, files and functions that exist."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine" / "rulewright"
PAGES = {name: (ROOT / name).read_text("utf-8") for name in ("docs/architecture.md", "CONTRIBUTING.md")}
PAGE = PAGES["docs/architecture.md"]
PACKAGES = sorted(folder.name for folder in ENGINE.iterdir() if (folder / "__init__.py").is_file())


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def layers() -> list[str]:
    """The rows of the layers contract: `testing | evaluation`."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (contract,) = (contract for contract in contracts if contract["type"] == "layers")
    rows: list[str] = contract["layers"]
    return rows


def definitions(path: Path) -> set[str]:
    """The names that a module defines at its top, and `Class.method`."""
    names = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
        if isinstance(node, ast.AnnAssign | ast.Assign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_the_table_lists_the_packages() -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \|", section("The packages"), re.M)) == PACKAGES


def test_the_layers_are_those_of_the_contract() -> None:
    text = section("Rules for imports").replace("\n  ", " ")
    written = re.search(r"From top to bottom: (.*?)\. A package", text)
    assert written is not None
    assert [re.findall(r"`(\w+)`", row) for row in written[1].split(";")] == [
        row.split(" | ") for row in layers()
    ]


@pytest.mark.parametrize("page", PAGES)
def test_the_files_and_functions_that_a_page_names_exist(page: str) -> None:
    places = [
        place for place in re.findall(r"`([^`\n ]+)`", PAGES[page]) if "/" in place and "NAME" not in place
    ]
    assert places
    missing = []
    for place in places:
        name, _, definition = place.partition(":")
        paths = [path for path in (ENGINE / name, ROOT / name, ROOT / "docs" / name) if path.exists()]
        if "COMMAND" not in name and (not paths or (definition and definition not in definitions(paths[0]))):
            missing.append(place)
    assert missing == []


def test_the_way_of_an_event_names_functions() -> None:
    assert (
        len(re.findall(r"`[\w/]+\.py:[\w.]+`", section("One event, from the command line to the journal")))
        > 20
    )
