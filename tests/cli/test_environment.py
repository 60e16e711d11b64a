"""Every environment variable that the code reads is in the table of docs/cli.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rulewright.cli.completion import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine/rulewright", "engine/rulewright_pytest", "tui/rulewright_tui")
VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
MAPPING = re.compile(r"environ(ment)?$")
"""What a mapping of environment variables is called."""


Constants = dict[str, list[str]]


def read_constants(tree: ast.Module) -> Constants:
    """Name of a constant of a module → the texts in it."""
    found: Constants = {}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            texts = [one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant)]
            found[ast.unparse(target)] = [text for text in texts if isinstance(text, str)]
    return found


def read_variables(tree: ast.Module, constants: Constants) -> Iterator[str]:
    """The names that a module reads from a mapping of environment variables, `constants` resolved."""
    bound = {
        ast.unparse(loop.target): constants.get(ast.unparse(loop.iter), [])
        for node in ast.walk(tree)
        for loop in (*getattr(node, "generators", ()), *([node] if isinstance(node, ast.For) else ()))
    }
    # A mapping that is os.environ by default, under another name.
    others = {
        ast.unparse(node.targets[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and re.search(r"\bos\.environ\b(?![.\[])", ast.unparse(node.value))
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr not in ("get", "setdefault", "pop"):
                continue
            base, key = node.func.value, node.args[0]
        elif isinstance(node, ast.Subscript):
            base, key = node.value, node.slice
        else:
            continue
        name = ast.unparse(base)
        if MAPPING.search(name) or name in others:
            if isinstance(key, ast.Constant):
                yield str(key.value)
            elif isinstance(key, ast.Name):
                yield from constants.get(key.id, []) or bound.get(key.id, [])


def all_read() -> set[str]:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    trees = [ast.parse(path.read_text("utf-8")) for path in files]
    constants = {name: texts for tree in trees for name, texts in read_constants(tree).items()}
    found = {name for tree in trees for name in read_variables(tree, constants)}
    return {name for name in found if VARIABLE_NAME.fullmatch(name)}


def list_documented() -> set[str]:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    table = page.partition("## Environment\n")[2].partition("\n## ")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_the_scan_finds_the_ways_in_which_code_reads_variables() -> None:
    source = """
import os
from typing import Final
MODE: Final = "SOME_MODE"
TOKENS = ("FIRST_TOKEN", "SECOND_TOKEN")
def read(environ, environment):
    given = os.environ if environ is None else environ
    any(os.environ.get(name) for name in TOKENS)
    return os.environ["A"], environ.get("B_C"), environment.get(MODE), given.get("D"), {}.get("NOT_READ")
"""
    tree = ast.parse(source)
    found = set(read_variables(tree, read_constants(tree)))
    assert found == {"A", "B_C", "SOME_MODE", "D", "FIRST_TOKEN", "SECOND_TOKEN"}


def test_every_variable_that_is_read_is_list_documented() -> None:
    found = all_read()
    assert {"GITHUB_TOKEN", "RULEWRIGHT_CACHE_DIR", "NO_COLOR"} <= found
    assert found - list_documented() == set()


@pytest.mark.parametrize("name", [VARIABLE, "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE"])
def test_variables_that_libraries_read_are_documented(name: str) -> None:
    assert name in list_documented()
