"""Paths of a policy: parsed once, short names and named facts put in their place, interned for the whole program.

An interned path is a number; two spellings of one expression share it. In the frame, `frame[number]` is its value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.program.member_access import read_chain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.frame import Frame


def _field(name: str) -> Ast:
    return {"type": "field", "children": [], "value": name}


def _chain(*names: str) -> Ast:
    ast = _field(names[0])
    for name in names[1:]:
        ast = {"type": "subexpression", "children": [ast, _field(name)]}
    return ast


SHORT_NAMES: Final[dict[str, str]] = {
    "labels": '"$subject".labels[].name',
    "title": '"$subject".title',
    "body": '"$subject".body',
    "author": '"$subject".user.login',
    "state": '"$subject".state',
    "age": '"$age"',
    "now": '"$now"',
}
"""What everyone writes, as paths over the frame. `sender` alone stands for `sender.login`."""


_CHAINS: Final = frozenset(
    {"subexpression", "index_expression", "pipe", "projection", "value_projection", "filter_projection"}
)
"""Expressions of which only the first part is evaluated on the facts themselves."""
_NO_ROOT: Final = frozenset({"expref", "literal", "slice", "index"})


def reads_everything(ast: Ast) -> bool:
    """Whether an expression reads the facts as a whole (`@`, `*`), not by name."""
    kind = ast["type"]
    if kind in ("current", "identity"):
        return True
    if kind == "field" or kind in _NO_ROOT:
        return False
    children = ast["children"][:1] if kind in _CHAINS else ast["children"]
    return any(reads_everything(child) for child in children)


def _constants(ast: Ast, lists: Mapping[str, Sequence[Any]]) -> Ast:
    """`lists.NAME` as its literal, and a `sender` that nothing is read from as its login."""
    kind = ast["type"]
    if ast == _field("sender"):
        return _chain("sender", "login")
    if kind == "field" or kind in _NO_ROOT:
        return ast
    children = ast["children"]
    if kind not in _CHAINS:
        return {**ast, "children": [_constants(child, lists) for child in children]}
    if kind == "subexpression" and children[0] == _field("lists"):
        rest = [_first_as_literal(children[1], lists), *children[2:]]
        return rest[0] if len(rest) == 1 else {**ast, "children": rest}
    first = children[0] if children[0] == _field("sender") else _constants(children[0], lists)
    return {**ast, "children": [first, *children[1:]]}


def _first_as_literal(ast: Ast, lists: Mapping[str, Sequence[Any]]) -> Ast:
    if ast["type"] == "field":
        return {"type": "literal", "children": [], "value": list(lists.get(ast["value"], ()))}
    return {**ast, "children": [_first_as_literal(ast["children"][0], lists), *ast["children"][1:]]}


def rewrite(ast: Ast, lets: Mapping[str, str], lists: Mapping[str, Sequence[Any]] | None = None) -> Ast:
    """Put short names, named facts (name → frame key) and lists in their place, at the roots of an expression."""
    ast = _constants(ast, lists or {})
    from rulewright.program.expression import parse_expression, rewrite_roots

    def replacement(name: str) -> Ast | None:
        if name in lets:
            return _field(lets[name])
        text = SHORT_NAMES.get(name)
        if text is None:
            return None
        # Templates are read in warm runs too: without the quoted root the text is a plain path, for which
        # jmespath is not imported; the root is put back behind it.
        root = text.split('"')[1]
        return rewrite_roots(parse_expression(text.replace(f'"{root}"', "root")), lambda _: _field(root))

    return rewrite_roots(ast, replacement)


class PathTable:
    """Interned paths while a program is compiled: `number(ast)` gives the same number for equal expressions."""

    def __init__(self) -> None:
        self.asts: list[Ast] = []
        self._numbers: dict[bytes, int] = {}

    def number(self, ast: Ast) -> int:
        from rulewright.policy.canonical import canonical_json

        key = canonical_json(ast)
        if key not in self._numbers:
            self._numbers[key] = len(self.asts)
            self.asts.append(ast)
        return self._numbers[key]


def field_chain(ast: Ast) -> tuple[str, ...] | None:
    """The names of a plain dotted path, or None for any other expression."""
    if ast["type"] == "field":
        return (ast["value"],)
    if ast["type"] != "subexpression":
        return None
    first, *rest = ast["children"]
    head = field_chain(first)
    if head is None or any(step["type"] != "field" for step in rest):
        return None
    return (*head, *(step["value"] for step in rest))


def build_getter(ast: Ast) -> Callable[[Frame], Any]:
    """The closure of an interned path: `Frame` → value, None where it is absent or null.

    Plain dotted paths do not need the expression compiler, so that a small run does not import it.
    """
    names = field_chain(ast)
    if names is None:
        from rulewright.program.expression import build_evaluator

        return build_evaluator(ast)
    return read_chain(names)
