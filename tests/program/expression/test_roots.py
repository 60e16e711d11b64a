from __future__ import annotations

from typing import Any

import pytest

from rulewright.program.expression import (
    build_evaluator,
    parse_expression,
    rewrite_roots,
    root_names,
    root_paths,
)


@pytest.mark.parametrize(
    ("text", "names", "paths"),
    [
        ("a", "a", "a"),
        ("issue.user.login", "issue", "issue.user.login"),
        ("labels[?color=='red'].name", "labels", "labels labels.[].color labels.[].name"),
        ("a[].b[].c", "a", "a a.[].b a.[].b.[].c"),
        ("sort_by(a, &b)[0].c", "a", "a a.[].b"),
        ("labels[].name | [0]", "labels", "labels labels.[].name"),
        ("a || b.c", "a b", "a b.c"),
        ("(a || b).c", "a b", "a a.c b.c"),
        ("contains(labels, x.y)", "labels x", "labels x.y"),
        ("{p: b.c, q: e[*].f[0]}", "b e", "b.c e e.[].f"),
        ("a.*.b", "a", "a a.*.b"),
        ("(a[].b)[?c].d", "a", "a a.[].b a.[].b.c a.[].b.d"),
        ("a.b | c.d", "a", "a.b.c.d"),
        ("!a && b == 'x'", "a b", "a b"),
        ("map(&x, a[].b)", "a", "a a.[].b a.[].b.x"),
        ("@.a", "", "a"),
        ("`1`", "", ""),
        ("a[1:3].b", "a", "a a.[].b"),
    ],
)
def test_names_and_paths_from_the_root(text: str, names: str, paths: str) -> None:
    ast = parse_expression(text)
    assert root_names(ast) == frozenset(names.split())
    assert {".".join(path) for path in root_paths(ast)} == set(paths.split())


SHORT = {"labels": "issue.labels[].name", "title": "issue.title"}
FACTS: dict[str, Any] = {
    "issue": {"title": "T", "labels": [{"name": "bug", "title": "inner"}, {"name": "ui", "title": "other"}]},
    "title": "not this one",
    "list": [{"labels": "own"}],
}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("labels", ["bug", "ui"]),
        ("labels[0]", "bug"),
        ("contains(labels, 'bug') && title == 'T'", True),
        ("[title, labels[1]]", ["T", "ui"]),
        ("{t: title}", {"t": "T"}),
        ("issue.labels[].title", ["inner", "other"]),
        ("issue.labels[?title == 'inner'].name", ["bug"]),
        ("issue | title", "T"),
        ("sort_by(issue.labels, &title)[0].name", "bug"),
        ("list[].labels", ["own"]),
        ("!title", False),
        ("length(labels)", 2),
        ("labels[?@ == 'ui'] | [0]", "ui"),
    ],
)
def test_only_what_is_read_from_the_root_is_rewritten(text: str, result: Any) -> None:
    original = parse_expression(text)
    before = repr(original)
    ast = rewrite_roots(original, lambda name: parse_expression(SHORT[name]) if name in SHORT else None)
    assert build_evaluator(ast)(FACTS) == result
    assert repr(original) == before
