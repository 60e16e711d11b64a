"""A new action, matcher, fact source, kind of policy, output format or command touches the files that
docs/architecture.md names, and no other.

Each folder here is one addition: its new files in their places, `edits.yaml` with the lines of tables, and
`commands.yaml` with a policy and command lines that show it works. All are applied to one copy of the repository, in
which `docs/generate.py` then writes what is generated.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
ADDITIONS = sorted(folder.name for folder in HERE.iterdir() if (folder / "edits.yaml").is_file())
COPIED = (
    ".github", "docs", "engine", "examples", "rules", "schemas", "tests", "tui",
    "CHANGELOG.md", "Makefile", "README.md", "labels.yml", "pyproject.toml", "rulewright.yaml",
)  # fmt: skip


def read_yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text("utf-8"))


def new_files(name: str) -> Iterator[tuple[Path, str]]:
    """The files that an addition brings, each with its place in the repository."""
    for top in ("engine", "tests"):
        for path in sorted((HERE / name / top).rglob("*")):
            if path.suffix in (".py", ".yaml"):
                yield path, path.relative_to(HERE / name).as_posix()


def edit(text: str, change: dict[str, str]) -> str:
    """The text with lines inserted after or before a line, or in its place; the line occurs exactly once."""
    (where,) = change.keys() & {"after", "before", "replace"}
    line, inserted = change[where].rstrip("\n"), change["insert"].rstrip("\n")
    lines = text.split("\n")
    assert lines.count(line) == 1, f"{change['file']} has {lines.count(line)} lines {line!r}"
    number = lines.index(line)
    kept = {"after": [line, inserted], "before": [inserted, line], "replace": [inserted]}[where]
    return "\n".join([*lines[:number], *kept, *lines[number + 1 :]])


def run(repository: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Python with the engine of the copy. Coverage and the settings of the outer pytest do not apply to it."""
    ours = ("COV_CORE_", "COVERAGE_", "GITHUB_", "PYTEST_", "PYTHONPATH")
    return subprocess.run(
        (sys.executable, *words),
        cwd=repository,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith(ours)},
            "PYTHONPATH": os.pathsep.join((str(repository / "engine"), str(repository / "tui"))),
            "XDG_CACHE_HOME": str(repository / ".cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def apply(name: str, repository: Path) -> None:
    """Put one addition into a copy of the repository."""
    for source, place in new_files(name):
        target = repository / place
        assert not target.exists()
        shutil.copyfile(source, target)
    for change in read_yaml(HERE / name / "edits.yaml"):
        target = repository / change["file"]
        target.write_text(edit(target.read_text("utf-8"), change), "utf-8")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with all additions, whose generated files are written anew."""
    copy = tmp_path_factory.mktemp("repository")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "additions")
            )
        else:
            shutil.copyfile(ROOT / name, copy / name)
    for name in ADDITIONS:
        apply(name, copy)
    generated = run(copy, "docs/generate.py")
    assert generated.returncode == 0, generated.stdout + generated.stderr
    return copy


def table_rows() -> dict[str, list[str]]:
    """The table "I want to add …" of the page: thing → patterns of the files to touch, from the root."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    section = page.partition("## I want to add")[2].partition("\n## ")[0]
    rows = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        match = re.fullmatch(r"an? (?:\w+ )*?(action|matcher|source|kind|format|command)\b.*", cells[0])
        if match is not None:
            places = re.findall(r"`([^`]+)`", f"{cells[1]} {cells[2]}")
            rows[match[1]] = [
                place if place.startswith("tests/") else f"engine/rulewright/{place}" for place in places
            ]
    return rows


def fits(place: str, pattern: str) -> bool:
    """Whether a file is one of those that a row names; `NAME` and `COMMAND` stand for any name."""
    return re.fullmatch(re.sub("NAME|COMMAND", "[a-z_]+", re.escape(pattern)), place) is not None


def test_the_page_has_a_row_for_each_addition() -> None:
    assert sorted(table_rows()) == ADDITIONS


@pytest.mark.parametrize("name", ADDITIONS)
def test_an_addition_touches_the_files_of_its_row_and_one_test_file(name: str) -> None:
    patterns = table_rows()[name]
    touched = {place for _, place in new_files(name)}
    touched |= {change["file"] for change in read_yaml(HERE / name / "edits.yaml")}
    tests = {place for place in touched if place.startswith("tests/")}
    assert len(tests) == (2 if name == "kind" else 1)  # a kind has a policy with all its keys, too
    assert [place for place in touched - tests if not any(fits(place, pattern) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(fits(place, pattern) for place in touched)] == []


@pytest.mark.parametrize("name", ADDITIONS)
def test_an_addition_works_on_the_command_line(name: str, repository: Path) -> None:
    shown = read_yaml(HERE / name / "commands.yaml")
    (repository / "toy.yaml").write_text(shown["policy"], "utf-8")
    for command in shown["commands"]:
        done = run(repository, "-m", "rulewright", *shlex.split(command["run"]))
        assert done.returncode == command["exit"], done.stdout + done.stderr
        assert [text for text in command["shows"] if text not in done.stdout] == [], done.stdout


def test_the_tests_of_the_additions_pass(repository: Path) -> None:
    files = sorted(
        place
        for name in ADDITIONS
        for place in (
            *(place for _, place in new_files(name)),
            *(change["file"] for change in read_yaml(HERE / name / "edits.yaml")),
        )
        if place.startswith("tests/")
    )
    # A case in a table is run by the test that reads the table, a whole policy by a long one.
    readers = {
        "words.yaml": "test_words.py",
        "matchers.yaml": "test_matchers.py",
        "audit.yaml": "test_audit.py",
    }
    tests = {
        re.sub(r"(whole_policies/)?(\w+\.yaml)$", lambda match: readers[match[2]], place) for place in files
    }
    done = run(repository, "-m", "pytest", *sorted(tests))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_contracts_of_the_tables_hold_with_the_additions(repository: Path) -> None:
    done = run(
        repository,
        *("-m", "pytest", "-x", "-m", "not slow"),
        "tests/actions/test_contract.py",
        "tests/actions/test_words.py",
        "tests/facts/test_sources.py",
        "tests/kinds/test_broken_policies.py",
        "tests/policy/json_schema/test_check.py",
        "tests/policy/test_shapes.py",
        "tests/cli/test_main.py",
        "tests/docs/test_generated.py",
        "tests/test_imports.py",
    )
    assert done.returncode == 0, done.stdout + done.stderr
