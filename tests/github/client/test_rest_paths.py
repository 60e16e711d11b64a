"""Every path that the engine fills, and the method it is used with, is one of GitHub's."""

from __future__ import annotations

import ast
import importlib
import json
import re
from pathlib import Path

import pytest

import rulewright
from external_data import OPENAPI
from rulewright.github.urls import path

ENGINE = Path(rulewright.__file__).parent
READS = frozenset(("get", "pages", "probe"))
WITHOUT_DATA = frozenset(("/user", "/rate_limit", "/meta"))
"""Paths that stand in the code as they are. `/user` is one of GitHub's that the description here leaves out."""


def templates():
    """(module, line, method or None, template) of every `path(…)` in the engine, by its syntax."""
    for file in sorted(ENGINE.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if "path(" not in text or "rulewright.github.urls" not in text:
            continue
        name = ".".join(("rulewright", *file.relative_to(ENGINE).with_suffix("").parts))
        names = vars(importlib.import_module(name))
        tree = ast.parse(text)
        methods = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                said = node.func.attr
                if said in READS and node.args:
                    methods[id(node.args[0])] = "get"
                elif said == "send" and len(node.args) > 1 and isinstance(node.args[0], ast.Constant):
                    methods[id(node.args[1])] = str(node.args[0].value).lower()
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "path"
                and node.args
            ):
                expression = compile(ast.Expression(node.args[0]), str(file), "eval")
                try:
                    template = eval(expression, names)
                except NameError:
                    continue  # A parameter: whoever passes it names it in full.
                yield name, node.lineno, methods.get(id(node)), template


@pytest.fixture(scope="module")
def described():
    paths = json.loads(OPENAPI.read_text(encoding="utf-8"))["paths"]
    return {re.sub(r"\{\w+\}", "{}", template): set(methods) for template, methods in paths.items()}


def test_every_path_of_the_engine_is_one_of_githubs(described):
    wrong = []
    for name, line, method, template in templates():
        methods = described.get(re.sub(r"\{\w+\}", "{}", template))
        if methods is None or (method is not None and method not in methods):
            wrong.append(f"{name}:{line}: {method or 'any'} {template}")
    assert wrong == []


def test_every_path_of_githubs_can_be_filled(described):
    for template in described:
        shape = template.replace("/repos/{}/{}", "/repos/{owner}/{repo}")
        named = re.sub(r"\{\}", "{x}", shape)
        parts = ["octo-org/demo"] * ("{owner}" in named) + ["a b"] * named.count("{x}")
        filled = path(named, *parts)
        assert "{" not in filled
        assert len(filled.split("/")) == len(template.split("/"))
