"""Paths of a policy: parsed once, short names and named facts put in their place, interned for the whole program.

An interned path is a number; two spellings of one expression share it. In the frame, `frame[number]` is its value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.compile.frame import Frame

    Ast = dict[str, Any]

__all__ = ["SHORT_NAMES", "PathTable", "build_getter", "field_chain", "rewrite"]


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


def rewrite(ast: Ast, lets: Mapping[str, str]) -> Ast:
    """Put short names and named facts (name → frame key) in their place, at the roots of an expression."""
    if ast == _field("sender"):
        return _chain("sender", "login")
    from rulewright.compile.expression import parse, rewrite_roots

    def replacement(name: str) -> Ast | None:
        if name in lets:
            return _field(lets[name])
        text = SHORT_NAMES.get(name)
        if text is None:
            return None
        # Templates are read in warm runs too: without the quoted root the text is a plain path, for which
        # jmespath is not imported; the root is put back behind it.
        root = text.split('"')[1]
        return rewrite_roots(parse(text.replace(f'"{root}"', "root")), lambda _: _field(root))

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
    if ast["type"] == "subexpression" and len(ast["children"]) == 2:
        first, last = ast["children"]
        if last["type"] == "field":
            head = field_chain(first)
            return None if head is None else (*head, last["value"])
    return None


def build_getter(ast: Ast) -> Callable[[Frame], Any]:
    """The closure of an interned path: `Frame` → value, None where it is absent or null.

    Plain dotted paths do not need the expression compiler, so that a small run does not import it.
    """
    names = field_chain(ast)
    if names is None:
        from rulewright.compile.expression import build

        return build(ast)
    if len(names) == 1:
        only = names[0]

        def root(frame: Frame) -> Any:
            try:
                return frame[only]
            except KeyError:
                return None

        return root
    if len(names) == 2:
        first, second = names

        def pair(frame: Frame) -> Any:
            try:
                value = frame[first]
                return value[second] if value.__class__ is dict else None
            except KeyError:
                return None

        return pair

    def chain(frame: Frame) -> Any:
        value: Any = frame
        try:
            for name in names:
                if value.__class__ is not dict and value is not frame:
                    return None
                value = value[name]
        except KeyError:
            return None
        return value

    return chain
