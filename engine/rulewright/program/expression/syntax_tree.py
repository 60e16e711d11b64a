"""The syntax tree of an expression, and how deep it may be nested."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Ast(TypedDict):
    """A node of the tree that jmespath's parser makes: its type, its parts, and a name, a number or a literal."""

    type: str
    children: list[Ast]
    value: NotRequired[Any]


MAX_DEPTH = 120
"""Nesting of sub-expressions. Parsing takes up to five Python frames for each, of about a thousand."""
