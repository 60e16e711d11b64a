"""The members of the root object that an expression reads, and their replacement.

A node is *at the root* when it is evaluated on the expression's own input: the first step of a chain, both
sides of a comparison, arguments, members of a multiselect. Nodes to the right of a projection or a pipe, in a
filter's condition or behind `&` are evaluated on something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rulewright.program.expression.syntax_tree import Ast

_FIRST_ONLY = frozenset(
    {"subexpression", "index_expression", "pipe", "projection", "value_projection", "filter_projection"}
)
_NONE = frozenset({"expref", "literal", "slice", "index", "current", "identity", "field"})

Path = tuple[str, ...]

_Place = tuple[Path, int]
"""A path and how many lists a projection wraps around what stands there: `a[].b` is `((a, [], b), 1)`."""


def root_names(ast: Ast) -> frozenset[str]:
    """The members of the root that are read by name."""
    return frozenset(node["value"] for node in _root_fields(ast))


def _root_fields(ast: Ast) -> Iterator[Ast]:
    if ast["type"] == "field":
        yield ast
    elif ast["type"] not in _NONE:
        for child in ast["children"][:1] if ast["type"] in _FIRST_ONLY else ast["children"]:
            yield from _root_fields(child)


def rewrite_roots(ast: Ast, mapping: Callable[[str], Ast | None]) -> Ast:
    """A copy in which each root field is what `mapping` gives for its name; None keeps the field.

    A mapped AST that ends in a projection goes on projecting: where `labels` is `issue.labels[].name`,
    `labels[0]` is its first element (the mapped part is closed, as in parentheses).
    """
    kind = ast["type"]
    if kind == "field":
        return mapping(ast["value"]) or ast
    if kind in _NONE:
        return ast
    children = ast["children"]
    if kind in _FIRST_ONLY:
        return {**ast, "children": [rewrite_roots(children[0], mapping), *children[1:]]}
    return {**ast, "children": [rewrite_roots(child, mapping) for child in children]}


def root_paths(ast: Ast) -> list[Path]:
    """The chains of members read from the root, each once, in the order of the text.

    `[]` marks a step into the elements of a list, `*` one into the values of an object:
    `labels[?color=='red'].name` gives `(labels,)`, `(labels, [], color)`, `(labels, [], name)`. What a
    function makes of its arguments is not followed, but `&` expressions are, over the elements of the other
    arguments: `sort_by(a, &b)` gives `(a,)` and `(a, [], b)`.
    """
    reads = _PathCollector()
    reads.use(ast, [((), 0)])
    return list(reads.paths)


class _PathCollector:
    """Collects paths. The places a node is evaluated on are passed down; an empty list means not known."""

    def __init__(self) -> None:
        self.paths: dict[Path, None] = {}

    def use(self, ast: Ast, places: list[_Place]) -> list[_Place]:
        """Follows a node whose value is consumed: the paths where it stands are read."""
        ends = self.follow(ast, places)
        for path, _ in ends:
            while path and path[-1] in ("[]", "*"):
                path = path[:-1]
            if path:
                self.paths[path] = None
        return ends

    def follow(self, ast: Ast, places: list[_Place]) -> list[_Place]:
        """The places of the node's value, given those of its input."""
        kind, children = ast["type"], ast["children"]
        if kind == "field":
            return [((*path, ast["value"]), 0) for path, lists in places if not lists]
        if kind in ("current", "identity"):
            return places
        if kind == "index":
            return _elements(places)
        if kind == "slice":
            return _wrapped(_elements(places))
        if kind in ("subexpression", "index_expression", "pipe"):
            for child in children:
                places = self.follow(child, places)
            return places
        if kind == "flatten":
            return _flattened(self.follow(children[0], places))
        if kind in ("projection", "value_projection", "filter_projection"):
            return self._projection(ast, places)
        if kind in ("or_expression", "and_expression"):
            left = self.use(children[0], places)
            right = self.follow(children[1], places)
            return [*left, *right] if kind == "or_expression" else right
        self._consume(ast, places)
        return []

    def _consume(self, ast: Ast, places: list[_Place]) -> None:
        """Follows the parts of a node whose own value stands nowhere in the input: a call, a comparison, `{…}`."""
        if ast["type"] == "function_expression":
            self._call(ast["children"], places)
        elif ast["type"] != "literal":
            for child in ast["children"]:
                self.use(child, places)

    def _projection(self, ast: Ast, places: list[_Place]) -> list[_Place]:
        base = self.use(ast["children"][0], places)
        if ast["type"] == "value_projection":
            inside: list[_Place] = [((*path, "*"), 0) for path, lists in base if not lists]
        else:
            inside = _elements(base)
        if ast["type"] == "filter_projection":
            self.use(ast["children"][2], inside)
        return _wrapped(self.follow(ast["children"][1], inside))

    def _call(self, arguments: list[Ast], places: list[_Place]) -> None:
        over: list[_Place] = []
        for argument in arguments:
            if argument["type"] != "expref":
                over.extend(_elements(self.use(argument, places)))
        for argument in arguments:
            if argument["type"] == "expref":
                self.use(argument["children"][0], over)


def _elements(places: list[_Place]) -> list[_Place]:
    return [(path, lists - 1) if lists else ((*path, "[]"), 0) for path, lists in places]


def _wrapped(places: list[_Place]) -> list[_Place]:
    return [(path, lists + 1) for path, lists in places]


def _flattened(places: list[_Place]) -> list[_Place]:
    return [(path, lists - 1) if lists > 1 else ((*path, "[]"), 1) for path, lists in places]
